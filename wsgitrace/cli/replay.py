"""``wsgitrace replay``: recorded requests run again, and compared with what came of them then."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click

from wsgitrace.cli.diff import ignore_option
from wsgitrace.cli.editing import EditFilterCommand, edit_option
from wsgitrace.cli.filtering import filter_argument
from wsgitrace.cli.options import resolve, settings_options
from wsgitrace.cli.otherwise import check_destination, clock_option, skip_option

__all__ = ["replay"]

_SETTINGS: Final = (
    *("factory", "app_dir", "trust_proxy", "proxy_headers", "request_body", "response_body", "events", "slow"),
    *("breakpoints", "on_hold", "hold_timeout", "prepare", "mask", "reveal"),
)


@click.command(cls=EditFilterCommand, short_help="Run recorded requests again, and compare what comes.")
@click.argument("file", type=click.Path(path_type=Path))
@filter_argument
@click.option("--app", metavar="APP", help="Run them in this application, in a process of its own.")
@click.option("--url", metavar="URL", help="Send them over HTTP to this server: http://127.0.0.1:8000.")
@click.option("-n", "--times", type=click.IntRange(1, 100_000), default=1, metavar="N", help="How often each.  [1]")
@click.option(
    "-j", "--jobs", type=click.IntRange(1, 256), default=1, metavar="K", help="So many at the same time.  [1]"
)
@click.option("--diff", "full", is_flag=True, help="Below each that differs, all that it differs in.")
@click.option("--layers", "strict", is_flag=True, help="What layers did counts, too, not the response alone.")
@ignore_option
@click.option(
    "--learn/--no-learn", default=True, help="Run a safe one that differs again to learn what is noise.  [on]"
)
@click.option("--watch", is_flag=True, help="Run them again after each save: each passes, is changed or has failed.")
@click.option("--yes", is_flag=True, help="Run also what may change something: POST, PUT, DELETE and the like.")
@edit_option
@click.option("--fresh-cookies", is_flag=True, help="Send the cookies that responses of this run have set.")
@skip_option
@click.option(
    "--timing",
    type=click.Choice(("fast", "original")),
    default="fast",
    help="original: each starts as long after the first as then, and bodies come as slowly.  [fast]",
)
@clock_option
@click.option(
    "--timeout", type=click.FloatRange(0.001, 86_400), default=30.0, metavar="SECONDS", help="For each.  [30]"
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Keep the replays; FILE may be the same."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object per request and line.")
@click.option("--junit", type=click.Path(path_type=Path), metavar="FILE", help="Write a JUnit report, too.")
@settings_options(*_SETTINGS)
def replay(file: Path, words: tuple[str, ...], **given: Any) -> int:
    r"""Run the requests of FILE again, with FILTER those that match it, and compare the responses with the recording.

    \b
    wsgitrace replay shop.wtrace --app shop:app
    wsgitrace replay shop.wtrace method:GET path:/api --app shop:app --diff --ignore 'body:$.time'
    wsgitrace replay shop.wtrace id:12 --app shop:app -n 50 -j 8
    wsgitrace replay shop.wtrace id:12 --app shop:app --edit query:page=2 --edit header:Cookie- --diff
    wsgitrace replay shop.wtrace id:12 --app shop:app --skip GZip --diff
    wsgitrace replay shop.wtrace is:marked --app shop:app --watch
    wsgitrace replay hook.wtrace path:/webhook --app shop:app --clock original --yes
    wsgitrace replay shop.wtrace is:error --url http://127.0.0.1:8000 --yes --junit report.xml

    With --app each goes through the server into the application as it came: the very head, the client's address, the
    scheme. With --url it goes to any server; the client's address cannot be kept, and layers are not seen. A request
    whose body is not recorded whole is not run, and said so. Dates, ids of requests, ETags and the like do not count.

    --skip, --clock, --break and --prepare are for --app. Where one cannot be done, the request is not run, and that is
    said: a layer that called none or several others is not skipped, and nothing else may run while the clock is set.
    The function of --prepare (or of 'prepare' in [tool.wsgitrace]) is called in the application's process with environ,
    which it may change, and the body as bytes; it returns None, or another body. What it changed shows as an edit.

    --edit changes a copy of each before it is sent; the length announced follows the body, unless it is given itself.

    --watch runs them, and again whenever a file of the application is saved, until ctrl+c: pass, changed (another
    response) or failed (a server error, an exception or no end where there was none) stands before each. The exit code
    is that of the last time.

    --json prints one object per line, in ASCII: number, method, target, sent (null, or what was
    sent instead: method, target, and refused, why a server refuses that), status, verdict (same, noise, differs), text,
    refused, learnt, with --watch fate (pass, changed, failed), replays (each: replay, duration_ns, failure, and what
    'wsgitrace diff --json' has).

    Exit codes: 0 all responses match, 1 some differ, 2 the command line is wrong or nothing could be run, 3 the
    application raised while it was imported, 4 a breakpoint was met with --on-hold exit.
    """
    from wsgitrace.cli.replay_run import OPTIONS, Wanted, check_together, run  # noqa: PLC0415 -- not for --help

    wanted = Wanted(file, words, **{name: given.pop(name) for name in OPTIONS})
    settings = resolve({**given, "app": wanted.app})
    check_destination(wanted.app, wanted.url, wanted.output, settings)
    check_together(wanted, settings)
    return run(wanted, settings)
