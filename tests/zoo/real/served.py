"""The application that ``ZOO_APPLICATION`` names over the folder ``ZOO_STATE``. As a program: that folder, filled.

With ``ZOO_CHANGED`` it answers otherwise.

python -m tests.zoo.real.served NAME FOLDER
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.zoo.real.applications import REAL


def changed(inner):
    """Another status, whatever the answer."""

    def outer(environ, start_response):
        def start(status, headers, *exc_info):
            return start_response("299 Changed" if status[:3] != "299" else "298 Changed", headers, *exc_info)

        return inner(environ, start)

    return outer


if __name__ == "__main__":
    REAL[sys.argv[1]].prepare(Path(sys.argv[2]))
else:
    app = REAL[os.environ["ZOO_APPLICATION"]].make(Path(os.environ["ZOO_STATE"]))
    if "ZOO_CHANGED" in os.environ:
        app = changed(app)
