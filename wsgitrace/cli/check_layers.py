"""Comparing an application's layers with a list that was saved earlier."""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING, Any

from wsgitrace.cli.refusal import Refusal
from wsgitrace.cli.style import clip

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from wsgitrace.cli.style import Style

__all__ = ["differences", "read_saved", "tree"]

_DEEPEST = 30


def read_saved(path: Path) -> list[dict[str, Any]]:
    """The layers in a file that ``layers --json`` wrote. Raises :class:`Refusal`."""
    how = "write one by 'wsgitrace layers APP --json > FILE'."
    try:
        saved = json.loads(path.read_text("utf-8"))
    except OSError as problem:
        raise Refusal(f"--check {path}: it cannot be read ({problem.strerror}); {how}") from None
    except ValueError:  # no JSON, or no UTF-8
        raise Refusal(f"--check {path}: it is no JSON; {how}") from None
    layers = saved.get("layers") if isinstance(saved, dict) else None
    if not isinstance(layers, list) or not all(map(_is_layer, layers)):
        raise Refusal(f"--check {path}: it is no list of layers; {how}")
    return layers


def _is_layer(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("name"), str) and isinstance(value.get("id"), int)


def tree(layers: Sequence[dict[str, Any]]) -> list[str]:
    """One line per layer, inside the one that holds it: what it is, not where its source stands or how it was found."""
    levels: dict[Any, int] = {}
    lines = []
    for layer in layers:
        level = levels[layer["id"]] = levels.get(layer.get("parent"), -1) + 1
        notes = [str(layer.get(key)) for key in ("kind", "part") if layer.get(key) not in {None, "", "wsgi"}]
        if layer.get("intercepted") is False:
            notes.append("seen, not intercepted")
        name = layer["name"] + (f"  ({', '.join(notes)})" if notes else "")
        lines.append("  " * min(level, _DEEPEST) + name)
    return lines


def differences(saved: Sequence[str], now: Sequence[str], style: Style) -> Iterator[str]:
    """The whole tree with ``-`` before what is gone and ``+`` before what is new; nothing where they are the same."""
    if list(saved) == list(now):
        return
    colours = {"-": "red", "+": "green"}
    for tag, before, until, start, end in difflib.SequenceMatcher(None, saved, now, autojunk=False).get_opcodes():
        if tag == "equal":
            marked = [" " + line for line in now[start:end]]
        else:
            marked = ["-" + line for line in saved[before:until]] + ["+" + line for line in now[start:end]]
        for line in marked:
            text = clip(f"{line[0]} {line[1:]}", style.width)
            yield style.paint(text, colours[line[0]]) if line[0] in colours else text
