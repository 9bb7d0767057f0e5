"""Who set a header field, a cookie, the status or a key of the environ, who changed it, and who dropped it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias, TypeVar

from wsgitrace.events import Called, Edited, FrameworkChanges, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from wsgitrace.trace.answers import Given
    from wsgitrace.trace.environ import EnvironChange
    from wsgitrace.trace.model import Trace

Verb: TypeAlias = Literal["set", "appended", "replaced", "dropped", "reordered"]
"""``appended``: what was there stayed, something came beside or behind it; ``dropped``: all of it or one of several."""

Values: TypeAlias = tuple[Value, ...]
"""Of a header field that comes several times: each, in order; of anything else none or one."""

_EACH_END: Final = 100
"""Deeds from the beginning, and as many from the end, that an overview keeps of one thing."""

_T = TypeVar("_T")


class Thing(NamedTuple):
    """What somebody is blamed for."""

    kind: Literal["status", "resp.header", "cookie", "environ"]
    """``cookie``: one that the response sets."""
    name: str = ""
    """Name of the header field, casefolded; of the cookie; the environ key."""

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else self.kind


def parse_thing(text: str) -> Thing:
    """``resp.header:vary``, ``cookie:NAME``, ``environ:KEY``, ``req.header:NAME`` or ``status``, as a user writes it.

    Raises :class:`ValueError`, its text one sentence.
    """
    kind, colon, name = text.strip().partition(":")
    kind, name = kind.lower(), name.strip()
    if kind == "status" and not colon:
        return Thing("status")
    if name:
        if kind in {"resp.header", "header"}:
            return Thing("resp.header", name.casefold())
        if kind in {"cookie", "set-cookie"}:
            return Thing("cookie", name)
        if kind == "environ":
            return Thing("environ", name)
        if kind == "req.header":
            return Thing("environ", environ_key(name))
    raise ValueError(f"{text!r} is none of resp.header:NAME, cookie:NAME, environ:KEY, req.header:NAME and status.")


def environ_key(header: str) -> str:
    """The environ key of a request header field (PEP 3333: the CGI variables)."""
    key = header.upper().replace("-", "_")
    return key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that was done."""

    verb: Verb
    """What."""
    by: Literal["layer", "user", "server"]
    """Who: an edit is the user's, whichever layer was held."""
    span: int
    """The pass that did it; for an edit the one that was held."""
    seq: int
    """The event that shows it."""
    before: Values
    """What it was."""
    after: Values
    """What it was then."""
    reached: bool
    """False: what it gave never came to the client; of an environ key: to the innermost layer that was called after."""
    file: str = ""
    """Source of the layer; empty where unknown."""
    line: int = 0
    """Line in it; 0 where unknown."""
    where: Literal["at", "before", "in"] = "in"
    """``at``: on that line; ``before`` it was reached; ``in`` the function that begins there."""
    outward: bool = False
    """Of an environ key: done after the inner layers had been called."""
    refused: bool = False
    """``start_response`` raised instead of taking it."""

    @property
    def fresh(self) -> Values:
        """Values that were not there before."""
        return _without(self.after, self.before)

    @property
    def gone(self) -> Values:
        """Values that are not there any more."""
        return _without(self.before, self.after)


@dataclass(frozen=True, slots=True)
class Blame:
    """Everything that was done to one thing, in order."""

    thing: Thing
    """The thing."""
    deeds: tuple[Deed, ...]
    """What was done."""
    final: Values
    """What the client got; of an environ key what the layers last saw."""

    @property
    def lost(self) -> bool:
        """True when something was given that never arrived."""
        return any(not deed.reached for deed in self.deeds)

    @property
    def contested(self) -> bool:
        """True when more than one had a hand in it, the server left out."""
        return len({(deed.by, deed.span) for deed in self.deeds if deed.by != "server"}) > 1


def blame(trace: Trace, thing: Thing) -> Blame:
    """Who did what to ``thing``; no deeds: nobody ever set it."""
    if thing.kind == "environ":
        return _blame_environ(trace, thing, _environ_deeds(trace).get(thing.name, []))
    history = trace.answers
    return _blame_response(trace, thing, [each for each in history if _touches(each, str(thing))], history)


def all_blames(trace: Trace) -> tuple[Blame, ...]:
    """All that a layer or the user had a hand in: what never arrived first, then what several worked at.

    What only one layer gave, as most header fields, is in there as well; what the server alone set is not. Of what was
    done to one thing very often, the first and the last deeds are there: :func:`blame` has them all.
    """
    history = trace.answers
    touched: dict[str, list[Given]] = {}
    for given in history:
        inner = {} if given.source is None else given.source.facts
        for key in {**inner, **given.facts}:
            if given.facts.get(key) != inner.get(key):
                touched.setdefault(key, []).append(given)
    found = [_blame_response(trace, _thing_of(key), _ends(given), history) for key, given in touched.items()]
    found += [
        _blame_environ(trace, Thing("environ", key), _ends(deeds))
        for key, deeds in _environ_deeds(trace).items()
        if any(by != "server" for _, by, _ in deeds)
    ]
    found = [each for each in found if any(deed.by != "server" for deed in each.deeds)]
    return tuple(sorted(found, key=lambda each: (not each.lost, not each.contested)))


def _ends(done: list[_T]) -> list[_T]:
    """The first and the last of many."""
    return done if len(done) <= 2 * _EACH_END else [*done[:_EACH_END], *done[-_EACH_END:]]


def _thing_of(key: str) -> Thing:
    kind, _, name = key.partition(":")
    return Thing(kind, name)  # type: ignore[arg-type]  # one of the keys of Given.facts


def _touches(given: Given, key: str) -> bool:
    return given.facts.get(key) != (None if given.source is None else given.source.facts.get(key))


def _blame_response(trace: Trace, thing: Thing, touched: Iterable[Given], history: Sequence[Given]) -> Blame:
    key = str(thing)
    final = next((given for given in reversed(history) if given.by == "server"), None)
    surviving = _surviving(final, key)
    deeds = []
    for given in touched:
        before = () if given.source is None else given.source.facts.get(key, ())
        after = given.facts.get(key, ())
        fresh = _without(after, before)
        alive = after if final is None else surviving.get(given.seq, ())
        reached = not given.refused and not _without(fresh, alive)
        deeds.append(_deed(trace, given, before, after, reached=reached))
    last = final or (history[-1] if history else None)
    return Blame(thing, tuple(deeds), () if last is None else last.facts.get(key, ()))


def _surviving(given: Given | None, key: str) -> dict[int, Values]:
    """What of each step, from that on the wire inwards, was still there at all the later ones.

    Where the server answers with another status, the whole response is its own, whatever looks the same in it.
    """
    found: dict[int, Values] = {}
    alive: Values | None = None
    while given is not None:
        here: Values = given.facts.get(key, ())
        alive = here if alive is None else _arrived(here, alive)
        found[given.seq] = alive
        source = given.source
        given = None if source is None or (given.by == "server" and given.status != source.status) else source
    return found


def _arrived(here: Values, alive: Values) -> Values:
    """Those of ``here`` that are in ``alive``, or that a list in one field there begins with."""
    fresh = _without(alive, here)
    if not fresh:
        return alive
    gone = _without(here, alive)
    return _without(alive, fresh) + (gone if _continues(gone, fresh) else ())


def _deed(trace: Trace, given: Given, before: Values, after: Values, *, reached: bool) -> Deed:
    layer = trace.by_id[given.span].layer
    by: Literal["layer", "user", "server"] = "user" if given.by == "user" else "layer" if given.span else "server"
    file, line = ("", 0) if layer is None or by == "user" else (layer.file, given.line or layer.line)
    where: Literal["at", "in"] = "at" if given.line and by == "layer" else "in"
    return Deed(
        _verb(before, after),
        by,
        given.span,
        given.seq,
        before,
        after,
        reached,
        file,
        line,
        where,
        refused=given.refused,
    )


def _verb(before: Values, after: Values) -> Verb:
    if not before:
        return "set"
    if not after:
        return "dropped"
    gone, fresh = _without(before, after), _without(after, before)
    if not gone and not fresh:
        return "reordered"
    if not fresh:
        return "dropped"
    return "appended" if not gone or _continues(gone, fresh) else "replaced"


def _continues(gone: Values, fresh: Values) -> bool:
    """True for a list in one field that got another item behind it (RFC 9110, 5.6.1): ``a`` and ``a, b``."""
    if len(gone) != 1 or len(fresh) != 1:
        return False
    old, new = gone[0], fresh[0]
    return isinstance(old, str) and isinstance(new, str) and new.startswith(old) and new[len(old) :].lstrip()[:1] == ","


def _without(values: Values, others: Values) -> Values:
    """Those of ``values`` that are not among ``others``, as often as they are more."""
    if not values or not others:
        return values
    if len(values) == len(others) == 1:  # as nearly always
        return () if _hashable(values[0]) == _hashable(others[0]) else values
    left = Counter(map(_hashable, others))
    found = []
    for value in values:
        if left[_hashable(value)]:
            left[_hashable(value)] -= 1
        else:
            found.append(value)
    return tuple(found)


def _hashable(value: Value) -> tuple[type, Value]:
    return type(value), value


_EnvironDeed: TypeAlias = "tuple[int, Literal['layer', 'user', 'server'], EnvironChange | Edited | Called]"
"""The pass, who, and what shows it."""


def _environ_deeds(trace: Trace) -> dict[str, list[_EnvironDeed]]:
    """By key: what was done to it, in order; the server's building of the environ first."""
    found: dict[str, list[_EnvironDeed]] = {}
    first = next((child.record.called for child in trace.root.children if child.record.called is not None), None)
    for key in () if first is None else first.environ:
        found.setdefault(key, []).append((0, "server", first))  # type: ignore[arg-type]  # not None: there is a key
    deeds: list[tuple[int, str, _EnvironDeed]] = []
    for span in trace.spans:
        deeds += [(change.seq, change.key, (span.id, "layer", change)) for change in span.changes.all]
    for edit in trace.recording.of(Edited):
        if edit.what == "environ":
            deeds.append((edit.seq, edit.name, (edit.span, "user", edit)))
    for _, key, deed in sorted(deeds, key=lambda each: each[0]):
        found.setdefault(key, []).append(deed)
    return found


def _blame_environ(trace: Trace, thing: Thing, done: Sequence[_EnvironDeed]) -> Blame:
    deeds = list(_each_environ(trace, thing.name, done))
    final = deeds[-1].after if deeds else ()
    return Blame(thing, tuple(deeds), final)


def _each_environ(trace: Trace, key: str, done: Sequence[_EnvironDeed]) -> Iterator[Deed]:
    for span, by, shows in done:
        if isinstance(shows, Called):
            yield Deed("set", by, span, shows.seq, (), (shows.environ[key],), reached=True)
        elif isinstance(shows, Edited):
            before = () if shows.before is None else (shows.before,)
            after = () if shows.after is None else (shows.after,)
            yield Deed(_verb(before, after), by, span, shows.seq, before, after, reached=True)
        else:
            yield _environ_deed(trace, span, shows)


def _environ_deed(trace: Trace, span: int, change: EnvironChange) -> Deed:
    """A change between two boundaries: it is known before which line it was made, where the layer called inward."""
    layer = trace.by_id[span].layer
    shown = trace.recording.event(change.seq)
    line = shown.line if isinstance(shown, Called) else 0
    before = () if change.kind == "added" else (change.before,)
    after = () if change.kind == "removed" else (change.after,)
    return Deed(
        _verb(before, after),
        "layer",
        span,
        change.seq,
        before,
        after,
        reached=True,
        file="" if layer is None else layer.file,
        line=line or (0 if layer is None else layer.line),
        where="before" if line else "in",
        outward=change.when == "out" and not isinstance(shown, FrameworkChanges),
    )
