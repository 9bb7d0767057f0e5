"""The request head, by the grammar of RFC 9112, or the reason why it is none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from wsgitrace.server.grammar import BAD_BYTE, TCHARS, TEXT, TOKEN
from wsgitrace.server.target import TargetError, is_host, parse_target

if TYPE_CHECKING:
    from wsgitrace.server.options import ServerOptions

_REQUEST_LINE = re.compile(rf"({TCHARS}) ([!-~\x80-\xff]+) (HTTP/([0-9])\.([0-9]))")
_FIRST_BYTE = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z\r\n]")
_LENGTH = re.compile(r"[0-9]{1,18}")
_FIELDS_END = -2
"""A head ends in an empty line: split by line ends, its last two parts are empty."""

_KEYS: dict[str, str] = {}
"""Environ key by field name as spelled: a name is checked against the grammar once, then looked up."""
_KEYS_LIMIT = 2048
"""Names are the client's choice, so that table must not grow for ever."""
_LINES: dict[bytes, RequestLine] = {}
"""What request lines say: a client that is heard of again asks for what it, or another, has asked for before."""
_LINES_LIMIT = 512
_LINE_KEPT = 256
"""Bytes of the longest line that is kept there."""
_LASTING = 4096
"""Bytes of the longest head that is kept for the next request of its client."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why bytes were refused."""

    offset: int
    """Of the first byte that breaks the rule, from the start of the head (or body)."""
    rule: str
    """Id of the rule, as in ``H12``."""
    reason: str
    """One sentence."""
    status: int
    """To answer with."""


class RequestLine(NamedTuple):
    """What the first line of a request says."""

    method: str
    target: str
    """As sent, bytes as latin-1."""
    version: str
    """As sent: ``HTTP/1.0``, ``HTTP/1.1``."""
    modern: bool
    """At least HTTP/1.1: chunked bodies and interim responses are understood."""
    path: str
    """Percent-decoded, bytes as latin-1."""
    query: str
    """As sent."""
    authority: str | None
    """Host and port of an absolute-form target."""


class Fields(NamedTuple):
    """What all behind the request line says. Never changed: heads of one client share it."""

    raw: bytes
    """As received, from the end of the request line on."""
    variables: dict[str, str]
    """The fields by environ key; names with an underscore are left out, as they would pass for others."""
    content_length: int | None
    """Size of the body, 0 when there is none, None when it is chunked."""
    keep_alive: bool
    """The client lets the connection stay open."""
    expects_continue: bool
    """The client waits for ``100 Continue`` before it sends the body."""
    lasting: bool
    """They may well come again: they are short, announce no body, and nothing in the request line overrules them."""


class RequestHead(NamedTuple):
    """An accepted request head."""

    raw: bytes
    """As received, final empty line included."""
    line: RequestLine
    fields: Fields


class _RefusedError(Exception):
    """Carries a refusal out of the depth of the parser."""

    def __init__(self, offset: int, rule: str, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.refusal = Refusal(offset, rule, reason, status)


def parse_head(raw: bytes, options: ServerOptions, before: RequestHead | None = None) -> RequestHead | Refusal:
    """Parse a head that ends in its empty line. Linear in ``len(raw)``, never raises.

    ``before``: the last head of the same client. Most clients send the same fields each time, if not the same request:
    what is byte for byte the same says what it was found to say.
    """
    try:
        return (before and before.fields.lasting and _repeated(raw, options, before)) or _parse(raw, options)
    except _RefusedError as refused:
        return refused.refusal


def check_partial(data: bytes | bytearray, checked: int, options: ServerOptions) -> Refusal | None:
    """Refuse early what cannot become a head any more; bytes before ``checked`` were checked before."""
    if _FIRST_BYTE.match(data) is None:
        return Refusal(0, "H01", "a request begins with a method, which is a token", 400)
    end = len(data) - 1 if data.endswith(b"\r") else len(data)
    # One byte back: the CR that ended the part checked before may lack its LF.
    bad = BAD_BYTE.search(data, max(checked - 1, 0), end)
    if bad is not None:
        return _bad_byte(bytes(data), bad.start()).refusal
    line_end = data.find(b"\r\n", 0, options.line_limit + 2)
    if line_end < 0 and len(data) > options.line_limit:
        return _line_too_long(options).refusal
    if len(data) > options.head_limit:
        return Refusal(options.head_limit, "H08", f"the head is longer than {options.head_limit} bytes", 431)
    if checked <= line_end:
        try:
            _request_line(data[:line_end].decode("latin-1"))
        except _RefusedError as refused:
            return refused.refusal
    return None


def field_flaw(line: str) -> tuple[int, str] | None:
    """What is wrong with one field line (of a trailer) and at which offset in it, None when it is well formed."""
    bad = BAD_BYTE.search(line.encode("latin-1"))
    if bad is not None:
        return bad.start(), "a control character"
    name, colon, _ = line.partition(":")
    match = TOKEN.match(name)
    end = match.end() if match else 0
    if not colon or not end or end != len(name):
        return end, "a field name is a token followed at once by a colon"
    return None


def _parse(raw: bytes, options: ServerOptions) -> RequestHead:
    lines = raw.decode("latin-1").split("\r\n")
    # What is left when all text is deleted is line ends and nothing else, each of which split() has found: so there is
    # no control character, no CR without LF and no LF without CR.
    if raw.translate(None, TEXT) != b"\r\n" * (len(lines) - 1):
        bad = BAD_BYTE.search(raw)
        raise _bad_byte(raw, bad.start() if bad else 0)
    if len(lines[0]) > options.line_limit:
        raise _line_too_long(options)
    if len(lines) > options.fields_limit + 3:
        offset = _line_start(lines, options.fields_limit + 1)
        raise _RefusedError(offset, "H08", f"more than {options.fields_limit} header fields", 431)
    line = _request_line(lines[0])
    variables = _variables(lines)
    _check_host(lines, variables, modern=line.modern)
    if line.authority is not None:
        variables["HTTP_HOST"] = line.authority
    content_length = _framing(lines, variables, modern=line.modern)
    if content_length and options.body_limit is not None and content_length > options.body_limit:
        offset = _field_start(lines, "CONTENT_LENGTH")
        raise _RefusedError(offset, "H40", f"the body is larger than {options.body_limit} bytes", 413)
    expects_continue = _expects_continue(lines, variables, modern=line.modern)
    fields = raw[len(lines[0]) :]
    return RequestHead(
        raw,
        line,
        Fields(
            fields,
            variables,
            content_length,
            _keep_alive(variables, modern=line.modern),
            expects_continue and content_length != 0,
            content_length == 0 and line.authority is None and len(fields) <= _LASTING,
        ),
    )


def _repeated(raw: bytes, options: ServerOptions, before: RequestHead) -> RequestHead | None:
    """The head that has the fields of ``before``; None when it has not, or there is any doubt."""
    if raw == before.raw:
        return before
    fields = before.fields
    end = raw.find(b"\r\n")
    if len(raw) - end != len(fields.raw) or not raw.endswith(fields.raw):
        return None
    if end > options.line_limit:
        return None
    start = raw[:end]
    line = _LINES.get(start)
    if line is None:
        if start.translate(None, TEXT):
            return None
        line = _request_line(start.decode("latin-1"))
        if end <= _LINE_KEPT:
            if len(_LINES) >= _LINES_LIMIT:
                _LINES.clear()
            _LINES[start] = line
    if line.modern is not before.line.modern or line.authority is not None:
        return None
    return RequestHead(raw, line, fields)


def _request_line(text: str) -> RequestLine:
    match = _REQUEST_LINE.fullmatch(text)
    if match is None:
        raise _explain_request_line(text)
    method, target, version, major, minor = match.groups()
    if major != "1":
        raise _RefusedError(match.start(3), "H05", f"the server speaks HTTP/1.1, not {version}", 505)
    try:
        path, query, authority = parse_target(method, target)
    except TargetError as error:
        raise _RefusedError(match.start(2) + error.offset, "H06", error.reason, error.status) from None
    return RequestLine(method, target, version, minor != "0", path, query, authority)


def _explain_request_line(line: str) -> _RefusedError:
    method = TOKEN.match(line)
    if method is None:
        return _RefusedError(0, "H01", "a request begins with a method, which is a token")
    end = method.end()
    if line[end : end + 1] != " ":
        return _RefusedError(end, "H01", "the method, a token, is followed by one space")
    target_end = line.find(" ", end + 1)
    if target_end < 0:
        return _RefusedError(len(line), "H01", "the request line has no HTTP version")
    if target_end == end + 1:
        return _RefusedError(target_end, "H01", "one space, not two, stands between method and target")
    return _RefusedError(target_end + 1, "H01", "the request line does not end in a space and HTTP/digit.digit")


def _variables(lines: list[str]) -> dict[str, str]:
    known = _KEYS
    fields = lines[1:_FIELDS_END]
    try:
        # Each name known, each line with its colon: as nearly all requests are, and three times faster.
        pairs = [line.split(":", 1) for line in fields]
        variables = {known[name]: value.strip(" \t") for name, value in pairs}
    except (KeyError, ValueError):
        return _new_variables(lines)
    return variables if len(variables) == len(fields) else _new_variables(lines)


def _new_variables(lines: list[str]) -> dict[str, str]:
    """The same, for fields that are repeated, unknown or malformed."""
    variables: dict[str, str] = {}
    for line in lines[1:_FIELDS_END]:
        name, colon, value = line.partition(":")
        key = _KEYS.get(name)
        if key is None or not colon:
            key = _learn(lines, line, name, colon)
            if not key:
                continue
        if key in variables:
            variables[key] = _joined(lines, key, variables[key], value.strip(" \t"))
        else:
            variables[key] = value.strip(" \t")
    return variables


def _learn(lines: list[str], line: str, name: str, colon: str) -> str:
    """Check a field name not seen before and give its environ key, empty when it has none."""
    # The first line equal to this one: one like it before would have been refused already.
    start = _line_start(lines, lines.index(line, 1))
    if line[:1] in {" ", "\t"}:
        if line is lines[1]:
            raise _RefusedError(start, "H14", "white space stands before the first field")
        raise _RefusedError(start, "H13", "a field is continued on a second line (obsolete folding)")
    match = TOKEN.match(name)
    if match is None:
        raise _RefusedError(start, "H12", "a field line begins with a name, which is a token")
    if match.end() != len(name) or not colon:
        raise _RefusedError(start + match.end(), "H12", "a field name is a token followed at once by a colon")
    if "_" in name:
        return ""
    upper = name.upper().replace("-", "_")
    key = upper if upper in {"CONTENT_TYPE", "CONTENT_LENGTH"} else "HTTP_" + upper
    if len(_KEYS) < _KEYS_LIMIT:
        _KEYS[name] = key
    return key


def _joined(lines: list[str], key: str, first: str, second: str) -> str:
    if key == "CONTENT_LENGTH":
        raise _RefusedError(_field_start(lines, key, nth=2), "H19", "Content-Length is given twice")
    if key == "HTTP_HOST":
        raise _RefusedError(_field_start(lines, key, nth=2), "H11", "Host is given twice")
    if key == "CONTENT_TYPE":
        raise _RefusedError(_field_start(lines, key, nth=2), "S19", "Content-Type is given twice, and is no list")
    # RFC 9110 5.3 for lists; a cookie string is no list, its crumbs are joined as RFC 9113 8.2.3 has it.
    return f"{first}; {second}" if key == "HTTP_COOKIE" else f"{first}, {second}"


def _check_host(lines: list[str], variables: dict[str, str], *, modern: bool) -> None:
    host = variables.get("HTTP_HOST")
    if host is None:
        if modern:
            raise _RefusedError(_line_start(lines, 1), "H11", "an HTTP/1.1 request has a Host field")
    elif not is_host(host):
        raise _RefusedError(_field_start(lines, "HTTP_HOST"), "H11", "Host is not host[:port]")


def _framing(lines: list[str], variables: dict[str, str], *, modern: bool) -> int | None:
    """Size of the body, None when chunked. Transfer-Encoding is looked at before Content-Length, and as a whole."""
    coding = variables.get("HTTP_TRANSFER_ENCODING")
    length = variables.get("CONTENT_LENGTH")
    if coding is not None:
        start = _field_start(lines, "HTTP_TRANSFER_ENCODING")
        if not modern:
            raise _RefusedError(start, "H17", "HTTP/1.0 has no Transfer-Encoding")
        if coding.lower() != "chunked":
            raise _bad_coding(coding, start)
        if length is not None:
            raise _RefusedError(start, "H18", "a request has Content-Length or Transfer-Encoding, not both")
        return None
    if length is None:
        return 0
    if _LENGTH.fullmatch(length) is None:
        raise _RefusedError(_field_start(lines, "CONTENT_LENGTH"), "H19", "Content-Length is not a number in digits")
    return int(length)


def _bad_coding(coding: str, start: int) -> _RefusedError:
    codings = [member.strip(" \t").lower() for member in coding.split(",")]
    well_formed = all(TOKEN.fullmatch(member) for member in codings)
    if well_formed and codings[-1] == "chunked" and codings.count("chunked") == 1:
        return _RefusedError(start, "H17", "the only transfer coding understood is chunked", 501)
    return _RefusedError(start, "H17", "Transfer-Encoding is not exactly chunked")


def _keep_alive(variables: dict[str, str], *, modern: bool) -> bool:
    connection = variables.get("HTTP_CONNECTION")
    if connection is None:
        return modern
    options = _members(connection)
    return "close" not in options and (modern or "keep-alive" in options)


def _expects_continue(lines: list[str], variables: dict[str, str], *, modern: bool) -> bool:
    expectation = variables.get("HTTP_EXPECT")
    # RFC 9110 10.1.1: from an HTTP/1.0 client the expectation is ignored.
    if expectation is None or not modern:
        return False
    if _members(expectation) != {"100-continue"}:
        raise _RefusedError(_field_start(lines, "HTTP_EXPECT"), "H36", "the only expectation is 100-continue", 417)
    return True


def _members(value: str) -> set[str]:
    """Of a list (RFC 9110 5.6.1), in lower case; empty ones do not count."""
    return {member.strip(" \t") for member in value.lower().split(",")} - {""}


def _bad_byte(data: bytes, offset: int) -> _RefusedError:
    byte = data[offset : offset + 1]
    if byte == b"\r":
        return _RefusedError(offset, "H03", "a CR without LF")
    if byte == b"\n":
        return _RefusedError(offset, "H04", "an LF without CR: lines end in CR LF")
    rule = "H01" if data.find(b"\r\n", 0, offset) < 0 else "H15"
    return _RefusedError(offset, rule, f"the control character 0x{byte.hex()}")


def _line_too_long(options: ServerOptions) -> _RefusedError:
    limit = options.line_limit
    return _RefusedError(limit, "H07", f"the request line is longer than {limit} bytes", 414)


def _line_start(lines: list[str], index: int) -> int:
    return sum(len(line) + 2 for line in lines[:index])


def _field_start(lines: list[str], key: str, nth: int = 1) -> int:
    """Offset of the nth field line with that environ key."""
    for index, line in enumerate(lines):
        name = line.partition(":")[0].upper()
        if index and name.replace("-", "_") == key.removeprefix("HTTP_") and "_" not in name:
            nth -= 1
            if not nth:
                return _line_start(lines, index)
    return 0
