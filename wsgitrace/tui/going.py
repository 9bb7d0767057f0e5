"""What the palette knows of the list beside its keys: numbers of requests, filters with names, columns."""

from __future__ import annotations

from abc import abstractmethod
from functools import partial
from typing import TYPE_CHECKING

from textual.command import Hit, Hits, Provider

from wsgitrace.capture import ORDERS
from wsgitrace.tui.painting import label
from wsgitrace.tui.screens.main import MainScreen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from textual.screen import Screen

__all__ = ["Columns", "NamedFilters", "RequestNumbers"]

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


class _Choices(Provider):
    """A few choices, found by any part of their names."""

    @abstractmethod
    def choices(self, screen: MainScreen) -> Iterator[tuple[str, Callable[[], object], str]]:
        """Name, what it does, and what that means."""

    async def search(self, query: str) -> Hits:
        """Those that match what is typed."""
        screen: Screen[object] = self.screen
        if not isinstance(screen, MainScreen):
            return
        matcher = self.matcher(query)
        for name, run, text in self.choices(screen):
            score = matcher.match(name)
            if score > 0:
                yield Hit(score, matcher.highlight(name), run, help=str(label(text)))


class NamedFilters(_Choices):
    """``@name``: filter by it, or take the name away."""

    def choices(self, screen: MainScreen) -> Iterator[tuple[str, Callable[[], object], str]]:
        """All that have a name."""
        for name, text in screen.named.items():
            yield f"Filter @{name}", partial(screen.set_filter, f"@{name}"), text
            if screen.named.is_own(name):
                yield f"Forget @{name}", partial(screen.forget_filter, name), f"It stands for {text}"


class Columns(_Choices):
    """The columns that the list can be sorted by."""

    def choices(self, screen: MainScreen) -> Iterator[tuple[str, Callable[[], object], str]]:
        """Each, and none."""
        for name in ORDERS:
            yield f"Sort by {name}", partial(screen.sort_by, name), "Sort back turns it round."
        yield "Sort as they came", partial(screen.sort_by, None), "The order in which requests began."
