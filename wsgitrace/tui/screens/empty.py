"""What the list says when there is nothing in it: each time what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.tui.painting import Line, Run

if TYPE_CHECKING:
    from wsgitrace.tui.feed import Status

__all__ = ["empty_lines"]


def empty_lines(status: Status, text: str) -> tuple[Line, ...]:
    """Lines for an empty list."""
    if text:
        return ((), (Run("   No request matches ", "dim"), Run(text, "strong"), Run("   esc clears the filter", "dim")))
    if status.phase == "file":
        return ((), (Run("   This recording holds no request.", "dim"),))
    if status.phase == "import failed":
        return (
            (),
            (Run("   The application could not be imported.", "strong"),),
            (Run("   It is tried again on the next save; until then the server answers 503 and says why.", "dim"),),
        )
    if status.phase == "starting":
        return ((), (Run("   Importing ", "dim"), Run(status.app, "strong"), Run(" …", "dim")))
    return (
        (),
        (Run("   Waiting for the first request.", "strong"),),
        (),
        (Run("   Open  ", "dim"), Run(status.address, "key")),
        (Run("   or    ", "dim"), Run(f"curl -i {status.address}", "key")),
        (),
        (
            Run("   i", "keycap"),
            Run(" holds the next request at its first layer    ", "dim"),
            Run("?", "keycap"),
            Run(" all keys", "dim"),
        ),
    )
