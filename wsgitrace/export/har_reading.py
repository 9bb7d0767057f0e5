"""HAR 1.2 into exchanges: what a browser, a proxy or an export of ours wrote becomes what a worker would have sent.

An entry of ours brings its layers along. Every other one is an exchange with one pass, the server's: nobody has seen
its layers. Lenient where writers differ, and one clear sentence with the place where it is no HAR.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

import msgspec

from wsgitrace.export.har_bodies import Content, Lenient, bytes_of, coded, type_of
from wsgitrace.export.har_events import Told, frames
from wsgitrace.export.recording_reading import NoRecordingError, read_recording, wall_of
from wsgitrace.trace.head import TOKEN, header

if TYPE_CHECKING:
    from wsgitrace.events import WorkerFrame
    from wsgitrace.export.recording_reading import Recorded
    from wsgitrace.trace import HeaderList

__all__ = ["Har", "HarError", "Imported", "read_har"]

_NAME: Final = re.compile(r"[^\0\r\n:]+")
_SCHEMES: Final = frozenset({"http", "https"})
_IN_TARGETS: Final = "%/:?#[]@!$&'()*+,;=~-._"
_OUTSIDE: Final = 2**40
"""Where the numbers begin that a worker would have given to what was seen from outside."""


class HarError(ValueError):
    """It is no HAR; the text is a sentence that says where."""


class _Field(Lenient, frozen=True):
    name: str
    value: str = ""


class _Request(Lenient, frozen=True):
    method: str
    url: str
    http_version: str = "HTTP/1.1"
    headers: list[_Field] = msgspec.field(default_factory=list)
    post_data: Content | None = None
    body_size: float | None = None
    target: str | None = msgspec.field(default=None, name="_target")


class _Response(Lenient, frozen=True):
    status: int
    status_text: str | None = ""
    headers: list[_Field] = msgspec.field(default_factory=list)
    content: Content = Content()
    body_size: float | None = None


class _Timings(Lenient, frozen=True):
    receive: float | None = 0


class _Ours(msgspec.Struct, frozen=True):
    app: str = ""


class _Sides(Lenient, frozen=True):
    """The same entry, as it stands there."""

    request: msgspec.Raw
    response: msgspec.Raw


class _SidesLog(Lenient, frozen=True):
    entries: list[_Sides]


class _SidesFile(Lenient, frozen=True):
    log: _SidesLog


class _Entry(Lenient, frozen=True):
    started_date_time: str
    request: _Request
    response: _Response
    time: float | None = 0
    timings: _Timings = _Timings()
    ours: msgspec.Raw | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="_wsgitrace")


class _Log(Lenient, frozen=True):
    entries: list[_Entry]


class _File(Lenient, frozen=True):
    log: _Log


@dataclass(frozen=True, slots=True)
class Imported:
    """One entry."""

    frames: tuple[WorkerFrame, ...]
    """What a worker would have sent, from :class:`~wsgitrace.events.Began` on."""
    recorded: Recorded | None = None
    """What we had recorded of it; None where nobody has seen it from inside."""


@dataclass(frozen=True, slots=True)
class Har:
    """What a HAR holds."""

    exchanges: list[Imported]
    """In the order of the file."""
    app: str = ""
    """The application, where wsgitrace wrote it and knew."""
    skipped: int = 0
    """Entries that are no HTTP, such as ``data:`` and ``blob:``."""
    left_out: dict[int, str] = dataclass_field(default_factory=dict)
    """By position, from 0: why layers that an entry brings were left out, a clause."""


def read_har(data: bytes, note: str) -> Har:
    """Read a HAR; ``note`` will be said of each exchange that was seen from outside. Raises :class:`HarError`."""
    # A byte order mark is what some editors and Windows tools put before JSON (RFC 8259, 8.1 lets us skip it).
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        entries = msgspec.json.decode(data, type=_File).log.entries
        sides = msgspec.json.decode(data, type=_SidesFile).log.entries
    except msgspec.ValidationError as problem:
        raise HarError(f"it is no HAR: {_placed(str(problem))}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise HarError(f"it is no JSON: {str(problem).removeprefix('JSON is malformed: ')}") from None
    har = Har([], next(filter(None, map(_app, entries)), ""), sum(not _is_http(entry) for entry in entries))
    for index, (entry, side) in enumerate(zip(entries, sides, strict=True)):
        if not _is_http(entry):
            continue
        try:
            recorded = _recorded(entry, side)
        except NoRecordingError as problem:
            har.left_out[index] = str(problem)
            recorded = None
        try:
            told = _told(entry)
        except ValueError as problem:
            raise HarError(f"log.entries[{index}].{problem}") from None
        outside = frames(told, _OUTSIDE + index, note)
        har.exchanges.append(Imported(outside if recorded is None else recorded.frames, recorded))
    return har


def _app(entry: _Entry) -> str:
    try:
        return "" if entry.ours is msgspec.UNSET else msgspec.json.decode(entry.ours, type=_Ours).app
    except msgspec.DecodeError:
        return ""  # somebody else's


def _recorded(entry: _Entry, side: _Sides) -> Recorded | None:
    """What we had recorded of an entry. Raises :class:`NoRecordingError`."""
    if entry.ours is msgspec.UNSET:
        return None
    both = {"request": msgspec.json.decode(side.request), "response": msgspec.json.decode(side.response)}
    return read_recording(bytes(entry.ours), both)


def _is_http(entry: _Entry) -> bool:
    """Not ``data:``, ``blob:`` or an extension's own."""
    return _scheme(entry.request.url) in _SCHEMES


def _scheme(url: str) -> str:
    """The scheme of a URL, in lower case."""
    return url.partition(":")[0].lower()


def _placed(problem: str) -> str:
    """A sentence of msgspec's with its place first: ``Expected `str`, got `int` - at `$.log.entries[0].time```."""
    what, mark, place = problem.rpartition(" - at ")
    what = what if mark else problem
    where = place.strip("`").removeprefix("$.") if mark else "the top"
    return f"{where}: {what[:1].lower()}{what[1:]}"


def _told(entry: _Entry) -> Told:
    """An entry in our terms. Raises :class:`ValueError` with the place within it."""
    request, response = entry.request, entry.response
    scheme, authority, target = _address(request)
    headers = _typed(_fields(request.headers, "request.headers"), request.post_data)
    body = bytes_of(request.post_data, header(headers, "content-type") or "", "request.postData")
    headers = _addressed(headers, request, authority, body)
    announced = header(headers, "content-length") or "0"
    unread = not body and (int(announced) if announced.isascii() and announced.isdigit() else 0)
    version = request.http_version if request.http_version in {"HTTP/1.0", "HTTP/1.1"} else "HTTP/1.1"
    lines = [f"{request.method} {target} {version}", *(f"{name}: {value}" for name, value in headers), "", ""]
    duration = max(0, round((entry.time or 0) * 1e6))
    answered = _fields(response.headers, "response.headers") if response.status else ()
    content = coded(bytes_of(response.content, "", "response.content"), header(answered, "content-encoding") or "")
    sent = response.body_size
    return Told(
        wall=_wall(entry.started_date_time),
        method=request.method,
        target=target,
        scheme=scheme,
        head="\r\n".join(lines).encode("latin-1"),
        body=body,
        whole=not unread and not (request.post_data is not None and request.post_data.comment),
        status=_status(response),
        headers=answered,
        content=content,
        content_whole=not response.content.comment,
        sent=int(sent) if sent is not None and sent >= 0 else len(content),
        duration=duration,
        first_byte=max(0, duration - max(0, round((entry.timings.receive or 0) * 1e6))),
    )


def _wall(text: str) -> int:
    try:
        return wall_of(text)
    except ValueError:
        raise ValueError(f"startedDateTime: {text[:60]!r} is no date and time of ISO 8601") from None


def _address(request: _Request) -> tuple[str, str, str]:
    """Scheme, authority and target."""
    if not TOKEN.fullmatch(request.method):
        raise ValueError(f"request.method: {request.method[:60]!r} is no method")
    try:
        parts = urlsplit(request.url)
    except ValueError as problem:
        raise ValueError(f"request.url: {problem}") from None
    if not parts.netloc:
        raise ValueError(f"request.url: {request.url[:60]!r} has no host")
    if request.target is not None:
        if re.search(r"[\0\r\n]", request.target) or not _is_latin(request.target):
            raise ValueError("request._target: it holds what no request target can hold")
        return parts.scheme, parts.netloc, request.target
    target = (parts.path or "/") + ("?" + parts.query if parts.query or request.url.endswith("?") else "")
    return parts.scheme, parts.netloc.rpartition("@")[2], quote(target, safe=_IN_TARGETS)


def _is_latin(text: str) -> bool:
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True


def _typed(headers: HeaderList, body: Content | None) -> HeaderList:
    """With the Content-Type, which some writers tell of the body alone."""
    kind = "" if body is None or header(headers, "content-type") is not None else type_of(body)
    return (*headers, ("Content-Type", _wire(kind))) if kind else headers


def _addressed(headers: HeaderList, request: _Request, authority: str, body: bytes) -> HeaderList:
    """With what HTTP/1.1 has to say of who is asked and how long the body is."""
    if header(headers, "host") is None and not request.http_version.upper().startswith("HTTP/1"):
        headers = (("Host", _wire(authority)), *headers)
    if body and header(headers, "content-length") is None and header(headers, "transfer-encoding") is None:
        headers = (*headers, ("Content-Length", str(len(body))))
    return tuple(
        (name, str(len(body)) if body and name.lower() == "content-length" and not _cut(request) else value)
        for name, value in headers
    )


def _cut(request: _Request) -> bool:
    return request.post_data is not None and bool(request.post_data.comment)


def _fields(fields: list[_Field], place: str) -> HeaderList:
    """Header fields as they are on the wire, those left out that HTTP/2 has instead of a first line."""
    found = []
    sent = place.startswith("request")
    for index, field in enumerate(fields):
        if field.name.startswith(":"):
            continue
        # A request may be sent again, and must be one; responses are as bad as applications make them.
        if not (TOKEN if sent else _NAME).fullmatch(field.name):
            raise ValueError(f"{place}[{index}].name: {field.name[:60]!r} is no name of a header field")
        # Chrome writes what was sent in several fields as one, with line ends between.
        for value in [field.value] if sent else field.value.split("\n"):
            if re.search(r"[\0\r\n]", value):
                raise ValueError(f"{place}[{index}].value: it holds a line end or a NUL, which no header field can")
            found.append((_wire(field.name), _wire(value.strip(" \t"))))
    return tuple(found)


def _wire(text: str) -> str:
    """Text as the bytes that were sent, in latin-1 as PEP 3333 has them."""
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def _status(response: _Response) -> str:
    """Code and reason; empty where there was no answer."""
    if response.status <= 0:
        return ""
    if not 100 <= response.status <= 999:  # noqa: PLR2004 -- RFC 9110, 15: a three-digit integer
        raise ValueError(f"response.status: {response.status} has not three digits")
    reason = response.status_text
    if reason is None or re.search(r"[\0\r\n]", reason):
        reason = HTTPStatus(response.status).phrase if response.status in set(HTTPStatus) else ""
    return f"{response.status} {reason}".strip()
