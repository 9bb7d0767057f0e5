"""A request as the texts of a form, its secrets masked, and the request that those texts say. Pure."""

from __future__ import annotations

import mimetypes
from collections import defaultdict, deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from wsgitrace.replay import flaw, line_break, with_media_type
from wsgitrace.replay.draft import target_of
from wsgitrace.replay.form_fields import MULTIPART, URLENCODED, new_boundary, written_parts
from wsgitrace.trace.forms import media_type
from wsgitrace.tui.body_texts import BodyText, Kind, TextError, first_kind, flaw_of_json
from wsgitrace.tui.typed_text import Typed

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsgitrace.redact import Veil
    from wsgitrace.replay import Draft

__all__ = ["DraftTexts", "Filled", "Flaw"]

_TYPES: Final[dict[Kind, str]] = {"JSON": "application/json", "form": URLENCODED, "text": "text/plain; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Filled:
    """What is filled in."""

    method: str
    target: str
    headers: str
    """A header field a line."""
    kind: Kind
    """What the body is."""
    body: str = ""
    """The text of the body of that kind."""
    file: str = ""
    """The file that the body is read from."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a request cannot be sent, or should not."""

    text: str
    """One sentence."""
    insist: bool = False
    """It can be sent all the same."""
    line: int = 0
    """Line of the text of the body that is wrong, from 1; 0: it is not about that."""
    column: int = 0
    """And its column, from 1."""


class _Wrong(Exception):  # noqa: N818 -- carries a flaw out of the depth
    def __init__(self, found: Flaw) -> None:
        super().__init__(found.text)
        self.flaw = found


@dataclass(slots=True)
class DraftTexts:
    """The texts of one request."""

    draft: Draft
    """The request as it was when the texts were made."""
    veil: Veil
    """What hides its secrets, and knows them."""
    read_file: Callable[[str], bytes]
    """Reads the files that are named."""
    first: Filled = field(init=False)
    """What is filled in to begin with."""
    bodies: dict[Kind, BodyText] = field(init=False, default_factory=dict)
    """The body as the kinds that it was looked at as."""
    _lines: dict[str, deque[str]] = field(init=False, default_factory=lambda: defaultdict(deque))
    _method: Typed = field(init=False)
    _target: Typed = field(init=False)
    _headers: Typed = field(init=False)

    def __post_init__(self) -> None:
        draft, mask = self.draft, self.veil.masker
        kind = first_kind(draft.body, draft.content_type, "".join(draft.values("content-encoding")))
        self._method = Typed.of(_text(draft.method))
        self._target = Typed.of(mask.target(_text(draft.target)))
        shown = [_masked_line(_text(line), self.veil) for line in draft.fields]
        self._headers = Typed.of("\n".join(shown), lines=True)
        for line, raw in zip(self._headers.text.split("\n"), draft.fields, strict=False):
            self._lines[line].append(raw)
        body = self.body(kind).typed.text
        self.first = Filled(self._method.text, self._target.text, self._headers.text, kind, body)

    def body(self, kind: Kind) -> BodyText:
        """The body of the request as a text of a kind; a file and no body begin empty, as does what is not of it."""
        if kind not in self.bodies:
            draft = self.draft
            own = first_kind(draft.body, draft.content_type, "".join(draft.values("content-encoding")))
            data = draft.body if kind == own or (kind in {"text", "JSON"} and own in {"text", "JSON", "form"}) else b""
            self.bodies[kind] = BodyText(kind, data, draft.content_type if kind == own else "", self.veil)
        return self.bodies[kind]

    def escaped(self, kind: Kind) -> bool:
        """Whether something in it is shown by escapes; forms always are, and say so."""
        body = kind in {"text", "JSON"} and self.body(kind).typed.escaped
        return body or any(typed.escaped for typed in (self._method, self._target, self._headers))

    def look(self, filled: Filled) -> tuple[Draft | None, Flaw | None]:
        """The request that is filled in, and what is wrong with it; None where it is none, or nothing is."""
        try:
            draft = self._read(filled)
        except _Wrong as problem:
            return None, problem.flaw
        if why := line_break(draft):
            return None, Flaw(why)
        return draft, self._flaw(filled, draft)

    def _flaw(self, filled: Filled, draft: Draft) -> Flaw | None:
        """What one may insist on."""
        if why := flaw(draft):
            return Flaw(why, insist=True)
        if filled.kind == "JSON" and (found := flaw_of_json(filled.body, self.body("JSON").typed, self.veil)):
            place, _, what = found.partition(": ")
            line, column = (int(word.strip(",")) for word in place.split()[1::2])
            return Flaw(f"The body is no JSON: {place}: {what}.", insist=True, line=line, column=column)
        if filled != self.first and (mark := self.veil.foreign(f"{filled.target}\n{filled.headers}\n{filled.body}")):
            return Flaw(f"{mark} stands for no secret of this request.", insist=True)
        return None

    def _read(self, filled: Filled) -> Draft:
        draft = self.draft
        method, target = draft.method, draft.target
        if filled.method != self.first.method:
            method = _latin(self._method.read(filled.method.strip()))
        if filled.target != self.first.target:
            target = target_of(_latin(self.veil.lifted(self._target.read(filled.target))))
        draft = replace(draft, method=method, target=target, fields=self._fields(filled.headers))
        return self._with_body(draft, filled)

    def _fields(self, text: str) -> tuple[str, ...]:
        known = {line: deque(raws) for line, raws in self._lines.items()}
        found = []
        for number, line in enumerate(text.split("\n"), 1):
            raws = known.get(line)
            if raws:
                found.append(raws.popleft())
            elif line.strip():
                name, colon, value = line.partition(":")
                if not colon:
                    raise _Wrong(Flaw(f"Header line {number}: write Name: value."))
                meant = self.veil.lifted(self._headers.read(value.strip(" \t")))
                found.append(_latin(f"{self._headers.read(name)}: {meant}"))
        return tuple(found)

    def _with_body(self, draft: Draft, filled: Filled) -> Draft:
        kind, first = filled.kind, self.first.kind
        if kind == "file":
            return _from_file(draft, filled.file, self.read_file)
        if kind in {"bytes", "none"}:
            return draft if kind == first else with_media_type(replace(draft, body=b""), "")
        text = self.body(kind)
        try:
            if kind == "multipart" and not media_type(text.content_type)[1].get("boundary"):
                parts = text.parts(filled.body, self.read_file)
                boundary = new_boundary(parts)
                draft = replace(draft, body=written_parts(parts, boundary))
                return with_media_type(draft, f"{MULTIPART}; boundary={boundary}")
            draft = replace(draft, body=text.read(filled.body, self.read_file))
        except TextError as problem:
            raise _Wrong(Flaw(str(problem))) from None
        if kind in {first, "multipart"} or (kind == "text" and _says_text(draft)):
            return draft
        return with_media_type(draft, _TYPES[kind])


def _says_text(draft: Draft) -> bool:
    """Whether its type is one of its own, which is neither JSON nor a form."""
    main = media_type(draft.content_type)[0]
    return bool(main) and not main.endswith("json") and main not in {URLENCODED, MULTIPART}


def _from_file(draft: Draft, name: str, read_file: Callable[[str], bytes]) -> Draft:
    if not name.strip():
        raise _Wrong(Flaw("Which file? Write its path."))
    try:
        data = read_file(name)
    except OSError as problem:
        raise _Wrong(Flaw(f"{name}: {problem.strerror or problem}.")) from None
    return with_media_type(replace(draft, body=data), mimetypes.guess_type(name)[0] or "application/octet-stream")


def _masked_line(line: str, veil: Veil) -> str:
    name, colon, value = line.partition(":")
    bare = value.strip(" \t")
    return f"{name}{colon}{value.replace(bare, veil.masker.value(name, bare), 1)}" if colon and bare else line


def _text(latin: str) -> str:
    """Bytes of a head, shown as latin-1 by WSGI, as the text that they are by UTF-8."""
    return latin.encode("latin-1", "replace").decode("utf-8", "surrogateescape")


def _latin(text: str) -> str:
    """The other way round."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")
