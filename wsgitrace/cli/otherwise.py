"""Options of verbs that run a request otherwise than it was, and what they do not go with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from wsgitrace.cli.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from wsgitrace.settings import Settings

__all__ = ["check_destination", "check_in_worker", "clock_option", "skip_option"]


def skip_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command ``--skip``; its parameter ``skips`` receives the names of layers, those of lists one by one."""
    text = "Do not run this layer: what it calls is called in its place."
    return click.option("--skip", "skips", metavar="LAYER", multiple=True, callback=_names, help=text)(function)


def _names(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for text in given for name in text.replace(",", " ").split())


def clock_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command ``--clock``; its parameter ``clock`` receives ``now`` or ``original``."""
    text = "original: the clock of the process says what it said then, one request at a time. Needs time-machine."
    kind = click.Choice(("now", "original"))
    return click.option("--clock", type=kind, default="now", help=f"{text}  [now]")(function)


def check_destination(app: str | None, url: str | None, output: Path | None, settings: Settings) -> None:
    """Raise :class:`Refusal` unless it is clear where requests are to be run."""
    if app and url:
        raise Refusal("--app and --url are both given: one of them is where the requests go.")
    if not settings.app and not url:
        raise Refusal("nowhere to run it: give --app APP, as in shop:app, or --url http://127.0.0.1:8000.")
    if output is not None and url:
        raise Refusal("--output keeps what an application did: it is for --app.")


def check_in_worker(url: str | None, skips: Sequence[str], clock: str, jobs: int, settings: Settings) -> None:
    """Raise :class:`Refusal` for what only the application's process can do, asked of a server or of many at once."""
    given = {
        "--skip": skips,
        "--clock original": clock == "original",
        "--break": settings.breakpoints and settings.given("breakpoints"),
        "--prepare": settings.prepare,
    }
    inside = next((name for name, is_given in given.items() if is_given), "")
    if url and inside:
        raise Refusal(f"{inside} is done in the application's own process: it is for --app.")
    if clock == "original" and jobs > 1:
        raise Refusal("--clock original runs one request at a time: leave out -j.")
