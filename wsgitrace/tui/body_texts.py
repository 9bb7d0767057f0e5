"""Bodies of requests as texts that can be edited, each kind in its own way, and back. Pure."""

from __future__ import annotations

import codecs
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

import msgspec

from wsgitrace.replay.form_fields import FormPart, new_part, pairs_of, parts_of, quoted_pair, written_parts
from wsgitrace.replay.json_places import json_flaw
from wsgitrace.trace.body import kind_of
from wsgitrace.trace.forms import media_type
from wsgitrace.tui.typed_text import Typed, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wsgitrace.redact import Veil

__all__ = ["KINDS", "BodyText", "Kind", "TextError", "first_kind", "flaw_of_json"]

Kind: TypeAlias = Literal["none", "text", "JSON", "form", "multipart", "file", "bytes"]
"""How a body is edited; ``bytes``: it stays as it was recorded."""

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

LONGEST: Final = 512 * 1024
"""Bytes of a body beyond which it is not shown to be edited: every key would take too long."""

_KINDS_OF: Final[dict[str, Kind]] = {
    "empty": "none",
    "json": "JSON",
    "form": "form",
    "multipart": "multipart",
    "text": "text",
}


class TextError(ValueError):
    """A text is no body of its kind: one sentence, which names its line."""


def first_kind(data: bytes, content_type: str, content_encoding: str) -> Kind:
    """How a body is edited to begin with."""
    main, parameters = media_type(content_type)
    kind = _KINDS_OF.get(kind_of(data, main), "bytes")
    if kind == "none":
        return kind
    if content_encoding.strip().lower() not in {"", "identity"} or len(data) > LONGEST:
        return "bytes"
    return "bytes" if kind == "multipart" and parts_of(data, parameters.get("boundary", "")) is None else kind


@dataclass(slots=True)
class BodyText:
    """A body of one kind as a text to edit."""

    kind: Kind
    data: bytes
    """The body that it was."""
    content_type: str
    """What that was said to be."""
    veil: Veil
    """What hides its secrets, and knows them."""
    typed: Typed = field(init=False)
    """The text to begin with."""
    _join: Callable[[str], str] = field(init=False, default=lambda text: text)
    """Takes the line ends out again that were put in."""
    _known: dict[str, deque[bytes]] = field(init=False, default_factory=lambda: defaultdict(deque))
    """By line what it stood for, as it was sent."""

    def __post_init__(self) -> None:
        self.typed = self._typed()

    @property
    def _coding(self) -> str:
        charset = media_type(self.content_type)[1].get("charset", "")
        try:
            name = codecs.lookup(charset).name if charset else "utf-8"
            return name if self.data.decode(name).encode(name) == self.data else "utf-8"
        except (LookupError, UnicodeError, ValueError):
            return "utf-8"

    def _typed(self) -> Typed:
        if self.kind in {"form", "multipart"}:
            pairs = self._form_lines() if self.kind == "form" else self._part_lines()
            lines = []
            for line, raw in pairs:
                self._known[line].append(raw)
                lines.append(line)
            return Typed("\n".join(lines), escaped=True)
        text = self.data.decode(self._coding, "surrogateescape")
        mask = self.veil.masker
        if self.kind == "JSON":
            text, self._join = _laid_out(text)
            return Typed.of(mask.json(text), lines=True)
        return Typed.of(mask.markup(text), lines=True)

    def _form_lines(self) -> Iterator[tuple[str, bytes]]:
        for name, value, piece in pairs_of(self.data.decode("latin-1")):
            yield self._line(name, value), piece.encode("latin-1")

    def _part_lines(self) -> Iterator[tuple[str, bytes]]:
        parts = parts_of(self.data, self._boundary) or []
        for number, part in enumerate(parts):
            name = part.filename
            value = f"@{name}" if name is not None else part.data.decode("utf-8", "surrogateescape")
            yield self._line(part.name, value, literal=name is None), b"%d" % number

    def _line(self, name: str, value: str, *, literal: bool = False) -> str:
        masker = self.veil.masker
        shown = masker.hide(value) if masker.secret(name) else masker.text(value, lines=False)
        lead = "@" if literal and value.startswith("@") else ""
        return f"{written(name).replace('=', chr(92) + 'x3d')}={lead}{_on_one_line(shown)}"

    @property
    def _boundary(self) -> str:
        return media_type(self.content_type)[1].get("boundary", "")

    def read(self, text: str, read_file: Callable[[str], bytes]) -> bytes:
        """The body that a text says, which became of this one. Raises :class:`TextError`."""
        if text == self.typed.text and self.data:
            return self.data
        if self.kind == "form":
            return b"&".join(self._pieces(text))
        if self.kind == "multipart":
            return written_parts(self.parts(text, read_file), self._boundary)
        meant = self._join(self.veil.lifted(self.typed.read(text)))
        try:
            return meant.encode(self._coding, "surrogateescape")
        except UnicodeEncodeError as problem:
            char, line = meant[problem.start], meant.count("\n", 0, problem.start) + 1
            raise TextError(f"Line {line} of the body: {self._coding} has no {char!r}.") from None

    def _pieces(self, text: str) -> Iterator[bytes]:
        for _, raw, name, value in self._lines(text):
            yield raw if raw is not None else quoted_pair(name, value).encode()

    def parts(self, text: str, read_file: Callable[[str], bytes]) -> list[FormPart]:
        """The parts of a multipart form. Raises :class:`TextError`."""
        before = parts_of(self.data, self._boundary) or []
        found = []
        for number, raw, name, value in self._lines(text):
            if raw is not None:
                found.append(before[int(raw)])
                continue
            old = next((part for part in before if part.name == name), None)
            if value.startswith("@") and not value.startswith("@@"):
                found.append(new_part(name, _file(value[1:], number, read_file), value[1:]))
                continue
            data = value.removeprefix("@").encode("utf-8", "surrogateescape")
            found.append(old.with_data(data) if old is not None and old.filename is None else new_part(name, data))
        return found

    def _lines(self, text: str) -> Iterator[tuple[int, bytes | None, str, str]]:
        """Each field: the number of its line, what it was where it was not touched, name and value."""
        known = {line: deque(raws) for line, raws in self._known.items()}
        for number, line in enumerate(text.split("\n"), 1):
            if not line.strip():
                continue
            raws = known.get(line)
            if raws:
                yield number, raws.popleft(), "", ""
                continue
            name, mark, value = line.partition("=")
            if not mark:
                raise TextError(f"Line {number} of the body: write NAME=VALUE.")
            yield number, None, self.typed.read(name), self.veil.lifted(self.typed.read(value))


def _on_one_line(text: str) -> str:
    return "\\n".join(written(line) for line in text.split("\n"))


def _file(name: str, line: int, read_file: Callable[[str], bytes]) -> bytes:
    try:
        return read_file(name)
    except OSError as problem:
        raise TextError(f"Line {line} of the body: {name}: {problem.strerror or problem}.") from None


def _laid_out(text: str) -> tuple[str, Callable[[str], str]]:
    """JSON on one line laid out in many, and what makes it one again, where that gives the same text."""
    for indent in (0, -1):
        if "\n" not in text and text.strip() and not json_flaw(text) and _written(text, indent) == text:
            return _written(text, 2), lambda text, indent=indent: text if json_flaw(text) else _written(text, indent)
    return text, lambda text: text


def _written(text: str, indent: int) -> str:
    try:
        return msgspec.json.format(text, indent=indent)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return text


def flaw_of_json(text: str, typed: Typed, veil: Veil) -> str:
    """Why a text that is shown is no JSON, with the line and column where it is shown; without a stop."""
    return json_flaw(veil.filled(typed.read(text)))
