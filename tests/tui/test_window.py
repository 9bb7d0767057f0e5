from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.traffic import all_frames
from wsgitrace.capture import Capture, Writer
from wsgitrace.query import Filter, parse
from wsgitrace.tui.matches import Matches
from wsgitrace.tui.window import Window

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROWS = 60


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Capture]:
    path = tmp_path_factory.mktemp("window") / "many.wtrace"
    writer = Writer.create(path, keep_exchanges=None, keep_bytes=None)
    worker = writer.new_worker()
    for frame in all_frames(range(1, ROWS + 1), 1_763_820_127_000_000_000):
        writer.add(worker, frame)
    writer.commit()
    with Capture.open(path) as capture:
        yield capture
    writer.close()


def numbers(window: Window) -> list[int]:
    return [row.number for row in window.rows]


def test_it_begins_at_the_newest_and_follows(capture: Capture):
    window = Window(capture, 10)
    window.refresh()
    assert numbers(window) == list(range(ROWS - 9, ROWS + 1))
    assert window.cursor == ROWS


def test_the_cursor_pulls_the_page_along(capture: Capture):
    window = Window(capture, 10)
    window.refresh()
    window.move(-9)
    assert (window.cursor, numbers(window)[0]) == (ROWS - 9, ROWS - 9)
    window.move(-1)
    assert (window.cursor, numbers(window)) == (ROWS - 10, list(range(ROWS - 10, ROWS)))
    window.move(-1000)
    assert (window.cursor, numbers(window)) == (1, list(range(1, 11)))
    window.move(12)
    assert (window.cursor, numbers(window)) == (13, list(range(4, 14)))
    window.move(1000)
    assert (window.cursor, numbers(window)[-1]) == (ROWS, ROWS)


def test_scrolling_moves_the_page_and_keeps_the_cursor_while_it_is_seen(capture: Capture):
    window = Window(capture, 10)
    window.to_first()
    window.scroll(3)
    assert (window.cursor, numbers(window)) == (4, list(range(4, 14)))
    window.move(5)
    window.scroll(-2)
    assert (window.cursor, numbers(window)) == (9, list(range(2, 12)))


def test_a_filter_keeps_the_selection_where_it_can(capture: Capture):
    window = Window(capture, 10)
    window.refresh()
    window.select(17)
    window.set_filter(Filter.containing("/shop/"))
    chosen = numbers(window)
    assert chosen
    assert window.cursor in chosen
    window.set_filter(Filter.containing(""))
    assert window.cursor in numbers(window)
    window.set_filter(Filter.containing("no such thing"))
    assert (numbers(window), window.cursor, window.bounds()) == ([], None, (0.0, 1.0))
    window.set_filter(Filter.containing(""))
    assert window.cursor is not None


def test_what_is_frozen_stays_while_newer_come(capture: Capture):
    window = Window(capture, 10)
    window.refresh()
    window.ceiling = 30
    window.follow = False
    window.to_last()
    assert numbers(window) == list(range(21, 31))
    window.move(5)
    assert window.cursor == 30
    window.move(-40)
    assert numbers(window) == list(range(1, 11))


def test_who_follows_has_the_cursor_at_the_newest_after_a_filter(capture: Capture):
    window = Window(capture, 10)
    window.refresh()
    window.set_filter(parse("500"))
    assert window.cursor == numbers(window)[-1] < ROWS
    window.set_filter(parse(""))
    assert window.cursor == ROWS


MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("move"), st.integers(-80, 80)),
        st.tuples(st.just("scroll"), st.integers(-80, 80)),
        st.tuples(st.just("resize"), st.integers(1, 70)),
        st.tuples(st.just("select"), st.integers(1, ROWS)),
        st.tuples(
            st.just("set_filter"),
            st.sampled_from([parse(text) for text in ("", "shop", "GET", "500", "x", "status:5xx", "dur:>1ms -shop")]),
        ),
        st.tuples(st.sampled_from(["to_first", "to_last", "refresh"]), st.none()),
    ),
    max_size=12,
)


@given(moves=MOVES)
@settings(max_examples=60, deadline=None)
def test_whatever_is_done_the_page_is_in_order_and_the_cursor_on_it(capture: Capture, moves: list[tuple[str, object]]):
    window = Window(capture, 10)
    window.refresh()
    for name, argument in moves:
        method = getattr(window, name)
        method() if argument is None else method(argument)
        shown = numbers(window)
        assert shown == sorted(set(shown))
        assert len(shown) <= window.height
        if not window.text:
            assert len(shown) == min(window.height, ROWS), "the page is as full as it can be"
        assert window.cursor in shown if shown else window.cursor is None
        first, last = window.bounds()
        assert 0 <= first <= last <= 1


def test_a_slow_filter_is_looked_for_in_steps(capture: Capture, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("wsgitrace.tui.window.PATIENCE", -1.0)
    where = parse("header:host")
    expected = [row.number for row in capture.page(where=where, limit=ROWS)][::-1]
    real = capture.search
    monkeypatch.setattr(capture, "search", lambda *args, **options: real(*args, **{**options, "budget": 0.0}))
    window = Window(capture, 10)
    window.set_filter(where)
    assert window.matches is not None
    for _ in range(10 * ROWS):
        if window.matches.done:
            break
        window.matches.advance()
        window.refresh()
        assert numbers(window) == sorted(numbers(window))
    assert window.matches.done
    assert len(window.matches) == len(expected)
    assert numbers(window) == expected[-10:]
    window.to_first()
    assert numbers(window) == expected[:10]


def test_what_was_evicted_does_not_count_for_a_slow_filter(tmp_path: Path):
    writer = Writer.create(tmp_path / "bounded.wtrace", keep_exchanges=20, keep_bytes=None)
    worker = writer.new_worker()

    def record(first: int, last: int) -> None:
        for frame in all_frames(range(first, last + 1), 1_763_820_127_000_000_000):
            writer.add(worker, frame)
        writer.commit()

    record(1, 20)
    writer.pin(1)
    writer.commit()
    with Capture.open(writer.path) as bounded:
        matches = Matches(bounded, parse("header:host"))
        for last in (25, 30):
            while not matches.done:
                matches.advance()
            record(last - 4, last)
            matches.catch_up()
        while not matches.done:
            matches.advance()
        assert len(matches) == bounded.count() < 30
    writer.close()
