"""``wsgitrace diff``: two requests of a recorded file, compared."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from wsgitrace.cli.numbered import id_argument, traced
from wsgitrace.cli.options import resolve, settings_options
from wsgitrace.cli.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wsgitrace.capture import Summary
    from wsgitrace.redact import Masker
    from wsgitrace.trace.comparing import Noise

__all__ = ["DIFFERS", "diff", "ignore_option", "read_ignored"]

DIFFERS: Final = 1
"""Exit code: responses differ."""


def ignore_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command ``--ignore``; its parameter ``ignored`` receives a tuple."""
    text = "What does not count: header:NAME, cookie:NAME, body:$.PATH, body~REGEX, environ:KEY. May be repeated."
    return click.option("--ignore", "ignored", multiple=True, metavar="RULE", help=text)(function)


def read_ignored(rules: Sequence[str]) -> Noise:
    """What does not count. Raises :class:`Refusal`."""
    from wsgitrace.trace.comparing import Noise, RuleError, read_rule  # noqa: PLC0415 -- not for --help

    try:
        return Noise(tuple(map(read_rule, rules)))
    except RuleError as problem:
        raise Refusal(f"--ignore: {problem}") from None


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@id_argument("one", "A")
@id_argument("other", "B")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--all", "whole", is_flag=True, help="Shorten nothing.")
@click.option("--layers", "strict", is_flag=True, help="Exit with 1 also where only the layers differ.")
@ignore_option
@settings_options("reveal")
def diff(file: Path, one: int, other: int, *, as_json: bool, whole: bool, strict: bool, **given: Any) -> int:
    r"""Compare the requests A and B of FILE: their responses, and where in the layers they part first.

    \b
    wsgitrace diff shop.wtrace 12 40
    wsgitrace diff shop.wtrace 12 40 --ignore 'body:$.time' --ignore header:x-build
    wsgitrace diff shop.wtrace 12 40 --ignore 'body~build [0-9]+' --json

    Dates, ids of requests, ETags, values of session cookies and the like do not count; what is noise is listed. In a
    rule * stands for anything: environ:shop.*, body:$.items[*].id, and body:$..id for an id anywhere.

    --json prints one object, in ASCII: a, b (as 'wsgitrace ls --json' has them), verdict (same, noise, differs),
    text, status, differences (of, name, a, b, noise), body (verdict, compared_as, length, sha256, changed_lines),
    request, beside (what each asked of databases and logged), layers_verdict, first_divergence (layer, file, line,
    pass, event, what), layers (name, depth, pass, skipped, self_ns, inclusive_ns), layer_noise, not_compared.

    Exit codes: 0 the responses are the same, 1 they differ, 2 the command line or the file is wrong.
    """
    from wsgitrace.cli.masking import masker_of  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.recording import opened  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.render_changes import Detail  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.render_compare import comparison_lines  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.style import Style  # noqa: PLC0415 -- not for --help
    from wsgitrace.export.compared import comparison_object  # noqa: PLC0415 -- not for --help
    from wsgitrace.export.summary_json import dump, summary_object  # noqa: PLC0415 -- not for --help
    from wsgitrace.trace.comparing import compare, worst  # noqa: PLC0415 -- not for --help

    noise = read_ignored(given.pop("ignored"))
    settings = resolve(given)
    with opened(file) as capture:
        mine, theirs = (traced(capture, file, number) for number in (one, other))
        masker = masker_of(settings, capture)
        compared = compare(mine[1], theirs[1], noise)
    if as_json:
        sides = {"a": summary_object(mine[0], masker), "b": summary_object(theirs[0], masker)}
        sys.stdout.write(f"{dump(sides | comparison_object(compared, masker))}\n")
    else:
        style = Style.of()
        detail = Detail(masker, whole, style.width)
        for name, (summary, _) in (("A", mine), ("B", theirs)):
            sys.stdout.write(f"{style.paint(detail.fit(_title(name, summary, masker), 0), 'bold')}\n")
        for line in comparison_lines(compared, style, detail):
            sys.stdout.write(f"{line}\n")
    inside = compared.way.verdict if strict and compared.traced else "same"
    return DIFFERS if worst([compared.verdict, inside]) == "differs" else 0


def _title(name: str, summary: Summary, masker: Masker) -> str:
    status = summary.status or "no response"
    replays = f", replays #{summary.replay_of}" if summary.replay_of is not None else ""
    return f"{name}  #{summary.number} {summary.method} {masker.target(summary.target)}  {status}{replays}"
