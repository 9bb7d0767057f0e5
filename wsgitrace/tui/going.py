"""A number typed into the palette goes to that request."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.command import Hit, Hits, Provider

from wsgitrace.tui.screens.main import MainScreen

if TYPE_CHECKING:
    from textual.screen import Screen

__all__ = ["RequestNumbers"]

_DIGITS = 12


class RequestNumbers(Provider):
    """``:`` and a number."""

    async def search(self, query: str) -> Hits:
        """The one way to understand a number."""
        number = query.strip().removeprefix("#").removeprefix("id:")
        screen: Screen[object] = self.screen
        if isinstance(screen, MainScreen) and number.isdecimal() and len(number) <= _DIGITS:
            go = partial(screen.go_to, int(number))
            yield Hit(2.0, f"Go to request {int(number)}", go, help="Puts the cursor on it.")
