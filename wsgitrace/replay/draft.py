"""A copy of a recorded request while it is edited: its first line, its fields as they were sent, its body unframed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from msgspec import structs

from wsgitrace.replay.rebuilding import ReplayRefused
from wsgitrace.trace.framing import one_chunk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsgitrace.events import Replay
    from wsgitrace.trace import Trace

__all__ = [
    "Draft",
    "as_command",
    "draft_of",
    "field_name",
    "field_value",
    "raw_of",
    "read_raw",
    "target_of",
    "with_media_type",
]

_LENGTH: Final = "content-length"
_TYPE: Final = "content-type"
_ASCII: Final = "".join(map(chr, range(0x21, 0x7F)))


@dataclass(frozen=True, slots=True)
class Draft:
    """A request as it stands. Bytes of its head are shown as latin-1, as PEP 3333 has them."""

    command: Replay
    """What it is a copy of."""
    method: str
    """Request method."""
    target: str
    """Request target as sent."""
    version: str
    """As in ``HTTP/1.1``."""
    fields: tuple[str, ...]
    """The lines of the header fields as they are sent, repeated ones apart: an untouched one stays byte for byte."""
    body: bytes
    """The body without its framing."""
    peer: str
    """Address of the client, ``host:port``."""
    scheme: str
    """``http`` or ``https``."""
    meant: frozenset[str] = frozenset()
    """Names, in lower case, of fields that were given on purpose: they are not mended."""
    idle: tuple[str, ...] = ()
    """Edits that were to remove what is not there."""

    def values(self, name: str) -> list[str]:
        """The values of all fields by a name."""
        return [field_value(line) for line in self.fields if field_name(line) == name.lower()]

    @property
    def content_type(self) -> str:
        """Of the body; empty where it does not say."""
        return next(iter(self.values(_TYPE)), "")

    @property
    def chunked(self) -> bool:
        """Whether the body is sent in chunks."""
        return bool(self.values("transfer-encoding"))


def target_of(text: str) -> str:
    """A target as it goes over the wire: what is not ASCII, and spaces, percent-encoded as browsers do."""
    return quote(text, safe=_ASCII, encoding="latin-1")


def field_name(line: str) -> str:
    """The name in the line of a header field, in lower case."""
    return line.partition(":")[0].lower()


def field_value(line: str) -> str:
    """The value in the line of a header field."""
    return line.partition(":")[2].strip(" \t")


def draft_of(trace: Trace, command: Replay) -> Draft:
    """The request of ``trace``, which ``command`` runs again, as it is."""
    return _read_head(command.head, trace.request_body.data, command)


def _read_head(head: bytes, body: bytes, command: Replay) -> Draft:
    first, *fields = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    method, _, rest = first.partition(" ")
    target, _, version = rest.rpartition(" ")
    return Draft(command, method, target, version, tuple(fields), body, command.peer, command.scheme)


def raw_of(draft: Draft) -> bytes:
    """Head, empty line and body as an editor shows them: lines end as in any file, the body is without its framing."""
    lines = [f"{draft.method} {draft.target} {draft.version}", *draft.fields, "", ""]
    return "\n".join(lines).encode("latin-1", "replace") + draft.body


def read_raw(draft: Draft, raw: bytes) -> Draft:
    """The same from an editor. Raises :class:`ReplayRefused` where it is no request."""
    head, empty, body = raw.partition(b"\n\n")
    if not empty or b"\r\n\r\n" in head:
        head, _, body = raw.partition(b"\r\n\r\n")
    first, *fields = [line.rstrip("\r") for line in head.decode("latin-1").rstrip("\r\n").split("\n")]
    words = first.split(" ")
    if len(words) != len(("method", "target", "version")) or not all(words) or not words[2].startswith("HTTP/"):
        raise ReplayRefused(f"{first!r} is no request line: write METHOD TARGET HTTP/1.1")
    for line in fields:
        if ":" not in line:
            raise ReplayRefused(f"{line!r} is no header field: write Name: value")
    return replace(draft, method=words[0], target=words[1], version=words[2], fields=tuple(fields), body=body)


def as_command(draft: Draft) -> Replay:
    """The command that runs it. The length that is announced follows the body, unless that was edited as well.

    Whoever changes it, or takes it away, means it.
    """
    command = draft.command
    before = _read_head(command.head, b"", command)
    lengths = draft.values(_LENGTH)
    fields: Sequence[str] = draft.fields
    if _LENGTH in draft.meant:
        pass
    elif lengths and lengths == before.values(_LENGTH):
        fields = [_mended(line, len(draft.body)) if field_name(line) == _LENGTH else line for line in fields]
    elif draft.body and not lengths and not draft.chunked and (not before.values(_LENGTH) or before.chunked):
        fields = [*fields, f"Content-Length: {len(draft.body)}"]
    lines = [f"{draft.method} {draft.target} {draft.version}", *fields, "", ""]
    body = one_chunk(draft.body) if draft.chunked else draft.body
    head = "\r\n".join(lines).encode("latin-1", "replace")
    return structs.replace(command, head=head, body=body, peer=draft.peer, scheme=draft.scheme)


def _mended(line: str, length: int) -> str:
    value = field_value(line)
    if value.isascii() and value.isdigit() and int(value) == length:
        return line  # spelled in its own way, and true
    return f"{line.partition(':')[0]}: {length}"


def with_media_type(draft: Draft, media_type: str) -> Draft:
    """The same, its Content-Type another, where nobody has edited that; empty: without one."""
    before = _read_head(draft.command.head, b"", draft.command)
    if _TYPE in draft.meant or draft.values(_TYPE) != before.values(_TYPE):
        return draft
    at = next((index for index, line in enumerate(draft.fields) if field_name(line) == _TYPE), len(draft.fields))
    line = (f"Content-Type: {media_type}",) if media_type else ()
    rest = (each for each in draft.fields[at:] if field_name(each) != _TYPE)
    return replace(draft, fields=(*draft.fields[:at], *line, *rest))
