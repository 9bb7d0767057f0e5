"""What a run of painted text looks like by its role, in the theme of the moment.

Not in the stylesheet: Textual would match thirty rules for each panel whenever the focus moves, which costs more than
painting the screen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.style import Style
from textual.color import Color

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CURSORS", "ROLES", "looks"]

_LOOKS: Final[dict[str, tuple[str, str, str]]] = {
    "plain": ("foreground", "", ""),
    "dim": ("role-dim", "", ""),
    "faint": ("role-faint", "", ""),
    "strong": ("foreground", "", "bold"),
    "heading": ("role-heading", "", "bold"),
    "key": ("role-key", "", ""),
    "value": ("foreground", "", ""),
    "number": ("foreground", "", ""),
    "added": ("success", "", ""),
    "changed": ("warning", "", ""),
    "removed": ("error", "", ""),
    "struck": ("role-dim", "", "strike"),
    "good": ("success", "", ""),
    "warning": ("warning", "", ""),
    "error": ("error", "", "bold"),
    "accent": ("accent", "", ""),
    "held": ("warning", "", "bold"),
    "bar": ("role-bar", "", ""),
    "bar-iterate": ("role-iterate", "", ""),
    "bar-error": ("error", "", ""),
    "method": ("role-key", "", ""),
    "redirect": ("accent", "", ""),
    "keycap": ("role-key", "", "bold"),
    "chip": ("role-on-chip", "success", "bold"),
    "chip-busy": ("role-on-chip", "accent", "bold"),
    "chip-bad": ("role-on-chip", "error", "bold"),
    "chip-held": ("role-on-chip", "warning", "bold"),
    "cursor": ("", "block-cursor-background", ""),
    "cursor-blurred": ("", "block-cursor-blurred-background", ""),
}
"""By role: the variables of foreground and background, and the attributes."""

_TERMINAL: Final = {
    "dim": Style(dim=True),
    "faint": Style(dim=True),
    "struck": Style(dim=True, strike=True),
    "cursor": Style(color="default", bgcolor="default", reverse=True),
    "cursor-blurred": Style(underline=True),
}
"""What a terminal with colours of its own shows otherwise: it may have no shade between text and background."""

CURSORS: Final = ("cursor", "cursor-blurred")
"""Roles that are laid over a line that is painted already."""

ROLES: Final = frozenset(_LOOKS)
"""What a run of text can mean."""


def looks(variables: Mapping[str, str], *, terminal: bool) -> dict[str, Style]:
    """The style of each role. ``variables``: those of the theme; ``terminal``: its colours are the terminal's own."""
    found = {role: _style(variables, *look) for role, look in _LOOKS.items()}
    return {**found, **_TERMINAL} if terminal else found


def _style(variables: Mapping[str, str], foreground: str, background: str, attributes: str) -> Style:
    return Style(
        color=Color.parse(variables[foreground]).rich_color if foreground else None,
        bgcolor=Color.parse(variables[background]).rich_color if background else None,
        bold=True if attributes == "bold" else None,
        strike=True if attributes == "strike" else None,
    )
