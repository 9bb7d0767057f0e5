"""``wsgitrace hunt``: one recorded request run many times, and the kinds of outcome counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click

from wsgitrace.cli.diff import ignore_option
from wsgitrace.cli.editing import EditCommand, edit_option
from wsgitrace.cli.numbered import id_argument
from wsgitrace.cli.options import resolve, settings_options
from wsgitrace.cli.otherwise import check_destination, check_in_worker, clock_option, skip_option

__all__ = ["hunt"]

_SETTINGS: Final = (
    *("factory", "app_dir", "trust_proxy", "proxy_headers", "threads", "request_body", "response_body", "events"),
    *("breakpoints", "on_hold", "hold_timeout", "prepare", "mask", "reveal"),
)


@click.command(cls=EditCommand, short_help="Run one request many times, and count the kinds of outcome.")
@click.argument("file", type=click.Path(path_type=Path))
@id_argument("number")
@click.option("--app", metavar="APP", help="Run it in this application, in a process of its own.")
@click.option("--url", metavar="URL", help="Send it over HTTP to this server: http://127.0.0.1:8000.")
@click.option("-n", "--times", type=click.IntRange(2, 100_000), default=50, metavar="N", help="How often.  [50]")
@click.option(
    "-j", "--jobs", type=click.IntRange(1, 256), default=1, metavar="K", help="So many at the same time.  [1]"
)
@click.option("--until-different", "until", is_flag=True, help="Stop as soon as two kinds of outcome were seen.")
@ignore_option
@click.option("--learn/--no-learn", default=True, help="Learn from the first three replays what is noise.  [on]")
@edit_option
@skip_option
@clock_option
@click.option("--yes", is_flag=True, help="Run it also where it may change something: POST, PUT, DELETE and the like.")
@click.option(
    "--timeout", type=click.FloatRange(0.001, 86_400), default=30.0, metavar="SECONDS", help="For each.  [30]"
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Keep the replays; FILE may be the same."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@settings_options(*_SETTINGS)
def hunt(file: Path, number: int, **given: Any) -> int:
    r"""Run the request ID of FILE many times, and say which kinds of outcome there are and how often each came.

    \b
    wsgitrace hunt shop.wtrace 12 --app shop:app -n 50
    wsgitrace hunt shop.wtrace 12 --app shop:app -n 500 -j 8 --until-different
    wsgitrace hunt shop.wtrace 12 --app shop:app -n 200 -j 8 -o shop.wtrace --json
    wsgitrace hunt shop.wtrace 12 --app shop:app -n 200 -j 8 --skip Tenants
    wsgitrace hunt shop.wtrace 12 --app shop:app -n 200 -j 8 --break exc:KeyError --on-hold exit

    A kind of outcome is a status, the exceptions and where they were raised, what of the response differs from the
    recorded one, and the first event of a layer that does. With two kinds or more, what the first of each differs in
    follows; then the time in each layer. One after the other finds what depends on what was before, -j what depends on
    what else is on its way.

    The first three replays run alone. What is another one in each of them (a counter, a token) is learnt as noise;
    what two of them have in common is not. Where none of them is as recorded, the others are compared with one of
    them. With -o, all replays are kept, and the first of each kind is marked.

    --edit, --skip, --clock, --break and --prepare are those of 'wsgitrace replay': does it come without that layer,
    too? How did it stand when it went wrong?

    --json prints one object, in ASCII: number, method, target, status, times, jobs, seconds, ended, failed (reasons
    and how many), against (recording or replay), learnt, p50_ns to total_ns, layers, kinds (each: count, share,
    place, replay, status, how, exceptions, differs, first_divergence, p50_ns to total_ns, layers), differences (each:
    a, b, and what 'wsgitrace diff --json' has).

    Exit codes: 0 all came to the same, 1 there is more than one kind of outcome, or some came to no end, 2 the command
    line is wrong or nothing could be run, 3 the application raised while it was imported, 4 a breakpoint was met
    with --on-hold exit.
    """
    from wsgitrace.cli.hunt_run import OPTIONS, Wanted, run  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.sending import Way  # noqa: PLC0415 -- likewise

    wanted = Wanted(file, number, **{name: given.pop(name) for name in OPTIONS})
    url, app = given.pop("url"), given.pop("app")
    way = Way(url, given.pop("jobs"), given.pop("timeout"), given.pop("output"))
    settings = resolve({**given, "app": app})
    check_destination(app, url, way.output, settings)
    check_in_worker(url, wanted.skips, wanted.clock, way.jobs, settings)
    return run(wanted, way, settings)
