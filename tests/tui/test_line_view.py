from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from tests.support.screen import wait_for
from wsgitrace.tui.painting import Row, Run
from wsgitrace.tui.themes import THEMES
from wsgitrace.tui.widgets.line_view import LineView

ROWS = [Row((Run(f"row {number}"),), key=number) for number in range(30)]


class OneView(App[None]):
    def __init__(self, cursor: int) -> None:
        super().__init__()
        self.register_theme(THEMES[0])
        self.theme = THEMES[0].name
        self.view = LineView()
        self.view.set_rows(ROWS)
        self.view.select_key(cursor)

    def compose(self) -> ComposeResult:
        yield self.view


@pytest.mark.parametrize(("cursor", "top"), [(0, 0), (1, 0), (9, 0), (12, 3), (29, 20)])
async def test_a_cursor_that_was_put_before_there_was_room_hides_nothing_above(cursor: int, top: int):
    app = OneView(cursor)
    async with app.run_test(size=(40, 10)):
        await wait_for(lambda: app.view.page_height == 10)
        assert (app.view.cursor, app.view.top) == (cursor, top)


async def test_more_room_shows_what_was_above():
    app = OneView(20)
    async with app.run_test(size=(40, 10)) as pilot:
        await wait_for(lambda: app.view.top == 11)
        await pilot.resize_terminal(40, 15)
        await wait_for(lambda: app.view.top == 6)
        await pilot.resize_terminal(40, 5)
        await wait_for(lambda: app.view.top == 16)
