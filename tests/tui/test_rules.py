"""The rules that a request broke, in the ledger tab."""

from __future__ import annotations

import pytest

from tests.support import stories
from tests.support.planted import SECRET, leaks
from tests.support.recorded import record_stories
from tests.support.streams import Exchange
from wsgitrace.capture import Capture
from wsgitrace.query import complete, complete_breakpoint, parse
from wsgitrace.query.fields import NAMES
from wsgitrace.redact import Masker
from wsgitrace.supervisor import analyse
from wsgitrace.trace.lint import Ignores
from wsgitrace.tui.completing import OF_BREAKPOINTS, OF_FILTERS
from wsgitrace.tui.lines.notes import note
from wsgitrace.tui.lines.orders import order_marks, order_rows
from wsgitrace.tui.lines.rules import rule_rows
from wsgitrace.tui.lines.values import Shown
from wsgitrace.tui.painting import width
from wsgitrace.tui.subject import read_subject


def texts(rows):
    return ["".join(run.text for run in row.runs) for row in rows]


def test_nothing_stands_there_where_no_rule_was_broken():
    assert rule_rows(stories.hello().trace(), 80, (), Shown()) == []


def test_who_what_where_it_is_written_and_how_to_mend_it():
    lines = texts(rule_rows(stories.hostile().trace(), 100, (), Shown()))
    assert lines[0] == "▾ Rules  4 rules broken"
    assert lines[1].startswith(" A11 must Shop: the status has a control character")
    assert "(PEP 3333, The start_response() Callable); event " in " ".join("".join(lines[2:4]).split())
    assert any(line.startswith("     To mend it: Strip what comes from elsewhere") for line in lines)
    assert [line.split()[1] for line in lines if line[1:2].isupper()] == ["must", "must", "must", "hygiene"]


def test_it_folds():
    trace = stories.unclosed().trace()
    assert texts(rule_rows(trace, 80, {("ledger", "rules")}, Shown())) == ["▸ Rules  1 rule broken"]


@pytest.mark.parametrize("cells", [24, 40, 80])
def test_lines_fit_and_keys_differ(cells):
    rows = rule_rows(stories.buffered().trace(), cells, (), Shown())
    assert max(map(width, texts(rows))) <= max(cells, 32)
    keys = [row.key for row in rows if row.key is not None]
    assert len(set(keys)) == len(keys)


def test_a_wrong_order_of_layers_is_marked_below_them_and_explained_in_the_ledger():
    trace = stories.buffered().trace()
    assert [line.strip() for line in texts(order_marks(trace, 60))] == [
        "! Shop inside Buffering: the ledger says why not"
    ]
    lines = texts(order_rows(trace, 80, (), Shown()))
    assert lines[0] == "▾ Order of layers  1 pair known to go wrong"
    assert lines[1] == " Shop inside Buffering  stream-buffered"
    assert any(line.startswith("     8 items came over 700 ms") for line in lines)
    assert any(line.startswith("     To mend it: Move it inside") for line in lines)
    assert max(map(width, lines)) <= 80
    assert len(texts(order_rows(trace, 80, {("ledger", "order")}, Shown()))) == 1
    assert order_marks(stories.page().trace(), 60) == order_rows(stories.page().trace(), 60, (), Shown()) == []


def test_the_list_names_rules_that_must_be_kept(tmp_path):
    path = tmp_path / "stories.wtrace"
    numbers = record_stories(path, ("hello", "unclosed", "hostile", "subrequest"))
    with Capture.open(path) as capture:
        analyse(capture)
        badges = capture.badges(list(numbers.values()))
        row = capture.summary(numbers["subrequest"])
    assert badges == {
        numbers["hostile"]: [("A11", 1), ("A16", 1), ("A17", 1)],
        numbers["subrequest"]: [("S04", 1), ("S06", 1)],
    }
    assert "breaks S04 S06" in note(row, badges=badges[row.number])[0]


def test_what_the_project_ignores_is_left_out_wherever_rules_are_shown(tmp_path):
    path = tmp_path / "stories.wtrace"
    numbers = record_stories(path, ("hostile", "buffered"))
    number = numbers["hostile"]
    with Capture.open(path) as capture:
        analyse(capture)
        ignores = Ignores((("*", ("A11", "stream-buffered")), ("/%D0*", ("A16",)), ("/else", ("*",))))
        assert set(dict(capture.badges([number])[number])) == {"A11", "A16", "A17"}
        capture.leave_out(ignores.hide)
        assert set(dict(capture.badges([number])[number])) == {"A16", "A17"}
        assert [row.number for row in capture.page(where=parse("lint:A11"))] == []
        assert [row.number for row in capture.page(where=parse("lint:A17"))] == [number]
        assert "A11" not in capture.seen(NAMES["lint"])
        subject = read_subject(capture, capture.summary(number))
        late = read_subject(capture, capture.summary(numbers["buffered"]))
    lines = texts(rule_rows(subject.trace, 100, (), Shown(), subject.leaves_out))
    assert lines[0] == "▾ Rules  3 rules broken; 1 left out, as pyproject.toml says"
    assert not any(line.startswith(" A11") for line in lines)
    assert order_rows(late.trace, 80, (), Shown(), late.leaves_out) == []
    assert order_marks(late.trace, 80, late.leaves_out) == []


def test_rules_are_completed_with_their_one_line():
    for fields, way in ((OF_FILTERS, complete), (OF_BREAKPOINTS, complete_breakpoint)):
        found = {one.text: one.help for one in way("lint:m0", fields=fields)}
        assert found["M06"].startswith("must: it calls close() of the iterable inside once")
        assert "M07" not in found, "what recordings do not show is not offered"


def test_secrets_are_masked():
    exchange = Exchange("GET", "/")
    with exchange.call("a.app") as app:
        app.start_response("302 Found", [("Location", f"/?token={SECRET}"), ("Location", f"/?password={SECRET}")])
        app.returns([b""])
    trace = exchange.finish().trace()
    assert leaks("\n".join(texts(rule_rows(trace, 200, (), Shown())))) == []
    assert SECRET in "".join(texts(rule_rows(trace, 200, (), Shown(Masker.revealing()))))
