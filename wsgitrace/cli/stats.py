"""``wsgitrace stats``: figures of a recorded file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wsgitrace.cli.filtering import FilterCommand, analyse_for, filter_argument, read_filter
from wsgitrace.cli.options import resolve, settings_options
from wsgitrace.cli.progress import say_progress
from wsgitrace.cli.refusal import tell
from wsgitrace.safetext import safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wsgitrace.capture import Capture, Summary
    from wsgitrace.query import Filter

__all__ = ["stats"]

_PAGE = 2_000
"""Exchanges read at a time."""

_WORTH_A_WAIT = 5_000
"""Exchanges that nobody has analysed yet and that are analysed here, a few seconds' worth."""


@click.command(cls=FilterCommand, short_help="Count the requests of a recorded file, by route and by layer.")
@click.argument("file", type=click.Path(path_type=Path))
@filter_argument
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option(
    "--sort", type=click.Choice(["count", "p50", "p95", "p99", "total"]), default="count", help="Order.  [count]"
)
@settings_options("slow", "reveal")
@click.option("-n", "--rows", type=click.IntRange(min=1), metavar="N", default=30, help="Routes shown.  [30]")
def stats(file: Path, words: tuple[str, ...], *, as_json: bool, sort: str, rows: int, **given: Any) -> None:
    r"""Count the requests of FILE that match FILTER: by route with their status and time, and by layer.

    \b
    wsgitrace stats shop.wtrace
    wsgitrace stats shop.wtrace path:/api since:1h --sort p95
    wsgitrace stats shop.wtrace --json | jq '.routes[] | select(.p95_ns > 1e8).route'

    A route is a method and a path whose ids are folded: /users/{n}, {uuid}, {hex}, {token}. Times are of requests
    that have ended, time held left out, exact to three percent; a layer's time is that in it alone. SQL is how many
    database queries a request made, on average, where any did. The histograms go from the fastest on the left to the
    slowest on the right, each column twice as slow or more than the one before.

    --json prints one object, in ASCII: requests, open, first and last (ISO 8601, UTC), analysed_to (the number up to
    which layers are known), routes (method, route, count, classes, p50_ns, p95_ns, p99_ns, max_ns, total_ns,
    response_size, queries and query_ns, those of databases) and layers (layer, count, p50_ns, p95_ns, p99_ns, max_ns,
    total_ns).
    """
    from wsgitrace.capture.figures import Figures, count  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.masking import masker_of  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.recording import opened  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.render_stats import stats_object, tables  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.style import Style  # noqa: PLC0415 -- not for --help
    from wsgitrace.export.summary_json import dump  # noqa: PLC0415 -- not for --help
    from wsgitrace.supervisor import analyse  # noqa: PLC0415 -- not for --help

    settings = resolve(given)
    where = read_filter(words, settings.slow)
    with opened(file) as capture:
        analyse_for(where, capture)
        if capture.newest() - capture.analysed_to() <= _WORTH_A_WAIT:
            analyse(capture)
        masker = masker_of(settings, capture)
        figures, kept = Figures(), capture.count()
        for figures in count(capture, _pages(capture, where)):
            say_progress(f"{figures.count:,} of at most {kept:,} requests")
        say_progress("")
        if as_json:
            sys.stdout.write(f"{dump(stats_object(figures, sort, capture.analysed_to(), masker))}\n")
            return
        if not figures.count:
            matching = "" if where.everything else f" that matches {safe(where.text)}"
            tell(f"no request{matching} has ended in {file}.")
            return
        for line in tables(figures, Style.of(), sort, rows, masker):
            sys.stdout.write(f"{line}\n")
        if capture.analysed_to() < capture.newest():
            tell(f"layers are known of requests up to {capture.analysed_to():,} of {capture.newest():,}.")


def _pages(capture: Capture, where: Filter) -> Iterator[list[Summary]]:
    position = 0
    while page := capture.page(after=position, limit=_PAGE, where=where):
        page.reverse()
        yield page
        position = page[-1].number
