from __future__ import annotations

from tests.support.streams import Exchange
from wsgitrace.events import LayerFound
from wsgitrace.tui.lines.layers import layer_rows
from wsgitrace.tui.painting import line_text, width

NAMES = (
    "werkzeug.middleware.proxy_fix.ProxyFix",
    "shop.middleware.RequestTimingMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
)


def trace_of_long_names():
    exchange = Exchange("GET", "/")
    span = exchange
    for name in NAMES:
        span = span.call(name)
        span.environ[name] = "1"
        exchange.wait(1)
    return exchange.trace()


def test_names_of_layers_are_whole_in_half_of_a_usual_terminal():
    trace = trace_of_long_names()
    for cells in (58, 61, 100):
        tree = layer_rows(trace, cells, unfolded=True)
        texts = [line_text(row.runs) for row in tree.rows]
        assert all(width(text) == cells for text in [*texts, line_text(tree.head[0])])
        for name, text in zip(NAMES, texts[1:], strict=True):
            assert name.rpartition(".")[2] in text


def test_bars_keep_some_room_where_names_take_it_all():
    tree = layer_rows(trace_of_long_names(), 44, unfolded=True)
    assert all(width(line_text(row.runs)) == 44 for row in tree.rows)
    assert all("█" in line_text(row.runs) or "▏" in line_text(row.runs) for row in tree.rows[:2])


def test_a_request_that_took_no_time_has_no_scale():
    exchange = Exchange("GET", "/")
    tree = layer_rows(exchange.trace(), 60, unfolded=True)
    assert line_text(tree.head[0]).split() == ["LAYER", "SELF", "ENV", "RESP"]


STACK = (
    LayerFound(1, "shop.Outer", "wsgi", "a.py", 1, "", 0),
    LayerFound(2, "shop.Auth", "wsgi", "a.py", 2, "", 1),
    LayerFound(3, "shop.Session", "wsgi", "a.py", 3, "", 2),
    LayerFound(4, "shop.app", "application", "a.py", 4, "", 3),
)


def refused_by_auth():
    exchange = Exchange("GET", "/", layers=STACK)
    with exchange.call("shop.Outer") as outer:
        with outer.call("shop.Auth") as auth:
            auth.start_response("401 Unauthorized")
            auth.returns([b"no"])
        outer.environ["after"] = "1"
    return exchange.finish().trace()


def test_layers_that_did_not_run_stand_below_the_one_that_answered():
    tree = layer_rows(refused_by_auth(), 60, unfolded=False)
    texts = [line_text(row.runs) for row in tree.rows]
    assert texts[-1].rstrip() == "    └ 2 never ran: short-circuited by Auth"
    assert (tree.rows[-1].key, tree.rows[-1].value) == (("unrun", 2), "shop.Session, shop.app")
    assert all(width(text) == 60 for text in texts)


def test_their_names_are_there_when_the_tree_is_unfolded():
    texts = [line_text(row.runs).strip() for row in layer_rows(refused_by_auth(), 60, unfolded=True).rows]
    assert texts[-3:] == ["└ 2 never ran: short-circuited by Auth", "Session", "app"]
