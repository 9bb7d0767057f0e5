"""Nothing that a client or an application says reaches the terminal but as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import stories
from tests.support.screen import at_rest, grid, wait_for
from tests.support.streams import Exchange
from wsgitrace.safetext import safe
from wsgitrace.tui.app import WsgitraceApp
from wsgitrace.tui.internals import screen_text
from wsgitrace.tui.screens.main import MainScreen

if TYPE_CHECKING:
    from tests.support.scripted_feed import ScriptedFeed

CORPUS = (
    "\x1b]52;c;aGk=\x07",
    "\x1b[2J\x1b[H\x9b31m",
    "[/x] [bold red] [@click=app.quit]q[/]",
    "user\u202egpj.exe \u2066\u2069 \u200b\ufeff",
    "\ud800\udfff",
    "日本語 żółw 👩\u200d👩\u200d👧 \u0301\u0301\u0301",
    "\r\n\x00\t\x7f\x85\u2028",
    "x" * 70_000,
    "",
)
KEYS = "2 3 right_square_bracket right_square_bracket right_square_bracket ! ! z escape e escape s right right s S"


def exchange_with(bad: str) -> Exchange:
    wire = bad.encode("utf-8", "surrogatepass").decode("latin-1").replace("\r", "").replace("\n", "")
    exchange = Exchange(
        "GET",
        f"/{wire}?q={wire}",
        headers=[("Host", wire or "x"), ("X-Evil", wire)],
        body=bad.encode("utf-8", "replace"),
    )
    with exchange.call("shop.Session") as session:
        session.environ[f"evil.{bad}".encode("utf-8", "replace").decode()] = bad.encode("utf-8", "replace").decode()
        with session.call("shop.\x1b[1mapp", "application") as app:
            app.read()
            app.errors(bad.encode("utf-8", "replace").decode())
            app.start_response(f"500 {wire}", [(f"X-{wire}", wire), ("Content-Type", f"text/{wire}")])
            app.returns([bad.encode("utf-8", "surrogatepass")])
    return exchange.finish()


@pytest.mark.parametrize("bad", CORPUS, ids=range(len(CORPUS)))
async def test_every_panel_shows_it_as_text(feed: ScriptedFeed, bad: str):
    feed.add(stories.page())
    number = feed.add(exchange_with(bad))
    feed.say(number, bad.encode("utf-8", "replace").decode(), "stderr")
    app = WsgitraceApp(feed)
    async with app.run_test(size=(120, 36)) as pilot:
        await wait_for(lambda: at_rest(app) and app.screen_stack[0].subject is not None)
        for key in KEYS.split():
            await pilot.press(key)
            await wait_for(lambda: at_rest(app))
            for line in screen_text(app.screen):
                assert safe(line) == line
            assert "fault of wsgitrace" not in grid(app), key


async def test_a_hostile_state_of_the_worker_is_text_too(feed: ScriptedFeed):
    bad = "\x1b]0;x\x07[/red]"
    app = WsgitraceApp(feed)
    async with app.run_test(size=(120, 36)):
        for phase in ("import failed", "gone", "starting", "serving"):
            feed.become(phase=phase, app=bad, message=bad, traceback=bad, exit_reason=bad, note=bad, last_output=(bad,))
            await wait_for(lambda: r"\x1b]0;x\x07[/red]" in grid(app))
            for line in screen_text(app.screen):
                assert safe(line) == line


async def test_a_fault_in_showing_one_request_leaves_the_rest(feed: ScriptedFeed, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("hunter2")

    monkeypatch.setattr("wsgitrace.tui.widgets.inspector.environ_rows", fail)
    feed.add(stories.page())
    app = WsgitraceApp(feed)
    async with app.run_test(size=(120, 36)) as pilot:
        await wait_for(lambda: "A fault of wsgitrace" in grid(app))
        assert "hunter2" not in grid(app)
        assert "ZeroDivisionError" in grid(app)
        await pilot.press("right_square_bracket")
        await wait_for(lambda: "fault of wsgitrace" not in grid(app))
        assert isinstance(app.screen, MainScreen)
