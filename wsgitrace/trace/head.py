"""The request as received and the response as sent, read from the bytes and fields on the wire."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final, cast

from wsgitrace.events import Surrogates, from_text

if TYPE_CHECKING:
    from wsgitrace.events import Headers, HeadReceived, Refused, ResponseHead

HeaderList = tuple[tuple[str, str], ...]
"""Header fields in order, repeated ones apart, as native strings."""

TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
"""What a method, and the name of a field, is (RFC 9110, 5.6.2)."""

CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
"""What neither a status nor the value of a field may have (RFC 9110, 5.5): all but the tab."""

WIDE: Final = re.compile(r"[^\x00-\xff]")
"""What is in no native string (PEP 3333, Unicode Issues)."""


def header_list(headers: Headers) -> HeaderList:
    """Header fields as native strings."""
    if Surrogates in map(type, chain.from_iterable(headers)):
        return tuple((from_text(name), from_text(value)) for name, value in headers)
    return cast("HeaderList", headers)


def header(headers: HeaderList, name: str) -> str | None:
    """The value of the first field called ``name`` in any case; None when there is none."""
    folded = name.lower()
    return next((value for field, value in headers if field.lower() == folded), None)


def status_code(status: str) -> int | None:
    """The three digits that a status begins with; None when it does not."""
    digits = status[:3]
    return int(digits) if len(digits) == 3 and digits.isascii() and digits.isdigit() else None  # noqa: PLR2004 -- RFC 9110, 15: a three-digit integer


@dataclass(frozen=True, slots=True)
class Request:
    """The request head as received. Bytes are shown as latin-1, as PEP 3333 has them."""

    method: str
    """Request method."""
    target: str
    """Request target as sent."""
    path: str
    """Path of the target, as sent (still percent-encoded); the target itself where it is not a path."""
    query: str
    """What follows the first ``?`` of the target, without it."""
    version: str
    """Protocol version, as in ``HTTP/1.1``."""
    headers: HeaderList
    """Fields in order, as sent."""
    raw: bytes
    """The head as received, final empty line included."""
    peer: str
    """Address of the client, ``host:port`` or the path of a unix socket; empty where it was refused."""
    scheme: str
    """``http`` or ``https``."""

    def header(self, name: str) -> str | None:
        """The first value of a field, None when there is none."""
        return header(self.headers, name)

    @property
    def content_length(self) -> int | None:
        """Announced size of the body in bytes; None when it is not announced or chunked."""
        value = self.header("content-length")
        if value is None or self.header("transfer-encoding") is not None:
            return None
        return int(value) if value.isascii() and value.isdigit() and len(value) < 20 else None  # noqa: PLR2004 -- 20 digits no longer fit 64 bits


@dataclass(frozen=True, slots=True)
class Response:
    """The response head as it went over the wire."""

    status: str
    """Status line without the version."""
    headers: HeaderList
    """Fields in order, as sent."""
    at: int
    """Nanoseconds since the exchange began."""

    @property
    def code(self) -> int | None:
        """The status code; None when the status does not begin with three digits."""
        return status_code(self.status)

    def header(self, name: str) -> str | None:
        """The first value of a field, None when there is none."""
        return header(self.headers, name)


def read_request(event: HeadReceived | Refused) -> Request:
    """What the head says. It takes any bytes: those that are no head give empty fields."""
    lines = event.raw.decode("latin-1").split("\n")
    words = lines[0].rstrip("\r").split(" ")
    method, target, version = (words[0], " ".join(words[1:-1]), words[-1]) if len(words) > 2 else (*words, "", "")[:3]  # noqa: PLR2004 -- method, target and version
    fields = []
    for line in lines[1:]:
        name, colon, value = line.rstrip("\r").partition(":")
        if colon:
            fields.append((name, value.strip(" \t")))
    path, _, query = _path_of(target).partition("?")
    return Request(
        method=method,
        target=target,
        path=path,
        query=query,
        version=version,
        headers=tuple(fields),
        raw=event.raw,
        peer=getattr(event, "peer", ""),
        scheme=getattr(event, "scheme", "http"),
    )


def _path_of(target: str) -> str:
    """The target without scheme and authority, where it has them (RFC 9112, 3.2.2: absolute-form)."""
    scheme, mark, rest = target.partition("://")
    if not mark or not scheme.isalpha():
        return target
    slash = rest.find("/")
    return rest[slash:] if slash >= 0 else "/"


def read_response(event: ResponseHead) -> Response:
    """The response head as native strings."""
    return Response(from_text(event.status), header_list(event.headers), event.at)
