"""Keys that the user chose otherwise: ``[tool.wsgitrace.keymap]``, ids of actions to keys."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

from wsgitrace.settings import SettingError
from wsgitrace.tui.internals import key_of_character
from wsgitrace.tui.keys import KEYS, Key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["check_keymap", "normal_keys"]

_BY_ID: Final = {key.id: key for key in KEYS}

_TOGETHER: Final = tuple(
    frozenset({"app", place, "move"}) for place in ("main", "step", "stats", "diff", "form", "hunt", "flow")
)
"""Places whose keys work at the same time."""


def normal_keys(keys: str) -> list[str]:
    """Keys as Textual names them: ``?`` is ``question_mark``."""
    return [key_of_character(key) if len(key) == 1 else key for key in keys.replace(" ", "").split(",") if key]


def check_keymap(chosen: Iterable[tuple[str, str]]) -> dict[str, str]:
    """What was chosen, by the ids of :data:`KEYS`. Raises :class:`SettingError`, its text one sentence."""
    found: dict[str, str] = {}
    for name, keys in chosen:
        key_id = name.replace("-", "_")
        if key_id not in _BY_ID:
            near = difflib.get_close_matches(key_id, _BY_ID, n=1, cutoff=0.4)
            hint = f"; the nearest is {near[0]!r}" if near else f"; there are {', '.join(_BY_ID)}"
            raise SettingError(f"The keymap names {name!r}, and there is no such action{hint}.")
        if not normal_keys(keys):
            raise SettingError(f"The keymap gives no key to {name!r}.")
        found[key_id] = keys.replace(" ", "")
    for key_id, keys in found.items():
        for key in normal_keys(keys):
            other = _owner(key, _BY_ID[key_id], found)
            if other:
                raise SettingError(f"The keymap gives {key!r} to {key_id!r}, and it is the key of {other!r} as well.")
    return found


def _owner(key: str, mine: Key, chosen: Mapping[str, str]) -> str:
    """Another action that the same key would run at the same time; empty when there is none."""
    for other in KEYS:
        meets = other.id != mine.id and any({mine.place, other.place} <= places for places in _TOGETHER)
        if meets and key in normal_keys(chosen.get(other.id, other.keys)):
            return other.id
    return ""
