"""``wsgitrace tail``: the requests of a file as they are recorded."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wsgitrace.cli.filtering import FilterCommand, analyse_for, filter_argument, read_filter
from wsgitrace.cli.options import resolve, settings_options
from wsgitrace.cli.reader import check_reader
from wsgitrace.cli.refusal import tell

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsgitrace.capture import Summary
    from wsgitrace.cli.following import Follower
    from wsgitrace.cli.signals import Stop

__all__ = ["tail"]

_TICK = 0.1
"""Seconds between looks at the file."""


@click.command(cls=FilterCommand, short_help="Follow a file while it is being recorded.")
@click.argument("file", type=click.Path(path_type=Path))
@filter_argument
@click.option("--json", "as_json", is_flag=True, help="One JSON object per request and line, as 'ls --json' has it.")
@click.option(
    "-n", "--last", type=click.IntRange(min=0), metavar="N", default=10, help="Begin with the newest N.  [10]"
)
@settings_options("slow", "reveal")
def tail(file: Path, words: tuple[str, ...], *, last: int, as_json: bool, **given: Any) -> int:
    r"""Follow FILE while another process records it: one line per request that ends, those that match FILTER.

    \b
    wsgitrace tail shop.wtrace
    wsgitrace tail shop.wtrace /cart
    wsgitrace tail shop.wtrace status:5xx -is:asset
    wsgitrace tail shop.wtrace --json -n 0 | jq 'select(.status >= 500).number'

    FILTER is that of 'wsgitrace ls'. Lines are those of 'wsgitrace record'. It goes on until a signal (ctrl+c) or
    until the file is removed, also over the end of one recording and the begin of the next; both are said on standard
    error.

    Exit codes: 0 the file was removed, 2 it is no recording, 128 and its number for a signal.
    """
    from wsgitrace.cli.access_log import access_line  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.following import Follower  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.masking import masker_of  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.recording import opened, summaries  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.signals import stop_by_signal  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.style import Style  # noqa: PLC0415 -- not for --help
    from wsgitrace.export.summary_json import dump, summary_object  # noqa: PLC0415 -- not for --help

    settings = resolve(given)
    where = read_filter(words, settings.slow)
    style = Style.of()
    with stop_by_signal() as stop, opened(file) as capture:
        masker = masker_of(settings, capture)

        def line(summary: Summary) -> str:
            return dump(summary_object(summary, masker)) if as_json else access_line(summary, style, masker)

        newest = capture.newest()
        analyse_for(where, capture)
        first = next(summaries(capture, where=where, last=last), None)
        after = first.number - 1 if first is not None else newest
        _follow(Follower(capture, file, after=after, where=where), line, stop, file)
    return stop.code


def _follow(follower: Follower, line: Callable[[Summary], str], stop: Stop, file: Path) -> None:
    missed = 0
    live: bool | None = None
    while not stop.asked:
        for summary in follower.take():
            sys.stdout.write(f"{line(summary)}\n")
        sys.stdout.flush()
        if follower.missed > missed:
            tell(f"{follower.missed - missed:,} requests were removed for the bounds before they could be listed.")
            missed = follower.missed
        if follower.gone:
            tell(f"{file} was removed.")
            return
        if follower.live != live:
            live = follower.live
            if not live:
                tell(f"nobody is recording to {file} at present; waiting (ctrl+c stops).")
        check_reader()
        time.sleep(_TICK)
