"""``wsgitrace lint``: which rules of WSGI and HTTP were broken, and by which layer."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from wsgitrace.cli.filtering import FilterCommand, analyse_for, filter_argument, read_filter
from wsgitrace.cli.options import resolve, settings_options
from wsgitrace.cli.refusal import Refusal, tell

if TYPE_CHECKING:
    from wsgitrace.cli.linting import Report
    from wsgitrace.settings import Settings

__all__ = ["BROKEN", "lint"]

_MOST_PATHS: Final = 100
"""Paths of a recording that an application is asked for."""

BROKEN: Final = 1
"""Exit code: a rule was broken that matters as much as ``--fail-on`` says."""


@click.command(cls=FilterCommand, short_help="Say which rules of WSGI and HTTP were broken, and by which layer.")
@click.argument("target", metavar="[FILE|APP]", required=False)
@filter_argument
@click.option("--rules", "list_rules", is_flag=True, help="List every rule, and whether recordings show it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option(
    "--fail-on",
    metavar="RULE",
    default="must",
    help="Exit 1 where this rule was broken, or one as grave as: must, should, hygiene, client.  [must]",
)
@click.option("--path", "paths", multiple=True, metavar="PATH", help="With APP: ask for this. May be repeated.  [/]")
@click.option(
    "--like", type=click.Path(path_type=Path), metavar="FILE", help="With APP: ask for the paths of this recording."
)
@settings_options("slow", "factory", "app_dir", "save", "mask", "reveal")
def lint(
    target: str | None,
    words: tuple[str, ...],
    *,
    list_rules: bool,
    as_json: bool,
    fail_on: str,
    paths: tuple[str, ...],
    like: Path | None,
    **given: Any,
) -> int:
    r"""Say which rules of WSGI (PEP 3333) and HTTP (RFC 9110) were broken, by which layer, and how to mend that.

    \b
    wsgitrace lint shop.wtrace
    wsgitrace lint shop.wtrace path:/api --fail-on should
    wsgitrace lint shop:app --path / --path /cart --path /api/items
    wsgitrace lint shop:app --like shop.wtrace --fail-on M06
    wsgitrace lint --rules

    Of a FILE it looks at the requests that match FILTER. An APP is served and sent a dozen requests for each --path,
    or for each that the recording --like has: GET, HEAD, OPTIONS, POST with a body, without and in chunks, HTTP/1.0,
    and one whose client leaves early; --save keeps them. POST may change data: use it where that does no harm.

    must: the standards demand it. should: they advise it. hygiene: they do neither, and it is for the better. client:
    what clients sent that was refused. Rules that a project does not want to hear of are in its pyproject.toml:

    \b
    [tool.wsgitrace.lint]
    ignore = ["A37"]
    [tool.wsgitrace.lint.paths]
    "/legacy/*" = ["A23"]

    Below the rules stand orders of layers that are known to go wrong, such as compression inside of ETags, where a
    request showed one.

    --json prints one object, in ASCII: requests, faulty, ignored, failed, broken, a list of objects with the keys
    rule, severity, clause, text, mend, layer, file, line, requests, and of the first example number, method, target,
    event and found; and order, a list of objects with order, outer, inner, reason, mend, requests, number, event and
    found.

    Exit codes: 0 nothing that --fail-on names, 1 something, 2 FILE, APP or an option is wrong, 3 APP raised while it
    was imported.
    """
    from wsgitrace.cli.masking import masker_of  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.render_lint import (  # noqa: PLC0415 -- not for --help
        order_lines,
        report_lines,
        report_object,
        rule_lines,
        rules_object,
        verdict,
    )
    from wsgitrace.cli.style import Style  # noqa: PLC0415 -- not for --help
    from wsgitrace.export.summary_json import dump  # noqa: PLC0415 -- not for --help
    from wsgitrace.trace.rules import RULES, SEVERITIES  # noqa: PLC0415 -- not for --help

    if list_rules:
        lines = [dump(rules_object())] if as_json else rule_lines(Style.of().width)
        sys.stdout.writelines(f"{line}\n" for line in lines)
        return 0
    if fail_on not in {*RULES, *SEVERITIES}:
        raise Refusal(f"--fail-on {fail_on}: it is a rule, as --rules lists them, or one of {', '.join(SEVERITIES)}.")
    if target is None:
        raise Refusal("name a recorded FILE, or an APP to try out (see 'wsgitrace lint --help').")
    settings = resolve({**given, "app": target})
    report: Report | int
    if _is_file(target):
        if paths or like:
            raise Refusal("--path and --like are for an APP; of a FILE, a filter says which requests: path:/cart.")
        report = _of_file(Path(target), words, settings)
    elif words:
        raise Refusal(f"there is no file {target}; a filter is for a FILE, an APP takes --path.")
    else:
        report = _of_application(settings, (*paths, *_recorded_paths(like)) or ("/",))
        if isinstance(report, int):
            return report
    failed = report.fails(fail_on)
    masker = masker_of(settings)
    if as_json:
        sys.stdout.write(f"{dump(report_object(report, masker, failed=failed))}\n")
    else:
        style = Style.of()
        blocks = [list(lines(report, style, masker)) for lines in (report_lines, order_lines)]
        sys.stdout.write("\n".join("".join(f"{line}\n" for line in block) for block in blocks if block))
        tell(verdict(report))
    return BROKEN if failed else 0


def _is_file(target: str) -> bool:
    """Whether a recording is meant: an application may be a file as well, of Python."""
    path = Path(target)
    return path.suffix == ".wtrace" or (path.is_file() and path.suffix != ".py")


def _of_file(file: Path, words: tuple[str, ...], settings: Settings) -> Report:
    from wsgitrace.cli.linting import gather  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.recording import opened  # noqa: PLC0415 -- not for --help
    from wsgitrace.lint_ignores import read_ignores  # noqa: PLC0415 -- not for --help
    from wsgitrace.trace.rules import RULES  # noqa: PLC0415 -- not for --help

    where = read_filter(words, settings.slow)
    ignores = read_ignores(RULES)
    with opened(file) as capture:
        analyse_for(where, capture)
        return gather(capture, where, ignores)


def _recorded_paths(like: Path | None) -> tuple[str, ...]:
    """The paths that a recording has GET requests for, each once; of many that differ in an id only, the first."""
    if like is None:
        return ()
    from wsgitrace.capture.figures import route_of  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.recording import opened, summaries  # noqa: PLC0415 -- not for --help

    found: dict[str, str] = {}
    with opened(like) as capture:
        for summary in summaries(capture):
            if summary.method == "GET" and summary.path.startswith("/"):
                found.setdefault(route_of(summary.path), summary.target.partition("?")[0])
    return tuple(found.values())[:_MOST_PATHS]


def _of_application(settings: Settings, paths: tuple[str, ...]) -> Report | int:
    """What probing requests show; the exit code where the application did not come up."""
    from wsgitrace.cli.linting import gather  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.probing import probed  # noqa: PLC0415 -- not for --help
    from wsgitrace.lint_ignores import read_ignores  # noqa: PLC0415 -- not for --help
    from wsgitrace.trace.rules import RULES  # noqa: PLC0415 -- not for --help

    ignores = read_ignores(RULES)
    with probed(settings, paths) as outcome:
        return outcome if isinstance(outcome, int) else gather(*outcome, ignores)
