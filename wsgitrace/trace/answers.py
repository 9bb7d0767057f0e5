"""Every time that somebody gave a status and header fields: what it gave, and what it had got from inside.

A response goes outwards in such steps: from the view to the layers of its framework, from the application through each
``start_response`` of a layer, past the user who edits it, to the server. Each step knows the one it was made from, so
that what became of anything in a response can be followed either way.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias

from wsgitrace.events import Edited, Raised, ResponseHead, StartResponse, Surrogates, from_text
from wsgitrace.trace.head import HeaderList, header_list
from wsgitrace.trace.response import rejected

if TYPE_CHECKING:
    from wsgitrace.events import Event
    from wsgitrace.trace.model import Trace

By: TypeAlias = Literal["start_response", "framework", "user", "server"]
"""How it was given: by a call of ``start_response``, on the response object of a framework, by an edit of the user, on
the wire."""


@dataclass(frozen=True, eq=False)
class Given:
    """One status with header fields, as somebody gave it."""

    by: By
    """How."""
    span: int
    """The pass that gave it; for an edit the one that was held."""
    seq: int
    """The event that tells of it."""
    line: int
    """The layer's own line at ``start_response``; 0 where unknown."""
    status: str
    """The status."""
    headers: HeaderList
    """All fields, in order."""
    source: Given | None
    """What it was made from; None where it was made anew."""
    refused: bool = False
    """True when ``start_response`` raised instead of taking it."""

    @cached_property
    def facts(self) -> dict[str, tuple[str, ...]]:
        """Its values by what they are of: ``status``, ``resp.header:NAME`` casefolded, ``cookie:NAME``."""
        found: dict[str, tuple[str, ...]] = {"status": (self.status,)}
        for name, value in self.headers:
            key = f"resp.header:{name.casefold()}"
            found[key] = (*found.get(key, ()), value)
            if key == "resp.header:set-cookie":
                cookie = f"cookie:{value.partition('=')[0].strip()}"
                found[cookie] = (*found.get(cookie, ()), value)
        return found


def answers(trace: Trace) -> tuple[Given, ...]:
    """All of them in the order in which they were given, those that ``start_response`` refused among them."""
    following = _Following(trace)
    for event in _telling(trace):
        if isinstance(event, StartResponse):
            following.start(event)
        elif isinstance(event, Edited):
            following.edit(event)
        elif isinstance(event, ResponseHead):
            following.send(event)
        else:
            following.framework(event.seq)
    return tuple(following.found)


def _telling(trace: Trace) -> list[Event]:
    recording = trace.recording
    steps = {step.seq for steps in trace.framework.steps.values() for step in steps}
    events: list[Event] = [*recording.of(StartResponse), *recording.of(Edited), *recording.of(ResponseHead)]
    events += [event for event in recording.events if event.seq in steps] if steps else []
    events.sort(key=lambda event: event.seq)
    return events


class _Following:
    """The state of :func:`answers`."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.found: list[Given] = []
        self._seen: dict[int, Given] = {}
        """By pass: what its caller has come to see."""
        self._refused = _refused(trace)
        self._steps = {step.seq: (span, step) for span, steps in trace.framework.steps.items() for step in steps}
        self._made: dict[int, Given] = {}
        """By the ``id`` of a framework's response: who left it so."""
        self._last: dict[int, Given] = {}
        """By pass: the last call of ``start_response`` that it made, or its edit."""
        self._replaced: set[int] = set()
        """Passes in whose place the user answered."""

    def start(self, event: StartResponse) -> None:
        """A call of ``start_response``."""
        by: By = "user" if event.span in self._replaced else "start_response"
        headers = header_list(event.headers)
        source = self._inside(event.span)
        status, refused = from_text(event.status), event.seq in self._refused
        self._note(Given(by, event.span, event.seq, event.line, status, headers, source, refused), event.through)

    def edit(self, event: Edited) -> None:
        """The user changed a status or a header field in hand, or answers in the layer's place from here on."""
        if event.what == "answer":
            self._replaced.add(event.span)
        held = self._last.get(event.span)
        if held is None or event.what not in {"status", "header"}:
            return
        status, headers = held.status, held.headers
        if event.what == "status" and isinstance(event.after, str | Surrogates):
            status = from_text(event.after)
        elif event.what == "header" and (event.headers or event.after is None):
            headers = header_list(event.headers)
        answer = Given("user", event.span, event.seq, 0, status, headers, held)
        outer = [span for span, seen in self._seen.items() if seen is held and span != event.span]
        self._note(answer, outer)

    def framework(self, seq: int) -> None:
        """A framework's layer made the response object, or changed it."""
        span, step = self._steps[seq]
        status, headers = step.after
        source = None if step.before is None else self._made.get(id(step.before))
        answer = Given("framework", span, seq, 0, status, headers, source)
        self.found.append(answer)
        self._made[id(step.after)] = answer

    def send(self, event: ResponseHead) -> None:
        """What went over the wire is the server's."""
        outermost = self.trace.outermost
        source = None if outermost is None else self._seen.get(outermost.id)
        self.found.append(Given("server", 0, event.seq, 0, from_text(event.status), header_list(event.headers), source))

    def _inside(self, span: int) -> Given | None:
        """What the pass had got when it answered: the last of what it had answered itself and what its inner ones had.

        Around a framework's layers that is their response object.
        """
        record = self.trace.recording.passes[span]
        layer = self.trace.by_id[span].layer
        # A response object that is called is the framework's own, as its last layer left it.
        owner = record.parent if layer is not None and layer.kind == "response" else span
        last = None if owner is None else self.trace.framework.last.get(owner)
        if last is not None and id(last) in self._made and span not in self._seen:
            return self._made[id(last)]
        candidates = [self._seen[each] for each in (span, *record.children) if each in self._seen]
        return max(candidates, key=lambda answer: answer.seq, default=None)

    def _note(self, answer: Given, through: tuple[int, ...] | list[int]) -> None:
        self.found.append(answer)
        self._last[answer.span] = answer
        for span in (answer.span, *through):
            self._seen[span] = answer


def _refused(trace: Trace) -> frozenset[int]:
    """Calls of ``start_response`` that raised instead of being taken, by seq."""
    found: set[int] = set()
    if Raised not in trace.recording.kinds:  # as nearly always
        return frozenset()
    for span in trace.spans:
        if span.start_responses:
            found |= rejected(span.start_responses, trace.recording.passes)
    return frozenset(found)
