"""``wsgitrace blame``: who set, changed or dropped something of one request."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from wsgitrace.cli.numbered import id_argument, traced
from wsgitrace.cli.options import resolve, settings_options
from wsgitrace.trace.blame import Thing, parse_thing

__all__ = ["blame"]


def _as_thing(_: click.Context, __: click.Parameter, text: str | None) -> Thing | None:
    if text is None:
        return None
    try:
        return parse_thing(text)
    except ValueError as problem:
        raise click.BadParameter(str(problem)) from None


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@id_argument("number")
@click.argument("thing", metavar="[WHAT]", type=str, required=False, callback=_as_thing)
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each WHAT, a line each.")
@settings_options("reveal")
def blame(file: Path, number: int, thing: Thing | None, *, as_json: bool, reveal: bool | None) -> None:
    r"""Tell who set, changed or dropped WHAT of the request ID of FILE; without WHAT, of everything.

    \b
    wsgitrace blame shop.wtrace 12 resp.header:vary
    wsgitrace blame shop.wtrace 12 cookie:session
    wsgitrace blame shop.wtrace 12 environ:SCRIPT_NAME
    wsgitrace blame shop.wtrace 12 status

    In order: the layer, or the user who edited it, with the line on which it called start_response; for the environ
    the line before which it was done. What was set and never reached the client is struck through. req.header:NAME
    is the environ key of that field. Without WHAT, what never arrived comes first, then what several worked at.

    --json prints, in ASCII: thing, sentence, final (the values that the client got), deeds (verb, by, pass, name,
    layer, seq, file, line, where, outward, before, after, reached, refused).
    """
    from wsgitrace.cli.masking import masker_of  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.recording import opened  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.render_answers import blame_lines  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.style import Style  # noqa: PLC0415 -- not for --help
    from wsgitrace.export.blame_json import blame_object  # noqa: PLC0415 -- not for --help
    from wsgitrace.export.summary_json import dump  # noqa: PLC0415 -- not for --help
    from wsgitrace.trace.blame import all_blames  # noqa: PLC0415 -- not for --help
    from wsgitrace.trace.blame import blame as blame_for  # noqa: PLC0415 -- not for --help

    settings = resolve({"reveal": reveal})
    with opened(file) as capture:
        _, trace = traced(capture, file, number)
        masker = masker_of(settings, capture)
    found = all_blames(trace) if thing is None else (blame_for(trace, thing),)
    style = Style.of()
    for index, each in enumerate(found):
        if as_json:
            sys.stdout.write(f"{dump(blame_object(trace, each, masker))}\n")
            continue
        lead = "\n" if index else ""
        sys.stdout.write(lead + "".join(f"{line}\n" for line in blame_lines(trace, each, style, masker)))
