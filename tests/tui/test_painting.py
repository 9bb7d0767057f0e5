from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.style import Style
from textual.geometry import Size

from wsgitrace.safetext import safe
from wsgitrace.tui.lines.bars import bar, nice_step, span_bar
from wsgitrace.tui.painting import Run, fit, label, line_text, pad_left, strip, width
from wsgitrace.tui.widgets.tab_strip import TabStrip

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=80)


def plain(_role: str) -> Style:
    return Style()


@given(ANY_TEXT, st.integers(0, 60))
def test_a_cell_of_a_table_is_exactly_as_wide_as_asked(text, cells):
    for shown in (fit(text, cells), pad_left(text, cells)):
        assert width(shown) == cells
        assert safe(shown) == shown


@given(st.lists(ANY_TEXT, max_size=6), st.integers(1, 60), st.integers(0, 40))
def test_a_line_is_exactly_as_wide_as_its_panel_and_safe(texts, cells, left):
    line = strip([Run(text) for text in texts], cells, plain, left=left)
    assert line.cell_length == cells
    assert width(line.text) == cells
    assert safe(line.text) == line.text


def test_a_line_of_ten_megabytes_costs_what_a_screen_does():
    line = strip([Run("x" * 10_000_000)], 80, plain)
    assert line.text == "x" * 79 + "…"


def test_a_title_is_never_markup():
    assert label("[/red] [bold]\x1b[2J").plain == r"[/red] [bold]\x1b[2J"


@given(st.floats(0, 3), st.integers(1, 40))
def test_bars_fill_their_cells(fraction, cells):
    assert len(bar(fraction, cells)) == cells


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.integers(1, 60))
def test_waterfall_bars_stay_in_their_cells_and_are_never_nothing(one, two, three, cells):
    start, middle, end = sorted((one, two, three))
    parts = span_bar(start, middle, end, cells)
    assert sum(map(len, parts)) <= cells
    assert "".join(parts).strip()


@given(st.floats(0.001, 1e9), st.integers(1, 20))
def test_ticks_are_round_and_few(most, ticks):
    step = nice_step(most, ticks)
    assert most / step <= ticks * 1.01


def test_what_the_tabs_are_about_stands_apart_from_them(monkeypatch):
    monkeypatch.setattr(TabStrip, "content_size", Size(30, 2))
    monkeypatch.setattr(TabStrip, "paint", lambda _self, runs, cells: line_text(runs)[:cells])
    tabs = TabStrip(("Environ", "Ledger"))
    tabs.note = "at SessionMiddleware"
    assert tabs.render_line(0) == "Environ  Ledger  at SessionMi…"
    tabs.note = "at Shop"
    assert tabs.render_line(0) == "Environ  Ledger        at Shop"
