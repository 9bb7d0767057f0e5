"""A secret planted in every place that traffic has for one is on no screen until it is revealed."""

from __future__ import annotations

import pytest

from tests.support.planted import SECRET, all_frames, leaks
from tests.support.screen import at_rest, grid, wait_for
from tests.support.scripted_feed import ScriptedFeed
from wsgitrace.capture import Capture, Writer
from wsgitrace.trace import Trace
from wsgitrace.trace.flow import flow
from wsgitrace.tui.app import WsgitraceApp
from wsgitrace.tui.file_feed import FileFeed
from wsgitrace.tui.lines.flow import FlowRows, about
from wsgitrace.tui.lines.values import Shown
from wsgitrace.tui.painting import line_text
from wsgitrace.tui.screens.main import MainScreen

SIZE = (400, 160)


@pytest.fixture
def planted(tmp_path):
    path = tmp_path / "planted.wtrace"
    writer = Writer.create(path)
    worker = writer.new_worker()
    for frame in all_frames():
        writer.add(worker, frame)
    writer.close()
    with Capture.open(path) as capture:
        yield FileFeed(capture, str(path))


async def screens(feed, *, revealed):
    """The text of every tab for every request, and of the recording stepped through."""
    texts = []
    app = WsgitraceApp(feed, revealed=revealed)
    async with app.run_test(size=SIZE) as pilot:
        screen = app.screen_stack[0]
        assert isinstance(screen, MainScreen)
        await wait_for(lambda: at_rest(app) and screen.subject is not None)
        for number in range(1, feed.capture.newest() + 1):
            screen.go_to(number)
            await wait_for(lambda number=number: at_rest(app) and screen.subject.number == number)
            for _ in range(5):
                await pilot.press("right_square_bracket")
                await wait_for(lambda: at_rest(app))
                texts.append(grid(app))
        await pilot.press("s")
        for _ in range(4):
            await pilot.press("right_square_bracket", "right")
            await wait_for(lambda: at_rest(app))
            texts.append(grid(app))
    return texts


async def test_a_planted_secret_is_on_no_screen(planted):
    found = [line for text in await screens(planted, revealed=False) for line in text.splitlines() if leaks(line)]
    assert found == []


async def test_it_is_there_to_be_revealed(planted):
    assert sum(text.count(SECRET) for text in await screens(planted, revealed=True)) > 30


def test_no_secret_is_in_the_flow(planted):
    texts = []
    for number in range(1, planted.capture.newest() + 1):
        drawn = flow(Trace.from_events(planted.capture.events(number)), whole=True)
        rows = FlowRows(drawn, 300, Shown())
        texts += [line_text(row.runs) for row in rows]
        texts += [line_text(row.runs) for at in range(len(rows)) for row in about(drawn, (at, 0), 300, Shown())]
    assert len(texts) > 300
    assert [text for text in texts if leaks(text)] == []


async def test_no_secret_is_in_what_is_said_of_the_worker(tmp_path):
    feed = ScriptedFeed(tmp_path / "x.wtrace")
    app = WsgitraceApp(feed)
    said = f"no answer from postgres://ada:{SECRET}@db/shop"
    async with app.run_test(size=SIZE) as pilot:
        for facts in (
            {"phase": "import failed", "message": said, "traceback": f"Traceback (most recent call last):\n{said}"},
            {"phase": "gone", "exit_reason": said, "last_output": (said, f"token={SECRET}")},
        ):
            feed.become(**facts)
            await wait_for(lambda: at_rest(app) and "no answer" in grid(app))
            assert leaks(grid(app)) == []
            await pilot.press("backslash")
            await wait_for(lambda: at_rest(app) and SECRET in grid(app))
            await pilot.press("backslash")
            await wait_for(lambda: at_rest(app) and SECRET not in grid(app))
    feed.close()
