"""``wsgitrace delete``: take requests out of a recorded file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wsgitrace.cli.filtering import FilterCommand, analyse_for, filter_argument, read_filter
from wsgitrace.cli.options import resolve, settings_options
from wsgitrace.cli.refusal import Refusal, tell
from wsgitrace.cli.units import plural

if TYPE_CHECKING:
    from wsgitrace.query import Filter

__all__ = ["delete"]

_ALL = 2**62
"""More exchanges than there are."""


@click.command(cls=FilterCommand, short_help="Take the requests that match a filter out of a recorded file.")
@click.argument("file", type=click.Path(path_type=Path))
@filter_argument
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--marked", is_flag=True, help="Those that are marked, too; without it they stay.")
@settings_options("slow")
def delete(file: Path, words: tuple[str, ...], *, yes: bool, marked: bool, **given: Any) -> None:
    r"""Delete the requests of FILE that match FILTER, with all that is recorded of them; FILE becomes smaller.

    \b
    wsgitrace delete shop.wtrace is:asset
    wsgitrace delete shop.wtrace before:1d -status:5xx --yes
    wsgitrace delete shop.wtrace ~all

    FILTER is that of 'wsgitrace ls', which lists what would go. It asks first, unless --yes is given. A file that is
    being recorded cannot be deleted from here: the screen of whoever records it can, by d.
    """
    from wsgitrace.capture import Writer  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.recording import opened, refusing  # noqa: PLC0415 -- not for --help

    settings = resolve(given)
    if not words:
        raise Refusal("which requests are to be deleted? Give a filter; ~all stands for every one.")
    with opened(file) as capture:
        if capture.info().live:
            raise Refusal(f"{file} is being recorded: delete on the screen of whoever records it, or stop that first.")
        where = read_filter(words, settings.slow)
        analyse_for(where, capture)
        found = {row.number: row.pinned for step in capture.search(where, limit=_ALL) for row in step.rows}
    kept = 0 if marked else sum(found.values())
    if len(found) == kept:
        tell(f"nothing to delete: {_which(where, kept)}.")
        return
    _ask(len(found) - kept, file, yes=yes)
    with refusing():
        writer = Writer.create(file, keep_exchanges=None, keep_bytes=None)
        try:
            removed = writer.delete(found, pinned=marked)
            writer.compact()
        finally:
            writer.close()
    stay = f"; {plural(kept, 'marked request')} stay{'s' if kept == 1 else ''} (--marked)" if kept else ""
    tell(f"{plural(removed, 'request')} deleted from {file}{stay}.")


def _which(where: Filter, kept: int) -> str:
    if kept:
        return f"{plural(kept, 'request')} that match{'es' if kept == 1 else ''} {'is' if kept == 1 else 'are'} marked"
    return "there is no request" if where.everything else "no request matches"


def _ask(many: int, file: Path, *, yes: bool) -> None:
    """Raise :class:`Refusal` unless it is wanted."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise Refusal(
            f"{plural(many, 'request')} would be deleted from {file}, and nobody can be asked here: give --yes."
        )
    if not click.confirm(f"Delete {plural(many, 'request')} from {file}?", err=True):
        raise Refusal("nothing was deleted.")
