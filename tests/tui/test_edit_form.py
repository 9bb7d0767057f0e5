"""``e``: a copy of the selected request is edited in a form, and run."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

import pytest

from tests.support import stories
from tests.support.screen import at_rest, grid, wait_for
from tests.support.streams import Exchange
from wsgitrace.tui.app import WsgitraceApp
from wsgitrace.tui.editing import EditorError
from wsgitrace.tui.screens.confirm import ConfirmScreen
from wsgitrace.tui.screens.edit_form import EditScreen
from wsgitrace.tui.suspending import put_away
from wsgitrace.tui.widgets.form import FormChoice, FormLine, FormNote
from wsgitrace.tui.widgets.text_box import TextBox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.pilot import Pilot

    from tests.support.scripted_feed import ScriptedFeed

SIZE = (120, 36)


async def opened(app: WsgitraceApp, pilot: Pilot[int]) -> EditScreen:
    await wait_for(lambda: at_rest(app))
    await pilot.press("e")
    await wait_for(lambda: isinstance(app.screen, EditScreen) and app.focused is not None)
    assert isinstance(app.screen, EditScreen)
    return app.screen


def note(screen: EditScreen) -> str:
    return screen.query_one("#form-note", FormNote).text


async def test_a_line_is_edited_and_enter_runs_it(feed: ScriptedFeed):
    number = feed.add(stories.hello())
    app = WsgitraceApp(feed)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(app, pilot)
        target = screen.query_one("#edit-target", FormLine)
        assert app.focused is target.input
        target.put("other")
        await wait_for(lambda: "neither a path" in note(screen))
        await pilot.press("enter")
        await wait_for(lambda: "Once more does it all the same." in note(screen))
        target.put("/other")
        await wait_for(lambda: note(screen) == "No body.")
        await pilot.press("enter")
        await wait_for(lambda: feed.commands)
        command = feed.commands[0][1]
        assert (command.replay_of, command.head) == (number, b"GET /other HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n\r\n")


async def test_json_is_checked_and_what_changes_something_is_asked_about(feed: ScriptedFeed):
    feed.add(stories.upload())
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        screen = await opened(app, pilot)
        box = screen.query_one("#edit-body", TextBox)
        right = box.text.replace('"A-17"', '"B-2"')
        box.put(right.replace('"B-2"', "B-2"))
        await wait_for(lambda: "The body is no JSON: line " in note(screen))
        await pilot.press("ctrl+r")
        await wait_for(lambda: app.focused is box)
        line, column = box.cursor_location
        assert box.text.split("\n")[line][column:].startswith("B-2")
        box.put(right)
        await wait_for(lambda: "sends Content-Length: 50" in note(screen))
        await pilot.press("ctrl+r")
        await wait_for(lambda: isinstance(app.screen, ConfirmScreen))
        assert not feed.commands
        await pilot.press("y")
        await wait_for(lambda: feed.commands)
        command = feed.commands[0][1]
        assert b'"B-2"' in command.body
        assert b"Content-Length: 50\r\n" in command.head
        await pilot.press("r")
        await wait_for(lambda: ("replay", 1) in feed.commands)


async def test_secrets_are_sent_and_shown_only_when_that_is_asked_for(
    feed: ScriptedFeed, monkeypatch: pytest.MonkeyPatch
):
    feed.add(stories.page())
    app = WsgitraceApp(feed)
    monkeypatch.setattr(app, "suspend", nullcontext)
    shown: list[bytes] = []

    def edited(data: bytes, *_: object) -> bytes:
        shown.append(data)
        return data.replace(b"GET /cart", b"GET /other") + b"hi"

    monkeypatch.setattr("wsgitrace.tui.screens.edit_form.edit_bytes", edited)
    async with app.run_test(size=SIZE) as pilot:
        screen = await opened(app, pilot)
        assert "9f3c" not in screen.query_one("#edit-headers", TextBox).text
        await pilot.press("ctrl+t")
        await wait_for(lambda: "Cookie: sid=9f3c" in grid(app))
        await pilot.press("ctrl+t")
        await wait_for(lambda: "Cookie: sid=9f3c" not in grid(app))
        assert not screen.changed
        await pilot.press("ctrl+e")
        await wait_for(lambda: screen.query_one("#edit-target", FormLine).value == "/other")
        assert b"9f3c" not in shown[0]
        assert screen.query_one("#edit-body", TextBox).text == "hi"
        await pilot.press("ctrl+r")
        await wait_for(lambda: feed.commands)
        command = feed.commands[0][1]
        assert b"GET /other HTTP/1.1\r\n" in command.head
        assert b"Cookie: sid=9f3c\r\n" in command.head
        assert command.body == b"hi"


async def test_leaving_asks_once_something_was_changed_and_what_cannot_be_run_is_told(feed: ScriptedFeed):
    feed.add(Exchange("POST", "/unread", body=b"x" * 9).finish())
    feed.add(stories.hello())
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        screen = await opened(app, pilot)
        await pilot.press("escape")
        await wait_for(lambda: app.screen is not screen)
        screen = await opened(app, pilot)
        choice = screen.query_one("#edit-kind", FormChoice)
        choice.focus()
        await pilot.press("right", "right")
        await wait_for(lambda: choice.chosen == "JSON" and screen.query_one("#edit-body").display)
        await pilot.press("escape")
        await wait_for(lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("escape")
        await wait_for(lambda: app.screen is screen)
        await pilot.press("escape", "y")
        await wait_for(lambda: not isinstance(app.screen, EditScreen | ConfirmScreen))
        await pilot.press("k", "e")
        await wait_for(lambda: any("nothing of 9 bytes was read" in one.message for one in app._notifications))
        assert not feed.commands


def test_the_screen_is_back_before_it_is_told_what_failed():
    told: list[str] = []

    class Suspending:
        @contextmanager
        def suspend(self) -> Iterator[None]:
            yield
            told.append("back")

    def fail() -> None:
        raise EditorError("nano cannot be started")

    with pytest.raises(EditorError):
        put_away(Suspending(), fail)  # type: ignore[arg-type]
    assert put_away(Suspending(), lambda: 3) == 3  # type: ignore[arg-type]
    assert told == ["back", "back"]
