"""What is to be deleted, or exported: each choice says how many requests it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsgitrace.query import parse
from wsgitrace.tui.screens.picking import PickScreen
from wsgitrace.tui.units import counted

if TYPE_CHECKING:
    from wsgitrace.query import Filter

__all__ = ["Choice", "DeleteScreen", "choices"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer."""

    name: str
    """What it is called."""
    text: str
    """How much that is."""
    where: Filter
    """The requests."""
    pinned: bool
    """Marked ones as well."""


def choices(
    this: tuple[int, str], marked: int, shown: tuple[Filter, int | None], total: int, *, spare: bool = True
) -> list[Choice]:
    """What many can be done with: ``this`` request (number, name), marked ones, what the filter lets through, all.

    ``shown`` is the filter, and how many it lets through as far as that is known; ``spare``: marked ones are left out
    unless they are asked for.
    """
    number, name = this
    where, matches = shown
    spared = f"; {marked:,} marked stay" if marked and spare else ""
    found = [Choice("This one", name, parse(f"id:{number}"), pinned=True)]
    if marked:
        found.append(Choice("Marked", counted(marked, "marked request"), parse("is:marked"), pinned=True))
    if not where.everything:
        many = "those" if matches is None else counted(matches, "request")
        found.append(Choice("Matching", f"{many} that match {where.text}{spared}", where, pinned=False))
    found.append(Choice("All", f"{counted(total, 'request')}{spared}", parse(""), pinned=False))
    return found


class DeleteScreen(PickScreen[Choice]):
    """Answers with a choice, or with nothing."""

    def __init__(self, offered: list[Choice]) -> None:
        hint = "enter deletes for good · esc keeps all"
        super().__init__("Delete", hint, [(each.name, each.text, each) for each in offered])
