"""What the screen tells where there is nothing to show yet: where it is served, and how far a search has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wsgitrace.tui.feed import Status, Totals
from wsgitrace.tui.screens.empty import empty_lines
from wsgitrace.tui.widgets.top_bar import top_line

if TYPE_CHECKING:
    from wsgitrace.tui.painting import Line


def text(line: Line) -> str:
    return "".join(run.text for run in line)


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (160, "http://127.0.0.1:8000/ http://[::1]:8000/ unix:/run/shop.sock"),
        (100, "http://127.0.0.1:8000/ +2 "),
    ],
)
def test_all_addresses_are_told_where_there_is_room_and_else_how_many(cells, told):
    others = ("http://[::1]:8000/", "unix:/run/shop.sock")
    line = text(top_line(Status("serving", "shop:app", "http://127.0.0.1:8000/", others), Totals(), cells))
    assert told in line
    assert len(line) <= cells


def test_none_so_far_is_not_none():
    status = Status("file", "shop:app", "shop.wtrace")
    assert "12% looked at, none so far" in "".join(map(text, empty_lines(status, "body:x", 0.12)))
    assert "No request matches x   esc clears the filter   No." in "".join(
        map(text, empty_lines(status, "x", advice="No."))
    )
    assert "No request matches body:x" in "".join(map(text, empty_lines(status, "body:x")))


def test_how_to_ask_for_the_first_request():
    said = "\n".join(map(text, empty_lines(Status("serving", "shop:app", "http://[::1]:1/", ("unix:/s",)), "")))
    assert "curl -i http://[::1]:1/" in said
    assert "unix:/s" in said
    said = "\n".join(map(text, empty_lines(Status("serving", "shop:app", "unix:/run/my shop"), "")))
    assert "curl -i --unix-socket '/run/my shop' http://localhost/" in said
    assert "Open" not in said
