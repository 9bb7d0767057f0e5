"""``wsgitrace lint``: which rules of WSGI and HTTP were broken, and by which layer."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from wsgitrace.cli.coming_up import NotServingError
from wsgitrace.cli.filtering import FilterCommand, analyse_for, filter_argument, read_filter
from wsgitrace.cli.options import resolve, settings_options
from wsgitrace.cli.refusal import Refusal, tell

if TYPE_CHECKING:
    from collections.abc import Sequence

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
@click.option("--rules", "list_rules", is_flag=True, help="List every rule; with a RULE, say how to mend it, too.")
@click.option("--no-ignore", is_flag=True, help="Report also what pyproject.toml says to ignore.")
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
def lint(target: str | None, words: tuple[str, ...], *, list_rules: bool, as_json: bool, **given: Any) -> int:
    r"""Say which rules of WSGI (PEP 3333) and HTTP (RFC 9110) were broken, by which layer, and how to mend that.

    \b
    wsgitrace lint shop.wtrace
    wsgitrace lint shop.wtrace path:/api --fail-on should
    wsgitrace lint shop:app --path / --path /cart --path /api/items
    wsgitrace lint shop:app --like shop.wtrace --fail-on M06
    wsgitrace lint --rules M06

    Of a FILE it looks at the requests that match FILTER. An APP is served and sent some requests for each --path, or
    for each that the recording --like has: GET, HEAD (which is compared with it), OPTIONS, an unknown method, POST with
    a body, without and in chunks, conditions, ranges, HTTP/1.0, a query that is no UTF-8, and clients that leave early;
    --save keeps them. POST may change data: use it where that does no harm.

    must: the standards demand it. should: they advise it. hygiene: they do neither, and it is for the better. client:
    what clients sent that was refused. What a project does not want to hear of, anywhere, is in its pyproject.toml:

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

    Exit codes: 0 nothing that --fail-on names, 1 something, 2 FILE, APP or an option is wrong, or no request matches,
    3 APP raised while it was imported, or its process ended.
    """
    if list_rules:
        return _say_rules((*([] if target is None else [target]), *words), as_json=as_json)
    return _lint(target, words, as_json=as_json, **given)


def _say_rules(wanted: Sequence[str], *, as_json: bool) -> int:
    from wsgitrace.cli.render_rules import rule_lines, rules_object  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.style import Style  # noqa: PLC0415 -- not for --help
    from wsgitrace.export.summary_json import dump  # noqa: PLC0415 -- not for --help
    from wsgitrace.trace.rules import RULES  # noqa: PLC0415 -- not for --help

    rules = [RULES[each.upper()] for each in wanted if each.upper() in RULES]
    if len(rules) != len(wanted):
        missing = next(each for each in wanted if each.upper() not in RULES)
        raise Refusal(f"--rules {missing}: there is no such rule; --rules alone lists all.")
    if as_json:
        sys.stdout.write(f"{dump(rules_object(rules or RULES.values()))}\n")
    else:
        lines = rule_lines(rules or RULES.values(), Style.of().width, mend=bool(rules))
        sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0


def _lint(
    target: str | None,
    words: tuple[str, ...],
    fail_on: str,
    paths: tuple[str, ...],
    like: Path | None,
    *,
    as_json: bool,
    no_ignore: bool,
    **given: Any,
) -> int:
    from wsgitrace.trace.rules import RULES, SEVERITIES  # noqa: PLC0415 -- not for --help

    if fail_on not in {*RULES, *SEVERITIES}:
        raise Refusal(f"--fail-on {fail_on}: it is a rule, as --rules lists them, or one of {', '.join(SEVERITIES)}.")
    if target is None:
        raise Refusal("name a recorded FILE, or an APP to try out (see 'wsgitrace lint --help').")
    settings = resolve({**given, "app": target})
    if _is_file(target):
        if paths or like:
            raise Refusal("--path and --like are for an APP; of a FILE, a filter says which requests: path:/cart.")
        report = _of_file(Path(target), words, settings, heed=not no_ignore)
    elif words:
        raise Refusal(f"there is no file {target}; a filter is for a FILE, an APP takes --path.")
    else:
        try:
            report = _of_application(settings, (*paths, *_recorded_paths(like)) or ("/",), heed=not no_ignore)
        except NotServingError as problem:
            return problem.code
    failed = report.fails(fail_on)
    _say(report, settings, as_json=as_json, failed=failed)
    return BROKEN if failed else 0


def _say(report: Report, settings: Settings, *, as_json: bool, failed: bool) -> None:
    from wsgitrace.cli.masking import masker_of  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.render_lint import (  # noqa: PLC0415 -- not for --help
        order_lines,
        report_lines,
        report_object,
        verdict,
    )
    from wsgitrace.cli.style import Style  # noqa: PLC0415 -- not for --help
    from wsgitrace.export.summary_json import dump  # noqa: PLC0415 -- not for --help

    masker = masker_of(settings)
    if as_json:
        sys.stdout.write(f"{dump(report_object(report, masker, failed=failed))}\n")
        return
    style = Style.of()
    blocks = [list(lines(report, style, masker)) for lines in (report_lines, order_lines)]
    sys.stdout.write("\n".join("".join(f"{line}\n" for line in block) for block in blocks if block))
    tell(verdict(report))


def _is_file(target: str) -> bool:
    """Whether a recording is meant: an application may be a file as well, of Python."""
    path = Path(target)
    return path.suffix == ".wtrace" or (path.is_file() and path.suffix != ".py")


def _of_file(file: Path, words: tuple[str, ...], settings: Settings, *, heed: bool) -> Report:
    from wsgitrace.cli.ignoring import ignores_of  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.linting import gather  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.recording import opened  # noqa: PLC0415 -- not for --help
    from wsgitrace.trace.lint import Ignores  # noqa: PLC0415 -- not for --help

    where = read_filter(words, settings.slow)
    ignores = ignores_of() if heed else Ignores()
    with opened(file, ignores.hide) as capture:
        analyse_for(where, capture)
        report = gather(capture, where, ignores)
    if words and not report.requests:
        raise Refusal(f"no request in {file} matches: there is nothing to look at. {where.advice}".rstrip())
    return report


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


def _of_application(settings: Settings, paths: tuple[str, ...], *, heed: bool) -> Report:
    """What probing requests show. Raises :class:`NotServingError` where the application does not come up."""
    from wsgitrace.cli.ignoring import ignores_of  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.linting import gather  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.probing import probed  # noqa: PLC0415 -- not for --help
    from wsgitrace.trace.lint import Ignores  # noqa: PLC0415 -- not for --help

    ignores = ignores_of(settings.app_dir) if heed else Ignores()
    with probed(settings, paths) as (capture, where):
        return gather(capture, where, ignores, tried=True)
