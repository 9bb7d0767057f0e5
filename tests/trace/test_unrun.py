from tests.support.streams import Exchange
from wsgitrace.events import LayerFound
from wsgitrace.trace import unrun


def found(identity, name, parent=None, kind="wsgi", exchange=None):
    return LayerFound(identity, name, kind, "a.py", 1, "", parent, exchange)


STACK = (
    found(1, "a.Outer", 0),
    found(2, "a.Auth", 1),
    found(3, "a.Session", 2),
    found(4, "a.app", 3, "application"),
    found(5, "django.Middleware", 4, "framework"),
    found(6, "a.Late", None, exchange=7),
)


def texts(exchange):
    return [each.text for each in unrun(exchange.finish().trace())]


def test_short_circuited_by_the_one_that_answered():
    exchange = Exchange(layers=STACK)
    with exchange.call("a.Outer") as outer, outer.call("a.Auth") as auth:
        auth.start_response("401 Unauthorized")
        auth.returns([b"no"])
    assert unrun(exchange.trace()) == ()  # the exchange is not over: they may yet be called
    (each,) = unrun(exchange.finish().trace())
    assert each.text == "2 never ran: short-circuited by Auth"
    assert [layer.name for layer in each.layers] == ["a.Session", "a.app"]


def test_nothing_where_all_of_them_ran():
    exchange = Exchange(layers=STACK)
    with exchange.call("a.Outer") as outer, outer.call("a.Auth") as auth, auth.call("a.Session") as each:
        app = each.call("a.app")
        app.start_response()
        app.returns([])
    assert texts(exchange) == []


def test_one_way_of_several():
    exchange = Exchange(layers=[found(1, "a.Urls", 0), found(2, "a.shop", 1), found(3, "a.wiki", 1)])
    with exchange.call("a.Urls") as urls, urls.call("a.wiki") as wiki:
        wiki.start_response()
        wiki.returns([])
    assert texts(exchange) == ["1 never ran: Urls called another"]


def test_a_request_that_was_refused_short_circuited_nobody():
    assert unrun(Exchange(layers=STACK).finish().trace()) == ()


def test_holders_that_hold_each_other_end():
    exchange = Exchange(layers=[found(1, "a.A", 2), found(2, "a.B", 1), found(3, "a.C", 0)])
    with exchange.call("a.C") as call:
        call.start_response()
        call.returns([])
    assert texts(exchange) == []
