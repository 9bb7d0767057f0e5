"""The first divergence of two exchanges: the first thing that one did and the other did not, and whose doing it was."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import zip_longest
from typing import TYPE_CHECKING

from wsgitrace.events import (
    Chunk,
    Done,
    FrameworkChanges,
    InputRead,
    InputReplaced,
    Raised,
    ResponseHead,
    StartResponse,
    Wrote,
    from_text,
)
from wsgitrace.trace.assembly import chunk_data
from wsgitrace.trace.comparing.bodies import compare_content
from wsgitrace.trace.comparing.difference import Difference, Verdict, Where
from wsgitrace.trace.comparing.effects import Effect, effects
from wsgitrace.trace.comparing.headers import compare_fields, follows_from_body
from wsgitrace.trace.comparing.noise import Noise, same_content
from wsgitrace.trace.comparing.outcome import compare_endings
from wsgitrace.trace.comparing.texts import common_start
from wsgitrace.trace.head import header_list

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wsgitrace.events import Event
    from wsgitrace.trace.comparing.layers import Pair, Pairs
    from wsgitrace.trace.environ import EnvironChange
    from wsgitrace.trace.model import Trace
    from wsgitrace.trace.span import Span

__all__ = ["Divergence", "Way", "compare_ways"]


@dataclass(frozen=True, slots=True, eq=False)
class Divergence:
    """Where two exchanges part."""

    pair: Pair
    """The pass whose doing it was; only one side has it where the other has no such layer, or did not get there."""
    one: Event | None
    """What the one did there; None: nothing more."""
    other: Event | None
    """What the other did there."""
    differences: tuple[Difference, ...]
    """What differs."""

    @property
    def layer(self) -> str:
        """Short name of the layer whose doing it was."""
        return self.pair.span.name


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """How two exchanges went through their layers."""

    verdict: Verdict
    """What it comes to."""
    divergence: Divergence | None
    """Where they part; None where they do not."""
    noise: tuple[tuple[int, Difference], ...]
    """What differs before without counting, each with the position of its pair."""
    notes: tuple[str, ...] = ()
    """What was not compared. Sentences without stops."""


def compare_ways(one: Trace, other: Trace, pairs: Pairs, noise: Noise, *, same_body: bool = True) -> Way:
    """Follow two exchanges to where they part. ``same_body``: the requests had the same body."""
    walk = _Walk(one, other, pairs, noise, same_body)
    divergence = walk.first()
    notes = tuple(
        _unknown(trace, name) for trace, name in ((one, "A"), (other, "B")) if _end_of_knowledge(trace) is not None
    )
    verdict: Verdict = "differs" if divergence is not None else "noise" if walk.noisy else "same"
    return Way(verdict, divergence, tuple(walk.noisy), notes)


def _end_of_knowledge(trace: Trace) -> int | None:
    """The event before which all is known; None where all of it is."""
    skipped = 0 if trace.ended is None else trace.ended.skipped
    if trace.done and not (trace.lost or trace.truncated or skipped):
        return None
    known = [event.seq for event in trace.events]
    gap = next((index for index, seq in enumerate(known) if seq != index), len(known))
    return min([gap, *(each.seq for each in trace.truncated if each.what == "events")])


def _unknown(trace: Trace, name: str) -> str:
    why = "is not over" if not trace.done else "is not recorded whole"
    return f"{name} {why}: its layers were compared to event {_end_of_knowledge(trace) or 0:,}"


@dataclass(frozen=True, slots=True)
class _Handed:
    """How what one pass handed out compares."""

    verdict: Verdict
    parting: tuple[int | None, int | None] = (None, None)
    """The items, one of each side, in which the bytes part."""


@dataclass(slots=True)
class _Walk:
    """Two lists of effects, followed together."""

    one: Trace
    other: Trace
    pairs: Pairs
    noise: Noise
    same_body: bool
    noisy: list[tuple[int, Difference]] = field(default_factory=list)
    _bodies: dict[int, _Handed] = field(default_factory=dict)

    def first(self) -> Divergence | None:
        """Go on until they differ in something that counts, or to where one of them is no longer known."""
        mine = list(self._counted(self.one, self.pairs.of_one, 0))
        theirs = list(self._counted(self.other, self.pairs.of_other, 1))
        ends = _end_of_knowledge(self.one), _end_of_knowledge(self.other)
        for here, there in zip_longest(mine, theirs):
            if _beyond(here, ends[0]) or _beyond(there, ends[1]):
                return None
            divergence = self._look(here, there)
            if divergence is not None:
                return divergence
        return None

    def _counted(self, trace: Trace, places: dict[int, int], side: int) -> Iterator[Effect]:
        """The effects that count: of items only those in which bodies part."""
        for effect in effects(trace):
            if effect.act != "item" or effect.event.seq == self._handed(places[effect.span]).parting[side]:
                yield effect

    def _handed(self, place: int) -> _Handed:
        if place not in self._bodies:
            pair = self.pairs.all[place]
            self._bodies[place] = (
                _Handed("differs") if pair.one is None or pair.other is None else self._compare(pair.one, pair.other)
            )
        return self._bodies[place]

    def _compare(self, one: Span, other: Span) -> _Handed:
        verdict = compare_content(one.body, one.headers, other.body, other.headers, self.noise).verdict
        if verdict != "differs":
            return _Handed(verdict)
        mine, theirs = _items(one), _items(other)
        offset = common_start(*(b"".join(data for _, data in items) for items in (mine, theirs)))
        return _Handed(verdict, (_at(mine, offset), _at(theirs, offset)))

    def _look(self, here: Effect | None, there: Effect | None) -> Divergence | None:
        """Compare two effects at the same position."""
        mine = None if here is None else (here.act, self.pairs.of_one[here.span], self.pairs.of_one[here.target])
        theirs = (
            None if there is None else (there.act, self.pairs.of_other[there.span], self.pairs.of_other[there.target])
        )
        if here is None or there is None or mine != theirs:
            return self._part(here, there)
        differences = self._differences(here, there)
        place = self.pairs.of_one[here.span]
        if all(difference.noise for difference in differences):
            self.noisy += ((place, difference) for difference in differences)
            return None
        counted = tuple(difference for difference in differences if not difference.noise)
        return Divergence(self.pairs.all[place], here.event, there.event, counted)

    def _part(self, here: Effect | None, there: Effect | None) -> Divergence:
        """They do different things: the layer that only one has, else the one whose code ran."""
        events = (None if here is None else here.event, None if there is None else there.event)
        for effect, places, trace in ((here, self.pairs.of_one, self.other), (there, self.pairs.of_other, self.one)):
            if effect is not None and effect.act == "call":
                pair = self.pairs.all[places[effect.target]]
                if (pair.one is None or pair.other is None) and not _has_layer(trace, pair.span):
                    gone = Difference("layer", pair.span.name, *_presence(pair))
                    return Divergence(pair, *events, (gone,))
        running = [self.pairs.of_one[here.span]] if here is not None else []
        running += [self.pairs.of_other[there.span]] if there is not None else []
        # The inner of two is nearer to the cause: what the outer does is what it makes of that.
        place = max(running, key=lambda each: (self.pairs.all[each].depth, each))
        return Divergence(self.pairs.all[place], *events, ())

    def _differences(self, here: Effect, there: Effect) -> tuple[Difference, ...]:
        """What two effects of one kind differ in."""
        if here.act == "environ":
            return tuple(_compare_changes(here, there, self.noise))
        found: tuple[Difference, ...] = ()
        match here.event, there.event:
            case (StartResponse() | FrameworkChanges() | ResponseHead()) as mine, (
                StartResponse() | FrameworkChanges() | ResponseHead()
            ) as theirs:
                found = self._compare_answers(mine, theirs, self.pairs.of_one[here.span])
            case InputRead() as mine, InputRead() as theirs:
                # Of another body other bytes are read: that is the request's doing.
                found = _plainly("input", _read(mine, whole=self.same_body), _read(theirs, whole=self.same_body))
            case InputReplaced(type=mine), InputReplaced(type=theirs):
                found = _plainly("input", mine, theirs)
            case Raised() as mine, Raised() as theirs:
                found = _plainly("exception", _exception(mine), _exception(theirs))
            case Done(how=mine), Done(how=theirs):
                found = compare_endings(mine, theirs)
            case (Chunk() | Wrote()) as mine, (Chunk() | Wrote()) as theirs:
                found = (Difference("body", "", f"{mine.length:,} bytes", f"{theirs.length:,} bytes"),)
        return found

    def _compare_answers(
        self,
        mine: StartResponse | FrameworkChanges | ResponseHead,
        theirs: StartResponse | FrameworkChanges | ResponseHead,
        place: int,
    ) -> tuple[Difference, ...]:
        status = _plainly("status", from_text(mine.status), from_text(theirs.status))
        fields = compare_fields(header_list(mine.headers), header_list(theirs.headers), self.noise)
        # What a view or a hook made has no bytes of its own: its body is that of the response that went out.
        body = self.pairs.of_one[0] if isinstance(mine, FrameworkChanges) else place
        if fields and self._handed(body).verdict == "noise":
            fields = follows_from_body(fields)
        return (*status, *fields)


def _compare_changes(here: Effect, there: Effect, noise: Noise) -> Iterator[Difference]:
    """What two passes made of their environs; a key that one left alone has nothing on that side."""
    for of, key in dict.fromkeys((*here.changes, *there.changes)):
        mine, theirs = here.changes.get((of, key)), there.changes.get((of, key))
        if mine is not None and theirs is not None and _same_change(mine, theirs):
            continue
        before, after = (None if each is None else each.after for each in (mine, theirs))
        yield Difference(
            "environ" if of == "environ" else "framework", key, before, after, noise.environ(key, before, after)
        )


def _same_change(mine: EnvironChange, theirs: EnvironChange) -> bool:
    return (mine.kind == "removed") == (theirs.kind == "removed") and same_content(mine.after, theirs.after)


def _plainly(where: Where, one: str, other: str) -> tuple[Difference, ...]:
    return () if one == other else (Difference(where, "", one, other),)


def _read(event: InputRead, *, whole: bool) -> str:
    call = f"{event.method}({'' if event.asked is None else event.asked})"
    if event.error:
        return f"{call} failed: {event.error}"
    return f"{call} got {event.got:,} bytes" if whole else call


def _exception(event: Raised) -> str:
    return f"{event.type}: {Noise.message(from_text(event.message))}"


def _presence(pair: Pair) -> tuple[str | None, str | None]:
    return ("runs", None) if pair.other is None else (None, "runs")


def _has_layer(trace: Trace, span: Span) -> bool:
    """True when the stack of the other has the layer, whether it ran or not."""
    return span.layer is None or any(layer.name == span.layer.name for layer in trace.layers.values())


def _beyond(effect: Effect | None, end: int | None) -> bool:
    """True for what is no longer known."""
    return end is not None and (effect is None or effect.event.seq >= end)


def _items(span: Span) -> list[tuple[int, bytes]]:
    """What the pass itself handed out, in order: the number of the event, and the bytes, zeros where not recorded."""
    items: list[Chunk | Wrote] = [*span.record.of(Chunk), *span.record.of(Wrote)]
    items.sort(key=lambda item: item.seq)
    carriers = span.trace.carriers
    return [(item.seq, chunk_data(item, carriers) or bytes(max(item.length, 0))) for item in items]


def _at(items: list[tuple[int, bytes]], offset: int) -> int | None:
    """The item that holds a byte; None behind the last."""
    end = 0
    for seq, data in items:
        end += len(data)
        if offset < end:
            return seq
    return None
