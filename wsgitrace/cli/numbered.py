"""Requests of a file, named on the command line by their numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import click

from wsgitrace.cli.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wsgitrace.capture import Capture, Summary
    from wsgitrace.trace import Trace

__all__ = ["id_argument", "recorded", "traced"]

_NUMBER: Final = re.compile(r"(?:id:|#)?(0*[1-9][0-9]{0,17})", re.ASCII)

_NEWEST: Final = 0
"""Stands for the newest request there is: none has this number."""


def id_argument(name: str, metavar: str = "ID") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command an argument that names a request: its parameter is what :func:`recorded` takes."""
    return click.argument(name, metavar=metavar, type=str, callback=_as_number)


def _as_number(_: click.Context, __: click.Parameter, text: str) -> int:
    if text == "last":
        return _NEWEST
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise click.BadParameter(f"{text!r}: ID is a number, as ls lists them, or last.")
    return int(found[1])


def recorded(capture: Capture, file: Path, number: int) -> Summary:
    """The request of that number. Raises :class:`Refusal` where there is none, and says why."""
    summary = capture.summary(number or capture.newest())
    if summary is None:
        raise Refusal(_not_there(capture, file, number))
    return summary


def traced(capture: Capture, file: Path, number: int) -> tuple[Summary, Trace]:
    """The same, with all that is recorded of it."""
    from wsgitrace.trace import Trace  # noqa: PLC0415 -- not for --help

    summary = recorded(capture, file, number)
    return summary, Trace.from_events(capture.events(summary.number))


def _not_there(capture: Capture, file: Path, number: int) -> str:
    newest = capture.newest()
    if not newest:
        return f"no request is recorded in {file}."
    if number > newest:
        return f"there is no request {number} in {file}; the newest is {newest}."
    return f"request {number} is no longer in {file}: {capture.info().evicted:,} were removed for the bounds."
