"""Conditional requests: what a client has already, and whether it is still good (RFC 9110 13)."""

from __future__ import annotations

import re
from calendar import timegm
from time import gmtime
from typing import Any, Final

_TAG: Final = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH: Final = "|".join(_MONTHS)
_CLOCK: Final = "(?P<t>[0-9]{2}:[0-9]{2}:[0-9]{2})"
_DATES: Final = (
    re.compile(rf"[A-Z][a-z]{{2}}, (?P<d>[0-9]{{2}}) (?P<m>{_MONTH}) (?P<y>[0-9]{{4}}) {_CLOCK} GMT"),
    re.compile(rf"[A-Z][a-z]+, (?P<d>[0-9]{{2}})-(?P<m>{_MONTH})-(?P<y>[0-9]{{2}}) {_CLOCK} GMT"),
    re.compile(rf"[A-Z][a-z]{{2}} (?P<m>{_MONTH}) (?P<d>[ 0-9][0-9]) {_CLOCK} (?P<y>[0-9]{{4}})"),
)
"""The three forms that a recipient must accept (RFC 9110 5.6.7)."""
_UNCHANGED: Final = "304 Not Modified"
_FAILED: Final = "412 Precondition Failed"
_SHORT_YEAR: Final = 2
_CENTURY: Final = 70


def format_date(seconds: float) -> str:
    """A time as Last-Modified says it."""
    year, month, day, hour, minute, second, weekday, _, _ = gmtime(seconds)
    return f"{_DAYS[weekday]}, {day:02} {_MONTHS[month - 1]} {year} {hour:02}:{minute:02}:{second:02} GMT"


def parse_date(value: str) -> int | None:
    """Seconds since 1970; None where it is no date, and the field that has it is to be ignored."""
    for form in _DATES:
        match = form.fullmatch(value)
        if match is not None:
            year = int(match["y"])
            if len(match["y"]) == _SHORT_YEAR:
                year += 1900 if year >= _CENTURY else 2000
            hour, minute, second = (int(part) for part in match["t"].split(":"))
            return timegm((year, _MONTHS.index(match["m"]) + 1, int(match["d"]), hour, minute, second))
    return None


def precondition(environ: dict[str, Any], etag: str, modified: int) -> str | None:
    """The status that the conditions of a GET or HEAD lead to, in their order (RFC 9110 13.2.2); None: they hold."""
    if "HTTP_IF_MATCH" in environ:
        if not _has(environ["HTTP_IF_MATCH"], etag, weakly=False):
            return _FAILED
    elif "HTTP_IF_UNMODIFIED_SINCE" in environ:
        date = parse_date(environ["HTTP_IF_UNMODIFIED_SINCE"])
        if date is not None and modified > date:
            return _FAILED
    if "HTTP_IF_NONE_MATCH" in environ:
        return _UNCHANGED if _has(environ["HTTP_IF_NONE_MATCH"], etag, weakly=True) else None
    date = parse_date(environ.get("HTTP_IF_MODIFIED_SINCE", ""))
    return _UNCHANGED if date is not None and modified <= date else None


def range_holds(environ: dict[str, Any], etag: str, modified: int) -> bool:
    """Whether If-Range lets the Range field count (RFC 9110 13.1.5): the same tag, strongly, or the very date."""
    condition = environ.get("HTTP_IF_RANGE")
    if condition is None:
        return True
    if condition.startswith(('"', "W/")):
        return bool(condition == etag)
    return parse_date(condition) == modified


def _has(field: str, etag: str, *, weakly: bool) -> bool:
    if field.strip(" \t") == "*":
        return True
    return any(match[2] == etag and (weakly or not match[1]) for match in _TAG.finditer(field))
