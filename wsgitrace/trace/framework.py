"""What the layers of a framework did, in its terms: to the request and the session, and to the response object.

A framework hands one response object from layer to layer, and the application's pass around them hands it to the layer
outside as WSGI has it. Each look at it is an event of the pass whose code ran since the look before.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from wsgitrace.events import Called, ExchangeEvent, FrameworkChanges, Returned, from_text
from wsgitrace.trace.environ import EnvironChange
from wsgitrace.trace.head import HeaderList, header_list

if TYPE_CHECKING:
    from wsgitrace.trace.build import Recording

Answer: TypeAlias = "tuple[str, HeaderList]"
"""Status and header fields of a framework's response."""


class Step(NamedTuple):
    """What one pass did to a response."""

    before: Answer | None
    """As it was; None: the pass made it."""
    after: Answer
    """As it is since."""
    seq: int
    """The event that shows it."""


_TELLING: tuple[type[ExchangeEvent], ...] = (FrameworkChanges, Returned)

NONE_TYPE = "NoneType"


@dataclass(frozen=True, slots=True)
class FrameworkDoings:
    """What is known of a framework's layers in one exchange, by pass."""

    attributes: dict[int, list[EnvironChange]] = field(default_factory=dict)
    """What it changed on the framework's objects."""
    steps: dict[int, list[Step]] = field(default_factory=dict)
    """What it did to the response object."""
    answers: dict[int, Answer] = field(default_factory=dict)
    """The response as its caller got it: of passes through a framework's layers only."""
    last: dict[int, Answer] = field(default_factory=dict)
    """By the application's pass: the response as the last of the framework's layers left it."""
    answered: set[int] = field(default_factory=set)
    """Application's passes inside which one of the framework's layers made the response."""
    handled: dict[int, list[int]] = field(default_factory=dict)
    """By the application's pass: passes inside whose exceptions the framework itself made a response of."""


def follow_framework(recording: Recording) -> FrameworkDoings:
    """Follow request and response object from layer to layer."""
    doings = FrameworkDoings()
    if FrameworkChanges not in recording.kinds:
        return doings
    owners = _owners(recording)
    for event in recording.of(*_TELLING):
        owner = owners[event.span]
        if isinstance(event, FrameworkChanges):
            _follow(doings, event, owner, answered=any(one.seq < event.seq for one in recording.passes[owner].started))
            continue
        told = event.span in doings.steps or (isinstance(event, Returned) and event.type != NONE_TYPE)
        if told and owner != event.span and owner in doings.last:
            doings.answers[event.span] = doings.last[owner]
    return doings


def _follow(doings: FrameworkDoings, event: FrameworkChanges, owner: int, *, answered: bool) -> None:
    """Take in one look; what is done to a response that the application has ``answered`` with is of no effect."""
    if event.attributes:
        doings.attributes.setdefault(event.span, []).extend(
            EnvironChange(one.key, one.kind, one.before, one.after, event.when, event.seq, "framework")
            for one in event.attributes
        )
    if event.status and not answered:
        after = (from_text(event.status), header_list(event.headers))
        before = doings.last.get(owner)
        doings.steps.setdefault(event.span, []).append(Step(before, after, event.seq))
        doings.last[owner] = after
        if before is None and event.span != owner:
            doings.answered.add(owner)
    if event.handled is not None:
        doings.handled.setdefault(owner, []).append(event.handled)


def _owners(recording: Recording) -> dict[int, int]:
    """For each pass the one that the framework's layers around it are in; itself where it is none of a framework's."""
    owners: dict[int, int] = {}
    for number, record in recording.passes.items():  # those outside come first
        called: Called | None = record.called
        layer = None if called is None else recording.layers.get(called.layer)
        inside = layer is not None and layer.kind == "framework" and record.parent is not None
        owners[number] = owners.get(record.parent or 0, 0) if inside else number
    return owners
