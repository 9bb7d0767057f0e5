"""Hypothesis strategies of event streams as :mod:`tests.support.streams` tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tests.support.streams import Exchange

if TYPE_CHECKING:
    from tests.support.calls import Call

KEYS = st.sampled_from(["shop.session", "shop.user", "REMOTE_ADDR", "HTTP_COOKIE", "SCRIPT_NAME"])
VALUES = st.one_of(st.text(max_size=4), st.integers(-3, 3), st.none(), st.booleans())
STATUSES = st.sampled_from(["200 OK", "404 Not Found", "503 Service Unavailable", "204 No Content"])
NAMES = st.sampled_from(["Content-Type", "content-type", "Set-Cookie", "Vary", "X-A"])
HEADERS = st.lists(st.tuples(NAMES, st.sampled_from(["a", "b", "c"])), max_size=4)
ITEMS = st.lists(st.binary(max_size=6), max_size=4)
WAITS = st.floats(0, 5, allow_nan=False)


@st.composite
def exchanges(draw: st.DrawFn, depth: int = 4) -> Exchange:
    """One exchange: nested layers that change, wrap, retry, swallow, stream, hold; finished, killed or in flight."""
    exchange = Exchange("POST", "/x?y=1", body=draw(st.binary(max_size=8)))
    outermost = exchange.call("shop.Layer0")
    _layer(draw, outermost, depth)
    if outermost.lazy or outermost.returned:
        exchange.response_head()
    how = draw(st.sampled_from(["finish", "finish", "finish", "killed", "open", "gone"]))
    if how == "gone":
        exchange.client_gone()
        exchange.finish("client gone")
    elif how == "finish":
        exchange.finish()
    elif how == "killed":
        exchange.killed()
    return exchange


def _layer(draw: st.DrawFn, call: Call, depth: int) -> None:
    """Tell what one layer does with its call."""
    _change(draw, call)
    if draw(st.booleans()):
        call.wait(draw(WAITS))
    if draw(st.integers(0, 9)) == 0:
        call.exchange.hold(draw(WAITS))
    if draw(st.integers(0, 4)) == 0:
        call.read(draw(st.sampled_from([None, 0, 3])))
    wrapped = False
    for _ in range(draw(st.sampled_from([0, 1, 1, 1, 2])) if depth else 0):
        wrapped = draw(st.booleans())
        inner = call.call(
            f"shop.Layer{5 - depth}",
            wraps=wrapped,
            copy=draw(st.integers(0, 5)) == 0,
            subrequest={"REQUEST_METHOD": "GET"} if draw(st.integers(0, 9)) == 0 else None,
        )
        wrapped = inner.wraps
        _layer(draw, inner, depth - 1)
        _change(draw, call)
    last = call.inner[-1] if call.inner else None
    if last is not None and last.failed is not None and not last.returned and draw(st.booleans()):
        call.reraises(last)
        return
    if draw(st.integers(0, 7)) == 0:
        call.raises()
        return
    if last is None or wrapped or not last.returned:
        call.start_response(draw(STATUSES), draw(HEADERS))
    if draw(st.integers(0, 6)) == 0:
        call.write(draw(st.binary(max_size=5)))
    _return(draw, call, last)


def _return(draw: st.DrawFn, call: Call, last: Call | None) -> None:
    """Tell what it returns, and how that is iterated over where the layer does so itself."""
    choice = draw(st.sampled_from(["list", "generator", "inner", "inner", "relay"]))
    if last is None or not last.returned:
        choice = draw(st.sampled_from(["list", "generator"]))
    if choice == "inner" and last is not None:
        call.returns(inner=last)
    elif choice == "list":
        call.returns(draw(ITEMS))
    elif choice == "generator":
        call.returns(generator=True, closes=draw(st.booleans()))
        for item in draw(ITEMS):
            call.yields(item, took=draw(WAITS))
    elif last is not None:
        call.returns(generator=True)
        for chunk in last.owner.chunks:
            call.yields(chunk)
    if call.lazy and call.owner is call and draw(st.integers(0, 9)) == 0:
        call.raises(during="next", took=1)


def _change(draw: st.DrawFn, call: Call) -> None:
    for key, value in draw(st.dictionaries(KEYS, VALUES, max_size=2)).items():
        if value is None and key in call.environ:
            del call.environ[key]
        else:
            call.environ[key] = value
