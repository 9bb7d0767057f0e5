"""The application that ``ZOO_APPLICATION`` names over the folder ``ZOO_STATE``. As a program: that folder, filled.

python -m tests.zoo.real.served NAME FOLDER
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.zoo.real.applications import REAL

if __name__ == "__main__":
    REAL[sys.argv[1]].prepare(Path(sys.argv[2]))
else:
    app = REAL[os.environ["ZOO_APPLICATION"]].make(Path(os.environ["ZOO_STATE"]))
