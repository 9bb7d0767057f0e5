"""How long a key takes in the picture of a request of ten thousand events: prints milliseconds of CPU, decides nothing.

Run it from the top of the repository: ``python -m tests.benchmarks.flow_screen``.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import TYPE_CHECKING

from tests.benchmarks.trace_answers import passing, streaming
from tests.benchmarks.trace_steps import relayed
from tests.support.screen import at_rest, wait_for
from tests.support.scripted_feed import ScriptedFeed
from wsgitrace.export import export, format_named, taken
from wsgitrace.export.formats import LeftOut
from wsgitrace.redact import Masker, Names
from wsgitrace.tui.app import WsgitraceApp
from wsgitrace.tui.screens.flow import FlowScreen

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.streams import Exchange

ROUNDS = 9
KEYS = ("j", "ctrl+d", "right_curly_bracket", "right", "G", "g", "v")
"""A line, half a page, a change, a column, the ends, all of it."""


async def measured(path: Path, exchange: Exchange) -> dict[str, float]:
    """The median that a key takes with its frame, and what the picture takes as a file."""
    feed = ScriptedFeed(path)
    number = feed.add(exchange)
    found: dict[str, float] = {}
    app = WsgitraceApp(feed)
    async with app.run_test(size=(120, 36)) as pilot:
        await wait_for(lambda: at_rest(app))
        await pilot.press("V")
        await wait_for(lambda: isinstance(app.screen, FlowScreen) and len(app.screen.view.rows))
        await pilot.pause()
        for key in KEYS:
            took = []
            for _ in range(ROUNDS):
                began = process_time()
                await pilot.press(key)
                await pilot.pause()
                took.append((process_time() - began) * 1000)
            found[key] = sorted(took)[ROUNDS // 2]
    (taken_one,) = taken(feed.capture, [feed.capture.summary(number)], Masker(Names()))
    began = process_time()
    size = sum(map(len, export(format_named("svg"), [taken_one], LeftOut())))
    found["svg"] = (process_time() - began) * 1000
    found["svg kB"] = size / 1024
    feed.close()
    return found


def main() -> None:
    """Print one line per shape of trace."""
    shapes: dict[str, Callable[[], Exchange]] = {
        "streaming": streaming,
        "passing": passing,
        "40 layers": lambda: relayed(40, 220),
    }
    for name, make in shapes.items():
        with TemporaryDirectory() as folder:
            found = asyncio.run(measured(Path(folder, "flow.wtrace"), make()))
        shown = ", ".join(f"{key} {took:.1f}" for key, took in found.items())
        sys.stdout.write(f"{name}: {shown}\n")


if __name__ == "__main__":
    main()
