"""What is another each time although nothing is wrong: names, and why."""

from __future__ import annotations

import re
from fnmatch import translate
from typing import Final, NamedTuple

__all__ = ["COOKIES", "ENVIRON", "HEADERS", "PATTERNS", "Volatile", "reason_of"]


class Volatile(NamedTuple):
    """Names whose values are not compared. That there is one is."""

    names: re.Pattern[str]
    """The names, folded to lower case with ``-`` for ``_``."""
    reason: str
    """Why, in a few words."""


def _table(*rows: tuple[str, str]) -> tuple[Volatile, ...]:
    return tuple(Volatile(re.compile("|".join(map(translate, names.split()))), reason) for names, reason in rows)


_IDS = "*request-id *correlation-id *trace-id *span-id x-amz-id-2 traceparent tracestate x-cloud-trace-context cf-ray"

HEADERS: Final = _table(
    ("date", "the clock"),
    ("age expires retry-after", "counted from now"),
    (_IDS, "an id of this request alone"),
    ("etag", "made from the body, which is compared itself"),
    ("server-timing x-runtime x-*-time x-time x-response-time-* x-elapsed x-duration x-took", "a time that it took"),
    ("nel report-to", "for the browser's own reports"),
)
"""Response header fields."""

COOKIES: Final = _table(
    ("*sess* sid *-sid *.sid", "a session"),
    ("*csrf* *xsrf*", "a token against forgery"),
    ("*nonce*", "for one response alone"),
)
"""Cookies whose values are not compared; their attributes are."""

ENVIRON: Final = _table(
    ("remote-port", "the client's end of the connection"),
    (_IDS, "an id of this request alone"),
    ("*csrf* *xsrf* *nonce*", "a token for one response"),
)
"""Keys of the environ, and of what a framework hands on."""

PATTERNS: Final = (
    (re.compile(r"(?i)(name=[\"']?[\w-]*(?:csrf|xsrf)[\w-]*[\"']?[^>]*?\bvalue=[\"']?)[\w.+/=-]+"), r"\1…"),
    (re.compile(r"(?i)(\bvalue=[\"']?)[\w.+/=-]+([\"']?[^>]*?\bname=[\"']?[\w-]*(?:csrf|xsrf))"), r"\1…\2"),
    (re.compile(r"(?i)(\bnonce=[\"']?)[\w+/=-]+"), r"\1…"),
)
"""What is folded away in the text of a body: tokens against forgery in forms, nonces of scripts."""


def reason_of(name: str, table: tuple[Volatile, ...]) -> str:
    """Why values by this name do not count; empty where they do."""
    folded = name.lower().replace("_", "-").removeprefix("http-")
    return next((reason for names, reason in table if names.fullmatch(folded)), "")
