"""What must hold of the parser for any bytes at all."""

from __future__ import annotations

import h11

from wsgitrace.server.body import BodyError, ChunkedDecoder, SizedDecoder
from wsgitrace.server.grammar import BAD_BYTE
from wsgitrace.server.head import Refusal, RequestHead, check_partial, parse_head
from wsgitrace.server.options import ServerOptions

OPTIONS = ServerOptions(
    line_limit=400, head_limit=1000, fields_limit=12, chunk_line_limit=60, chunk_overhead_limit=200, trailer_limit=100
)


def check(data: bytes) -> None:
    """Parse ``data`` as what a client sends: a head, then a body.

    Raises:
        AssertionError: a promise is broken.

    """
    end = data.find(b"\r\n\r\n")
    if end < 0:
        _check_partial(data)
        return
    raw, rest = data[: end + 4], data[end + 4 :]
    verdict = parse_head(raw, OPTIONS)
    if isinstance(verdict, Refusal):
        assert 0 <= verdict.offset <= len(raw), verdict
        assert 400 <= verdict.status <= 505, verdict
        return
    _check_partial(raw[:-1], acceptable=True)
    assert parse_head(raw, OPTIONS, verdict) == verdict
    _check_head(verdict)
    _check_body(verdict, rest)


def _check_partial(data: bytes, *, acceptable: bool = False) -> None:
    """A head is refused at the same place, however it comes; no beginning of one that is accepted is refused."""
    whole = check_partial(data, 0, OPTIONS) if data else None
    assert whole is None or not acceptable, whole
    assert whole is None or 0 <= whole.offset <= len(data), whole
    checked, refused = 0, None
    for end in range(1, len(data) + 1):
        refused = check_partial(data[:end], checked, OPTIONS)
        if refused is not None:
            break
        checked = end
    assert (refused is None) or (whole is not None), (refused, whole)


def _check_head(head: RequestHead) -> None:
    assert BAD_BYTE.search(head.raw) is None
    for key, value in head.fields.variables.items():
        assert key in {"CONTENT_TYPE", "CONTENT_LENGTH"} or key.startswith("HTTP_"), key
        assert key == key.upper(), key
        assert "\n" not in value, value
        value.encode("latin-1")
    assert head.line.path == "*" or head.line.path.startswith("/"), head.line.path
    assert head.line.version.startswith("HTTP/1."), head.line.version
    if head.line.modern:
        assert "HTTP_HOST" in head.fields.variables
    if "HTTP_TRANSFER_ENCODING" in head.fields.variables:
        assert head.line.modern
        assert head.fields.content_length is None
        assert "CONTENT_LENGTH" not in head.fields.variables
    _agree_with_h11(head)


def _agree_with_h11(head: RequestHead) -> None:
    """What both accept has the same framing for both."""
    if head.line.version not in {"HTTP/1.0", "HTTP/1.1"}:
        return
    oracle = h11.Connection(h11.SERVER, max_incomplete_event_size=10_000)
    oracle.receive_data(head.raw)
    try:
        event = oracle.next_event()
    except h11.RemoteProtocolError:
        return  # it does not know all targets, methods and hosts that there are
    if type(event) is not h11.Request:
        return
    assert event.method == head.line.method.encode(), event
    assert event.target == head.line.target.encode("latin-1"), event
    fields = dict(event.headers)
    if head.fields.content_length is None:
        assert fields[b"transfer-encoding"] == b"chunked", event
    else:
        assert int(fields.get(b"content-length", b"0")) == head.fields.content_length, event
        assert b"transfer-encoding" not in fields, event


def _check_body(head: RequestHead, data: bytes) -> None:
    """A body comes out the same in any pieces, or is refused at the same place."""
    results = [_decoded(head, data, size) for size in (max(1, len(data)), 1, 3)]
    assert results[0] == results[1] == results[2], results
    body, ended, rest, error = results[0]
    assert error is None or 0 <= error[1] <= len(data), error
    if head.fields.content_length is not None:
        assert error is None, error
        assert body + rest == data or not ended, results[0]
        assert len(body) <= head.fields.content_length, results[0]
    if ended:
        assert data.endswith(rest), results[0]


def _decoded(head: RequestHead, data: bytes, size: int) -> tuple[bytes, bool, bytes, tuple[str, int, int] | None]:
    length = head.fields.content_length
    decoder = ChunkedDecoder(OPTIONS) if length is None else SizedDecoder(length)
    parts: list[bytes] = []
    position = 0
    while position < len(data) and not decoder.ended:
        try:
            parts.append(decoder.decode(data[position : position + size]))
        except BodyError as error:
            return b"", False, b"", (error.rule, error.offset, error.status)
        position += size
    rest = decoder.rest + data[position:] if decoder.ended else b""
    return b"".join(parts), decoder.ended, rest, None
