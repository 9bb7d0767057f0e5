"""The diff screen, by its keys and by its lines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support import stories
from tests.support.screen import at_rest, grid, wait_for
from tests.support.streams import Exchange
from wsgitrace.redact import Masker
from wsgitrace.trace.comparing import Noise
from wsgitrace.tui.app import WsgitraceApp
from wsgitrace.tui.comparing import counterpart, read_compared
from wsgitrace.tui.keys import keys_of
from wsgitrace.tui.lines.diff import asked_rows, compared_thing, header_rows, parted_rows, verdict_rows
from wsgitrace.tui.lines.diff_body import Look, body_rows
from wsgitrace.tui.painting import line_text
from wsgitrace.tui.screens.diff import DiffScreen
from wsgitrace.tui.screens.main import MainScreen
from wsgitrace.tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.support.scripted_feed import ScriptedFeed

SIZE = (120, 36)
ROWS = [f"<p>row {number}</p>" for number in range(20)]


def order(*, bug: bool = False, build: str = "1", lines: list[str] | None = None) -> Exchange:
    """A page that the application makes, or fails to."""
    exchange = Exchange("GET", "/order", headers=[("Host", "shop.example")])
    html = [("Content-Type", "text/html"), ("X-Request-Id", build), ("X-Build", build)]
    page = "\n".join(lines or [*ROWS, "<h1>Thank you</h1>"]).encode()
    with exchange.call("shop.errors.Pages") as pages:
        with pages.call("shop.Session") as session, session.call("shop.app", "application") as app:
            app.wait(4)
            if bug:
                app.raises("builtins.KeyError", "'coupon'")
            else:
                app.start_response("200 OK", html)
                app.returns([page])
        if bug:
            pages.start_response("500 Internal Server Error", html)
            pages.returns([page.replace(b"Thank you", b"Sorry")])
    return exchange.finish()


def document(stamp: int) -> Exchange:
    exchange = Exchange("GET", "/api")
    with exchange.call("shop.app", "application") as app:
        app.start_response("200 OK", [("Content-Type", "application/json")])
        app.returns([json.dumps({"time": stamp, "items": [1, 2], "password": f"hunter{stamp}"}).encode()])
    return exchange.finish()


async def opened(app: WsgitraceApp, pilot: Pilot[int]) -> DiffScreen:
    await wait_for(lambda: at_rest(app))
    await pilot.press("D")
    await wait_for(lambda: isinstance(app.screen, DiffScreen) and app.screen.compared is not None)
    screen = app.screen
    assert isinstance(screen, DiffScreen)
    return screen


def text(screen: DiffScreen, name: str) -> list[str]:
    return [line_text(row.runs) for row in screen.query_one(f"#diff-{name}", LineView).rows]


async def test_a_replay_is_compared_with_its_original(feed: ScriptedFeed):
    original = feed.add(order(bug=True))
    feed.add(stories.page())
    replay = feed.add(order(), replay_of=original)
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        screen = await opened(app, pilot)
        assert screen.numbers == (original, replay)
        assert "✗ the responses differ: status, body" in text(screen, "verdict")[0]
        parted = text(screen, "parted")
        assert parted[0].startswith("shop.app (shop.py:")
        assert "raised builtins.KeyError: 'coupon'" in parted[1]
        assert "start_response 200 OK" in parted[2]
        assert "side by side (|)" in grid(app)
        lines = screen.query_one("#diff-lines", LineView)
        assert "Sorry" in line_text(lines.current.runs), "the first change is under the cursor"
        await pilot.press("|")
        assert "unified (|)" in grid(app)
        fold = next(row for row in lines.rows if row.fold is not None)
        lines.select_key(fold.key)
        count = len(lines.rows)
        await pilot.press("space")
        assert len(lines.rows) > count
        await pilot.press("right_square_bracket", "right_square_bracket")
        assert any(line.startswith("✗") and "app" in line for line in text(screen, "lines"))
        await pilot.press("less_than_sign")
        await wait_for(lambda: isinstance(app.screen, MainScreen))
        await wait_for(lambda: at_rest(app) and app.screen.list.window.cursor == original)


async def test_what_is_under_the_cursor_can_be_ignored(feed: ScriptedFeed):
    feed.add(order(build="1"))
    feed.add(order(build="2"))
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        screen = await opened(app, pilot)
        changed = [line.split() for line in text(screen, "lines") if line.startswith("~")]
        assert changed == [["~", "X-Build", "1", "→", "2"]]
        await pilot.press("w")
        await wait_for(lambda: "Who did this in B #2: resp.header:x-build" in grid(app))
        await wait_for(lambda: "set by app" in grid(app))
        await pilot.press("escape", "v")
        assert any("X-Request-Id" in line for line in text(screen, "lines"))
        before = screen.compared
        await pilot.press("-")
        await wait_for(lambda: screen.compared is not before)
        assert screen.compared.comparison.verdict == "noise"
        assert "≈ the responses are the same but for noise" in text(screen, "verdict")[0]
        await pilot.press("}", "escape")
        await wait_for(lambda: isinstance(app.screen, MainScreen))
        assert (await opened(app, pilot)).compared.comparison.verdict == "noise", "it stays ignored"


async def test_replaying_again_compares_with_what_comes(feed: ScriptedFeed):
    original = feed.add(order())
    feed.add(order(), replay_of=original)
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        screen = await opened(app, pilot)
        await pilot.press("r")
        assert ("replay", original) in feed.commands
        replay = feed.add(order(bug=True), replay_of=original)
        await wait_for(lambda: screen.compared.other.number == replay)
        assert screen.compared.comparison.verdict == "differs"


async def test_with_nothing_to_compare_it_says_so_and_what_can_be_done(feed: ScriptedFeed):
    feed.add(order())
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        await wait_for(lambda: at_rest(app))
        await pilot.press("D")
        await wait_for(lambda: any("nothing to compare it with: mark" in one.message for one in app._notifications))
        feed.refusals["pin"] = "A recording is opened read-only."
        await pilot.press("D")
        await wait_for(lambda: any("`wsgitrace diff FILE A B`" in one.message for one in app._notifications))
        screen = DiffScreen(feed, (1, 99), app.shown, app.screen_stack[0].ignored)
        app.push_screen(screen)
        await wait_for(lambda: screen.ready and "no longer recorded" in "".join(text(screen, "verdict")))


def test_the_marked_request_comes_before_one_of_the_same_route(feed: ScriptedFeed):
    page, _, other = feed.add(order()), feed.add(document(1)), feed.add(order())
    marked = feed.add(document(2))
    capture = feed.capture
    assert counterpart(capture, capture.summary(page)) is None
    assert counterpart(capture, capture.summary(other)).number == page
    feed.pin(marked, on=True)
    assert counterpart(capture, capture.summary(other)).number == marked
    assert counterpart(capture, capture.summary(marked)).number == 2
    assert counterpart(capture, capture.summary(page)).number == marked


async def test_a_request_that_has_nothing_before_it_is_compared_with_its_last_replay(feed: ScriptedFeed):
    original = feed.add(order())
    replays = [feed.add(document(1), replay_of=original) for _ in range(2)]
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        await wait_for(lambda: at_rest(app))
        await pilot.press("g")
        await wait_for(lambda: app.screen.selected is not None and app.screen.selected.number == original)
        assert app.screen.compared_with() == (original, replays[-1])


def test_what_two_replays_of_one_process_differ_in_is_learnt(feed: ScriptedFeed):
    worker = feed.writer.new_worker()
    feed.writer.new_worker = lambda: worker
    original = feed.add(document(1))
    for stamp in (2, 3):
        feed.add(document(stamp), replay_of=original)
    path = feed.capture.path
    found = read_compared(path, (original, 3), Noise(), Masker.revealing(), lambda _: None)
    assert (found.learnt, found.comparison.verdict) == ((2, 3), "noise")


@pytest.mark.parametrize("beside", [True, False], ids=["side by side", "unified"])
def test_secrets_in_bodies_stay_masked_and_are_told_apart(feed, beside):
    feed.add(document(1))
    feed.add(document(2))
    masker = WsgitraceApp(feed).masker
    found = read_compared(feed.capture.path, (1, 2), Noise(), masker, lambda _: None)
    shown = "\n".join(line_text(row.runs) for row in body_rows(found, 100, masker, Look(beside=beside, volatile=False)))
    assert "hunter" not in shown
    assert "redacted" in shown
    assert "$.time" in shown


def test_who_did_it_is_asked_about_the_side_that_a_row_is_about(feed: ScriptedFeed):
    def asked(target: str, user: str, *headers: tuple[str, str], status: str = "200 OK") -> Exchange:
        exchange = Exchange("GET", "/", headers=[("X-Asked", target)])
        with exchange.call("shop.Auth") as auth:
            auth.environ["shop.user"] = user
            with auth.call("shop.app", "application") as app:
                app.start_response(status, list(headers))
                app.returns([b""])
        return exchange.finish()

    feed.add(asked("one", "ada", ("X-Old", "1"), ("Set-Cookie", "seen=1")))
    feed.add(asked("other", "bob", ("X-New", "1"), ("Set-Cookie", "seen=2"), status="404 Not Found"))
    masker = Masker.revealing()
    found = read_compared(feed.capture.path, (1, 2), Noise(), masker, lambda _: None)
    rows = [
        *header_rows(found, 100, masker, volatile=True),
        *asked_rows(found, 100, masker),
        *parted_rows(found, 100, masker),
        *verdict_rows(found, 100, volatile=False),
    ]
    things = [compared_thing(row, found.comparison) for row in rows]
    assert [(side, str(thing)) for side, thing in things if thing is not None] == [
        (1, "status"),
        (0, "resp.header:x-old"),
        (1, "cookie:seen"),
        (1, "resp.header:x-new"),
        (1, "environ:HTTP_X_ASKED"),
        (0, "environ:shop.user"),
        (1, "environ:shop.user"),
        (1, "status"),
    ]
    assert compared_thing(None, found.comparison) == (1, None)


def test_every_key_has_an_action():
    for key in keys_of("diff"):
        name = key.action.partition("(")[0]
        assert callable(getattr(DiffScreen, f"action_{name}", None)), name
