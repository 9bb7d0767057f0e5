"""The screen put away while something else has the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App

__all__ = ["put_away"]

T = TypeVar("T")


def put_away(app: App[int], work: Callable[[], T]) -> T:
    """Do ``work`` while the screen is put away; returns what it does.

    What it raises is raised once the screen is back: Textual's own way would leave the terminal to nobody. Raises
    :class:`textual.app.SuspendNotSupported` as well.
    """
    done: list[T] = []
    failed: list[Exception] = []
    with app.suspend():
        try:
            done.append(work())
        except Exception as problem:  # noqa: BLE001 -- whatever it is, the screen comes back first
            failed.append(problem)
    if failed:
        raise failed[0]
    return done[0]
