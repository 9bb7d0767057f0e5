"""What one exchange shows of the order of its layers: by what they did, whatever they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wsgitrace.trace.describe import duration, show_value
from wsgitrace.trace.head import header
from wsgitrace.trace.ordering.advice import ORDERS, Advice
from wsgitrace.trace.ordering.stack import PROXY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wsgitrace.trace.environ import EnvironChange
    from wsgitrace.trace.model import Trace
    from wsgitrace.trace.span import Span

_FORWARDED: Final = ("HTTP_X_FORWARDED_", "HTTP_FORWARDED", "HTTP_X_REAL_IP")
_BY_PROXY: Final = frozenset({"REMOTE_ADDR", "wsgi.url_scheme", "HTTP_HOST"})
_DISPATCHING: Final = frozenset({"SCRIPT_NAME", "PATH_INFO"})
_LONG: Final = 50_000_000
"""Nanoseconds from which on it matters that a stream is held back."""


def advise(trace: Trace) -> list[Advice]:
    """Orders that went wrong in this exchange, each pair of layers once."""
    spans = [span for span in trace.spans[1:] if not span.framework and span.layer is not None and not span.subrequest]
    found: dict[tuple[str, str, str], Advice] = {}
    proxied = [span for span in spans if _believes(span)] if spans and _believes(spans[0]) else []
    for advice in (
        *_proxies(proxied),
        *_named_proxies(proxied),
        *_packing(spans),
        *_streams(spans),
        *_errors(trace, spans),
    ):
        found.setdefault((advice.order.id, advice.outer, advice.inner), advice)
    return list(found.values())


def _advice(order: str, outer: Span, inner: Span, evidence: str, seq: int | None) -> Advice:
    return Advice(ORDERS[order], _name(outer), _name(inner), evidence, seq)


def _name(span: Span) -> str:
    return span.layer.name if span.layer is not None else span.name


def _around(span: Span) -> Iterator[Span]:
    """The passes around one, the nearest first, without the server's."""
    above = span.parent
    while above:
        outer = span.trace.by_id[above]
        if not outer.framework:
            yield outer
        above = outer.parent


def _proxies(spans: list[Span]) -> Iterator[Advice]:
    """Who believes a proxy, and who is outside of that; ``spans``: those that see what a proxy says."""
    believers: list[tuple[Span, EnvironChange]] = []
    for span in spans:
        change = next((one for one in span.changes.inward if one.key in _BY_PROXY and one.kind == "changed"), None)
        if change is not None:
            believers.append((span, change))
    for span, change in believers:
        said = f"{change.key} became {show_value(change.after)} where it had been {show_value(change.before)}"
        around = list(_around(span))
        others = [outer for outer, _ in believers if outer in around]
        if others:
            yield _advice("two-proxies", others[-1], span, f"{said}, for the second time", change.seq)
            continue
        # One that only adds to the response works with nothing that the proxy tells, nor does one that dispatches.
        working = [outer for outer in around if outer.reads or any(_works(one) for one in outer.changes.inward)]
        if working:
            yield _advice("proxy-inside", working[-1], span, said, change.seq)


def _named_proxies(spans: list[Span]) -> Iterator[Advice]:
    """Two that are called so: what the second takes for the proxy's word may be the same again, this time."""
    named = [span for span in spans if PROXY.search(_name(span).rpartition(".")[2])]
    for span in named:
        others = [outer for outer in _around(span) if outer in named]
        if others:
            said = f"{others[-1].name} and {span.name} both saw {_forwarded(span)} of the request"
            yield _advice("two-proxies", others[-1], span, said, None)


def _believes(span: Span) -> bool:
    return any(key.startswith(_FORWARDED) for key in span.environ)


def _forwarded(span: Span) -> str:
    fields = sorted(key for key in span.environ if key.startswith(_FORWARDED))
    return ", ".join(key.removeprefix("HTTP_").replace("_", "-").title() for key in fields)


def _works(change: EnvironChange) -> bool:
    return change.of != "environ" or change.key not in _DISPATCHING


def _packs(span: Span) -> bool:
    """Whether a pass compressed what the layer inside answered."""
    return any(
        change.name.lower() == "content-encoding" and change.kind in {"added", "changed"}
        for change in span.response_changes.headers
    )


def _packing(spans: list[Span]) -> Iterator[Advice]:
    """What is done outside of a layer that compresses."""
    for span in spans:
        if not _packs(span):
            continue
        coding = header(span.headers, "content-encoding") or ""
        said = f"the response was packed by {coding} when it came to"
        for outer in _around(span):
            seq = outer.answer.seq if outer.answer is not None else None
            if _packs(outer):
                yield _advice("compressed-twice", outer, span, f"{said} {outer.name}, which packed it again", seq)
            for change in outer.response_changes.headers:
                name = change.name.lower()
                if name == "etag" and change.kind == "added":
                    yield _advice("etag-of-compressed", outer, span, f"{said} {outer.name}, which added ETag", seq)
                elif name == "set-cookie" and change.kind == "added":
                    evidence = f"{said} {outer.name}, which added a cookie"
                    yield _advice("session-outside-compression", outer, span, evidence, seq)
                elif name == "vary" and _encoding(change.before) and not _encoding(change.after):
                    evidence = f"Vary was {change.before!r}, and is {change.after!r} outside"
                    yield _advice("vary-lost", outer, span, evidence, seq)


def _encoding(vary: str | None) -> bool:
    return vary is not None and ("accept-encoding" in vary.lower() or vary.strip() == "*")


def _streams(spans: list[Span]) -> Iterator[Advice]:
    """Who holds back a stream."""
    for span in spans:
        body = span.response_changes.body
        if body is None or not body.buffered or span.inner is None:
            continue
        kind = (header(span.inner.headers, "content-type") or "").lower()
        if body.held_back < _LONG and not kind.startswith("text/event-stream"):
            continue
        said = f"{body.inner_items:,} items came over {duration(body.held_back)}, and the first went out after the last"
        maker = span.inner
        while maker.inner is not None and maker.inner.owner is maker.owner:
            maker = maker.inner
        yield _advice("stream-buffered", span, maker, said, span.items[0].seq if span.items else None)


def _errors(trace: Trace, spans: list[Span]) -> Iterator[Advice]:
    """Who raises outside of the layer that answers exceptions."""
    catchers = [span for span in spans if span.swallowed]
    for span in spans:
        if not span.raised_here or span.exception is None or trace.root.status is None:
            continue
        for inner in catchers:
            if span in list(_around(inner)):
                said = f"{span.name} raised {span.exception.type}, and {inner.name} had answered one from inside it"
                yield _advice("errors-outside", span, inner, said, span.exception.seq)
