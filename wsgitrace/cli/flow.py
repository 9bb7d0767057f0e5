"""``wsgitrace flow``: one request of a recorded file as a picture in characters."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click

from wsgitrace.cli.numbered import id_argument, traced
from wsgitrace.cli.options import resolve, settings_options

__all__ = ["flow"]

_WIDTHS: Final = click.IntRange(40, 4000)
"""What may be drawn in."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@id_argument("number")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--all", "whole", is_flag=True, help="Leave out nothing that is insignificant.")
@click.option("--width", type=_WIDTHS, metavar="N", help="Columns of text to draw in.  [the terminal's; else 120]")
@settings_options("reveal")
def flow(file: Path, number: int, *, as_json: bool, whole: bool, width: int | None, reveal: bool | None) -> None:
    r"""Draw the way of the request ID of FILE: layers as columns, time downwards.

    Passes that changed nothing are a narrow column; time in which nothing happened is one line with how long it was.
    As a vector picture, for a bug report: wsgitrace export FILE id:ID -o request.svg

    \b
    ───►  called                    ◄═══  start_response, and the response head
    ┄┄┄►  reads of wsgi.input       ◄┄┄┄  chunks; many as one line with their number
    ╌╌╌►  close()                   ◄━━━  exceptions, ✗ where raised, ! where caught
    ◄───  returned                  ┃ in its call, ╏ while its response is iterated over

    --json prints, in ASCII: whole, columns (name, layer, file, line, parent, passes, self_ns, subrequest, quiet), rows
    (kind, seq, at_ns, until_ns, by, from, to, text, bytes, took_ns, changes, parts), notes. by, from, to and parent
    are columns by their place, 0 the client, 1 the server; passes are numbers as 'wsgitrace show --json' has them.
    """
    from wsgitrace.cli.masking import masker_of  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.recording import opened  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.render_flow import flow_lines  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.style import Style  # noqa: PLC0415 -- not for --help
    from wsgitrace.export.flow_json import flow_object  # noqa: PLC0415 -- not for --help
    from wsgitrace.export.summary_json import dump  # noqa: PLC0415 -- not for --help
    from wsgitrace.trace.flow import flow as drawn  # noqa: PLC0415 -- not for --help

    settings = resolve({"reveal": reveal})
    with opened(file) as capture:
        picture = drawn(traced(capture, file, number)[1], whole=whole)
        masker = masker_of(settings, capture)
    if as_json:
        sys.stdout.write(f"{dump(flow_object(picture, masker))}\n")
        return
    style = Style.of()
    style = style if width is None else Style(colour=style.colour, width=width)
    sys.stdout.write("".join(f"{line}\n" for line in flow_lines(picture, style, masker)))
