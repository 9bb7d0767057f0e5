"""What each layer saw in the environ and what it changed, net of what the layers inside it left behind.

The passes that share one dict are followed together: at every boundary the dict is known, and what is different from
the boundary before was done by the layer whose code ran in between.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from wsgitrace.events import Called, EnvironOut, ExchangeEvent, Returned, Value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wsgitrace.trace.build import Recording

Environ: TypeAlias = dict[str, Value]

_MISSING: Any = object()

_TELLING: tuple[type[ExchangeEvent], ...] = (Called, EnvironOut, Returned)


@dataclass(frozen=True, slots=True)
class EnvironChange:
    """One key that one layer added, changed or removed."""

    key: str
    """The key."""
    kind: Literal["added", "changed", "removed"]
    """What was done."""
    before: Value
    """The value it had; None for ``added``."""
    after: Value
    """The value it got; None for ``removed``."""
    when: Literal["in", "out"]
    """``in``: before calling the next layer, ``out``: before returning, after the last call."""
    seq: int
    """The event that shows it."""
    of: Literal["environ", "framework"] = "environ"
    """``framework``: it is on an object of the framework, as the key says: ``request.user``, ``session.basket``."""


@dataclass(frozen=True, slots=True)
class EnvironChanges:
    """What one layer did to the environ, in order."""

    all: tuple[EnvironChange, ...] = ()
    """Every change: those made before calling inward first."""

    @property
    def added(self) -> tuple[EnvironChange, ...]:
        """Keys that were not there."""
        return tuple(change for change in self.all if change.kind == "added")

    @property
    def changed(self) -> tuple[EnvironChange, ...]:
        """Keys that got another value."""
        return tuple(change for change in self.all if change.kind == "changed")

    @property
    def removed(self) -> tuple[EnvironChange, ...]:
        """Keys that were taken out."""
        return tuple(change for change in self.all if change.kind == "removed")

    @property
    def inward(self) -> tuple[EnvironChange, ...]:
        """What the inner layers came to see."""
        return tuple(change for change in self.all if change.when == "in")

    @property
    def outward(self) -> tuple[EnvironChange, ...]:
        """What was done after the inner layers were called."""
        return tuple(change for change in self.all if change.when == "out")

    def __bool__(self) -> bool:
        return bool(self.all)

    def __len__(self) -> int:
        return len(self.all)


@dataclass(frozen=True, slots=True)
class Environs:
    """The environ at every boundary of an exchange."""

    called: dict[int, Environ] = field(default_factory=dict)
    """By pass: the environ as it was called with (only what is known, where calls were not recorded)."""
    left: dict[int, Environ] = field(default_factory=dict)
    """By pass: the environ as it was when the pass returned or raised."""
    changes: dict[int, list[EnvironChange]] = field(default_factory=dict)
    """By pass: what its layer did."""


def same_value(one: Value, other: Value) -> bool:
    """True when two values are the same to an application: ``1``, ``1.0`` and ``True`` are not."""
    return one is other or (type(one) is type(other) and one == other)


def compare(before: Environ, after: Environ, when: Literal["in", "out"], seq: int) -> list[EnvironChange]:
    """What is different: changed and added keys in the order of ``after``, then the removed ones."""
    if before is after:
        return []
    found: list[EnvironChange] = []
    known = before.get
    # Nearly all are left out: two boundaries share what did not change between them.
    for key in [key for key, value in after.items() if known(key, _MISSING) is not value]:
        old, value = known(key, _MISSING), after[key]
        if old is _MISSING:
            found.append(EnvironChange(key, "added", None, value, when, seq))
        elif not same_value(old, value):
            found.append(EnvironChange(key, "changed", old, value, when, seq))
    if len(before) + len([change for change in found if change.kind == "added"]) != len(after):
        found += [
            EnvironChange(key, "removed", value, None, when, seq) for key, value in before.items() if key not in after
        ]
    return found


def follow(recording: Recording) -> Environs:
    """Follow every environ dict of an exchange from boundary to boundary."""
    following = _Following(Environs(), recording)
    for event in recording.of(*_TELLING):
        if isinstance(event, Called):
            following.call(event)
        elif isinstance(event, EnvironOut):
            following.leave(event.span, event.seq, event.environ, event.removed)
        elif isinstance(event, Returned):
            following.end(event, complete=recording.has(event.seq - 1))
    return following.environs


@dataclass(slots=True)
class _Following:
    """The state of :func:`follow`."""

    environs: Environs
    recording: Recording
    dict_of: dict[int, int] = field(default_factory=dict)
    """By pass: the pass that first had its dict."""
    now: dict[int, Environ | None] = field(default_factory=dict)
    """By that pass: the dict as last seen; None when it is no longer known."""

    def call(self, event: Called) -> None:
        """Blame the caller for what is different from what was last seen of its dict."""
        span = event.span
        if span in self.environs.called or span == 0:
            return
        parent = self.recording.passes[span].parent or 0
        environ = _changed(self.environs.called.get(parent, {}), event.environ, event.removed)
        self.environs.called[span] = environ
        shared = event.same_environ and not event.subrequest and parent in self.dict_of
        self.dict_of[span] = self.dict_of[parent] if shared else span
        before = self.now.get(self.dict_of[parent]) if parent in self.dict_of else None
        if before is not None and not event.subrequest:
            self._blame(parent, compare(before, environ, "in", event.seq))
        self.now[self.dict_of[span]] = environ

    def leave(self, span: int, seq: int, added: Environ, removed: Iterable[str]) -> None:
        """Blame the pass that returns for what its inner passes did not leave behind."""
        if span not in self.dict_of or span in self.environs.left:
            return
        environ = _changed(self.environs.called[span], added, removed)
        self.environs.left[span] = environ
        before = self.now[self.dict_of[span]]
        if before is not None:
            self._blame(span, self._fresh(span, compare(before, environ, "out", seq)))
        self.now[self.dict_of[span]] = environ

    def end(self, event: Returned, *, complete: bool) -> None:
        """A pass that returns without saying that its environ differs leaves it as it was called with.

        Unless the event just before was lost: it may have said so.
        """
        if event.span in self.environs.left or event.span not in self.dict_of:
            return
        if complete:
            self.leave(event.span, event.seq, {}, ())
        else:
            self.now[self.dict_of[event.span]] = None

    def _fresh(self, span: int, changes: list[EnvironChange]) -> list[EnvironChange]:
        """Leave out what the layer had done already before it handed a copy inward."""
        known = {(change.key, change.kind): change.after for change in self.environs.changes.get(span, ())}
        return [
            change
            for change in changes
            if (change.key, change.kind) not in known or not same_value(known[change.key, change.kind], change.after)
        ]

    def _blame(self, span: int, changes: list[EnvironChange]) -> None:
        if changes:
            self.environs.changes.setdefault(span, []).extend(changes)


def _changed(environ: Environ, added: Environ, removed: Iterable[str]) -> Environ:
    if not added and not removed:
        return environ
    changed = {**environ, **added}
    for key in removed:
        changed.pop(key, None)
    return changed
