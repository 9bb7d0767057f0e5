"""Exchanges that log and ask databases."""

from __future__ import annotations

from tests.support.streams import Exchange
from wsgitrace.events import Logged, TracebackFrame


def listing() -> Exchange:
    """A list of plants, a query for each, a record of every sort; the layer around it keeps an audit."""
    exchange = Exchange("GET", "/plants")
    with exchange.call("shop.Audit") as outer:
        with outer.call("shop.app", "application") as app:
            app.asks("SELECT * FROM plant WHERE sold = ?", 1, rows=4)
            for number in range(12):
                app.asks("SELECT name FROM maker\nWHERE id = ?", number, took=0.5)
            app.asks("UPDATE maker SET token = ?", "abc", many=True, sets=3, rows=3)
            app.asks("SELECT nothing", error="sqlite3.OperationalError: no such column")
            app.logs("listed 12 plants", logger="shop.list")
            app.warns("DeprecationWarning: old")
            app.errors("careful")
            app.errors("\n")
            app.start_response()
            app.returns([b"x"])
        outer.asks("INSERT INTO audit (path) VALUES (?)", "/", line=0)
    frames = (TracebackFrame("/srv/shop/pay.py", 9, "pay"),)
    place = {"file": "/a/b.py", "line": 3}
    exchange.put(Logged, 0, level=40, logger="shop", text="lost", error="KeyError: 'x'", frames=frames, **place)
    return exchange.finish()


def silent() -> Exchange:
    """Nothing of the sort."""
    exchange = Exchange("GET", "/")
    with exchange.call("shop.app", "application") as app:
        app.start_response()
        app.returns([b"x"])
    return exchange.finish()
