"""What the events of one exchange tell a filter: header fields, cookies, bodies, layers."""

from __future__ import annotations

import zlib
from collections import defaultdict
from functools import cached_property
from itertools import pairwise
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from wsgitrace.events import (
    Called,
    Chunk,
    ErrorsWrite,
    HeadReceived,
    InputRead,
    LayerFound,
    Logged,
    Queried,
    Refused,
    Released,
    ResponseHead,
    StartResponse,
    Wrote,
    from_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wsgitrace.events import Event
    from wsgitrace.query.fields import Fact

Pairs: TypeAlias = tuple[tuple[str, str], ...]

BODY_LIMIT: Final = 4 * 2**20
"""Bytes of one body, content coding undone, that are searched."""


_TOGETHER: Final[dict[type, type]] = {Refused: HeadReceived, Wrote: Chunk}
"""Kinds of events that tell the same."""


class Recorded:
    """Facts of a recording, worked out when asked for. Never raises for what events say."""

    def __init__(self, events: Iterable[LayerFound | Event]) -> None:
        self._of: defaultdict[type, list[Any]] = defaultdict(list)
        for event in events:
            self._of[type(event)].append(event)
        for kind, same in _TOGETHER.items():
            if kind in self._of:
                self._of[same] = sorted((*self._of[same], *self._of[kind]), key=attrgetter("seq"))

    def get(self, name: str) -> Fact:
        """The fact of that name; None for those that a recording alone does not tell."""
        tell = _FACTS.get(name)
        return tell(self) if tell is not None else None

    @cached_property
    def request_headers(self) -> Pairs:
        """Fields of the request head as received; bytes as latin-1."""
        heads = self._of.get(HeadReceived)
        if not heads:
            return ()
        found: list[tuple[str, str]] = []
        for line in heads[0].raw.decode("latin-1").split("\n")[1:]:
            name, colon, value = line.partition(":")
            if colon:
                found.append((name.strip(), value.strip()))
        return tuple(found)

    @cached_property
    def response_headers(self) -> Pairs:
        """Fields of the response as sent; before, as the application last gave them."""
        heads = self._of.get(ResponseHead) or self._of.get(StartResponse)
        return tuple((from_text(name), from_text(value)) for name, value in heads[-1].headers) if heads else ()

    @cached_property
    def host(self) -> str | None:
        """The Host that the client asked for."""
        return next((value for name, value in self.request_headers if name.lower() == "host"), None)

    @cached_property
    def cookies(self) -> Pairs:
        """Cookies of the request."""
        lines = [value for name, value in self.request_headers if name.lower() == "cookie"]
        parts = [part.strip() for line in lines for part in line.split(";")]
        return tuple(_pair(part) for part in parts if part)

    @cached_property
    def cookies_set(self) -> Pairs:
        """Cookies that the response sets, without their attributes."""
        lines = [value for name, value in self.response_headers if name.lower() == "set-cookie"]
        return tuple(_pair(line.partition(";")[0].strip()) for line in lines)

    @cached_property
    def request_bodies(self) -> tuple[str, ...]:
        """The request's body as far as it was read and kept."""
        data = bytearray()
        for event in self._of.get(InputRead, ()):
            if event.data and event.offset <= len(data) < BODY_LIMIT:
                data[event.offset : event.offset + len(event.data)] = event.data
        return _texts([bytes(data)], self.request_headers) if data else ()

    @cached_property
    def response_bodies(self) -> tuple[str, ...]:
        """The response's body, as each layer made it that made another than those inside it."""
        items = self._of.get(Chunk, ())
        sent = {event.seq: event.data for event in items}
        bodies: dict[int, bytearray] = {}
        for event in items:
            same = event.same if type(event) is Chunk else None
            body = bodies.setdefault(event.span, bytearray())
            if len(body) < BODY_LIMIT:
                body += event.data if same is None else sent.get(same, b"")
        return _texts(dict.fromkeys(map(bytes, bodies.values())), self.response_headers)

    @cached_property
    def said(self) -> tuple[str, ...]:
        """What was logged, by whom and with which exception, and what was written to ``wsgi.errors``."""
        written = tuple(from_text(event.text) for event in self._of.get(ErrorsWrite, ()))
        logged = ((from_text(event.text), event.logger, from_text(event.error)) for event in self._of.get(Logged, ()))
        return (*(text for texts in logged for text in texts if text), *written)

    @cached_property
    def asked(self) -> tuple[str, ...]:
        """Statements of database queries, each on one line, and the errors that they ended with."""
        found = ((from_text(each.statement), from_text(each.error)) for each in self._of.get(Queried, ()))
        return tuple(" ".join(text.split()) for texts in found for text in texts if text)

    @cached_property
    def gap(self) -> int | None:
        """The longest time between two items of the body, as the outermost pass let them out; time held left out."""
        items = self._of.get(Chunk, ())
        outermost = min((event.span for event in items), default=0)
        times = sorted(event.at - self._held_before(event.at) for event in items if event.span == outermost)
        return max((later - earlier for earlier, later in pairwise(times)), default=None)

    def _held_before(self, at: int) -> int:
        return sum(event.held for event in self._of.get(Released, ()) if event.at <= at)

    @cached_property
    def thread(self) -> int | None:
        """The thread that called the application."""
        called = self._of.get(Called)
        return called[0].thread if called else None

    @cached_property
    def passes(self) -> tuple[tuple[str, int], ...]:
        """The layers that were called, by their names; their times need a trace, so they are 0."""
        names = {layer.id: layer.name for layer in self._of.get(LayerFound, ())}
        called = [names.get(event.layer, "") for event in self._of.get(Called, ())]
        return tuple((name, 0) for name in dict.fromkeys(called) if name)


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip(), value.strip()


def _texts(bodies: Iterable[bytes], headers: Pairs) -> tuple[str, ...]:
    """Bodies as texts: those that say they are compressed both as they came and unpacked."""
    coded = any(name.lower() == "content-encoding" and "identity" not in value.lower() for name, value in headers)
    found: list[bytes] = []
    for body in bodies:
        unpacked = _unpacked(body) if coded else b""
        found.append(unpacked or body)
    return tuple(each.decode("utf-8", "backslashreplace") for each in found if each)


def _unpacked(data: bytes) -> bytes:
    """What gzip or deflate have packed, as far as it goes; nothing where it is neither."""
    for bits in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS):  # RFC 9110, 8.4.1.2: some send "deflate" without its wrapper
        try:
            return zlib.decompressobj(bits).decompress(data, BODY_LIMIT)
        except zlib.error:
            continue
    return b""


_FACTS: Final[dict[str, Callable[[Recorded], Fact]]] = {
    "host": lambda each: each.host,
    "header": lambda each: (*each.request_headers, *each.response_headers),
    "req.header": lambda each: each.request_headers,
    "resp.header": lambda each: each.response_headers,
    "cookie": lambda each: each.cookies,
    "set-cookie": lambda each: each.cookies_set,
    "body": lambda each: (*each.request_bodies, *each.response_bodies),
    "req.body": lambda each: each.request_bodies,
    "resp.body": lambda each: each.response_bodies,
    "log": lambda each: each.said,
    "sql": lambda each: each.asked,
    "gap": lambda each: each.gap,
    "thread": lambda each: each.thread,
    "passes": lambda each: each.passes,
}
