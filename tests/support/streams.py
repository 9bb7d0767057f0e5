"""Realistic event streams, written as the story of a request. For tests and screenshots.

An :class:`Exchange` is told what happens, in the order it happens, and keeps the events that the probe would have sent:
with real environ differences, nested times and identities. ::

    exchange = Exchange("POST", "/cart", body=b"sku=A-17")
    with exchange.call("shop.Session") as session:
        session.environ["shop.session"] = "9f3c"            # what a layer changes is what the trace will show
        with session.call("shop.app", wraps=True) as app:   # wraps: it hands on its own start_response
            app.read()
            app.start_response("200 OK", [("Content-Type", "text/plain")])
            app.wait(3.5)                                   # milliseconds
            app.returns([b"done"])
        session.start_response("200 OK", [("Content-Type", "text/plain"), ("Set-Cookie", "sid=9f3c")])
    exchange.finish()                                       # the server sends it, closes it, and is done
    trace = exchange.trace()

A layer left without ``returns`` or ``raises`` hands on what the layer inside it returned or raised. A generator is
``returns(generator=True)``, then ``yields``, ``ends`` and ``close`` when its consumer would cause them; ``finish`` does
what is left. Whatever is not told has not happened: stop anywhere and the trace is that of a request in flight;
``killed()`` is what a dead worker leaves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from tests.support.calls import MS, Call
from tests.support.environs import first_environ
from wsgitrace.events import (
    ClientGone,
    Done,
    Event,
    HeadReceived,
    Held,
    LayerFound,
    Refused,
    Released,
    ResponseHead,
    Sent,
    Truncated,
    to_headers,
)
from wsgitrace.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SERVER = LayerFound(0, "wsgitrace.server", "server", "", 0, "the server")


class Exchange:
    """One request, told step by step. ``events`` is what was recorded so far."""

    def __init__(
        self,
        method: str = "GET",
        target: str = "/",
        *,
        headers: Iterable[tuple[str, str]] = (("Host", "127.0.0.1:8000"), ("User-Agent", "curl/8.7.1")),
        body: bytes = b"",
        peer: str = "127.0.0.1:53124",
        tick: float = 0.02,
        layers: Sequence[LayerFound] = (),
    ) -> None:
        """``tick``: milliseconds that each event takes; ``layers``: found before the request, else as they are met."""
        self.now = 0
        """Nanoseconds since the exchange began."""
        self.tick = int(tick * MS)
        self.thread = 1
        self.layers: dict[str, LayerFound] = {each.name: each for each in (SERVER, *layers)}
        self.recorded: list[Event] = []
        self.body = body
        self.position = 0
        self.calls: list[Call] = []
        """The passes so far, by their spans from 1."""
        self.headers = list(headers)
        if body:
            self.headers.append(("Content-Length", str(len(body))))
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in self.headers), "", ""]
        self.environ = first_environ(method, target, self.headers, peer)
        self.put(HeadReceived, 0, raw="\r\n".join(lines).encode("latin-1"), peer=peer)

    @property
    def events(self) -> list[LayerFound | Event]:
        """What :meth:`Trace.from_events` takes: the layers, then the events."""
        return [*self.layers.values(), *self.recorded]

    def trace(self) -> Trace:
        """The trace so far."""
        return Trace.from_events(self.events)

    def put(self, kind: type[Event], span: int, **facts: Any) -> Any:
        """Record one event; a tick goes by."""
        event = kind(len(self.recorded), span, self.thread, self.now, **facts)
        self.recorded.append(event)
        self.now += self.tick
        return event

    def layer(self, name: str, kind: str = "wsgi", file: str = "", line: int = 0, parent: str = "") -> LayerFound:
        """The layer called ``name``, found now when it was not before."""
        if name not in self.layers:
            source = file or name.rpartition(".")[0].replace(".", "/") + ".py"
            holder = self.layers[parent].id if parent else None
            how = f"attribute .app of {parent}" if parent else "the application itself"
            self.layers[name] = LayerFound(len(self.layers), name, kind, source, line or 10, how, holder)  # type: ignore[arg-type]
        return self.layers[name]

    def call(self, name: str, kind: str = "wsgi") -> Call:
        """The server calls the application."""
        return Call(self, None, self.layer(name, kind), self.environ)

    def wait(self, milliseconds: float) -> Self:
        """Time goes by."""
        self.now += int(milliseconds * MS)
        return self

    def hold(self, milliseconds: float, by: str = "continue") -> None:
        """The exchange is held at its last event, and goes on after a while."""
        self.held()
        self.wait(milliseconds)
        self.put(Released, self.recorded[-1].span, held=self.now - self.recorded[-1].at, by=by)

    def held(self) -> None:
        """The exchange is held at its last event, and stays so."""
        last = self.recorded[-1]
        self.put(Held, last.span, event=last.seq)

    def truncated(self, what: str, limit: int) -> None:
        """A bound of recording was met."""
        self.put(Truncated, 0, what=what, limit=limit)

    def client_gone(self) -> None:
        """The client closed the connection."""
        self.put(ClientGone, 0)

    def refused(self, reason: str, *, offset: int = 0, rule: str = "H12", status: int = 400) -> Self:
        """The server refused the request instead: nothing else happens."""
        raw = self.recorded[0].raw if isinstance(self.recorded[0], HeadReceived) else b""
        self.recorded.clear()
        self.now = 0
        self.put(Refused, 0, raw=raw, offset=offset, rule=rule, reason=reason, status=status)
        self.put(Done, 0, how="refused")
        return self

    def response_head(self, extra: Iterable[tuple[str, str]] = (("Date", "Sat, 22 Nov 2025 14:02:07 GMT"),)) -> None:
        """The server sends what the outermost layer gave to ``start_response``, and fields of its own."""
        answered = self.calls and self.calls[0].answer[0]
        status, headers = self.calls[0].answer if answered else ("500 Internal Server Error", ())
        self.put(ResponseHead, 0, status=status, headers=(*headers, *to_headers(extra)))

    def sent(self, total: int) -> None:
        """Body bytes went out, so many in all."""
        self.put(Sent, 0, total=total)

    def finish(self, how: str = "complete", skipped: int = 0) -> Self:
        """The server does what is left: iterate to the end, send, close, be done."""
        outermost = next((call for call in self.calls if call.parent is None), None)
        if not any(isinstance(event, ResponseHead) for event in self.recorded):
            self.response_head()
        if outermost is not None:
            owner = outermost.owner
            owner.drains()
            if owner.lazy and not owner.closed:
                owner.close()
            total = sum(max(each.length, 0) for each in [*owner.chunks, *outermost.writes])
            if total:
                self.sent(total)
        self.put(Done, 0, how=how, skipped=skipped)
        return self

    def killed(self) -> Self:
        """The worker died: the debugger itself ends the exchange."""
        self.put(Done, 0, how="worker gone")
        return self
