from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from textual.widgets import Input

from tests.support import stories
from tests.support.scenes import traffic
from tests.support.screen import at_rest, grid, ready, wait_for
from wsgitrace.capture import Capture
from wsgitrace.tui.app import WsgitraceApp
from wsgitrace.tui.keys import KEYS, bindings
from wsgitrace.tui.screens.confirm import ConfirmScreen
from wsgitrace.tui.screens.help import HelpScreen
from wsgitrace.tui.screens.keeping import KeepScreen
from wsgitrace.tui.screens.main import MainScreen
from wsgitrace.tui.screens.step import StepScreen
from wsgitrace.tui.widgets.inspector import CONSOLE
from wsgitrace.tui.widgets.line_view import LineView
from wsgitrace.tui.widgets.request_list import RequestList

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from tests.support.scripted_feed import ScriptedFeed

SIZE = (120, 36)


def main_of(app: WsgitraceApp) -> MainScreen:
    screen = app.screen_stack[0]
    assert isinstance(screen, MainScreen)
    return screen


async def press(app: WsgitraceApp, pilot: Pilot[int], keys: str) -> None:
    for key in keys.split():
        await pilot.press(key)
    await wait_for(lambda: at_rest(app))


def test_every_key_has_one_meaning_in_its_place():
    for places in (("app", "main", "move"), ("app", "step", "move")):
        seen: dict[str, str] = {}
        for key in KEYS:
            if key.place in places:
                for name in filter(None, key.keys.split(",")):
                    other = seen.setdefault(name, key.place)
                    assert other == key.place or "move" in {other, key.place}, f"{name} twice"


@pytest.mark.parametrize(
    "key", [key for key in KEYS if key.place in {"main", "app", "move", "step"}], ids=lambda key: key.id
)
def test_every_key_has_an_action_where_it_works(key):
    owners = {"main": [MainScreen], "app": [WsgitraceApp], "step": [StepScreen], "move": [LineView, RequestList]}
    name = key.action.removeprefix("app.").partition("(")[0]
    for owner in owners[key.place]:
        assert callable(getattr(owner, f"action_{name}", None)), name


def test_bindings_are_made_from_the_table():
    assert {binding.id for binding in bindings("main")} <= {key.id for key in KEYS}


async def test_the_list_is_walked_by_number(feed: ScriptedFeed):
    traffic(feed)
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        screen = await ready(app)
        window = screen.list.window
        newest = feed.capture.newest()
        assert (window.cursor, window.follow) == (newest, True)
        await press(app, pilot, "k k")
        assert (window.cursor, window.follow) == (newest - 2, False)
        feed.add(stories.hello())
        await wait_for(lambda: "Requests  23" in grid(app))
        assert window.cursor == newest - 2
        await press(app, pilot, "g")
        assert window.cursor == 1
        await press(app, pilot, "ctrl+d")
        assert window.cursor > 1
        await press(app, pilot, "ctrl+u k")
        assert window.cursor == 1
        await press(app, pilot, "G")
        assert window.cursor == newest + 1
        await press(app, pilot, "f")
        number = feed.add(stories.hello())
        await wait_for(lambda: window.cursor == number)


async def test_freezing_holds_the_display_still_while_recording_goes_on(feed: ScriptedFeed):
    traffic(feed)
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        screen = await ready(app)
        await press(app, pilot, "p")
        before = [row.number for row in screen.list.window.rows]
        feed.add(stories.hello())
        await wait_for(lambda: "1 newer" in grid(app))
        assert [row.number for row in screen.list.window.rows] == before
        await press(app, pilot, "p f")
        await wait_for(lambda: screen.list.window.rows[-1].number == feed.capture.newest())


async def test_the_filter_counts_and_escape_clears_it(feed: ScriptedFeed):
    traffic(feed)
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        screen = await ready(app)
        await press(app, pilot, "slash e v e n t s")
        # The list has been filtered by each beginning of the word: the count alone may be that of one of them.
        await wait_for(lambda: {row.path for row in screen.list.window.rows} == {"/events"})
        await wait_for(lambda: "of 22 match" in grid(app))
        await press(app, pilot, "enter")
        assert app.focused is screen.list
        assert screen.list.window.text == "events"
        await press(app, pilot, "escape")
        await wait_for(lambda: screen.list.window.text == "")
        assert "match" not in grid(app)


async def test_panels_tabs_and_zoom(feed: ScriptedFeed):
    traffic(feed)
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        screen = await ready(app)
        await press(app, pilot, "2")
        assert app.focused is screen.passes
        await press(app, pilot, "3 right_square_bracket")
        assert (app.focused, screen.inspector.tab) == (screen.inspector.view, 1)
        await press(app, pilot, "left_square_bracket left_square_bracket")
        assert screen.inspector.tab == CONSOLE
        await press(app, pilot, "z")
        await wait_for(lambda: not screen.list.display)
        await press(app, pilot, "escape")
        await wait_for(lambda: screen.list.display)
        assert app.focused is screen.list
        await press(app, pilot, "enter")
        assert app.focused is screen.passes
        await press(app, pilot, "enter")
        assert app.focused is screen.inspector.view


async def test_walking_the_layers_changes_what_the_inspector_is_about(feed: ScriptedFeed):
    feed.add(stories.page())
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        screen = await ready(app)
        await press(app, pilot, "2 g")
        assert screen.inspector.span.id == 0
        await press(app, pilot, "G")
        assert screen.inspector.span.name == "Shop"


async def test_commands_reach_the_feed(feed: ScriptedFeed):
    traffic(feed)
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        screen = await ready(app)
        newest = feed.capture.newest()
        await press(app, pilot, "r")
        assert feed.commands == [], "what a POST does is asked about first"
        await press(app, pilot, "y m i")
        assert feed.commands == [("replay", newest), ("pin", newest, True), ("hold_next", True)]
        await wait_for(lambda: screen.list.window.current.pinned)
        feed.commands.clear()
        await press(app, pilot, "k")
        await press(app, pilot, "c A i")
        assert feed.commands == [("resume", newest - 1), ("resume", None), ("hold_next", False)]


async def test_a_request_that_is_held_as_ordered_is_selected(feed: ScriptedFeed):
    traffic(feed)
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        screen = await ready(app)
        await press(app, pilot, "i g")
        assert screen.list.window.cursor == 1
        assert [n.timeout for n in app._notifications] == [3], "it is over soon after the request is held"
        number = feed.add(stories.held())
        feed.become(held=(*feed.status().held, number))
        await wait_for(lambda: screen.list.window.cursor == number)
        await press(app, pilot, "g")
        feed.add(stories.hello())
        await wait_for(lambda: at_rest(app))
        assert screen.list.window.cursor == 1


async def test_a_key_that_cannot_work_says_why(feed: ScriptedFeed):
    feed.add(stories.hello())
    feed.refusals["replay"] = "The application is reloading."
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        await ready(app)
        await press(app, pilot, "r c A")
        assert feed.commands == []
        said = [notification.message for notification in app._notifications]
        assert said == ["The application is reloading.", "This request is not held.", "Nothing is held."]


async def test_a_replay_is_announced_and_selected(feed: ScriptedFeed):
    traffic(feed)
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        screen = await ready(app)
        await press(app, pilot, "k k r")
        original = screen.wanted.number
        number = feed.add(stories.hello(), replay_of=original)
        await wait_for(lambda: screen.list.window.cursor == number)
        await wait_for(lambda: [n.message for n in app._notifications] == [f"Request {number} replays {original}."])


async def test_secrets_are_masked_until_asked_for(feed: ScriptedFeed):
    feed.add(stories.page())
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        await ready(app)
        await press(app, pilot, "3 z")
        await wait_for(lambda: "HTTP_COOKIE" in grid(app))
        assert "sid=9f3c" not in grid(app)
        await press(app, pilot, "backslash")
        await wait_for(lambda: "sid=9f3c" in grid(app))
        await press(app, pilot, "backslash")
        await wait_for(lambda: "sid=9f3c" not in grid(app))


async def test_help_runs_the_key_under_the_cursor(feed: ScriptedFeed):
    feed.add(stories.hello())
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        await ready(app)
        await pilot.press("?")
        await wait_for(lambda: isinstance(app.screen, HelpScreen))
        view = app.screen.query_one(LineView)
        assert view.select_key(next(key for key in KEYS if key.id == "replay"))
        await pilot.press("enter")
        await wait_for(lambda: feed.commands == [("replay", 1)])


async def test_the_palette_has_every_action(feed: ScriptedFeed):
    feed.add(stories.hello())
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        await ready(app)
        titles = {command.title for command in app.get_system_commands(app.screen)}
        assert {key.label for key in KEYS if key.palette and key.place in {"app", "main"}} == titles
        await pilot.press("colon")
        await wait_for(lambda: "Search for commands" in grid(app))


async def test_quitting_asks_only_when_something_is_held(feed: ScriptedFeed):
    feed.add(stories.held())
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        await ready(app)
        await pilot.press("q")
        await wait_for(lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("escape")
        await wait_for(lambda: isinstance(app.screen, MainScreen))
        await pilot.press("q")
        await wait_for(lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("y")
        await wait_for(lambda: not app.is_running)
    assert app.return_code == 0


async def test_ctrl_c_quits_as_it_stops_a_server(feed: ScriptedFeed):
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("ctrl+c")
        await wait_for(lambda: not app.is_running)
    assert app.return_code == 0


async def test_copying_goes_through_the_terminal(feed: ScriptedFeed):
    feed.add(stories.page())
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        await ready(app)
        await pilot.press("y")
        await wait_for(lambda: "Copy" in grid(app))
        await pilot.press("u")
        await wait_for(lambda: app.clipboard == "http://shop.example/cart")
        await wait_for(lambda: isinstance(app.screen, MainScreen))
        await pilot.press("y", "c")
        await wait_for(lambda: "\ncurl -i" in app.clipboard)
        assert app.clipboard.startswith("# Secrets in it are masked")
        assert "9f3c" not in app.clipboard


async def test_a_recording_with_marks_that_would_go_is_asked_about(feed: ScriptedFeed, tmp_path: Path):
    feed.pin(feed.add(stories.hello()), on=True)
    app = WsgitraceApp(feed)
    taken, free = tmp_path / "taken.wtrace", tmp_path / "kept.wtrace"
    taken.write_text("something else")
    async with app.run_test(size=SIZE) as pilot:
        await ready(app)
        await pilot.press("q")
        await wait_for(lambda: "Keep the recording?" in grid(app))
        await pilot.press("escape")
        await wait_for(lambda: isinstance(app.screen, MainScreen))
        await pilot.press("q")
        await wait_for(lambda: isinstance(app.screen, KeepScreen))
        app.screen.query_one(Input).value = str(taken)
        await pilot.press("enter")
        await wait_for(lambda: any("exists already" in n.message for n in app._notifications))
        await wait_for(lambda: isinstance(app.screen, KeepScreen))
        app.screen.query_one(Input).value = str(free)
        await pilot.press("enter")
        await wait_for(lambda: not app.is_running)
    assert app.return_code == 0
    with Capture.open(free) as kept:
        assert kept.pinned() == [1]


@pytest.mark.parametrize("saved", [True, False])
async def test_nothing_is_asked_about_a_saved_recording_and_an_emptied_name_lets_it_go(
    feed: ScriptedFeed, *, saved: bool
):
    feed.pin(feed.add(stories.hello()), on=True)
    feed.passing = not saved
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        await ready(app)
        await pilot.press("q")
        if not saved:
            await wait_for(lambda: isinstance(app.screen, KeepScreen))
            app.screen.query_one(Input).value = ""
            await pilot.press("enter")
        await wait_for(lambda: not app.is_running)
    assert [command for command in feed.commands if command[0] == "save"] == []


async def test_the_source_of_a_layer_is_opened_in_the_editor(
    feed: ScriptedFeed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    feed.add(stories.page())
    app = WsgitraceApp(feed)
    monkeypatch.setattr(app, "suspend", nullcontext)
    monkeypatch.delenv("VISUAL", raising=False)
    opened = tmp_path / "opened"
    async with app.run_test(size=SIZE) as pilot:
        screen = await ready(app)
        layer = screen.selected_layer
        source = tmp_path / "layer.py"
        monkeypatch.setattr(
            type(screen), "selected_layer", property(lambda _: replace(layer, file=str(source), line=7))
        )
        monkeypatch.setenv("EDITOR", "")
        await press(app, pilot, "ctrl+e")
        source.write_text("")
        await press(app, pilot, "ctrl+e")
        monkeypatch.setenv("EDITOR", f"sh -c 'echo \"$@\" > {opened}' -")
        await press(app, pilot, "ctrl+e")
        said = [notification.message for notification in app._notifications]
        assert said == [
            f"There is no source file {source} on this machine.",
            "No editor is chosen: set EDITOR, as in EDITOR=vim.",
        ]
        assert opened.read_text() == f"+7 {source}\n"
