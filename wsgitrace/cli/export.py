"""``wsgitrace export``: requests of a recorded file in the form that another tool takes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from wsgitrace.cli.filtering import FilterCommand, analyse_for, filter_argument, read_filter
from wsgitrace.cli.options import resolve, settings_options
from wsgitrace.cli.refusal import Refusal, tell
from wsgitrace.cli.units import plural
from wsgitrace.safetext import safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wsgitrace.export import Format, LeftOut
    from wsgitrace.query import Filter

__all__ = ["export"]

_REASONS: Final = 5
"""Requests left out that are named one by one."""


@click.command(cls=FilterCommand, short_help="Requests of a recorded file as HAR, commands, tests, bytes.")
@click.argument("file", type=click.Path(path_type=Path))
@filter_argument
@click.option("--as", "form", metavar="FORMAT", help="One of those above.")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="OUT", help="A new file.  [standard output]")
@click.option("--force", is_flag=True, help="Write OUT although it exists.")
@click.option("--client", metavar="NAME", help="For pytest: flask, django, webtest, werkzeug, plain.  [what fits]")
@settings_options("slow", "reveal")
def export(
    file: Path,
    words: tuple[str, ...],
    *,
    form: str | None,
    output: Path | None,
    force: bool,
    client: str | None,
    **given: Any,
) -> None:
    r"""Write the requests of FILE that match FILTER in another form, oldest first.

    \b
    wsgitrace export shop.wtrace id:12 --as curl | sh
    wsgitrace export shop.wtrace path:/api --as har -o api.har
    wsgitrace export shop.wtrace status:5xx --as pytest --reveal -o test_failures.py
    wsgitrace export shop.wtrace id:12 -o checkout.svg
    wsgitrace export shop.wtrace id:12 --as raw --reveal | nc 127.0.0.1 8000

    \b
    curl          a command for curl, byte for byte, for any POSIX shell
    httpie        a command for HTTPie
    httpx         a Python script with httpx
    pytest        tests that pass while it answers the same
    har           HAR 1.2, as browsers and proxies read it
    jsonl         all that is recorded, one JSON object a line
    svg           its way through the layers as a picture
    raw           the request, its very bytes
    raw-response  the response, its very bytes

    Without --as, the end of OUT says it: .har, .jsonl, .svg, .http (raw), .sh (curl), and .py (pytest).

    Secrets are masked, as on the screen: a command with a masked cookie says in a comment that it will not
    authenticate, and --reveal writes them as they are. What cannot be had, such as a request whose body the
    application did not read, is left out and named on standard error; exit code 1 when nothing is left.
    """
    from wsgitrace.cli.masking import masker_of  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.recording import opened  # noqa: PLC0415 -- not for --help
    from wsgitrace.export import LeftOut, rows, taken  # noqa: PLC0415 -- not for --help
    from wsgitrace.export import export as written  # noqa: PLC0415 -- not for --help

    settings = resolve(given)
    where = read_filter(words, settings.slow)
    how = _chosen(form, output, client)
    left_out = LeftOut()
    with opened(file) as capture:
        analyse_for(where, capture)
        found = taken(capture, rows(capture, where), masker_of(settings, capture))
        pieces = written(how, found, left_out)
        _write(pieces, output, how, force=force)
    _report(left_out, where, output, how)
    if not left_out.written:
        raise click.exceptions.Exit(1)


def _chosen(form: str | None, output: Path | None, client: str | None) -> Format:
    """The format that was asked for. Raises :class:`Refusal`."""
    from wsgitrace.export import CLIENTS, FORMATS, format_named, tests_with  # noqa: PLC0415 -- not for --help

    names = ", ".join(each.name for each in FORMATS)
    if form is None:
        suffixes = {
            ".har": "har", ".jsonl": "jsonl", ".svg": "svg", ".http": "raw", ".sh": "curl", ".py": "pytest"
        }  # fmt: skip
        form = suffixes.get(output.suffix) if output is not None else None
        if form is None:
            asked = "in which form?" if output is None else f"the end of {output} does not say in which form."
            raise Refusal(f"{asked} Give --as: {names}.")
    try:
        found = format_named(form.lower())
    except KeyError:
        raise Refusal(f"--as {form}: there is no such format; there are {names}.") from None
    if client is None:
        return found
    chosen = next((each for each in CLIENTS if each == client.lower()), None)
    if found.name != "pytest" or chosen is None:
        raise Refusal(f"--client is for --as pytest, one of {', '.join(CLIENTS)}.")
    return tests_with(chosen)


def _write(pieces: Iterator[bytes], output: Path | None, how: Format, *, force: bool) -> None:
    """Write an export where it was asked for. Raises :class:`Refusal`."""
    from wsgitrace.export import write_file  # noqa: PLC0415 -- not for --help

    if output is None:
        if how.name.startswith("raw") and sys.stdout.isatty():
            raise Refusal("the bytes of traffic are not for a terminal: give -o, or a pipe.")
        for piece in pieces:
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        return
    try:
        write_file(output, pieces, force=force)
    except FileExistsError:
        raise Refusal(f"{output} exists already: give another name, or --force.") from None
    except OSError as error:
        raise Refusal(f"{output} cannot be written: {error.strerror}.") from None


def _report(left_out: LeftOut, where: Filter, output: Path | None, how: Format) -> None:
    """What was written, and what was not, on standard error."""
    for number, reason in list(left_out.reasons.items())[:_REASONS]:
        tell(f"request {number} is left out: {safe(reason)}.")
    if len(left_out.reasons) > _REASONS:
        tell(f"so are {plural(len(left_out.reasons) - _REASONS, 'more request')}.")
    if not left_out.written:
        none = f"nothing to export: no request matches. {where.advice}".rstrip()
        tell("nothing is left to export." if left_out.reasons else none)
    elif output is not None:
        tell(f"{plural(left_out.written, 'request')} in {output}, as {how.name}.")
    if left_out.masked:
        tell(
            "secrets in requests are masked, so they will not authenticate; --reveal writes them as they were recorded."
        )
