from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import stories
from tests.support.screen import at_rest, grid, wait_for
from wsgitrace.settings import SettingError, load
from wsgitrace.tui.app import WsgitraceApp
from wsgitrace.tui.keymap import check_keymap

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.scripted_feed import ScriptedFeed


def test_a_table_of_the_project_names_other_keys(tmp_path: Path):
    (tmp_path / "pyproject.toml").write_text(
        '[tool.wsgitrace.keymap]\nreplay = "f6, X"\nhold-next = "?"\nhelp = "f1"\n'
    )
    settings = load({}, environ={}, directory=tmp_path)
    assert check_keymap(settings.keymap) == {"replay": "f6,X", "hold_next": "?", "help": "f1"}
    assert load({"keymap": "replay=f6 follow=F"}, environ={}, directory=tmp_path).keymap == (
        ("replay", "f6"),
        ("follow", "F"),
    )


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ([("replai", "f6")], "The keymap names 'replai', and there is no such action; the nearest is 'replay'."),
        ([("replay", "f")], "The keymap gives 'f' to 'replay', and it is the key of 'follow' as well."),
        ([("replay", "j")], "The keymap gives 'j' to 'replay', and it is the key of 'down' as well."),
        (
            [("replay", "f6"), ("follow", "f6")],
            "The keymap gives 'f6' to 'replay', and it is the key of 'follow' as well.",
        ),
        ([("replay", ",")], "The keymap gives no key to 'replay'."),
    ],
)
def test_what_cannot_be_is_said_in_one_sentence(chosen: list[tuple[str, str]], said: str):
    with pytest.raises(SettingError) as raised:
        check_keymap(chosen)
    assert str(raised.value) == said


@pytest.mark.parametrize("given", ['"x"', "5", "{replay = 5}"])
def test_a_keymap_that_is_no_table_of_keys_is_said(given: str, tmp_path: Path):
    (tmp_path / "pyproject.toml").write_text(f"[tool.wsgitrace]\nkeymap = {given}\n")
    with pytest.raises(SettingError, match="it must give keys to actions"):
        load({}, environ={}, directory=tmp_path)


async def test_the_keys_and_the_last_line_follow(feed: ScriptedFeed):
    feed.add(stories.hello())
    app = WsgitraceApp(feed, keymap=check_keymap([("replay", "f6"), ("follow", "r")]))
    async with app.run_test(size=(120, 48)) as pilot:
        await wait_for(lambda: at_rest(app) and app.screen_stack[0].subject is not None)
        assert "f6 Replay" in grid(app)
        assert "r Follow" in grid(app)
        await pilot.press("r")
        assert feed.commands == []
        await pilot.press("f6")
        await wait_for(lambda: feed.commands == [("replay", 1)])
        await pilot.press("?")
        await wait_for(lambda: " f6 " in grid(app) and "Send the request" in grid(app))
