"""``wsgitrace show``: one request of a recorded file."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from wsgitrace.cli.numbered import id_argument, traced
from wsgitrace.cli.options import resolve, settings_options

__all__ = ["show"]

_OUTPUT_LINES = 100_000


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@id_argument("number")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--all", "whole", is_flag=True, help="Fold, shorten and leave out nothing.")
@settings_options("reveal")
def show(file: Path, number: int, *, as_json: bool, whole: bool, reveal: bool | None) -> None:
    """Show the request ID of FILE, a number or last: its layers, what each of them changed, and its events.

    --json prints one object, in ASCII. It has the keys of 'wsgitrace ls --json', and: request (method, target,
    version, scheme, headers, body), response (status, headers, body), refused (status, rule, reason, offset, raw),
    passes, logs and queries (as 'wsgitrace ledger --json' has them), event_list (seq, pass, at_ns, thread, kind, text),
    events_lost, output (time, stream, text, pass). A body has
    length, complete, why, decoded (the content codings undone), and either text or base64; hidden: neither, for a
    coding that is not undone may have secrets in it. Each pass, in the order of calls,
    has id (0 is the server), parent, name, layer, file, line, state, subrequest, passed_through, called_at_ns,
    returned_at_ns, ended_at_ns, inclusive_ns, self_ns, environ_changes (kind, key, before, after, when), status,
    headers, response_changes (inner, status, headers, reordered, body, buffered), start_responses, input_reads,
    returned, chunks, closed, exception (type, message, during, frames), raised_here, caught.
    """
    from wsgitrace.cli.masking import masker_of  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.recording import opened  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.render_changes import Detail  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.render_exchange import exchange  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.style import Style  # noqa: PLC0415 -- not for --help
    from wsgitrace.export.summary_json import dump  # noqa: PLC0415 -- not for --help
    from wsgitrace.export.trace_json import trace_object  # noqa: PLC0415 -- not for --help

    settings = resolve({"reveal": reveal})
    with opened(file) as capture:
        summary, trace = traced(capture, file, number)
        output = capture.output(exchange=summary.number, limit=_OUTPUT_LINES)
        masker = masker_of(settings, capture)
        if as_json:
            sys.stdout.write(f"{dump(trace_object(summary, trace, output, masker))}\n")
            return
        style = Style.of()
        for line in exchange(summary, trace, output, style, Detail(masker, whole, style.width)):
            sys.stdout.write(f"{line}\n")
