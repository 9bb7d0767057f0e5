"""What the list says when there is nothing in it: each time what to do next."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from wsgitrace.tui.painting import Line, Run

if TYPE_CHECKING:
    from wsgitrace.tui.feed import Status

__all__ = ["empty_lines"]


def empty_lines(status: Status, text: str, share: float = 1.0, advice: str = "") -> tuple[Line, ...]:
    """Lines for an empty list; ``share``: how much has been looked at, 0 to 1; ``advice`` on the filter ``text``."""
    if text and share < 1:
        progress = f"   {share:.0%} looked at, none so far"
        return ((), (Run("   Looking for ", "dim"), Run(text, "strong"), Run(progress, "dim")))
    if text:
        more = ((), (Run(f"   {advice}", "dim"),)) if advice else ()
        clears = Run("   esc clears the filter", "dim")
        return ((), (Run("   No request matches ", "dim"), Run(text, "strong"), clears), *more)
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
        *_how_to_ask(status),
        (),
        (
            Run("   i", "keycap"),
            Run(" holds the next request at its first layer    ", "dim"),
            Run("?", "keycap"),
            Run(" all keys", "dim"),
        ),
    )


def _how_to_ask(status: Status) -> tuple[Line, ...]:
    path = status.address.removeprefix("unix:")
    if path != status.address:
        command = f"curl -i --unix-socket {shlex.quote(path)} http://localhost/"
        return ((Run("   Ask by  ", "dim"), Run(command, "key")),)
    others = [(Run("   and   ", "dim"), Run(other, "key")) for other in status.others]
    return (
        (Run("   Open  ", "dim"), Run(status.address, "key")),
        *others,
        (Run("   or    ", "dim"), Run(f"curl -i {status.address}", "key")),
    )
