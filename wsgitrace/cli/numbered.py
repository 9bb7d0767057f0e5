"""Requests of a file, named on the command line by their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from pathlib import Path

    from wsgitrace.capture import Capture

__all__ = ["as_number", "not_there"]

_LONGEST: Final = 19
"""Digits that no number of an exchange has."""


def as_number(_: click.Context, __: click.Parameter, text: str) -> int:
    """The number of an exchange."""
    if not (text.isascii() and text.isdigit() and len(text) < _LONGEST and int(text)):
        raise click.BadParameter(f"{text!r}: ID is a number, as ls lists them.")
    return int(text)


def not_there(capture: Capture, file: Path, number: int) -> str:
    """One sentence: why there is no such request."""
    newest = capture.newest()
    if not newest:
        return f"no request is recorded in {file}."
    if number > newest:
        return f"there is no request {number} in {file}; the newest is {newest}."
    return f"request {number} is no longer in {file}: {capture.info().evicted:,} were removed for the bounds."
