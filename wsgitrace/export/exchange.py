"""What of an exchange leaves the program. Secrets are masked here and nowhere else, so that no format can forget to."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from ipaddress import IPv6Address
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

from wsgitrace.redact.marks import MASKED
from wsgitrace.trace.assembly import Body
from wsgitrace.trace.decoding import decode_content
from wsgitrace.trace.head import header

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsgitrace.capture import OutputRow, Summary
    from wsgitrace.redact import Masker
    from wsgitrace.trace import HeaderList, Trace

__all__ = ["DECODED_LIMIT", "Exchange", "Message", "NotExportable", "masked_target", "take"]

DECODED_LIMIT: Final = 64 * 2**20
"""Bytes that undoing the content codings of one body may make."""

_AUTHORITY: Final = re.compile(r"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
"""A host and its port as a URL can have them (RFC 3986, 3.2.2), without what has to be quoted."""

_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
"""How a target in absolute form begins (RFC 9112, 3.2.2)."""

_QUOTED_MARK: Final = re.compile(r"%3Credacted%20\d+%20%23[0-9a-f]{4}%3E")
_BODILESS: Final = frozenset({"204", "304"})


class NotExportable(Exception):  # noqa: N818 -- it is not an error: the recording does not hold what is asked for
    """An exchange cannot be had in some format; the text says why, in a sentence without a full stop."""


@dataclass(frozen=True, slots=True)
class Message:
    """One side of an exchange, its secrets masked. Strings are latin-1, as PEP 3333 has them."""

    headers: HeaderList
    """Its fields in order, as they went over the wire."""
    content: bytes
    """Its body, content codings undone as far as they can be."""
    body: bytes
    """Its body in its content codings, framing undone; equal to ``content`` where masking changed that."""
    why: str = ""
    """Why the body is not whole, a sentence without a full stop; empty where it is."""
    recoded: bool = False
    """The body is no longer in the content coding that the fields tell of."""

    def header(self, name: str) -> str | None:
        """The first value of a field, None when there is none."""
        return header(self.headers, name)

    @property
    def chunked(self) -> bool:
        """Whether the body was framed in chunks."""
        return self.header("transfer-encoding") is not None

    @property
    def fields(self) -> HeaderList:
        """The fields as they fit ``body``: length and coding are told of what is there now."""
        fitting = []
        for name, value in self.headers:
            folded = name.lower()
            if folded == "content-encoding" and self.recoded:
                continue
            fitting.append((name, str(len(self.body)) if folded == "content-length" and not self.why else value))
        return tuple(fitting)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One exchange, its secrets masked."""

    summary: Summary
    """Its row; what of it is traffic goes through ``masker``."""
    trace: Trace
    """Its trace, likewise."""
    masker: Masker
    """Masks what is not masked here."""
    app: str
    """The application as the user gave it; empty where that is not known."""
    resolved: str
    """The application as ``module:attribute``; empty where that is not known."""
    output: tuple[OutputRow, ...] = ()
    """What it printed."""
    method: str = ""
    target: str = ""
    """The request target, masks in it quoted as URLs want them."""
    version: str = ""
    scheme: str = "http"
    request: Message | None = None
    """None where no request head was received."""
    status: str = ""
    """Code and reason."""
    response: Message | None = None
    """The response as it went over the wire; None where none did."""
    masked: bool = False
    """Something in the request is masked: sent again it is another request."""

    @property
    def number(self) -> int:
        """The debugger's number."""
        return self.summary.number

    @property
    def bodiless(self) -> bool:
        """Whether no body follows the response head, whatever that says (RFC 9112, 6.3)."""
        return self.method == "HEAD" or self.status[:3] in _BODILESS

    @property
    def url(self) -> str:
        """The URL that was asked for; the server's own where the Host cannot stand in one."""
        if _ABSOLUTE.match(self.target):
            return self.target
        target = self.target if self.target.startswith("/") else "/"
        return f"{self.scheme}://{self.authority}{target}"

    @property
    def origin_form(self) -> str:
        """Path and query of the target."""
        found = _ABSOLUTE.match(self.target)
        return "/" + self.target[found.end() :].partition("/")[2] if found is not None else self.target

    @property
    def authority(self) -> str:
        """Host and port."""
        host = (self.request.header("host") if self.request is not None else None) or ""
        if _is_authority(host):
            return host
        outermost = self.trace.outermost
        environ = outermost.environ if outermost is not None else {}
        server = f"{environ.get('SERVER_NAME', '')}:{environ.get('SERVER_PORT', '')}"
        return server if _is_authority(server) else "127.0.0.1"

    def sendable(self) -> Message:
        """The request, where all of it is there. Raises :class:`NotExportable`."""
        if self.request is None:
            refused = self.trace.refused
            raise NotExportable("no request was received" if refused is None else "the server refused the request")
        if self.request.why:
            raise NotExportable(f"its body is not whole: {self.request.why}")
        return self.request


def take(
    summary: Summary,
    trace: Trace,
    masker: Masker,
    *,
    app: str = "",
    resolved: str = "",
    output: Sequence[OutputRow] = (),
    redacted: bool = False,
) -> Exchange:
    """An exchange as it may leave the program; ``redacted``: its secrets were taken out as it was recorded."""
    taken = Exchange(summary, trace, masker, app, resolved, tuple(output))
    head = trace.head
    if head is not None:
        request, target = _message(head.headers, trace.request_body, masker), masked_target(head.target, masker)
        told = (request.headers, target, request.body) == (head.headers, head.target, trace.request_body.data)
        masked = redacted or not told or _holds_marks(head.raw) or _holds_marks(request.body)
        taken = replace(
            taken,
            method=head.method,
            target=target,
            version=head.version,
            scheme=head.scheme,
            request=request,
            masked=masked,
        )
    if trace.response is not None:
        taken = replace(taken, status=trace.response.status)
        body = Body() if taken.bodiless else trace.response_body
        taken = replace(taken, response=_message(trace.response.headers, body, masker))
    return taken


def _message(headers: HeaderList, body: Body, masker: Masker) -> Message:
    shown = tuple((name, masker.value(name, value)) for name, value in headers)
    decoded = decode_content(body.data, header(headers, "content-encoding") or "", DECODED_LIMIT)
    if masker.reveals:
        return Message(shown, decoded.data if decoded.codings else body.data, body.data, body.why)
    if decoded.packed:
        # Nobody can tell what is in it, so that nothing in it can be masked.
        return Message(shown, b"", b"", "its content coding is not undone here, and it may hold secrets (--reveal)")
    plain = decoded.data if decoded.codings else body.data
    content = masker.body(plain, header(headers, "content-type") or "")
    if content == plain:
        return Message(shown, content, body.data, body.why)
    return Message(shown, content, content, body.why, recoded=bool(decoded.codings))


def _is_authority(text: str) -> bool:
    """Whether a host and its port can stand in a URL."""
    if not _AUTHORITY.fullmatch(text):
        return False
    if not text.startswith("["):
        return True
    try:
        IPv6Address(text[1:].partition("]")[0])
    except ValueError:
        return False
    return True


def _holds_marks(data: bytes) -> bool:
    """Whether something was masked before it was recorded: it came out of an export."""
    text = data.decode("latin-1")
    return MASKED.search(text) is not None or _QUOTED_MARK.search(text) is not None


def masked_target(target: str, masker: Masker) -> str:
    """A request target, masked; the marks are quoted, for a target has no spaces."""
    if masker.reveals:
        return target
    # What was masked in an export before is known again, or its mark would be taken for a secret.
    plain = _QUOTED_MARK.sub(lambda found: unquote(found[0]), target)
    return MASKED.sub(lambda found: quote(found[0], safe=""), masker.target(plain))
