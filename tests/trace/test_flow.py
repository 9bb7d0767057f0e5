from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support import stories
from tests.support.scenes import checkout
from tests.support.strategies import exchanges
from tests.support.streams import Exchange
from wsgitrace.redact import Masker, Names
from wsgitrace.trace import Trace
from wsgitrace.trace.flow import draw_head, draw_row, flow, label, lay_out, notes

MASKER = Masker(Names())
TEXT = [("Content-Type", "text/plain")]


def drawn(flow, cells=60, left=0):
    """Head and rows as text."""
    layout = lay_out(flow, cells)
    head = draw_head(flow, layout, left, cells, chosen=-1, fit=lambda text, room: text[:room].ljust(room))
    rows = [draw_row(flow, layout, index, left, cells) for index in range(len(flow.rows))]
    return ["".join(piece.text for piece in pieces) for pieces in (head, *rows)]


def names(flow, row):
    return flow.columns[row.start].name, flow.columns[row.end].name


def test_a_request_goes_in_and_its_response_comes_out():
    picture = flow(checkout().trace())
    assert [column.name for column in picture.columns][:3] == ["client", "server", "ProxyHeaders"]
    ways = [(row.kind, *names(picture, row)) for row in picture.rows if row.kind in {"request", "raised", "head"}]
    assert ways == [
        ("request", "client", "server"),
        ("raised", "Shop", "Auth"),
        ("raised", "Auth", "Session"),
        ("raised", "Session", "ErrorPages"),
        ("head", "server", "client"),
    ]
    signs = [(names(picture, row)[0], change.sign) for row in picture.rows for change in row.changes]
    assert signs == [
        ("ProxyHeaders", "~1"), ("Session", "+2"), ("Auth", "+1"), ("Shop", "✗"), ("Session", "!"), ("Timing", "H3")
    ]  # fmt: skip
    assert label(picture, picture.rows[0], MASKER) == "POST /cart/checkout"


def test_start_response_goes_as_far_out_as_it_was_handed_on():
    picture = flow(stories.buffered().trace())
    (row,) = [row for row in picture.rows if row.kind == "start_response"]
    assert names(picture, row) == ("Shop", "server")


def test_what_changed_nothing_is_a_narrow_column_unless_all_is_wanted():
    trace = stories.page().trace()
    picture, whole = flow(trace), flow(trace, whole=True)
    assert [column.name for column in picture.columns if column.quiet] == ["ErrorPages"]
    call = next(row for row in picture.rows if row.kind == "call")
    assert names(picture, call) == ("server", "Timing")
    assert [names(whole, row) for row in whole.rows if row.kind == "call"][:2] == [
        ("server", "ErrorPages"), ("ErrorPages", "Timing"),
    ]  # fmt: skip
    assert len(whole.rows) > len(picture.rows)
    assert "⋯1" in drawn(picture)[0]
    assert "⋯1" not in drawn(whole)[0]


def test_what_is_set_before_a_quiet_layer_is_told_of_at_the_call_behind_it():
    exchange = Exchange("GET", "/")
    with exchange.call("a.Session") as session:
        session.environ["a.session"] = 1
        with session.call("a.Quiet") as between, between.call("a.view", "application") as view:
            view.start_response("200 OK", TEXT)
            view.returns([b"x"])
    picture = flow(exchange.finish().trace())
    (row,) = [row for row in picture.rows if row.changes]
    assert (row.kind, *names(picture, row)) == ("call", "Session", "view")
    assert label(picture, row, MASKER) == "+a.session"


def test_many_chunks_are_one_row_with_their_number_and_the_first_and_last_beside_it():
    picture = flow(stories.streaming(50, over=True).trace())
    (more,) = [row for row in picture.rows if row.kind == "more"]
    assert sorted((part.kind, part.times) for part in more.parts) == [("chunk", 48), ("chunk", 48), ("sent", 48)]
    assert label(picture, more, MASKER).startswith("48 more chunks, 48 more sent, ")
    assert sum(row.kind == "chunk" for row in picture.rows) == 4
    assert any("×48" in line for line in drawn(picture))
    assert picture.rows[picture.row_of(more.seq + 20)] is more


def test_time_that_is_left_out_is_marked_with_who_had_it():
    picture = flow(stories.page().trace())
    gaps = [label(picture, row, MASKER) for row in picture.rows if row.kind == "gap"]
    assert gaps == ["12.4 ms in Shop", "860 µs in Session", "1.16 ms in GZip"]
    waited = flow(checkout().trace())
    (called,) = [index for index, row in enumerate(waited.rows) if row.kind == "call" and row.end == 8]
    assert waited.rows[called - 1].kind == "gap"
    assert waited.lives[8][0].first == called
    assert sum(row.length for row in picture.rows if row.kind == "gap") <= picture.trace.duration


def test_the_time_held_is_no_time_of_the_request():
    exchange = Exchange("GET", "/")
    with exchange.call("a.view", "application") as view:
        exchange.hold(60_000)
        view.start_response("200 OK", TEXT)
        view.returns([b"x"])
    picture = flow(exchange.finish().trace())
    (held,) = [row for row in picture.rows if row.changes]
    assert (held.kind, held.changes[0].sign, label(picture, held, MASKER)) == ("held", "‖", "held 60.0 s")
    assert not [row for row in picture.rows if row.kind == "gap"]


def test_a_layer_called_again_shares_its_column_and_a_sub_request_has_its_own():
    again = flow(stories.retried().trace())
    assert [column.name for column in again.columns] == ["client", "server", "Retry", "Shop"]
    assert len(again.lives[3]) == 2
    inside = flow(stories.subrequest().trace())
    assert [(column.name, column.subrequest) for column in inside.columns][3:] == [("Shop", False), ("Shop", True)]
    assert "sub-request" in [label(inside, row, MASKER) for row in inside.rows]


def test_a_read_comes_from_the_server_and_one_that_finds_nothing_is_marked():
    exchange = Exchange("POST", "/", body=b"x" * 812)
    with exchange.call("a.Audit") as audit:
        audit.read()
        with audit.call("a.view", "application") as view:
            view.read()
            view.start_response("200 OK", TEXT)
            view.returns([b"x"])
    picture = flow(exchange.finish().trace())
    reads = [
        (names(picture, row), [change.sign for change in row.changes]) for row in picture.rows if row.kind == "read"
    ]
    assert reads == [(("server", "Audit"), []), (("server", "view"), ["I∅"])]


def test_what_only_logs_has_a_column_of_its_own():
    exchange = Exchange("GET", "/")
    with exchange.call("a.Quiet") as between, between.call("a.Logs") as logs:
        logs.logs("hello")
        with logs.call("a.view", "application") as view:
            view.start_response("200 OK", TEXT)
            view.returns([b"x"])
    picture = flow(exchange.finish().trace())
    assert [column.name for column in picture.columns if column.quiet] == ["Quiet"]
    (row,) = [row for row in picture.rows if row.kind == "log"]
    assert names(picture, row) == ("Logs", "Logs")


def test_what_never_ran_is_said():
    assert notes(flow(stories.held().trace())) == ["it is not over yet"]


def test_a_part_of_a_picture_is_the_part_of_the_whole():
    picture = flow(checkout().trace())
    layout = lay_out(picture, 0)
    whole = drawn(picture, layout.cells)
    for left in (0, 7, 25, layout.cells - 20):
        layout = lay_out(picture, 0)
        rows = [draw_row(picture, layout, index, left, 20) for index in range(len(picture.rows))]
        assert ["".join(piece.text for piece in row) for row in rows] == [line[left : left + 20] for line in whole[1:]]


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(exchange=exchanges(), data=st.data(), whole=st.booleans())
def test_anything_that_is_a_trace_has_a_picture(exchange, data, whole):
    events = exchange.events
    kept = data.draw(st.lists(st.booleans(), min_size=len(events), max_size=len(events)))
    trace = Trace.from_events([event for event, keep in zip(events, kept, strict=True) if keep])
    picture = flow(trace, whole=whole)
    columns = range(len(picture.columns))
    for row in picture.rows:
        assert {row.by, row.start, row.end} <= set(columns)
        assert picture.rows[picture.row_of(row.seq)].seq == row.seq
        label(picture, row, MASKER)
    assert all(len(line) == 40 for line in drawn(picture, 40, 10)[1:])
    assert len(picture.lives) == len(columns)
