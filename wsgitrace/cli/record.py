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


class _Record(Serving):
    """Its help ends with the commands of ``--interactive``."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands, from their declarations."""
        from wsgitrace.cli.orders import order_help  # noqa: PLC0415 -- for --help alone

        with formatter.section("Commands of --interactive"):
            formatter.write_dl(list(order_help()))
        super().format_epilog(ctx, formatter)


@click.command(cls=_Record, epilog=ALSO)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="The .wtrace file to record to.")
@click.option("--interactive", is_flag=True, help="Take commands as JSON on standard input.")
@limit_options
@settings_options(*(setting.name for setting in SETTINGS if setting.name not in {"save", "theme"}))
def record(output: Path | None, seconds: float | None, count: int | None, *, interactive: bool, **given: Any) -> int:
    r"""Serve APP without a screen and record to a file.

    \b
    wsgitrace record shop:app -o shop.wtrace
    wsgitrace record shop:app -o shop.wtrace --for 60 --port 8001 > access.log

    One line per request goes to standard output, in the Common Log Format with the duration, the number of the
    request and remarks behind it; what the application prints and a summary go to standard error. The file is
    bounded by its bytes alone unless --keep is given, and continued if it exists.

    With --interactive a program drives it: a breakpoint holds requests until a command lets them go on. Standard input
    has one JSON object a line, as in {"id": 1, "do": "break", "text": "layer:Session"}. Standard output has one a line,
    too, in ASCII. "type" is reply (id as in the command, ok, else error), worker (phase, url, message), held (request,
    event, seq, layer, locals, environ, status, headers, client_gone and more), released (by: step, continue, timeout
    ..., or over), client gone, or ended (as 'wsgitrace ls --json'). When standard input ends, all that is held goes on
    and nothing is held any more; the recording ends then, unless --for or --count says when. -o may be left out.

    Exit codes: 0 done, 1 the application's process died and nothing starts it again, 2 the command line is wrong, 3
    the application raised while it was imported, 128 and its number for a signal.
    """
    from wsgitrace.cli.headless import Session, run_headless  # noqa: PLC0415 -- not for --help

    settings = resolve({**given, "save": None if output is None else str(output)})
    if interactive and settings.given("on_hold"):
        raise Refusal("--on-hold lets requests go on by itself; with --interactive commands do: give one of them.")
    if settings.save is None and not interactive:
        raise Refusal("no file to record to: give one, as in 'wsgitrace record APP -o FILE.wtrace'.")
    reload = settings.reload and settings.given("reload")
    return run_headless(Session(settings, settings.save, reload, seconds, count, interactive=interactive))
