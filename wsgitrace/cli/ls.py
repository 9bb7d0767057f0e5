"""``wsgitrace ls``: the requests of a recorded file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wsgitrace.cli.options import resolve, settings_options
from wsgitrace.cli.refusal import tell

if TYPE_CHECKING:
    from wsgitrace.capture import Capture

__all__ = ["ls"]


@click.command(short_help="List the requests of a recorded file.")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("text", default="")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per request and line.")
@click.option("-n", "--last", type=click.IntRange(min=0), metavar="N", help="Only the newest N.")
@settings_options("reveal")
def ls(file: Path, text: str, *, last: int | None, reveal: bool | None, as_json: bool) -> None:
    r"""List the requests of FILE, newest last; with TEXT, those whose "METHOD path STATUS" contains it.

    \b
    wsgitrace ls shop.wtrace
    wsgitrace ls shop.wtrace /cart
    wsgitrace ls shop.wtrace 'POST' --last 20
    wsgitrace ls shop.wtrace --json | jq 'select(.status >= 500).number'

    --json prints one object per line, in ASCII, with these keys: number, time (ISO 8601, UTC), state (running,
    streaming, held, done), how (complete, client gone, cut, refused, worker gone), method, target, path, status,
    duration_ns, held_ns, first_byte_ns, request_size, response_size, chunks, layers, exception, swallowed,
    start_responses, input (none, unread, partial, full), closed, short_circuit, content_type, events, dropped, note,
    replay_of, held_at, peer, worker, pinned. Times are nanoseconds, sizes bytes; what is not known is null or empty.
    """
    from wsgitrace.cli.exchange_json import dump, summary_object  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.recording import opened, summaries  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.render_list import table  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.style import Style  # noqa: PLC0415 -- not for --help

    shown = resolve({"reveal": reveal}).reveal
    with opened(file) as capture:
        rows = summaries(capture, text=text, last=last)
        objects = (dump(summary_object(summary, reveal=shown)) for summary in rows)
        lines = objects if as_json else table(rows, Style.of(), reveal=shown)
        any_line = False
        for line in lines:
            any_line = True
            sys.stdout.write(f"{line}\n")
        if not any_line and not as_json:
            _say_why_empty(capture, file, text)


def _say_why_empty(capture: Capture, file: Path, text: str) -> None:
    kept = capture.count()
    if text and kept:
        tell(f'none of the {kept:,} requests in {file} contains {text!r} in its "METHOD path STATUS".')
    else:
        tell(f"no request is recorded in {file}.")
