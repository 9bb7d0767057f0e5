"""``wsgitrace ledger``: who did what to the input, the response, the body and the exceptions of one request."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click

from wsgitrace.cli.numbered import id_argument, traced
from wsgitrace.cli.options import resolve, settings_options

__all__ = ["ledger"]

_NAMES: Final = ("input", "start_response", "chunks", "iteration", "exceptions", "logs", "queries")
"""Those of :data:`wsgitrace.trace.ledger_words.LEDGERS`, which ``--help`` does not import."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@id_argument("number")
@click.argument("name", metavar="[LEDGER]", type=click.Choice(_NAMES), required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each ledger, a line each.")
@settings_options("reveal")
def ledger(file: Path, number: int, name: str | None, *, as_json: bool, reveal: bool | None) -> None:
    r"""Tell who did what in the request ID of FILE, and what should not be; without LEDGER, all of them.

    \b
    input           who read how much of wsgi.input, what was left, who found it empty
    start_response  every call, what became of it, and what the client got
    chunks          what each layer took in and gave out of the body, and when
    iteration       who made, wrapped, exhausted, closed or lost each iterable
    exceptions      where each was raised, who caught it, what it became
    logs            log records, warnings, and what was written to wsgi.errors
    queries         what was asked of databases by SQLAlchemy and Django, how often and by which line

    --json prints, in ASCII: ledger, verdict (what should not be; empty for nothing), lines (pass, name, text, fault),
    and by ledger: announced, chunked, read, unread, entries, starved; calls, sent, made_by_server; lanes; iterables;
    exceptions; records; count, took_ns, queries, alike. A pass is a number, as 'wsgitrace show --json' has it; in and
    out of a lane are pairs of nanoseconds and bytes.
    """
    from wsgitrace.cli.masking import masker_of  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.recording import opened  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.render_answers import ledger_lines  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.style import Style  # noqa: PLC0415 -- not for --help
    from wsgitrace.export.ledger_json import ledger_object  # noqa: PLC0415 -- not for --help
    from wsgitrace.export.summary_json import dump  # noqa: PLC0415 -- not for --help

    settings = resolve({"reveal": reveal})
    with opened(file) as capture:
        _, trace = traced(capture, file, number)
        masker = masker_of(settings, capture)
    style = Style.of()
    for index, each in enumerate(_NAMES if name is None else (name,)):
        if as_json:
            sys.stdout.write(f"{dump(ledger_object(trace, each, masker))}\n")
            continue
        lead = "\n" if index else ""
        sys.stdout.write(lead + "".join(f"{line}\n" for line in ledger_lines(trace, each, style, masker)))
