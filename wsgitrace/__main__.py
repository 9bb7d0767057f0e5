"""``python -m wsgitrace``."""

from __future__ import annotations

from wsgitrace.cli.main import main

if __name__ == "__main__":
    main()
