"""The fields of the filter language: the one table that parser, SQL, predicate, completion and help read."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

Kind: TypeAlias = Literal[
    "text", "word", "status", "count", "size", "duration", "since", "before", "yes", "pairs", "layer", "changed",
    "rule", "flag", "level",
]  # fmt: skip
"""How values of a field are written and compared."""

Known: TypeAlias = Literal["summary", "worker", "finding", "recording"]
"""Where a fact is known: in the row of an exchange, in that of its worker, after its analysis, or in what was recorded
of it alone."""

Fact: TypeAlias = str | int | bool | tuple[str, ...] | tuple[tuple[str, str], ...] | tuple[tuple[str, int], ...] | None
"""A fact about an exchange. Texts: one, or several of which any may match; pairs: (name, value); ``passes``: (layer,
nanoseconds in it alone); ``changes``: (layer, name of what it changed); ``rules``: (layer, how grave and which rule
that it broke); ``buffers``: (layer, nanoseconds held back); ``starved``: (layer, bytes that others had read);
``levels``: (layer, level that it logged at, a number as text). None: there is none, or it is not known."""


class Fields(Protocol):
    """What a filter looks at: an exchange, as a row, a trace or a live span knows it."""

    def get(self, name: str) -> Fact:
        """The fact of that name: one of :data:`FACTS`."""


@dataclass(frozen=True, slots=True)
class Word:
    """A value that a field knows by name."""

    value: str
    """As it is written."""
    help: str
    """What it means, for completion and help."""
    meaning: str = ""
    """For fields of kind ``flag``: the filter that it stands for; ``{slow}`` in it: from where on a request is slow."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field."""

    name: str
    """As it is written before the colon."""
    kind: Kind
    """How its values are written."""
    help: str
    """One line, for completion and help."""
    known: Known = "summary"
    """Where its fact is known; a flag's: where those of its meaning are."""
    fact: str = ""
    """Name of its fact; empty: as the field."""
    column: str = ""
    """For ``summary`` and ``worker``: SQL over the columns of ``exchanges``."""
    necessary: str = ""
    """For ``recording``: SQL over the same that is true wherever there is a fact."""
    aliases: tuple[str, ...] = ()
    """Other names."""
    words: tuple[Word, ...] = ()
    """Values known by name; those of ``word`` and ``flag`` fields are all there are, unless it is :attr:`open`."""
    open: bool = False
    """Values beside :attr:`words` are taken too."""

    @property
    def source(self) -> str:
        """The fact that it asks for."""
        return self.fact or self.name


def _words(**meanings: str) -> tuple[Word, ...]:
    return tuple(Word(value.replace("_", " "), text) for value, text in meanings.items())


_METHODS: Final = tuple(
    Word(name, "") for name in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT")
)
_STATES: Final = _words(
    running="no response head yet",
    streaming="its response head is out, its body is not over",
    held="its thread is parked",
    done="nothing more will come",
)
_HOWS: Final = _words(
    complete="to the end",
    client_gone="the client left",
    cut="by a deadline, or an error after the head was sent",
    refused="the server refused its bytes",
    worker_gone="the process ended",
)
_INPUTS: Final = _words(none="there is no body", unread="not read", partial="read in part", full="read to the end")
_SOURCES: Final = (
    Word("live", "sent by a client", "-replay-of:>0"),
    Word("replay", "sent again by the debugger", "replay-of:>0"),
)
SLOW: Final = 10**9
"""Nanoseconds from which on a request is slow, unless somebody says otherwise."""

_ASSETS: Final = "type:text/css,image/,font/,application/font,javascript"
_IS: Final = (
    Word("open", "not over yet", "-state:done"),
    Word("running", "no response head yet", "state:running"),
    Word("streaming", "its response head is out, its body is not over", "state:streaming"),
    Word("held", "its thread is parked", "state:held"),
    Word("paused", "the same as held", "state:held"),
    Word("done", "nothing more will come", "state:done"),
    Word("live", "sent by a client, not a replay", "-replay-of:>0"),
    Word("replay", "a replay", "replay-of:>0"),
    Word("replayed", "the same as replay", "replay-of:>0"),
    Word("marked", "kept whatever the bounds say", "marked:yes"),
    Word("error", "a 5xx status, or an exception left the outermost layer", "error:yes"),
    Word("slow", "took a second or more, or what --slow says", "dur:>={slow}ns"),
    Word("refused", "the server refused its bytes", "how:refused"),
    Word("asset", "style sheets, scripts, images, fonts", _ASSETS),
)
_HAS: Final = (
    Word("status", "a response was sent", "status:>0"),
    Word("query", "the target has a query", "query:*"),
    Word("exc", "an exception was raised and left a layer", "exc:*"),
    Word("note", "there is something to say about it", "note:*"),
    Word("short", "a layer answered instead of those inside it", "short:*"),
    Word("cookie", "the client sent a cookie", "cookie:*"),
    Word("set-cookie", "a cookie is set", "set-cookie:*"),
    Word("req.body", "the application read a body", "req.size:>0"),
    Word("resp.body", "a response body was sent", "resp.size:>0"),
    Word("dropped", "something was dropped on its way to the recording", "dropped:>0"),
    Word("buffering", "a layer held the whole body back", "buffered:*"),
    Word("log", "something was logged", "log:>0"),
    Word("sql", "a database was asked", "sql:>0"),
)
_ERROR: Final = (
    Word("yes", "a 5xx status, or an exception left the outermost layer", "status:5xx OR (exc:* swallowed:no)"),
    Word("no", "neither", "-(status:5xx OR (exc:* swallowed:no))"),
)

_GRAVE: Final = _words(
    must="the standards demand it",
    should="they advise it",
    hygiene="they do neither, and it is for the better",
    client="what a client sent, and was refused for",
)

RULES_OF: Final = {"S": 60, "A": 50, "M": 25, "H": 40}
"""How many rules each side has to keep, numbered from 1: the rules themselves are the linter's."""

LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}
"""Levels of log records."""

_LEVEL_WORDS: Final = tuple(Word(name, f"it logged at this level; log:>={name}: or above") for name in LEVELS)
_QUERY_WORDS: Final = _words(
    repeated="a layer asked the same three times or more, but for the values",
    failed="a query raised",
)

_MAY_HAVE_GAPS: Final = "(chunks > 1 OR how != 'complete')"
"""The count is behind while a request is running, and where it never ended as it should."""

FIELDS: Final[tuple[Field, ...]] = (
    Field("method", "word", "request method", column="method", words=_METHODS, open=True),
    Field("status", "status", "status code: 404, 5xx, 300..399, >=400, none", column="status"),
    Field("path", "text", "path of the request, percent-decoded", column="path"),
    Field("url", "text", "request target as sent: path and query", column="target", aliases=("target",)),
    Field("query", "text", "what follows the ? of the target", column="wsgitrace_query(target)"),
    Field("host", "text", "the Host that the client asked for", "recording"),
    Field("peer", "text", "address of the client", column="peer"),
    Field("type", "text", "Content-Type of the response", column="content_type", aliases=("content-type",)),
    Field("req.size", "size", "bytes of request body read: >0, 10k, 1M..2M", column="request_size"),
    Field("resp.size", "size", "bytes of response body sent", column="response_size", aliases=("size",)),
    Field("dur", "duration", "time it took, time held left out: >100ms, 1s..5s", column="duration - held"),
    Field("self", "duration", "time in some one layer alone: self:>50ms; dur@LAYER tells which", "finding", "passes"),
    Field("ttfb", "duration", "time to the response head", column="first_byte"),
    Field("held", "duration", "time it was held", column="held"),
    Field("chunks", "count", "body items handed to the server", column="chunks"),
    Field("gap", "duration", "the longest pause between two of them", "recording", necessary=_MAY_HAVE_GAPS),
    Field("layers", "count", "passes through layers", column="layers"),
    Field("sr", "count", "calls of start_response", column="start_responses"),
    Field("events", "count", "events recorded", column="events"),
    Field("dropped", "count", "events and body parts lost on their way here", column="dropped"),
    Field("exc", "text", "type of the exception: exc:KeyError", column="exception", aliases=("exception",)),
    Field("swallowed", "yes", "an exception left some layer, but not the outermost", column="swallowed"),
    Field("error", "flag", "a 5xx status, or an exception left the outermost layer", words=_ERROR),
    Field("closed", "yes", "no: an iterable was never closed", column="closed"),
    Field("input", "word", "how much of the request body was read", column="input", words=_INPUTS),
    Field("short", "text", "layer that answered instead of those inside it", column="short_circuit"),
    Field("route", "text", "the framework's route that matched", column="route"),
    Field("view", "text", "the view that was called", column="view"),
    Field("how", "word", "how it ended", column="how", words=_HOWS),
    Field("state", "word", "where it is", column="state", words=_STATES),
    Field("note", "text", "what is said about it", column="note"),
    Field("id", "count", "number of the request: 12, 10..20", column="number", aliases=("number",)),
    Field("worker", "count", "start of the worker that ran it, from 1", column="worker"),
    Field(
        "pid",
        "count",
        "process that ran it",
        "worker",
        column="(SELECT pid FROM workers WHERE workers.number = exchanges.worker)",
    ),
    Field("thread", "count", "thread that ran it, as threading.get_ident() tells", "recording"),
    Field("replay-of", "count", "number of the request that it replays", column="replay_of"),
    Field("src", "flag", "where it came from", words=_SOURCES),
    Field("marked", "yes", "kept whatever the bounds say", column="pinned", aliases=("pinned",)),
    Field("since", "since", "begun since: 5m (ago), 14:05, 2026-01-31T14:05", fact="wall", column="wall"),
    Field("before", "before", "begun before: 5m (ago), 14:05, 2026-01-31T14:05", fact="wall", column="wall"),
    Field("is", "flag", "what it is", words=_IS),
    Field("has", "flag", "what it has: exc, query, or a header: req.x-id, resp.x-id", words=_HAS, open=True),
    Field("layer", "layer", "a layer that it passed", "finding", "passes"),
    Field("changed", "changed", "what some layer changed: vary, environ:shop.user, status, body", "finding", "changes"),
    Field("buffered", "layer", "a layer that held the whole body back; buffered:* is any", "finding", "buffers"),
    Field("starved", "layer", "a layer that found the request body read already; starved:* is any", "finding"),
    Field("by", "layer", "a layer that changed something; with changed: that very thing", "finding", "changes"),
    Field(
        "lint",
        "rule",
        "a rule that was broken: A23, A*, or how grave that is; 'wsgitrace lint --rules' lists all",
        "finding",
        "rules",
        words=_GRAVE,
        open=True,
    ),
    Field("header", "pairs", "a header field, of request or response: NAME, NAME:part, NAME=value*", "recording"),
    Field("req.header", "pairs", "a header field of the request", "recording"),
    Field("resp.header", "pairs", "a header field of the response as sent", "recording"),
    Field("cookie", "pairs", "a cookie that the client sent: NAME, NAME=value*", "recording"),
    Field("set-cookie", "pairs", "a cookie that the response sets", "recording"),
    Field("body", "text", "text in the request's or the response's body", "recording"),
    Field("req.body", "text", "text in the request's body", "recording"),
    Field("resp.body", "text", "text in the response's body, as any layer made it", "recording"),
    Field(
        "log",
        "text",
        "text that it logged or printed, or a level: error, >=warning",
        "recording",
        words=_LEVEL_WORDS,
        open=True,
    ),
    Field(
        "sql",
        "text",
        "text in a database query; how many, >20; their time, >50ms; repeated, failed",
        "recording",
        words=_QUERY_WORDS,
        open=True,
    ),
)
"""Every field, in the order in which help shows them. ``dur@LAYER`` beside ``dur`` is made by the parser, and so are
those that values of some sorts ask for."""

LEVEL: Final = Field("log", "level", "level of a log record", "finding", "levels")
QUERIES: Final = Field("sql", "count", "how many database queries", "finding", "queries")
QUERY_TIME: Final = Field("sql", "duration", "time of all database queries", "finding", "query time")
SQL_WORDS: Final = {
    "repeated": Field("sql", "count", "queries that were the same", "finding", "repeated queries"),
    "failed": Field("sql", "count", "queries that raised", "finding", "failed queries"),
}
"""What ``log:`` and ``sql:`` ask for when their value is no text."""

TOTALS: Final = {
    "queries": "sql",
    "query time": "sqltime",
    "repeated queries": "repeated",
    "failed queries": "sqlfailed",
}
"""Facts that are the values of findings of one kind added up: 0 where there are none."""

_SORTS: Final = (LEVEL, QUERIES, QUERY_TIME, *SQL_WORDS.values())

LINE: Final = Field("", "text", "text in METHOD path?query STATUS", fact="line", column="exchanges.line")
"""What a bare word is looked for in. Its column is folded already."""

AT: Final = Field("dur@", "duration", "time in one layer alone: dur@Session:>50ms", "finding", "passes")
"""``dur@LAYER``: what follows the sign names the layer."""

FACTS: Final = frozenset({LINE.source, *(field.source for field in (*FIELDS, *_SORTS) if field.kind != "flag")})
"""The names that :meth:`Fields.get` is asked for."""

NAMES: Final = {name: field for field in FIELDS for name in (field.name, *field.aliases)}
"""Fields by all their names."""

ALIASES: Final[dict[str, str]] = {
    "~all": "",
    "~b": "body~",
    "~bq": "req.body~",
    "~bs": "resp.body~",
    "~c": "status:",
    "~d": "host~",
    "~e": "is:error",
    "~h": "header~",
    "~hq": "req.header~",
    "~hs": "resp.header~",
    "~m": "method~",
    "~marked": "is:marked",
    "~q": "-has:status",
    "~replay": "is:replay",
    "~s": "has:status",
    "~t": "type~",
    "~u": "url~",
}
"""What mitmproxy calls them. Those that end with ``:`` or ``~`` take the next word as their value."""


def nearest(name: str, known: Iterable[str]) -> str:
    """The name that somebody may have meant; empty where none is near."""
    names = list(known)
    folded = name.casefold()
    near = difflib.get_close_matches(folded, names, n=1)
    return near[0] if near else next((each for each in names if folded and each.startswith(folded)), "")
