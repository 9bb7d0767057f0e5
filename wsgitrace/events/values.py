"""What events are made of: their base, strings, values of an environ, header fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable


class Frame(msgspec.Struct, frozen=True, gc=False, array_like=True, tag_field="tag"):
    """Base of everything that crosses the link."""


class ExchangeEvent(Frame, frozen=True):
    """One thing that happened in one exchange."""

    seq: int
    """Position in the exchange, from 0: the only order of events. A gap means that events were dropped."""
    span: int
    """The pass it happened in (0 is the server's)."""
    thread: int
    """``threading.get_ident()`` of the thread it happened in."""
    at: int
    """Nanoseconds since the exchange began."""


class Surrogates(Frame, frozen=True, tag="surrogates"):
    """A string that UTF-8 cannot hold."""

    data: bytes
    """Its bytes by ``surrogatepass``."""


Text: TypeAlias = str | Surrogates
"""A native string of the application: itself where UTF-8 can hold it, else flagged and as bytes."""


class Opaque(Frame, frozen=True, tag="object"):
    """An object that is shown by its type: it was not asked for its ``repr``."""

    type: str
    """Dotted name of its type."""
    text: str = ""
    """Its literal, for exact built-in containers of scalars only, bounded; else empty."""
    length: int | None = None
    """``len()`` of exact built-in containers, else None."""
    identity: int = 0
    """``id()`` in the worker: tells two objects of one type apart within one exchange."""


class RawBytes(Frame, frozen=True, tag="bytes"):
    """A ``bytes`` value in an environ."""

    data: bytes
    """Its first bytes (at most :data:`VALUE_LIMIT`)."""
    length: int
    """Bytes in all."""


class LongText(Frame, frozen=True, tag="text"):
    """A string too long to travel whole."""

    start: Text
    """Its first characters (at most :data:`VALUE_LIMIT`)."""
    length: int
    """Characters in all."""


class BigInt(Frame, frozen=True, tag="int"):
    """An integer beyond 64 bits."""

    text: str
    """Its hexadecimal digits, with sign."""


Value: TypeAlias = str | Surrogates | int | float | bool | Opaque | RawBytes | LongText | BigInt | None
"""An environ value as plain data."""

VALUE_LIMIT = 16_384
"""Characters or bytes of one environ value that travel."""


class TracebackFrame(Frame, frozen=True):
    """One frame of a traceback, outermost first."""

    file: Text
    """Absolute path of the source."""
    line: int
    """Line number."""
    function: Text
    """Qualified name of the function."""
    variables: dict[str, Value] = {}
    """Its local variables when it was left: some of the innermost frames, bounded."""


INLINE_LIMIT = 16_384
"""Bytes of body that an event carries itself; longer ones follow in :class:`BodyPart` frames."""

Headers: TypeAlias = tuple[tuple[Text, Text], ...]
"""Header fields in order, repeated ones apart."""


def to_text(value: str) -> Text:
    """A string as it travels."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return Surrogates(value.encode("utf-8", "surrogatepass"))
    return value


def from_text(value: Text) -> str:
    """The application's own string again."""
    return value if isinstance(value, str) else value.data.decode("utf-8", "surrogatepass")


def to_key(key: str) -> str:
    """An environ key as it travels: a lone surrogate, which no server makes, becomes a visible escape."""
    return key.encode("utf-8", "backslashreplace").decode()


def to_headers(headers: Iterable[tuple[str, str]]) -> Headers:
    """Header fields as they travel."""
    return tuple((to_text(name), to_text(value)) for name, value in headers)
