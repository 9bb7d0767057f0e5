"""How long the step screen takes for a step through ten thousand events: prints milliseconds of CPU, decides nothing.

Run it from the top of the repository: ``python -m tests.benchmarks.step_screen``.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from tests.benchmarks.trace_steps import relayed
from tests.support.screen import at_rest, wait_for
from tests.support.scripted_feed import ScriptedFeed
from wsgitrace.tui.app import WsgitraceApp
from wsgitrace.tui.lines.state import TABS
from wsgitrace.tui.screens.step import StepScreen

ROUNDS = 7
KEYS = ("step_forward", "step_over", "step_back", "step_back_over", "event_next", "event_previous")


async def measured(path: Path, layers: int, chunks: int) -> dict[str, float]:
    """The most that a key, and a jump, takes with any tab open, near the end: the median of a few rounds."""
    feed = ScriptedFeed(path)
    feed.add(relayed(layers, chunks))
    app = WsgitraceApp(feed)
    found: dict[str, float] = {}
    async with app.run_test(size=(120, 36)) as pilot:
        await wait_for(lambda: at_rest(app))
        await pilot.press("s")
        await wait_for(lambda: isinstance(app.screen, StepScreen) and at_rest(app))
        screen = app.screen
        assert isinstance(screen, StepScreen)
        for tab in range(len(TABS)):
            screen.tab = tab
            for key in KEYS:
                took = []
                for _ in range(ROUNDS):
                    began = process_time()
                    screen.jump_to(screen.walk.seqs[-40])
                    jumped = process_time()
                    screen.action_walk(key)
                    took.append(((process_time() - jumped) * 1000, (jumped - began) * 1000))
                step, jump = (sorted(each)[ROUNDS // 2] for each in zip(*took, strict=True))
                found[key] = max(found.get(key, 0.0), step)
                found["jump"] = max(found.get("jump", 0.0), jump)
    return found


def main() -> None:
    """Print one line per shape of trace."""
    for layers, chunks in ((2, 4980), (10, 970), (40, 220)):
        with TemporaryDirectory() as folder:
            found = asyncio.run(measured(Path(folder, "steps.wtrace"), layers, chunks))
        shown = ", ".join(f"{name} {took:.1f} ms" for name, took in found.items())
        sys.stdout.write(f"{layers} layers: {shown}\n")


if __name__ == "__main__":
    main()
