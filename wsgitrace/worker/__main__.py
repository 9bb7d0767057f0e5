"""``python -P -m wsgitrace.worker``: started by the supervisor, never by hand."""

from __future__ import annotations

import sys

from wsgitrace.worker.main import main

# Guarded: children that multiprocessing spawns import this module again.
if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
