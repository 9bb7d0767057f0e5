"""``--edit``: requests changed before they are run again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from wsgitrace.cli.filtering import FilterCommand, pointed_at
from wsgitrace.cli.refusal import Refusal, tell
from wsgitrace.safetext import safe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wsgitrace.replay import Draft, RequestEdit

__all__ = ["EditCommand", "EditFilterCommand", "edit_option", "method_of", "read_edits", "read_file", "say_idle"]

_OF_A_CONNECTION: Final = frozenset({"peer", "scheme"})
"""What a client cannot choose: it is told to the worker."""


class EditCommand(click.Command):
    """A command with ``--edit``: its help ends with what can be edited."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The forms of an edit, from their table."""
        from wsgitrace.replay import EDIT_FORMS  # noqa: PLC0415 -- for --help alone

        with formatter.section("Forms of EDIT"):
            formatter.write_dl([(form, f"{text[:1].upper()}{text[1:]}.") for form, text in EDIT_FORMS])
        super().format_epilog(ctx, formatter)


class EditFilterCommand(EditCommand, FilterCommand):
    """A command with ``--edit`` that takes a filter, too."""


def edit_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command ``--edit``; its parameter ``edits`` receives a tuple."""
    text = "Change a copy of each first: method=POST, header:X-Debug=1, query:page-, body:$.qty=3. May be repeated."
    return click.option("--edit", "edits", multiple=True, metavar="EDIT", help=text)(function)


def read_edits(texts: Sequence[str], *, url: str | None = None) -> tuple[RequestEdit, ...]:
    """The edits of the command line. Raises :class:`Refusal`, with a line that points at what is wrong."""
    from wsgitrace.replay import EditError, read_edit  # noqa: PLC0415 -- not for --help

    found = []
    for text in texts:
        try:
            found.append(read_edit(text, read_file))
        except EditError as problem:
            raise pointed_at(problem, text, "--edit: ") from None
    for edit in found:
        if url and edit.what in _OF_A_CONNECTION:
            raise Refusal(f"--edit {edit.what}: over HTTP it is that of the new connection: it is for --app.")
    return tuple(found)


def say_idle(sent: Sequence[Draft]) -> None:
    """Name what was to be removed and was in none of the requests."""
    for text in sent[0].idle if sent else ():
        if all(text in each.idle for each in sent):
            tell(f"--edit {safe(text)} removed nothing: no request has that.")


def read_file(name: str) -> bytes:
    """The bytes of a file. Raises :class:`OSError`."""
    return Path(name).expanduser().read_bytes()


def method_of(edits: Sequence[RequestEdit]) -> str:
    """The method that all requests are given; empty where each keeps its own."""
    return next((edit.value.decode("latin-1") for edit in reversed(edits) if edit.what == "method"), "")
