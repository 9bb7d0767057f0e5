from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.support.stories import STORIES, buffered, failing, page, swallowed, unclosed, upload
from tests.support.streams import Exchange
from wsgitrace.trace import Trace, findings


def found(exchange):
    return {(each.kind, each.layer.rpartition(".")[2], each.name): each.value for each in findings(exchange.trace())}


def test_what_layers_changed():
    facts = found(page())
    assert facts["changed", "ProxyFix", "environ:remote_addr"] == 1
    assert facts["changed", "ProxyFix", "environ:werkzeug.proxy_fix.orig"] == 1
    assert facts["changed", "Session", "resp.header:set-cookie"] == 1
    assert facts["changed", "GZip", "body"] == 1
    assert not any(kind == "changed" and layer == "Shop" for kind, layer, _ in facts)


def test_which_layers_ran_and_for_how_long():
    trace = page().trace()
    times = {each.layer: each.value for each in findings(trace) if each.kind == "layer"}
    assert times == {span.layer.name: span.self_time for span in trace.spans[1:]}
    assert times["demos.shop.app.Shop"] >= 12_000_000


def test_passes_of_one_layer_are_added_up():
    exchange = Exchange("GET", "/")
    with exchange.call("a.Retry") as outer:
        for status in ("503 Busy", "200 OK"):
            with outer.call("a.app") as app:
                app.wait(2)
                app.start_response(status, [])
                app.returns([b""])
        outer.start_response("200 OK", [])
    facts = found(exchange.finish())
    assert facts["layer", "app", ""] >= 4_000_000
    assert facts["sr", "app", ""] == 2


def test_exceptions_are_found_where_they_begin_and_end():
    facts = found(swallowed())
    began = [key for key in facts if key[0] == "exc"]
    ended = [key for key in facts if key[0] == "swallowed"]
    assert [name for _, _, name in began] == [name for _, _, name in ended] == ["KeyError"]
    assert began[0][1] != ended[0][1]
    assert [key[2] for key in found(failing()) if key[0] == "exc"] == ["ZeroDivisionError"]


def test_who_read_the_body_who_did_not_close_and_who_buffers():
    assert sum(value for key, value in found(upload()).items() if key[0] == "read") > 0
    assert [key for key in found(unclosed()) if key[0] == "unclosed"]
    assert next(value for key, value in found(buffered()).items() if key[0] == "buffered") > 0


def test_what_was_logged_and_what_was_asked_of_databases():
    exchange = Exchange("GET", "/")
    with exchange.call("a.Logging") as outer:
        outer.logs("slow", level=30)
        with outer.call("a.app", "application") as app:
            app.logs("listed")
            app.logs("listed again")
            for number in range(4):
                app.asks("SELECT * FROM plant WHERE id = ?", number)
            app.asks("SELECT 1", error="OperationalError: gone", took=2)
            app.start_response()
            app.returns([b""])
    facts = found(exchange.finish())
    beside = {"log", "sql", "sqltime", "sqlfailed", "repeated"}
    assert {key: value for key, value in facts.items() if key[0] in beside} == {
        ("log", "Logging", "30"): 1,
        ("log", "app", "20"): 2,
        ("sql", "", ""): 5,
        ("sqltime", "", ""): 6_000_000,
        ("sqlfailed", "", ""): 1,
        ("repeated", "app", ""): 4,
    }
    assert not any(key[0] in beside for key in found(page()))


def test_a_layer_that_reads_what_inner_ones_wanted_changed_the_input():
    exchange = Exchange("POST", "/", body=b"abcdef")
    with exchange.call("a.Audit") as audit:
        audit.read()
        with audit.call("a.app", "application") as app:
            app.start_response("200 OK", [])
            app.returns([b""])
        audit.start_response("200 OK", [])
    facts = found(exchange.finish())
    assert facts["changed", "Audit", "input"] == 1
    assert facts["read", "Audit", ""] == 6


@given(st.sampled_from(sorted(STORIES)), st.data())
def test_any_prefix_has_findings_of_its_own(name, data):
    exchange = STORIES[name]()
    length = data.draw(st.integers(0, len(exchange.recorded)))
    trace = Trace.from_events([*exchange.layers.values(), *exchange.recorded[:length]])
    facts = findings(trace)
    assert len({fact[:3] for fact in facts}) == len(facts)
    assert all(isinstance(fact.value, int) and fact.value >= 0 for fact in facts)


def test_a_layer_that_found_the_body_empty():
    exchange = Exchange("POST", "/", body=b"x" * 812)
    with exchange.call("a.Audit") as audit:
        audit.read()
        with audit.call("a.orders", "application") as orders:
            orders.read()
            orders.start_response()
            orders.returns([b""])
    assert found(exchange.finish())["starved", "orders", ""] == 812
