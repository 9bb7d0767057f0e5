"""An exchange that may be held: what breakpoints look at, and how far a step goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from wsgitrace.events import (
    CloseEnded,
    Done,
    ErrorsWrite,
    FrameworkChanges,
    HeadReceived,
    InputRead,
    InputReplaced,
    IterationBegan,
    Logged,
    Raised,
    Reached,
    Replay,
    ResponseHead,
    Returned,
    StartResponse,
    Wrote,
    from_text,
)
from wsgitrace.events.stepping import PASSING, Progress, stops
from wsgitrace.probe.clock import wall_ns
from wsgitrace.probe.environ import difference, same
from wsgitrace.probe.fields import header_changes, plain
from wsgitrace.probe.unpatched import get_ident
from wsgitrace.query import Recorded
from wsgitrace.query.targets import request_fact

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from wsgitrace.events import Event, Headers, Way
    from wsgitrace.probe.armed import Armed
    from wsgitrace.probe.debugging import Session
    from wsgitrace.probe.judging import Judge
    from wsgitrace.probe.parking import Parking
    from wsgitrace.probe.recorder import How, Recording
    from wsgitrace.probe.spans import Span
    from wsgitrace.query import Fact, Verb

_HELD_AT: dict[type, str] = {
    InputRead: "input",
    ErrorsWrite: "errors",
    Logged: "log",
    IterationBegan: "iteration",
    CloseEnded: "closed",
    ResponseHead: "head",
    Reached: "code",
}
"""Events at which nothing but the record of them could hold; at the others the boundary asks by itself."""

_PASSING = frozenset(PASSING)

_OF_BODY = frozenset({"iteration", "chunk", "end", "close", "closed"})
"""Events of an iterable: of every layer that handed it on."""


class Seen(NamedTuple):
    """A response on its way out, as one pass gave it."""

    span: int
    status: str
    headers: Headers
    framework: bool


class Watch:
    """What is known of one exchange that may be held. It sees every event as it is recorded."""

    def __init__(self, recording: Recording, parking: Parking, *, whole: bool) -> None:
        self.recording = recording
        self.parking = parking
        self.first = False
        """True while it is to be held at its first layer."""
        self.how: How | None = None
        """How it ended, once it is over."""
        self.demanded: FrameType | None = None
        """Where the code itself says to hold, until the event of it."""
        self.asks = False
        """True from a call of ``breakpoint()`` until it holds."""
        self.session: Session | None = None
        """pdb at work."""
        self.step: Going | None = None
        """A step that is on its way."""
        self.hold_at: int | None = None
        """It is to be held at the first boundary with so many events before it."""
        self.armed: Armed | None = None
        """Breakpoints that hold nothing else."""
        self.skips: dict[int, Any] = {}
        """By the numbers of layers that are not run: what is called in their place."""
        self.ordinal = self.previous = -1
        """How many events there are before the boundary that it is at, and before the last one; -1: none."""
        self._passing = 0
        self.met: set[int] = set()
        """Breakpoints that this exchange has met."""
        self.last: dict[int, Event] = {}
        """The newest event, by thread."""
        self.changed: list[tuple[str, Verb, str]] = []
        """What is seen at the event that is looked at."""
        self.broken: list[tuple[str, str, str]] = []
        """Rules that are seen there to have been broken: layer, how grave and which, what was done."""
        self._events: list[Event] | None = [] if whole else None
        """All of them, where it is known how the request began."""
        self._judge: Judge | None = None
        self._judged: tuple[How | None, int] = (None, -1)
        self._environ: dict[str, Any] | None = None
        self._responses: list[Seen] = []
        self._new: list[tuple[int, Seen]] = []
        """Responses not yet compared with those inside, each with how many were known before it."""
        self._replaced: list[int] = []
        self._handed_on: dict[int, int] = {}
        """Passes whose iterable another one returned: which one did."""
        self._failures: set[int] = set()
        self._append: Callable[[Event], None] = recording.append
        self._request: Recorded | None = None
        recording.append = self.see
        recording.stepping = True

    def see(self, event: Event) -> None:
        """An event is recorded."""
        self._append(event)
        if self._events is not None:
            self._events.append(event)
        kind = type(event)
        if kind in _PASSING:
            self._passing += 1
        if kind is StartResponse or (kind is FrameworkChanges and event.status):  # type: ignore[union-attr]
            self._respond(event)
        elif kind is InputReplaced:
            self._replaced.append(event.span)
        elif kind is Returned and event.passed is not None:  # type: ignore[union-attr]
            self._handed_on[event.passed] = event.span  # type: ignore[union-attr]
        self.last[get_ident()] = event
        held_at = _HELD_AT.get(kind)
        if held_at is not None and self.recording.stepping:
            self.parking.park(self._span(event.span), event.seq, held_at, self.demanded)
        elif kind is Done and self.session is not None:
            self.session.end("The request is over.")

    def through(self, span: Span, kind: str) -> list[str]:
        """The layers around ``span`` that hand on what happens at this event as they were given it."""
        event = self.last.get(get_ident())
        passes: list[int] = []
        if isinstance(event, StartResponse | Wrote) and event.span == span.id and kind in {"start_response", "write"}:
            passes += event.through
        elif kind in _OF_BODY:
            outer = self._handed_on.get(span.id)
            while outer is not None and outer not in passes:
                passes.append(outer)
                outer = self._handed_on.get(outer)
        return [self._layer_name(outer) for outer in passes]

    def first_time(self, event: Event | None) -> str:
        """The type of an exception that leaves a layer for the first time; empty for any other event."""
        if not isinstance(event, Raised) or event.identity in self._failures:
            return ""
        self._failures.add(event.identity)
        return event.type

    def arrive(self, seq: int) -> bool:
        """It is at a boundary; returns whether it was to be held here, however that event is called."""
        self.previous, self.ordinal = self.ordinal, seq - self._passing
        if self.hold_at is None or self.ordinal < self.hold_at:
            return False
        self.hold_at = None
        return True

    def go(self, how: Way, span: Span, layer: int, progress: Progress) -> None:
        """A step begins in a pass that has come so far."""
        self.step = Going(how, span, layer, progress)

    def goes_by(self, span: Span, kind: str, *, pending: bool) -> bool:
        """Whether a step that is on its way ends at this event."""
        step = self.step
        if step is None:
            return False
        own = span is step.span
        ends = stops(step.how, kind, own=own, outer=step.is_inside(span), of_layer=span.layer.id == step.layer,
                     progress=step.progress)  # fmt: skip
        if own:
            step.progress = step.progress.after(kind, pending=pending)
        return ends

    def look(self, span: Span, kind: str) -> None:
        """Find out what was changed since the last look."""
        self.changed = []
        self._look_at_environ(span, kind)
        names = self._layer_name
        for known, new in self._new:
            before = self._inside(new, known)
            inner_status, inner = ("", ()) if before is None else (before.status, before.headers)
            name = names(new.span)
            if before is not None and inner_status != new.status:
                self.changed.append((name, "changed", "status"))
            self.changed += [(name, verb, f"resp.header:{key}") for verb, key in header_changes(inner, new.headers)]
        self.changed += [(names(span_id), "changed", "input") for span_id in self._replaced]
        self._new, self._replaced = [], []

    def judge(self) -> None:
        """Find out which rules were broken since the event before; asked again at one event, say the same."""
        at = self.how, 0 if self._events is None else len(self._events)
        if self._events is None or at == self._judged:
            return
        self._judged = at
        if self._judge is None:
            # Imported by whoever set a breakpoint on a rule, not in a request.
            from wsgitrace.probe.judging import Judge  # noqa: PLC0415 -- see above

            self._judge = Judge(self.recording, self._events)
        self.broken = self._judge.look(self.how)

    def over(self, how: How) -> None:
        """Nothing more comes of the request: what it left open shows now."""
        root = self.recording.root
        event = self.last.get(get_ident())
        if root is not None and event is not None and self.recording.stepping:
            self.how, self.hold_at = how, None
            self.parking.park(root, event.seq, "over")

    def forget_environ(self) -> None:
        """The user has changed the environ: that is no layer's doing."""
        self._environ = None

    def _respond(self, event: Any) -> None:
        seen = Seen(event.span, from_text(event.status), event.headers, type(event) is FrameworkChanges)
        self._new.append((len(self._responses), seen))
        self._responses.append(seen)

    def _inside(self, new: Seen, known: int) -> Seen | None:
        """The response that the pass was given when it gave its own."""
        for seen in reversed(self._responses[:known]):
            if seen.framework and (seen.span == new.span or new.framework):
                return seen
            if seen.span != new.span and self._is_below(seen.span, new.span):
                return seen
        return None

    def _is_below(self, inner: int, outer: int) -> bool:
        span: Span | None = self._span(inner)
        while span is not None and span.id != outer:
            span = span.parent
        return span is not None

    def _look_at_environ(self, span: Span, kind: str) -> None:
        environ = span.environ
        if environ is None:
            return
        before, by = self._environ, span.parent if kind == "called" and span.parent is not None else span
        if before is not None and not same(environ, before):
            added, removed = difference(before, environ)
            name = by.layer.name
            self.changed += [(name, "changed" if key in before else "adds", f"environ:{key}") for key in added]
            self.changed += [(name, "removes", f"environ:{key}") for key in removed]
        if before is None or not same(environ, before):
            self._environ = dict.copy(environ)

    def _layer_name(self, span_id: int) -> str:
        return self._span(span_id).layer.name

    def _span(self, span_id: int) -> Span:
        recording = self.recording
        spans = recording.spans
        if 0 < span_id <= len(spans) and spans[span_id - 1].id == span_id:
            return spans[span_id - 1]
        found = next((span for span in spans if span.id == span_id), recording.root)
        if found is None:
            raise LookupError(f"no pass {span_id}")
        return found

    # Facts for conditions.

    @property
    def status(self) -> str:
        """The status given last; empty before."""
        return self._responses[-1].status if self._responses else ""

    @property
    def code(self) -> int | None:
        """The same as a number."""
        digits = self.status[:3]
        return int(digits) if digits.isascii() and digits.isdigit() else None

    @property
    def headers(self) -> Headers:
        """The header fields given last."""
        return self._responses[-1].headers if self._responses else ()

    def fact(self, name: str) -> Fact:
        """A fact about the request or, so far, its response."""
        tell = _FACTS.get(name)
        if tell is not None:
            return tell(self)
        handle = self.recording.handle
        return request_fact(name, handle.method, handle.target, self.code)

    @property
    def request_facts(self) -> Recorded:
        """What the request head tells."""
        if self._request is None:
            handle = self.recording.handle
            self._request = Recorded([HeadReceived(0, 0, 0, 0, handle.head, handle.peer, handle.scheme)])
        return self._request

    @property
    def response_facts(self) -> Recorded:
        """What the status and header fields given last tell."""
        return Recorded([StartResponse(0, 0, 0, 0, self.status, self.headers)])

    @property
    def content_type(self) -> str | None:
        """That of the response so far."""
        fields = self.response_facts.response_headers
        return next((value for key, value in fields if key.lower() == "content-type"), None)

    @property
    def replay_of(self) -> int | None:
        """The debugger's number of the exchange that this one replays."""
        origin = self.recording.handle.origin
        return origin.replay_of if isinstance(origin, Replay) else None


_FACTS: dict[str, Callable[[Watch], Fact]] = {
    "status": lambda watch: watch.code,
    "peer": lambda watch: str(watch.recording.handle.peer),
    "wall": lambda watch: wall_ns() - watch.recording.elapsed(),
    "replay-of": lambda watch: watch.replay_of,
    "type": lambda watch: watch.content_type,
    "resp.header": lambda watch: watch.response_facts.get("resp.header"),
    "set-cookie": lambda watch: watch.response_facts.get("set-cookie"),
    "header": lambda watch: (*watch.request_facts.request_headers, *plain(watch.headers)),
    "req.header": lambda watch: watch.request_facts.get("req.header"),
    "cookie": lambda watch: watch.request_facts.get("cookie"),
    "host": lambda watch: watch.request_facts.get("host"),
}
"""Facts that stand elsewhere than in the request line."""


class Going:
    """A step on its way."""

    def __init__(self, how: Way, span: Span, layer: int, progress: Progress) -> None:
        self.how = how
        self.span = span
        """The pass that it was given in."""
        self.layer = layer
        self.progress = progress

    def is_inside(self, outer: Span) -> bool:
        """Whether the pass that it was given in is inside another one."""
        span = self.span.parent
        while span is not None and span is not outer:
            span = span.parent
        return span is not None
