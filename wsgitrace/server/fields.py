"""Status and header fields that an application announces, checked when it announces them."""

from __future__ import annotations

import re
from time import gmtime, time
from typing import TYPE_CHECKING, Any, NamedTuple

from wsgitrace.server.errors import ApplicationError
from wsgitrace.server.grammar import TEXT, TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_STATUS = re.compile(r"[2-5][0-9]{2}(?: [\t -~\x80-\xff]*)?")
_OTHER_STATUS = re.compile(r"[016-9][0-9]{2}(?: [\t -~\x80-\xff]*)?")
"""RFC 9110 15: 1xx is no final status, and there are none below 100 or above 599."""
_DIGITS = 18
_LENGTH = re.compile(rf"[ \t]*([0-9]{{1,{_DIGITS}}})[ \t]*")
_HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "trailers",
        "transfer-encoding",
        "upgrade",
    }
)
"""PEP 3333: "Applications and middleware are forbidden from using HTTP/1.1 'hop-by-hop' features or headers"."""
_SPECIAL = _HOP_BY_HOP | {"content-length", "date"}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_names: dict[str, str] = {}
"""Lower-case name by name as spelled: checked against the grammar once, then looked up."""
_statuses: dict[str, tuple[str, int]] = {}
"""Statuses that were checked against the grammar: as they go on the wire, and their codes."""
_NAMES_LIMIT = 2048
_known: dict[tuple[str, tuple[tuple[str, str], ...]], Announced] = {}
"""What was announced before and found right, by itself: most responses of an application have the head of another."""
_KNOWN_LIMIT = 512
_KEPT = 1024
"""Bytes of the longest head that is kept there."""
_PAIR = 2
_date = (0, "")


class Announced(NamedTuple):
    """A status and header fields that may go on the wire."""

    status: str
    code: int
    fields: tuple[tuple[str, str], ...]
    """As they go on the wire: without hop-by-hop fields."""
    head: bytes
    """The status line and the field lines, ready to send."""
    length: int | None
    """The Content-Length announced."""
    has_date: bool
    close: bool
    """The application said ``Connection: close``."""

    def mended(self, more: int) -> Announced | None:
        """Announce so many bytes more; None when no length was announced, or there are not so many to take away."""
        if self.length is None or self.length + more < 0:
            return None
        length = str(self.length + more)
        fields = [(name, length if name.lower() == "content-length" else value) for name, value in self.fields]
        return self._replace(fields=tuple(fields), head=_head(self.status, fields), length=int(length))

    def unsized(self) -> Announced:
        """Leave out Content-Length."""
        fields = [(name, value) for name, value in self.fields if name.lower() != "content-length"]
        return self._replace(fields=tuple(fields), head=_head(self.status, fields), length=None)


def announce(status: str, headers: Iterable[tuple[str, str]]) -> Announced:
    """Check both.

    Raises:
        ApplicationError: naming what is wrong and where.

    """
    if not isinstance(status, str):
        raise ApplicationError(f"the status is {type(status).__name__}, not str", "A08")
    items = tuple(headers)
    try:
        known = _known.get((status, items))
    except TypeError:  # a pair that is a list
        known = None
    return known if known is not None and _is_plain(items) else _learn_all(status, items)


def _is_plain(items: tuple[tuple[str, str], ...]) -> bool:
    """Whether what was found equal to text is text: the lazy strings of frameworks are equal to it, too."""
    for name, value in items:  # noqa: SIM110 -- all() takes three times as long, for every response
        if type(name) is not str or type(value) is not str:
            return False
    return True


def _learn_all(status: str, items: tuple[tuple[str, str], ...]) -> Announced:
    status, code = _statuses.get(status) or _learn_status(status)
    fields: list[tuple[str, str]] = []
    special: dict[str, str] = {}
    for item in items:
        name, value = item if type(item) is tuple and len(item) == _PAIR else _pair(item)
        if type(name) is not str or type(value) is not str:
            name, value = _native(item, name, value)
        lower = _names.get(name) or _learn(name)
        if lower in _SPECIAL and not _notice(special, lower, value):
            continue
        fields.append((name, value))
    head = _head(status, fields)
    length = special.get("content-length")
    announced = Announced(
        status,
        code,
        tuple(fields),
        head,
        None if length is None else int(length),
        "date" in special,
        "close" in special.get("connection", ""),
    )
    # What is left out has its say, too, and would not be in the key.
    if len(fields) == len(items) and len(head) <= _KEPT:
        if len(_known) >= _KNOWN_LIMIT:
            _known.clear()
        _known[status, announced.fields] = announced
    return announced


def _notice(special: dict[str, str], lower: str, value: str) -> bool:
    """Take note of a field that concerns the server; True when it goes on the wire too."""
    if lower == "date":
        if lower in special:
            # A response has one Date (H32). Zope's publisher sets a second: each is right, and the first is the one.
            return False
    elif lower == "content-length":
        match = _LENGTH.fullmatch(value)
        if match is None:
            raise ApplicationError(f"Content-Length is not a number in digits: {value!r}", "A22")
        if lower in special:
            raise ApplicationError("Content-Length is given twice", "A22")
        value = match[1]
    else:
        special[lower] = f"{special.get(lower, '')},{value.lower()}"
        return False
    special[lower] = value
    return True


def _head(status: str, fields: Sequence[tuple[str, str]]) -> bytes:
    """The status line and the field lines.

    Raises:
        ApplicationError: a value must not go on the wire.

    """
    lines = "".join([f"{name}: {value}\r\n" for name, value in fields])
    try:
        head = f"HTTP/1.1 {status}\r\n{lines}".encode("latin-1")
    except UnicodeEncodeError:
        raise _explained(fields) from None
    # What is left when all text is deleted must be the line ends put in here, and those only.
    if head.translate(None, TEXT) != b"\r\n" * (1 + len(fields)):
        raise _explained(fields)
    return head


def http_date() -> str:
    """The time now, as Date says it (RFC 9110 5.6.7)."""
    global _date  # noqa: PLW0603 -- one tuple replaced at once: threads may race, each result is right
    now = int(time())
    second, text = _date
    if second != now:
        year, month, day, hour, minute, sec, weekday, _, _ = gmtime(now)
        text = f"{_DAYS[weekday]}, {day:02} {_MONTHS[month - 1]} {year} {hour:02}:{minute:02}:{sec:02} GMT"
        _date = (now, text)
    return text


def _learn_status(status: str) -> tuple[str, int]:
    if _OTHER_STATUS.fullmatch(status):
        raise ApplicationError(f"the status of a response is from 200 to 599: {status!r}", "A10")
    if _STATUS.fullmatch(status) is None:
        raise ApplicationError(f"the status is not three digits, a space and a reason: {status!r}", "A09")
    known = _text(status) if status[3:] else status + " ", int(status[:3])
    if len(_statuses) < _NAMES_LIMIT and type(status) is str:
        _statuses[status] = known
    return known


def _pair(item: object) -> tuple[Any, Any]:
    # A tuple is what PEP 3333 asks for; a list of two does no harm on the wire.
    if not isinstance(item, (tuple, list)) or len(item) != _PAIR:
        raise ApplicationError(f"a header is not a (name, value) pair: {item!r}", "A13")
    return item[0], item[1]


def _native(item: object, name: object, value: object) -> tuple[str, str]:
    """The text of subclasses of str, whatever they make of formatting themselves."""
    if not isinstance(name, str) or not isinstance(value, str):
        raise ApplicationError(f"a header is not a pair of str: {item!r}", "A14")
    return _text(name), _text(value)


def _text(value: str) -> str:
    return "".join((value, ""))  # noqa: FLY002 -- formatting is what a subclass may override


def _learn(name: str) -> str:
    if TOKEN.fullmatch(name) is None:
        raise ApplicationError(f"a header name is not a token: {name!r}", "A15")
    lower = name.lower()
    if len(_names) < _NAMES_LIMIT:
        _names[name] = lower
    return lower


def _explained(fields: Sequence[tuple[str, str]]) -> ApplicationError:
    for name, value in fields:
        try:
            data = value.encode("latin-1")
        except UnicodeEncodeError:
            return ApplicationError(f"the value of {name} does not fit into latin-1: {value!r}", "A17")
        if data.translate(None, TEXT):
            return ApplicationError(f"the value of {name} has a control character: {value!r}", "A16")
    return ApplicationError("a header has a control character", "A16")
