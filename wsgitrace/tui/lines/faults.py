"""A fault of ours in showing one request must not take the screen with it."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from wsgitrace.tui.lines.values import text_row

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wsgitrace.tui.painting import Row

__all__ = ["contained"]


def contained(make: Callable[[], Sequence[Row]]) -> Sequence[Row]:
    """The rows that ``make`` gives; where it fails, rows that say so and where, without any value."""
    try:
        return make()
    except Exception as error:  # noqa: BLE001 -- whatever it is, the rest of the screen goes on
        places = traceback.extract_tb(error.__traceback__)[-3:][::-1]
        return [
            text_row("A fault of wsgitrace: this cannot be shown. Everything else goes on.", "warning"),
            text_row(""),
            text_row(type(error).__name__, "error"),
            *(text_row(f"  {Path(place.filename).name}:{place.lineno} in {place.name}", "dim") for place in places),
        ]
