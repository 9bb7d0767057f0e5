"""What an exported test expects: status, the header fields that stay the same, the body as what it is."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from wsgitrace.export.har import text_of
from wsgitrace.export.python_source import bytes_literal, document_literal, literal, text_literal
from wsgitrace.redact import Masker, Names
from wsgitrace.trace.comparing.volatile import HEADERS, reason_of
from wsgitrace.trace.decoding import decode_content
from wsgitrace.trace.forms import media_type
from wsgitrace.trace.head import header, status_code

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from wsgitrace.export.exchange import Exchange
    from wsgitrace.trace import HeaderList

__all__ = ["Expected", "assertions", "expected_of"]

_NOT_COMPARED: Final = frozenset({
    "connection", "content-length", "keep-alive", "last-modified", "server", "set-cookie", "transfer-encoding", "via",
})  # fmt: skip
"""Beside what is volatile: what the server adds, and what says the same as the body or as another file's clock."""

_TEXT_LIMIT: Final = 50_000
"""Bytes of text that stand in a test as they are; of more, and of bytes, the hash does."""

_BYTES_LIMIT: Final = 1_000


@dataclass(frozen=True, slots=True)
class Expected:
    """The answer of one exchange."""

    raised: str = ""
    """Dotted type of the exception that left the application; empty for none."""
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    """Those compared, by lower-case names."""
    cookies: bool = False
    """It sets cookies."""
    body: str | bytes | None = None
    """Text or bytes, content codings undone; None where it is not compared."""
    content_type: str = ""
    packed: bool = False
    """It has a content coding."""
    why: str = ""
    """Why the body is not compared, a sentence without a full stop."""
    masked: bool = False
    """Something in it is masked."""


def expected_of(exchange: Exchange, left_out: Collection[str] = ()) -> Expected:
    """What is expected of the application when an exchange comes again; ``left_out``: fields that are not compared.

    Tokens are another each time: here they are masked even where secrets are to be revealed.
    """
    outermost = exchange.trace.outermost
    if outermost is not None and outermost.exception is not None:
        return Expected(raised=outermost.exception.type)
    masker = exchange.masker if not exchange.masker.reveals else Masker(Names())
    headers = outermost.headers if outermost is not None and outermost.headers else _sent(exchange)
    joined: dict[str, str] = {}
    for name, value in headers:
        folded = name.lower()
        if folded in _NOT_COMPARED or folded in left_out or reason_of(name, HEADERS):
            continue
        shown = masker.value(name, value)
        joined[folded] = f"{joined[folded]}, {shown}" if folded in joined else shown
    kind = header(headers, "content-type") or ""
    body, why = _body(exchange, headers, masker)
    texts = [*joined.values(), *([body] if isinstance(body, str) else [])]
    return Expected(
        status=status_code(outermost.status or "") if outermost is not None else status_code(exchange.status),
        headers=joined,
        cookies=header(headers, "set-cookie") is not None,
        body=body,
        content_type=kind,
        packed=bool(header(headers, "content-encoding")),
        why=why,
        masked=any("<redacted " in text for text in texts),
    )


def _sent(exchange: Exchange) -> HeaderList:
    return exchange.trace.response.headers if exchange.trace.response is not None else ()


def _body(exchange: Exchange, headers: HeaderList, masker: Masker) -> tuple[str | bytes | None, str]:
    """The body to compare with, or why none is."""
    if exchange.bodiless:
        return None, ""
    recorded = exchange.trace.response_body
    if recorded.why:
        return None, f"its body is not compared: {recorded.why}"
    decoded = decode_content(recorded.data, header(headers, "content-encoding") or "", _TEXT_LIMIT)
    if decoded.packed or decoded.cut:
        return None, f"its body is not compared: {decoded.note or 'it is too long'}"
    data = decoded.data if decoded.codings else recorded.data
    kind = header(headers, "content-type") or ""
    text = text_of(masker.body(data, kind), kind)
    return (data if text is None or len(data) > _TEXT_LIMIT else text), ""


def assertions(expected: Expected, sending: str) -> Iterator[str]:
    """The lines of a test, ``sending`` being the call by which the answer comes; lines within may be several."""
    if expected.raised:
        inner = sending.replace("\n", "\n    ")
        yield f"with pytest.raises(Exception) as raised:\n        {inner}"
        yield "kind = type(raised.value)"
        yield f"assert f'{{kind.__module__}}.{{kind.__qualname__}}' == {literal(expected.raised)}"
        return
    yield f"status, headers, body = {sending}"
    yield f"assert status == {expected.status}"
    for name, value in expected.headers.items():
        yield _equal(f"headers.get({literal(name)})", literal(value), masked="<redacted " in value)
    if expected.cookies:
        yield "assert 'set-cookie' in headers"
    if expected.why:
        yield f"# {expected.why}"
    if expected.body is not None:
        yield from _body_lines(expected, expected.body)


def _equal(found: str, value: str, *, masked: bool) -> str:
    return f"assert masked({found}, {value}) == {value}" if masked else f"assert {found} == {value}"


def _body_lines(expected: Expected, body: str | bytes) -> Iterator[str]:
    found = "plain(headers, body)" if expected.packed else "body"
    if isinstance(body, bytes):
        if len(body) <= _BYTES_LIMIT:
            yield f"assert {found} == {bytes_literal(body, '    ')}"
        else:
            yield f"assert len({found}) == {len(body)}"
            yield f"assert hashlib.sha256({found}).hexdigest() == {literal(hashlib.sha256(body).hexdigest())}"
        return
    document = _document(body, expected.content_type)
    if document is not None:
        found, value = f"json.loads({found})", document_literal(document, "    ")
    else:
        charset = media_type(expected.content_type)[1].get("charset", "")
        found, value = f"{found}.decode({literal(charset) if charset else ''})", text_literal(body, "    ")
    if "<redacted " not in body:
        yield f"assert {found} == {value}"
        return
    yield f"expected = {value}"
    yield f"assert masked({found}, expected) == expected"


def _document(text: str, content_type: str) -> Any:
    """What a JSON text says, where it can be written in Python; None where it cannot."""
    kind = media_type(content_type)[0]
    if not (kind == "text/json" or kind.rpartition("/")[2] == "json" or kind.endswith("+json")):
        return None
    try:
        document = json.loads(text, parse_constant=lambda _: math.nan)
    except (ValueError, RecursionError):
        return None
    # A number that is none is not equal to itself.
    return None if "nan" in repr(document) or "inf" in repr(document) else document
