"""The colours: a dark and a light pair of our own, the terminal's own colours, and a place for any other theme.

Meaning is never in colour alone: every role that means something also has a sign or a word on the screen.
"""

from __future__ import annotations

from typing import Final

from textual.color import Color
from textual.theme import Theme

__all__ = ["DARK", "LIGHT", "NAMES", "THEMES", "role_defaults"]

DARK: Final = Theme(
    name="wsgitrace-dark",
    primary="#6cb6ff",
    secondary="#8b9bb0",
    accent="#d2a8ff",
    success="#7ee0a0",
    warning="#f2c063",
    error="#ff7b86",
    foreground="#dbe3ec",
    background="#0e1318",
    surface="#131a21",
    panel="#1a232c",
    dark=True,
    variables={
        "border": "#6cb6ff",
        "border-blurred": "#34424f",
        "block-cursor-background": "#24435f",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-blurred-background": "#1c2a36",
        "block-cursor-text-style": "none",
        "role-on-chip": "#0e1318",
        "role-dim": "#8fa0b2",
        "role-faint": "#52616f",
        "role-key": "#8ecbff",
        "role-heading": "#9db0c4",
        "role-bar": "#4b93d8",
        "role-iterate": "#3d7a6d",
        "bar-background": "#17212b",
    },
)

LIGHT: Final = Theme(
    name="wsgitrace-light",
    primary="#0a5cad",
    secondary="#5b6673",
    accent="#7b3fa0",
    success="#17733a",
    warning="#8f5600",
    error="#b3202c",
    foreground="#20262d",
    background="#fcfcfa",
    surface="#f5f5f1",
    panel="#eaeae4",
    dark=False,
    variables={
        "border": "#0a5cad",
        "border-blurred": "#bfc5c9",
        "block-cursor-background": "#cfe2f5",
        "block-cursor-foreground": "#101418",
        "block-cursor-blurred-background": "#e6ebef",
        "block-cursor-text-style": "none",
        "role-on-chip": "#fcfcfa",
        "role-dim": "#5f6b77",
        "role-faint": "#a3acb4",
        "role-key": "#0a5cad",
        "role-heading": "#4d5966",
        "role-bar": "#3b82c4",
        "role-iterate": "#5aa58f",
        "bar-background": "#e9eef2",
    },
)

THEMES: Final = (DARK, LIGHT)
"""The themes of our own."""

NAMES: Final = {"dark": DARK.name, "light": LIGHT.name, "terminal": "ansi-dark"}
"""What the setting ``theme`` may say, and the theme that it means."""


def role_defaults(theme: Theme) -> dict[str, str]:
    """The variables of our stylesheet for a theme that does not know them."""
    if theme.ansi:
        return {
            "role-on-chip": "ansi_black",
            "role-dim": "ansi_default",
            "role-faint": "ansi_bright_black",
            "role-key": "ansi_cyan",
            "role-heading": "ansi_default",
            "role-bar": "ansi_blue",
            "role-iterate": "ansi_cyan",
            "bar-background": "ansi_default",
        }
    fallback = ("#0e1318", "#dbe3ec") if theme.dark else ("#fcfcfa", "#20262d")
    background = Color.parse(theme.background or fallback[0])
    foreground = Color.parse(theme.foreground or fallback[1])
    primary = Color.parse(theme.primary)
    return {
        "role-on-chip": background.hex,
        "role-dim": background.blend(foreground, 0.62).hex,
        "role-faint": background.blend(foreground, 0.36).hex,
        "role-key": background.blend(primary, 0.85).hex,
        "role-heading": background.blend(foreground, 0.7).hex,
        "role-bar": background.blend(primary, 0.75).hex,
        "role-iterate": background.blend(primary, 0.45).hex,
        "bar-background": background.blend(foreground, 0.07).hex,
    }
