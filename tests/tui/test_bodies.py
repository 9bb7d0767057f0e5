from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from tests.support import stories
from tests.support.screen import at_rest, wait_for
from wsgitrace.events import BodyEdit
from wsgitrace.tui.app import WsgitraceApp
from wsgitrace.tui.editing import EditorError, edit_bytes
from wsgitrace.tui.screens.bodies import MendScreen
from wsgitrace.tui.screens.step import StepScreen

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.scripted_feed import ScriptedFeed

BINARY = bytes(range(256))


def editor(folder: Path, script: str) -> dict[str, str]:
    """An editor that does as a script says with the file it is given."""
    path = folder / "editor"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return {"EDITOR": str(path)}


def test_bytes_come_back_as_the_editor_left_them(tmp_path: Path):
    kept = tmp_path / "kept"
    assert edit_bytes(BINARY, ".bin", editor(tmp_path, f'cp "$1" {kept}; printf "\\000\\377" >> "$1"')) == (
        BINARY + b"\x00\xff"
    )
    assert kept.read_bytes() == BINARY


@pytest.mark.parametrize(("data", "left"), [(b"a", b"ab"), (b"a\n", b"a\nb\n")], ids=["none before", "one before"])
def test_a_line_end_that_only_the_editor_wants_is_left_out(tmp_path: Path, data: bytes, left: bytes):
    assert edit_bytes(data, ".txt", editor(tmp_path, 'echo b >> "$1"')) == left


def test_an_editor_that_is_not_there_says_so(tmp_path: Path):
    with pytest.raises(EditorError, match="cannot be started"):
        edit_bytes(b"", ".txt", {"EDITOR": str(tmp_path / "missing")})


async def test_a_length_that_is_not_true_any_more_is_asked_about(feed: ScriptedFeed):
    feed.add(stories.held())
    app = WsgitraceApp(feed)
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_for(lambda: at_rest(app) and app.screen_stack[0].subject is not None)
        await pilot.press("s")
        await wait_for(lambda: isinstance(app.screen, StepScreen) and at_rest(app))
        screen = app.screen
        for key, staged in (
            ("y", [BodyEdit(b"abc", mend=True)]),
            ("n", [BodyEdit(b"abc", mend=False)]),
            ("escape", []),
        ):
            screen.edits.clear()
            screen._take(b"a", b"abc", "Content-Length: 1", BodyEdit)
            await wait_for(lambda: isinstance(app.screen, MendScreen) and at_rest(app))
            await pilot.press(key)
            await wait_for(lambda: app.screen is screen)
            assert screen.edits == staged
        screen._take(b"a", b"b", "Content-Length: 1", BodyEdit)
        assert screen.edits == [BodyEdit(b"b")]
