from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input

from tests.support import stories
from tests.support.scenes import traffic
from tests.support.screen import at_rest, grid, listed, ready, wait_for
from wsgitrace.named_filters import NamedFilters
from wsgitrace.tui.app import WsgitraceApp
from wsgitrace.tui.history import History
from wsgitrace.tui.widgets.filter_bar import FilterBar

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from tests.support.scripted_feed import ScriptedFeed

SIZE = (120, 36)


async def typed(pilot: Pilot[int], text: str) -> None:
    for character in text:
        await pilot.press("space" if character == " " else character)


async def test_fields_choose_requests(feed: ScriptedFeed):
    traffic(feed)
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        screen = await ready(app)
        await pilot.press("slash")
        await typed(pilot, "status:5xx")
        expected = [row.number for row in feed.capture.page() if (row.status or 0) >= 500][::-1]
        await wait_for(lambda: listed(screen) == expected)
        await wait_for(lambda: f"{len(expected)} of 22 match" in grid(app))


async def test_what_is_wrong_is_pointed_at_and_the_list_stays(feed: ScriptedFeed):
    traffic(feed)
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        screen = await ready(app)
        before = listed(screen)
        await pilot.press("slash")
        screen.query_one(FilterBar).input.value = "-statsu:5xx"
        await wait_for(lambda: "^" in grid(app))
        lines = grid(app).splitlines()
        at = next(index for index, line in enumerate(lines) if "-statsu:5xx" in line)
        assert lines[at + 1].index("^") == lines[at].index("statsu")
        assert "status" in lines[at + 1].partition("^ ")[2]
        assert listed(screen) == before
        await pilot.press("enter")
        assert isinstance(app.focused, Input), "it stays to be mended"
        await pilot.press("escape")
        await wait_for(lambda: "^" not in grid(app))


async def test_tab_completes_fields_and_values_that_were_seen(feed: ScriptedFeed):
    traffic(feed)
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        screen = await ready(app)
        field = screen.query_one(FilterBar).input
        await pilot.press("slash")
        await typed(pilot, "stat")
        await pilot.press("tab")
        await wait_for(lambda: field.value == "status:")
        await typed(pilot, "50")
        await pilot.press("tab")
        await wait_for(lambda: field.value == "status:500")
        await typed(pilot, " path:/c")
        await pilot.press("tab")
        first = field.value
        assert first.startswith("status:500 path:/c")
        await pilot.press("tab")
        assert field.value != first
        await pilot.press("shift+tab")
        assert field.value == first
        assert app.focused is field


async def test_filters_are_remembered_for_the_project(
    feed: ScriptedFeed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("wsgitrace.project_files.user_state_path", lambda _: tmp_path)
    traffic(feed)
    for text in ("status:5xx", "cart", "status:5xx"):
        History().add(text)
    assert History().texts == ["cart", "status:5xx"]
    assert History(tmp_path).texts == []
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        screen = await ready(app)
        field = screen.query_one(FilterBar).input
        await pilot.press("slash")
        await typed(pilot, "ev")
        await pilot.press("up")
        assert field.value == "status:5xx"
        await pilot.press("up", "up")
        assert field.value == "cart"
        await pilot.press("down", "down")
        assert field.value == "ev"
        await pilot.press("enter")
        await wait_for(lambda: History().texts == ["cart", "status:5xx", "ev"])


@pytest.mark.parametrize("content", [b"\xff", b"{}", b"[1, null]", b"["])
def test_a_damaged_history_is_none(content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("wsgitrace.project_files.user_state_path", lambda _: tmp_path)
    History().add("x")
    (file,) = (tmp_path / "filters").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_bytes(content)
    assert History().texts == []


async def test_a_filter_is_switched_off_and_on_and_only_marked_are_shown(feed: ScriptedFeed):
    traffic(feed)
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        screen = await ready(app)
        everything = listed(screen)
        marked = feed.capture.pinned()
        await pilot.press("slash")
        await typed(pilot, "cart")
        await pilot.press("enter")
        assert app.focused is screen.list, "at once: what is typed next is for the list"
        await wait_for(lambda: "7 of 22 match" in grid(app) and len(listed(screen)) == 7)
        filtered = listed(screen)
        await pilot.press("F")
        await wait_for(lambda: listed(screen) == everything)
        await pilot.press("F")
        await wait_for(lambda: listed(screen) == filtered)
        await pilot.press("M")
        await wait_for(lambda: listed(screen) == [number for number in filtered if number in marked])
        await pilot.press("escape")
        await wait_for(lambda: listed(screen) == everything)
        await pilot.press("M")
        await wait_for(lambda: listed(screen) == marked[::-1])


async def test_a_number_in_the_palette_goes_to_the_request(feed: ScriptedFeed):
    traffic(feed)
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        screen = await ready(app)
        await pilot.press("slash")
        await typed(pilot, "events")
        await pilot.press("enter", "colon")
        await wait_for(lambda: "Search for commands" in grid(app))
        await typed(pilot, "3")
        await wait_for(lambda: "Go to request 3" in grid(app))
        await pilot.press("enter")
        await wait_for(lambda: screen.list.window.cursor == 3)


async def test_a_slow_filter_shows_how_far_it_has_come_and_no_key_waits(
    feed: ScriptedFeed, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("wsgitrace.tui.window.PATIENCE", -1.0)
    real = feed.capture.search
    monkeypatch.setattr(feed.capture, "search", lambda *args, **options: real(*args, **{**options, "budget": 0.0}))
    traffic(feed)
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        screen = await ready(app)
        await pilot.press("slash")
        screen.query_one(FilterBar).input.value = "req.header:cookie"
        await wait_for(lambda: screen.list.window.matches is not None and screen.list.window.matches.done)
        expected = [row.number for row in feed.capture.page(where=screen.list.window.where)][::-1]
        await wait_for(lambda: listed(screen) == expected)
        number = feed.add(stories.page())
        await wait_for(lambda: number in listed(screen))


async def test_columns_sort_the_list_and_what_comes_goes_to_its_place(feed: ScriptedFeed):
    traffic(feed)
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        screen = await ready(app)
        arrived = listed(screen)
        await pilot.press("greater_than_sign")
        assert screen.list.order.column == "method"
        await pilot.press(*["greater_than_sign"] * 3)
        await wait_for(lambda: "sorted by duration, slowest first" in grid(app))
        assert "▼TOTAL" in grid(app)
        durations = [row.net_duration if row.done else feed.now() - row.wall for row in screen.list.window.rows]
        assert durations == sorted(durations, reverse=True)
        assert screen.list.window.cursor == listed(screen)[0]
        number = feed.add(stories.hello())
        await pilot.press("G")
        await wait_for(lambda: number in listed(screen))
        assert not screen.list.window.follow
        await screen.run_action("sort_reverse")
        await wait_for(lambda: "▲TOTAL" in grid(app))
        await pilot.press("slash")
        await typed(pilot, "cart")
        await wait_for(lambda: "7 of 23 match" in grid(app))
        durations = [row.net_duration if row.done else feed.now() - row.wall for row in screen.list.window.rows]
        assert durations == sorted(durations)
        await pilot.press("escape", "f")
        await wait_for(lambda: listed(screen) == [*arrived, number][-len(listed(screen)) :])
        assert screen.list.window.follow
        await pilot.click("#requests", offset=(screen.list.columns.number + 16, 1))
        await wait_for(lambda: screen.list.order is not None and screen.list.order.column == "method")
        await pilot.press("less_than_sign")
        assert screen.list.order is None
        assert screen.list.window.follow


async def test_a_filter_gets_a_name_that_stands_for_it(
    feed: ScriptedFeed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("wsgitrace.project_files.user_state_path", lambda _: tmp_path)
    traffic(feed)
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        screen = await ready(app)
        await pilot.press("f2")
        await wait_for(lambda: [n.message for n in app._notifications] == [screen.why_not("filter_save")])
        await pilot.press("slash", *"cart", "f2")
        await wait_for(lambda: "Save the filter" in grid(app))
        await pilot.press("1", "enter")
        await wait_for(lambda: "begins with a letter" in grid(app))
        await pilot.press("backspace", *"shopping", "enter")
        await wait_for(lambda: NamedFilters()["shopping"] == "cart")
        filtered = listed(screen)
        await pilot.press("escape", "slash", "at", "s", "tab")
        await wait_for(lambda: screen.query_one(FilterBar).input.value == "@shopping")
        await wait_for(lambda: listed(screen) == filtered and "7 of 22 match" in grid(app))
        await pilot.press("escape", "colon")
        await wait_for(lambda: "Search for commands" in grid(app))
        await typed(pilot, "forget")
        await wait_for(lambda: "Forget @shopping" in grid(app))
        await pilot.press("enter")
        await wait_for(lambda: not NamedFilters())


def test_shared_filters_are_in_the_project_and_the_users_own_come_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("wsgitrace.project_files.user_state_path", lambda _: tmp_path / "state")
    (tmp_path / "pyproject.toml").write_text('[tool.wsgitrace.filters]\napi = "path:/api"\nbad = "is:error"\nno = 3\n')
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    named = NamedFilters()
    assert dict(named) == {"api": "path:/api", "bad": "is:error"}
    assert named.save("api", "path:/v2")
    assert dict(NamedFilters()) == {"api": "path:/v2", "bad": "is:error"}
    assert NamedFilters().is_own("api")
    assert not NamedFilters().is_own("bad")
    assert named.forget("api")
    assert NamedFilters()["api"] == "path:/api"
    with pytest.raises(ValueError, match="begins with a letter"):
        named.save("-x", "y")
    (tmp_path / "pyproject.toml").write_text("tool = 3")
    assert len(NamedFilters()) == 0


@pytest.mark.parametrize("patience", [1e9, -1.0])
async def test_a_filter_on_findings_says_how_far_analysis_has_come_and_carries_it_on(
    feed: ScriptedFeed, patience: float, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("wsgitrace.tui.window.PATIENCE", patience)
    traffic(feed)
    app = WsgitraceApp(feed)
    async with app.run_test(size=SIZE) as pilot:
        screen = await ready(app)
        await pilot.press("slash")
        screen.query_one(FilterBar).input.value = "layer:Session"
        await wait_for(lambda: "analysed to 0 of 22" in grid(app))
        assert not listed(screen), "while something runs, the debugger analyses it"
        feed.live = False
        monkeypatch.setattr("wsgitrace.capture.reader.ownership.is_written", lambda _: False)
        feed.add(stories.hello())
        await wait_for(lambda: "analysed to" not in grid(app) and "of 23 match" in grid(app))
        expected = [row.number for row in feed.capture.page(where=screen.list.window.where)][::-1]
        await wait_for(lambda: expected and listed(screen) == expected)
        await pilot.press("enter", "greater_than_sign")
        await wait_for(lambda: sorted(listed(screen)) == expected)


async def test_what_is_told_leaves_the_filter_readable(feed: ScriptedFeed):
    feed.add(stories.hello())
    app = WsgitraceApp(feed)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await wait_for(lambda: at_rest(app))
        await pilot.press("slash", *"stats:5")
        app.notify("Request 13 replays 12.", timeout=60)
        await wait_for(lambda: "Request 13 replays 12." in grid(app))
        await wait_for(lambda: "esc clears" in grid(app) and "nearest is status" in grid(app))
