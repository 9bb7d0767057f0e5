"""``wsgitrace ls``: the requests of a recorded file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wsgitrace.cli.filtering import FilterCommand, analyse_for, filter_argument, read_filter
from wsgitrace.cli.options import resolve, settings_options
from wsgitrace.cli.refusal import tell
from wsgitrace.safetext import safe

if TYPE_CHECKING:
    from wsgitrace.capture import Capture
    from wsgitrace.query import Filter

__all__ = ["ls"]


@click.command(cls=FilterCommand, short_help="List the requests of a recorded file.")
@click.argument("file", type=click.Path(path_type=Path))
@filter_argument
@click.option("--json", "as_json", is_flag=True, help="One JSON object per request and line.")
@click.option("-n", "--last", type=click.IntRange(min=0), metavar="N", help="Only the newest N.")
@settings_options("slow", "reveal")
def ls(file: Path, words: tuple[str, ...], *, last: int | None, as_json: bool, **given: Any) -> None:
    r"""List the requests of FILE, newest last; with FILTER, those that match it.

    \b
    wsgitrace ls shop.wtrace
    wsgitrace ls shop.wtrace /cart
    wsgitrace ls shop.wtrace method:POST status:5xx --last 20
    wsgitrace ls shop.wtrace 'dur:>100ms -is:asset (by:Session OR exc:KeyError)'
    wsgitrace ls shop.wtrace resp.header:set-cookie=sid*
    wsgitrace ls shop.wtrace --json | jq 'select(.status >= 500).number'

    A word is looked for in "METHOD path STATUS", whatever its case; "in quotes" with its spaces; /as.*regex/ too.
    KEY:VALUE compares: values take lists (GET,POST), >, >=, <, <=, = and ranges (1..5), units (ms s k M) and * for
    anything; KEY~REGEX searches. Side by side all must match; OR, NOT or -, and parentheses do the rest. A shell wants
    quotation marks around parentheses, quotation marks, <, >, * and spaces.

    --json prints one object per line, in ASCII, with these keys: number, time (ISO 8601, UTC), state (running,
    streaming, held, done), how (complete, client gone, cut, refused, worker gone), method, target, path, status,
    duration_ns, held_ns, first_byte_ns, request_size, response_size, chunks, layers, exception, swallowed,
    start_responses, input (none, unread, partial, full), closed, short_circuit, content_type, route, view, events,
    dropped, note, replay_of, held_at, peer, worker, pinned. Times are nanoseconds, sizes bytes; what is not known is
    null or empty.
    """
    from wsgitrace.cli.masking import masker_of  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.recording import badged, opened, summaries  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.render_list import table  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.style import Style  # noqa: PLC0415 -- not for --help
    from wsgitrace.export.summary_json import dump, summary_object  # noqa: PLC0415 -- not for --help

    settings = resolve(given)
    where = read_filter(words, settings.slow)
    with opened(file) as capture:
        analyse_for(where, capture)
        rows = summaries(capture, where=where, last=last)
        masker = masker_of(settings, capture)
        objects = (dump(summary_object(summary, masker)) for summary in rows)
        lines = objects if as_json else table(badged(capture, rows), Style.of(), masker)
        any_line = False
        for line in lines:
            any_line = True
            sys.stdout.write(f"{line}\n")
        if not any_line and not as_json and last != 0:
            _say_why_empty(capture, file, where)


def _say_why_empty(capture: Capture, file: Path, where: Filter) -> None:
    kept = capture.count()
    if not where.everything and kept:
        tell(f"none of the {kept:,} requests in {file} matches {safe(where.text)}. {where.advice}".rstrip())
    else:
        tell(f"no request is recorded in {file}.")
