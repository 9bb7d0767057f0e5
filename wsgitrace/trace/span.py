"""One pass of an exchange through one layer: what it was given, what it did with it, and how it went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsgitrace.events import (
    Chunk,
    Event,
    InputRead,
    InputReplaced,
    IterationEnded,
    LayerFound,
    Raised,
    Returned,
    StartResponse,
    Wrote,
)
from wsgitrace.trace.assembly import Body, Flow, response_body
from wsgitrace.trace.edited import answer_as_edited, answered_by_user, chunks_as_edited
from wsgitrace.trace.environ import Environ, EnvironChanges
from wsgitrace.trace.failures import came_from, caught_by, left_by
from wsgitrace.trace.kept import kept
from wsgitrace.trace.naming import short_name
from wsgitrace.trace.progress import State, end_of, is_closed, sent_unseen, state_of, why_unfinished
from wsgitrace.trace.response import ResponseChanges, compare_responses, rejected
from wsgitrace.trace.through import passed_through

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsgitrace.trace.build import Pass
    from wsgitrace.trace.head import HeaderList
    from wsgitrace.trace.model import Trace
    from wsgitrace.trace.timing import Timing


@dataclass(frozen=True, eq=False)
class Span:
    """One pass of the exchange through one layer."""

    trace: Trace
    """The trace it belongs to."""
    record: Pass
    """Its events."""

    def __repr__(self) -> str:
        return f"<Span {self.id} {self.name} {self.state}>"

    @property
    def id(self) -> int:
        """Its number in the exchange; 0 is the server's."""
        return self.record.id

    @property
    def parent(self) -> int | None:
        """The pass it was called from; None for the server's."""
        return self.record.parent

    @kept
    def children(self) -> tuple[Span, ...]:
        """The passes that it called, in order."""
        by_id = self.trace.by_id
        return tuple([by_id[child] for child in self.record.children])

    @kept
    def depth(self) -> int:
        """Passes around it."""
        depth, above = 0, self.parent
        while above is not None:
            depth, above = depth + 1, self.trace.by_id[above].parent
        return depth

    @property
    def events(self) -> tuple[Event, ...]:
        """The events of this pass alone, by seq."""
        return tuple(self.record.events)

    @property
    def layer_id(self) -> int | None:
        """The layer's number; None where the call was not recorded."""
        if self.id == 0:
            return 0
        return self.record.called.layer if self.record.called is not None else None

    @kept
    def layer(self) -> LayerFound | None:
        """The layer; None where it is not known."""
        number = self.layer_id
        return self.trace.layers.get(number) if number is not None else None

    @kept
    def name(self) -> str:
        """Short name of the layer."""
        if self.layer is not None:
            return short_name(self.layer.name)
        if self.id == 0:
            return "server"
        return "unknown layer" if self.layer_id is None else f"layer {self.layer_id}"

    @kept
    def framework(self) -> bool:
        """True for a pass through a framework's own layer, inside a WSGI layer."""
        return self.layer is not None and self.layer.kind == "framework"

    @property
    def hook(self) -> bool:
        """True for a pass through a framework's hook, which the framework calls beside the way to the view."""
        return self.layer is not None and self.layer.part == "hook"

    @property
    def subrequest(self) -> bool:
        """True when the application made this request up itself."""
        return self.record.called is not None and self.record.called.subrequest

    # -- when ----------------------------------------------------------------------------------------------------

    @property
    def called_at(self) -> int | None:
        """Nanoseconds since the exchange began, time held included; None where the call was not recorded."""
        if self.id == 0:
            return 0
        return self.record.called.at if self.record.called is not None else None

    @kept
    def returned_at(self) -> int | None:
        """When the call returned; None where it has not or raised."""
        return self.returned.at if self.returned is not None else None

    @kept
    def ended_at(self) -> int | None:
        """When nothing more could happen in this pass; None while it is open."""
        return end_of(self)

    @property
    def timing(self) -> Timing:
        """Where its time went, time held left out."""
        return self.trace.timings[self.id]

    @property
    def inclusive(self) -> int:
        """Nanoseconds in this pass and in those it called, time held left out."""
        return self.timing.inclusive

    @property
    def self_time(self) -> int:
        """Nanoseconds in this pass alone, time held left out."""
        return self.trace.self_times[self.id]

    # -- what it was given, and what it did with it --------------------------------------------------------------

    @property
    def environ(self) -> Environ:
        """The environ that it was called with, as far as it is known."""
        return self.trace.environs.called.get(self.id, {})

    @property
    def environ_left(self) -> Environ | None:
        """The environ when it returned; None before, or where that is not known."""
        return self.trace.environs.left.get(self.id)

    @kept
    def changes(self) -> EnvironChanges:
        """What this layer changed in the environ, then on the objects of its framework (``request.user``)."""
        of_framework = self.trace.framework.attributes.get(self.id, ())
        return EnvironChanges((*self.trace.environs.changes.get(self.id, ()), *of_framework))

    @kept
    def reads(self) -> tuple[InputRead, ...]:
        """Its reads of the request body."""
        return tuple(self.record.of(InputRead))

    @kept
    def input_replaced(self) -> InputReplaced | None:
        """The replacement of ``wsgi.input`` by this layer, None for none."""
        found = self.record.of(InputReplaced)
        return found[-1] if found else None

    @kept
    def start_responses(self) -> tuple[StartResponse, ...]:
        """Calls of the ``start_response`` it was given, whichever inner pass made them."""
        return tuple(self.record.started)

    @kept
    def answer(self) -> StartResponse | None:
        """The last of them that was accepted: what its caller came to see; None before."""
        if Raised not in self.trace.recording.kinds:  # as nearly always: then all were accepted
            return self.record.started[-1] if self.record.started else None
        refused = rejected(self.start_responses, self.trace.recording.passes)
        return next((event for event in reversed(self.start_responses) if event.seq not in refused), None)

    @kept
    def _seen(self) -> tuple[str | None, HeaderList]:
        """The answer as its caller saw it."""
        if self.id == 0:
            response = self.trace.response
            return (None, ()) if response is None else (response.status, response.headers)
        if self.framework:
            return self.trace.framework.answers.get(self.id, (None, ()))
        return (None, ()) if self.answer is None else answer_as_edited(self.trace.recording, self.answer)

    @property
    def status(self) -> str | None:
        """The status that its caller saw (the server's: that went over the wire); None before."""
        return self._seen[0]

    @property
    def headers(self) -> HeaderList:
        """The header fields that its caller saw (the server's: that went over the wire)."""
        return self._seen[1]

    @kept
    def inner(self) -> Span | None:
        """The pass whose response this one passed on or made its own from; None where there is none."""
        if self.id == 0:
            return self.trace.outermost
        candidates = [child for child in self.children if not child.subrequest]
        if self.returned is not None and self.returned.passed is not None:
            passed = self.returned.passed
            for child in reversed(candidates):
                if passed == child.id or (child.returned is not None and child.returned.passed == passed):
                    return child
        answered = [child for child in candidates if child.answer is not None and child.failure_in_call is None]
        return answered[-1] if answered else None

    @kept
    def response_changes(self) -> ResponseChanges:
        """What this layer changed in the response of :attr:`inner`."""
        return compare_responses(self)

    # -- what it returned ----------------------------------------------------------------------------------------

    @kept
    def returned(self) -> Returned | None:
        """What it returned; None where it has not or raised."""
        found = self.record.of(Returned)
        return found[0] if found else None

    @kept
    def owner(self) -> Span:
        """The pass whose iterable it returned: itself, or the inner one whose very return value it handed on."""
        seen, owner = {self.id}, self
        while owner.returned is not None and owner.returned.passed is not None:
            inner = self.trace.by_id.get(owner.returned.passed)
            if inner is None or inner.id in seen:
                break
            seen.add(inner.id)
            owner = inner
        return owner

    @kept
    def chunks(self) -> tuple[Chunk, ...]:
        """Items of its response body: those :attr:`owner` emitted that were not taken before it was handed on."""
        if self.id == 0:
            return self.trace.outermost.chunks if self.trace.outermost is not None else tuple(self.emitted)
        chunks = self.owner.emitted
        if self.owner is self or self.returned is None or self.owner.listed:
            return tuple(chunks)
        return tuple(chunk for chunk in chunks if chunk.seq > self.returned.seq)

    @kept
    def emitted(self) -> Sequence[Chunk]:
        """Items of its own iterable, as they went on where the user edited them."""
        return chunks_as_edited(self.record)

    @property
    def listed(self) -> bool:
        """True when it returned a list or a tuple: its items are all there when it returns."""
        return self.returned is not None and self.returned.length is not None

    @kept
    def writes(self) -> tuple[Wrote, ...]:
        """Calls of the ``write`` it was given, whichever inner pass made them."""
        if self.id == 0:
            return self.trace.outermost.writes if self.trace.outermost is not None else ()
        return tuple(self.record.wrote)

    @kept
    def items(self) -> tuple[Chunk | Wrote, ...]:
        """Its chunks and writes in the order in which its caller got them."""
        if self.id == 0:
            return self.trace.outermost.items if self.trace.outermost is not None else self.chunks
        if not self.writes:
            return self.chunks
        if self.listed and self.returned is not None:
            seq = self.returned.seq
            early = [event for event in self.writes if event.seq < seq]
            return (*early, *self.chunks, *self.writes[len(early) :])
        return tuple(sorted((*self.chunks, *self.writes), key=lambda item: item.seq))

    @kept
    def flow(self) -> Flow:
        """How its items came out."""
        owner = self.owner if self.id or self.trace.outermost is None else self.trace.outermost.owner
        returned = owner.returned
        if returned is not None and returned.length is not None:
            ended = returned.length <= len(self.chunks)
        else:
            ended = bool(owner.record.of(IterationEnded))
        return Flow(self.items, ended, "" if ended else why_unfinished(owner))

    @kept
    def body(self) -> Body:
        """What it returned or wrote, put together."""
        if sent_unseen(self):
            return Body(b"", self.trace.sent, "sent by the server as a file: its bytes are not recorded")
        return response_body(self.trace.recording, self.flow, self.trace.carriers)

    @kept
    def closed(self) -> bool | None:
        """True: ``close()`` was called; False: it has one, and the exchange ended without a call of it.

        None: it has none, or it is too early to tell, or that is not known.
        """
        return is_closed(self)

    # -- how it went ---------------------------------------------------------------------------------------------

    @kept
    def exception(self) -> Raised | None:
        """The exception that left it first: from its call, ``next()`` or ``close()``; None for none."""
        return left_by(self.record, self.owner.record) if Raised in self.trace.recording.kinds else None

    @kept
    def failure_in_call(self) -> Raised | None:
        """The exception that left its call, None for none."""
        return self.exception if self.exception is not None and self.exception.during == "call" else None

    @kept
    def raised_here(self) -> bool:
        """True when its exception did not come from a pass inside it."""
        mine = self.exception
        inside = (record for child in self.children for record in (child.record, child.owner.record))
        return mine is not None and mine.span == self.id and not came_from(inside, mine)

    @kept
    def caught(self) -> tuple[Raised, ...]:
        """Exceptions of passes inside that did not leave this one, though another may have in their stead."""
        if Raised not in self.trace.recording.kinds:
            return ()
        known, handled = self.trace.by_id, self.trace.framework.handled
        elsewhere = {span for spans in handled.values() for span in spans}
        inside = [child.exception for child in self.children if child.id not in elsewhere]
        mine = [known[span].exception for span in handled.get(self.id, ()) if span in known]
        return caught_by(self.record, [*inside, *mine])

    @property
    def swallowed(self) -> bool:
        """True when an exception from inside ended here and none left instead."""
        return bool(self.caught) and self.exception is None

    @kept
    def state(self) -> State:
        """How far it has come."""
        return state_of(self)

    @property
    def over(self) -> bool:
        """True when nothing more can happen in it."""
        return self.ended_at is not None or self.trace.done

    @kept
    def passed_through(self) -> bool:
        """True when it only called one other layer and changed, read, caught and raised nothing, so far.

        Of a framework's hook: when it did nothing at all.
        """
        return passed_through(self)

    @property
    def answered(self) -> bool:
        """True when it made its response itself instead of passing one on."""
        if self.framework:
            return any(step.before is None for step in self.trace.framework.steps.get(self.id, ()))
        own = self.answer is not None and self.inner is None and not self.replaced
        return own and self.id not in self.trace.framework.answered

    @kept
    def replaced(self) -> bool:
        """True where the user answered in the place of the layer, which did nothing then."""
        return answered_by_user(self.record)
