"""``wsgitrace record``: serve without a screen and keep a recording."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from wsgitrace.cli.options import ALSO, Serving, resolve, settings_options
from wsgitrace.cli.refusal import Refusal
from wsgitrace.settings import SETTINGS

__all__ = ["limit_options", "record"]


def limit_options(function: Any) -> Any:
    """Give a command the options that say when to stop by itself."""
    seconds = click.FloatRange(min=0, max=10**9)
    text = "Stop after N requests; what came in until then is finished, not listed."
    function = click.option("--count", type=click.IntRange(min=1), metavar="N", help=text)(function)
    return click.option("--for", "seconds", type=seconds, metavar="SECONDS", help="Stop after so long.")(function)


@click.command(cls=Serving, epilog=ALSO)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="The .wtrace file to record to.")
@limit_options
@settings_options(*(setting.name for setting in SETTINGS if setting.name not in {"save", "theme"}))
def record(output: Path | None, seconds: float | None, count: int | None, **given: Any) -> int:
    r"""Serve APP without a screen and record to a file.

    \b
    wsgitrace record shop:app -o shop.wtrace
    wsgitrace record shop:app -o shop.wtrace --for 60 --port 8001 > access.log

    One line per request goes to standard output, in the Common Log Format with the duration, the number of the
    request and remarks behind it; what the application prints and a summary go to standard error. The file is
    bounded by its bytes alone unless --keep is given, and continued if it exists.

    Exit codes: 0 done, 1 the application's process died and nothing starts it again, 2 the command line is wrong, 3
    the application raised while it was imported, 128 and its number for a signal.
    """
    from wsgitrace.cli.headless import Session, run_headless  # noqa: PLC0415 -- not for --help

    settings = resolve({**given, "save": None if output is None else str(output)})
    if settings.save is None:
        raise Refusal("no file to record to: give one, as in 'wsgitrace record APP -o FILE.wtrace'.")
    reload = settings.reload and settings.given("reload")
    return run_headless(Session(settings, settings.save, reload, seconds, count))
