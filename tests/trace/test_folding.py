from tests.support.streams import Exchange
from wsgitrace.trace import Fold, fold


def stack(*names, slow=()):
    """Layers that only hand on, and an application that takes a second; the ``slow`` ones take their time too."""
    exchange = Exchange(tick=0)
    calls = []
    for name in names:
        calls.append(calls[-1].call(f"a.{name}") if calls else exchange.call(f"a.{name}"))
        if name in slow:
            exchange.wait(50)
    exchange.wait(1000)
    calls[-1].start_response()
    calls[-1].returns([b"x"])
    for call in reversed(calls[:-1]):
        call.__exit__(None)
    return exchange.finish().trace()


def shown(trace):
    return [[span.name for span in row.spans] if isinstance(row, Fold) else row.name for row in fold(trace)]


def test_passes_that_did_and_cost_nothing_are_one_line():
    assert shown(stack("A", "B", "C", "app")) == ["server", ["A", "B", "C"], "app"]


def test_one_alone_stays():
    assert shown(stack("A", "app")) == ["server", "A", "app"]


def test_one_that_cost_something_stays():
    assert shown(stack("A", "B", "C", "D", "E", "app", slow=["C"])) == ["server", ["A", "B"], "C", ["D", "E"], "app"]


def test_one_that_did_something_stays():
    exchange = Exchange(tick=0)
    with exchange.call("a.A") as a, a.call("a.B") as b, b.call("a.Session") as session:
        session.environ["x"] = 1
        with session.call("a.C") as c, c.call("a.D") as d, d.call("a.app") as app:
            app.wait(1000)
            app.start_response()
            app.returns([])
    trace = exchange.finish().trace()
    assert shown(trace) == ["server", ["A", "B"], "Session", ["C", "D"], "app"]
    folded = fold(trace)[1]
    assert (folded.depth, folded.self_time) == (1, 0)
    assert folded.inclusive == trace.root.inclusive
