"""Logs and queries in the list, below the layers, in the ledger; and which layer printed what."""

from __future__ import annotations

import pytest

from tests.support.beside import listing, silent
from tests.support.recorded import record_exchanges
from wsgitrace.capture import Capture, OutputRow
from wsgitrace.supervisor import analyse
from wsgitrace.tui.lines.console import console_rows
from wsgitrace.tui.lines.layers import about
from wsgitrace.tui.lines.ledgers import ledger_rows
from wsgitrace.tui.lines.notes import note
from wsgitrace.tui.lines.values import Shown


def texts(rows):
    return ["".join(run.text for run in row.runs) for row in rows]


def test_badges_in_the_list(tmp_path):
    path = tmp_path / "beside.wtrace"
    numbers = record_exchanges(path, {"silent": silent(), "listing": listing()})
    with Capture.open(path) as capture:
        analyse(capture)
        badges = capture.badges(list(numbers.values()))
        row = capture.summary(numbers["listing"])
    assert numbers["silent"] not in badges
    assert note(row, badges=badges[row.number]) == ("3 logs (error), 16 sql 10.0ms, 12 alike, 1 failed", "error")


@pytest.mark.parametrize(
    ("badges", "text", "role"),
    [
        ([("log 20", 1)], "1 info", "dim"),
        ([("log 20", 3), ("log 30", 1)], "4 logs (warning)", "warning"),
        ([("log 40", 2), ("sql", 3), ("sqltime", 10**6), ("repeated", 3)], "2 errors, 3 sql 1.0ms, 3 alike", "error"),
        (
            [("log 30", 1), ("sql", 3), ("sqltime", 10**6), ("repeated", 3)],
            "3 sql 1.0ms, 3 alike, 1 warning",
            "warning",
        ),
        ([("sql", 2), ("sqltime", 1_000_000)], "2 sql 1.0ms", "dim"),
        ([("sql", 9), ("sqltime", 1_000_000), ("A11", 1)], "breaks A11, 9 sql 1.0ms", "warning"),
    ],
)
def test_what_is_remarkable_comes_first(badges, text, role, tmp_path):
    path = tmp_path / "x.wtrace"
    record_exchanges(path, {"silent": silent()})
    with Capture.open(path) as capture:
        assert note(capture.page()[0], badges=badges) == (text, role)


def test_below_the_layers():
    lines = texts(about(listing().trace().span(2), Shown()))
    assert "logged         1 warning, 1 info, 1 write to wsgi.errors" in lines
    assert any(line.startswith("queries        15 queries, 9.00 ms, 1 failed, the same 12 times") for line in lines)


def test_the_ledger_has_a_line_for_those_that_are_alike_and_all_of_them_behind_it():
    rows = ledger_rows(listing().trace(), 90, (), Shown())
    lines = texts(rows)
    index = next(index for index, line in enumerate(lines) if "×12" in line)
    assert lines[index].startswith(" app    ×12, 6.00 ms, listing (models.py:31): SELECT name FROM maker")
    assert rows[index].value.count("event ") == 12
    assert rows[index].place == ("/srv/shop/models.py", 31)
    assert [row.place for row in rows if row.key == ("fault", "logs", 3)] == [("/a/b.py", 3)]
    assert "▾ Logs  1 error" in lines
    quiet = texts(ledger_rows(silent().trace(), 90, (), Shown()))
    assert quiet[-2:] == ["▸ Logs  none", "▸ Database queries  none"]


def test_printed_lines_name_the_layer_that_printed_them():
    rows = [OutputRow(0, "stdout", "one", 7, 1, 1, 2), OutputRow(0, "stderr", "two", 7, 1, 2, 0)]
    assert [line[8:] for line in texts(console_rows(rows, Shown(), {2: "app"}))] == [" app   one", "     E two"]
    assert [line[8:] for line in texts(console_rows(rows, Shown()))] == ["      #7   one", "      #7 E two"]
