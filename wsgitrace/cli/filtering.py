"""Filters on the command line."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import click

from wsgitrace.cli.progress import say_progress
from wsgitrace.cli.refusal import Refusal
from wsgitrace.query import AT, FIELDS, FilterError, parse, read_breakpoint, with_names
from wsgitrace.safetext import safe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from wsgitrace.capture import Capture
    from wsgitrace.query import Filter, PlacedError

__all__ = [
    "FilterCommand",
    "analyse_for",
    "analyse_these",
    "filter_argument",
    "pointed_at",
    "read_breakpoints",
    "read_filter",
    "read_kept",
    "read_setting",
]

_EXCLUDES: Final = re.compile(r"-(?!-|[A-Za-z][0-9]*$)")

_WORD: Final = "\0"
"""Marks a word that looks like an option: no argument of a process has it."""


class FilterCommand(click.Command):
    """A command that takes a filter: ``-status:200`` is no option of it, and its help ends with the fields."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Tell what excludes from what is an option: ``-status:200`` from ``-n`` and ``-n20``."""
        end = args.index("--") if "--" in args else len(args)
        return super().parse_args(ctx, [*map(_marked, args[:end]), *args[end:]])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The fields of the filter language, from their table."""
        with formatter.section("Fields of FILTER"):
            formatter.write_dl([(f"{name}:", text) for name, text in _explained()])
        super().format_epilog(ctx, formatter)


def _marked(argument: str) -> str:
    return f"{_WORD}{argument}" if _EXCLUDES.match(argument) else argument


def _explained() -> Iterator[tuple[str, str]]:
    for field in FIELDS:
        words = ", ".join(word.value for word in field.words if not field.open)
        yield field.name, f"{field.help}: {words}" if words else field.help
        if field.name == "dur":
            yield AT.name + "LAYER", AT.help


def filter_argument(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the argument FILTER; its parameter ``words`` receives a tuple."""
    return click.argument("words", nargs=-1, metavar="[FILTER]")(function)


def read_filter(words: Sequence[str], slow: float) -> Filter:
    """The filter that the arguments make, a space between them; ``slow``: seconds from which on a request is slow.

    Raises :class:`Refusal` with the error and a line that points at its place.
    """
    return _parse(" ".join(word.removeprefix(_WORD) for word in words), "", slow)


def read_setting(name: str, text: str, slow: float) -> Filter | None:
    """The filter of a setting, by which exchanges are kept as they end; None when it is not set.

    Raises :class:`Refusal`, also where it asks for what is not known then.
    """
    if not text.strip():
        return None
    where = _parse(text, f"--{name}: ", slow)
    if "finding" in where.needs:
        raise Refusal(f"--{name}: what layers changed, and their times, are known only of what was kept: {safe(text)}")
    if "worker" in where.needs:
        raise Refusal(f"--{name}: processes are known only of what was kept: {safe(text)}")
    return where


def _named() -> Mapping[str, str]:
    from wsgitrace.named_filters import NamedFilters  # noqa: PLC0415 -- most filters name none

    return NamedFilters()


def _parse(text: str, about: str, slow: float) -> Filter:
    try:
        return parse(text, slow=int(slow * 1e9), named=_named() if "@" in text else {})
    except FilterError as problem:
        raise pointed_at(problem, text, about) from None


def read_breakpoints(texts: Sequence[str]) -> list[str]:
    """Breakpoints of the command line, each understood. Raises :class:`Refusal` as :func:`read_filter` does."""
    found = []
    for text in texts:
        named = _named() if "@" in text else {}
        try:
            found.append(read_breakpoint(with_names(text, named)).text)
        except FilterError as problem:
            raise pointed_at(problem, text, "--break: ") from None
    return found


def read_kept(content: Any, besides: Sequence[str]) -> list[tuple[str, bool]]:
    """Breakpoints kept of an earlier run, and whether they are on; those of the command line are there already.

    What an earlier version understood and this one does not is left out.
    """
    found = []
    for entry in content if isinstance(content, list) else ():
        match entry:
            case [str(text), bool(on)] if text not in besides:
                with suppress(FilterError):
                    found.append((read_breakpoint(text).text, on))
    return found


def pointed_at(problem: PlacedError, text: str, about: str) -> Refusal:
    """The refusal of a text, with a line that points at what is wrong."""
    # What is shown may be longer than what was typed: control characters are shown as escapes.
    before, wrong = safe(text[: problem.start]), safe(text[problem.start : problem.end])
    shown = f"{before}{wrong}{safe(text[problem.end :])}"
    marks = "^" * max(1, len(wrong))
    return Refusal(f"{about}{safe(problem.message)}\n    {shown}\n    {' ' * len(before)}{marks}")


def analyse_for(where: Filter, capture: Capture) -> None:
    """Work out what the filter asks for and nobody has worked out yet; on a terminal, say how far that has come."""
    if "finding" not in where.needs or capture.analysed_to() >= capture.newest():
        return
    from wsgitrace.supervisor import analyse  # noqa: PLC0415 -- most filters do without

    newest = capture.newest()
    analyse(capture, progress=lambda upto: say_progress(f"looking at what the layers did: {upto:,} of {newest:,}"))
    say_progress("")


def analyse_these(where: Filter, capture: Capture, numbers: Sequence[int]) -> None:
    """The same for some exchanges that have just ended."""
    if "finding" not in where.needs:
        return
    from wsgitrace.trace import Trace, findings  # noqa: PLC0415 -- most filters do without

    found = {number: findings(Trace.from_events(events)) for number, events in capture.events_of(numbers).items()}
    capture.note_findings(found, 0)
