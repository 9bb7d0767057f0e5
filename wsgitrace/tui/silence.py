"""Keys that do nothing where they are pressed: why, in one line."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Final

from textual.binding import Binding

from wsgitrace.tui.internals import key_of_character
from wsgitrace.tui.keys import KEYS, Place, keys_of

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["silent_bindings", "why_nothing"]

_PLACES: Final[dict[Place, str]] = {
    "main": "on the list of requests",
    "stats": "in the statistics (T)",
    "step": "while stepping (s)",
    "diff": "in a comparison (D)",
    "flow": "in the picture of a request (V)",
}
"""Where keys work, in words."""


def silent_bindings() -> list[Binding]:
    """Bindings for every character that has no meaning everywhere: what has one somewhere comes before these."""
    taken = {name for key in keys_of("app") for name in key.keys.split(",")}
    return [
        Binding(key_of_character(char), f"nothing({char!r})", show=False)
        for char in string.ascii_letters + string.digits + string.punctuation
        if char not in taken
    ]


def why_nothing(char: str, place: Place, chosen: Mapping[str, str]) -> str:
    """Why a key does nothing on a screen; ``chosen``: keys that are not those of the table, by the ids of actions."""
    for key in KEYS:
        if key.place in _PLACES and key.place != place and char in chosen.get(key.id, key.keys).split(","):
            return f"{char} ({key.label}) works {_PLACES[key.place]}."
    return f"{char} does nothing here; ? shows the keys that do."
