"""The colours of the picture of a request: light ones, and dark ones where the reader has asked for dark."""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ["STYLE", "TONES"]


class Tone(NamedTuple):
    """One colour on light and on dark ground."""

    light: str
    dark: str


TONES: Final = {
    "ground": Tone("#ffffff", "#0e1318"),
    "panel": Tone("#f4f6f8", "#18212a"),
    "edge": Tone("#c5ced6", "#34424f"),
    "text": Tone("#1f2933", "#dbe3ec"),
    "dim": Tone("#66727e", "#8fa0b2"),
    "faint": Tone("#c9d1d8", "#2f3b46"),
    "call": Tone("#b9cfe6", "#2d4c6b"),
    "iterate": Tone("#cfe3dc", "#24443c"),
    "busy": Tone("#4b8fd0", "#4b93d8"),
    "plain": Tone("#52616f", "#9fb0c0"),
    "accent": Tone("#7b3fa0", "#d2a8ff"),
    "body": Tone("#1f7a68", "#5fc4ae"),
    "key": Tone("#0a5cad", "#8ecbff"),
    "added": Tone("#17733a", "#7ee0a0"),
    "changed": Tone("#8f5600", "#f2c063"),
    "error": Tone("#b3202c", "#ff7b86"),
}
"""Every colour by what it is for; all text has a contrast of 4.5 to 1 and more to its ground."""

_RULES: Final = (
    (".ground", "fill", "ground", ""),
    (".panel", "fill", "panel", ""),
    (".panel", "stroke", "edge", ""),
    ("text", "fill", "text", ""),
    (".title", "fill", "text", "font-size:15px;font-weight:700"),
    (".name", "fill", "text", "font-weight:700"),
    (".said", "fill", "text", "font-size:11px"),
    (".said.error", "fill", "error", ""),
    (".said", "stroke", "ground", "stroke-width:4px;stroke-linejoin:round;paint-order:stroke"),
    (".lasted", "fill", "dim", "font-size:11px;font-style:italic"),
    (".lasted", "stroke", "ground", "stroke-width:4px;stroke-linejoin:round;paint-order:stroke"),
    (".dim", "fill", "dim", ""),
    (".life", "stroke", "faint", "stroke-width:1;stroke-dasharray:2 4"),
    (".call", "fill", "call", ""),
    (".iterate", "fill", "iterate", ""),
    (".busy", "fill", "busy", ""),
    (".break", "stroke", "dim", "fill:none;stroke-width:1.2"),
    (".sign", "fill", "ground", "font-size:11px;font-weight:700"),
)
"""Selector, property, colour, and what is the same on both grounds."""

_LINES: Final = ("plain", "accent", "body", "key", "added", "changed", "error", "dim")
"""Colours that ways and signs come in."""

_FIXED: Final = (
    "text{font-family:'DejaVu Sans Mono',ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:12px}"
    ".way{fill:none;stroke-width:1.5}.twice{stroke-width:1.2}.thick{stroke-width:2.6}"
    ".dots{stroke-dasharray:1.5 4;stroke-linecap:round;stroke-width:2}.dashes{stroke-dasharray:6 3}"
    ".hit{stroke:transparent;stroke-width:18;fill:none}"
)


def _rules(dark: bool) -> str:  # noqa: FBT001 -- one of two
    found = [f"{selector}{{{name}:{TONES[tone][dark]}}}" for selector, name, tone, _ in _RULES]
    for each in _LINES:
        tone = TONES[each][dark]
        found.append(f".way.{each}{{stroke:{tone}}}.tip.{each},.chip.{each}{{fill:{tone}}}")
    return "".join(found)


STYLE: Final = (
    _FIXED
    + "".join(f"{selector}{{{more}}}" for selector, _, _, more in _RULES if more)
    + _rules(dark=False)
    + f"@media (prefers-color-scheme:dark){{{_rules(dark=True)}}}"
)
"""The style sheet of a picture."""
