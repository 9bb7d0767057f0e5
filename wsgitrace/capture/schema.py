"""The layout of a capture file, and the check that a file is one."""

from __future__ import annotations

import contextlib
import shlex
import sqlite3
import zlib
from typing import TYPE_CHECKING

import msgspec

from wsgitrace.capture import findings
from wsgitrace.capture.errors import CaptureError
from wsgitrace.capture.summary import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CAPTURE_FORMAT = 6
"""Version of the layout and of the events in it; a file with a newer one is refused.

2 added what analysis finds, 3 routes and views, 4 the events of stepping and editing, 5 that of values of a wrong type
and more about others, 6 database queries, the passes that printed and clocks that were set; earlier versions cannot
read these.
"""

_WITH_FINDINGS = 2
_WITH_ROUTES = 3
_WITH_PRINTING = 6

APPLICATION_ID = 0x77747263
"""``wtrc``: tells a capture from any other SQLite file."""

PAGE_SIZE = 16_384
"""Bytes of a page: an exchange's events fit into one."""

PART_BITS = 20
"""Rows of ``events`` and ``bodies`` are keyed ``number << PART_BITS | part``: those of an exchange lie side by side,
and both tables only ever grow at their end."""

PARTS = 1 << PART_BITS
"""Parts that an exchange may have."""

LONG_TARGET = "length(CAST(target AS BLOB)) > 1000"
"""SQL that is true of exchanges whose line may not have all of their target, which is bounded by
:data:`~wsgitrace.capture.text.LINE_LIMIT`; in bytes, for the length of a text stops at a NUL."""

_NUMBER = "INTEGER NOT NULL"

_TYPES = {
    "number": "INTEGER PRIMARY KEY",
    "status": "INTEGER",
    "first_byte": "INTEGER",
    "replay_of": "INTEGER",
    **dict.fromkeys(
        (
            "line",
            "state",
            "how",
            "method",
            "target",
            "path",
            "exception",
            "input",
            "short_circuit",
            "content_type",
            "note",
            "held_at",
            "peer",
            "route",
            "view",
        ),
        "TEXT NOT NULL",
    ),
}

_ROUTES = ("route", "view")
"""The columns of ``exchanges`` that format 3 added."""

TOTALS = (
    "newest",
    "exchanges",
    "stored",
    "evicted",
    "output_lines",
    "output_bytes",
    "output_evicted",
    "lost",
    "analysed",
)
"""The columns of ``totals``."""

# The line comes early in the row: what searches without the index need not step over the other columns.
_EXCHANGE_COLUMNS = ", ".join(f"{name} {_TYPES.get(name, _NUMBER)}" for name in ("number", "line", *COLUMNS[1:]))

_TABLES = (
    # The summaries lie apart from the events, so that a filter without an index reads some 250 bytes an exchange.
    f"CREATE TABLE exchanges ({_EXCHANGE_COLUMNS})",
    # Few rows at any time: what text search has to look at beside its index, and what a dead writer left open.
    "CREATE INDEX exchanges_open ON exchanges (number) WHERE state != 'done'",
    "CREATE INDEX exchanges_pinned ON exchanges (number) WHERE pinned",
    # Few as well: their lines end before their targets do.
    f"CREATE INDEX exchanges_long ON exchanges (number) WHERE {LONG_TARGET}",
    "CREATE INDEX exchanges_replays ON exchanges (replay_of, number) WHERE replay_of IS NOT NULL",
    """CREATE TABLE events (
        id INTEGER PRIMARY KEY, events INTEGER NOT NULL,
        pack INTEGER NOT NULL, "offset" INTEGER NOT NULL, length INTEGER NOT NULL
    )""",
    "CREATE INDEX events_pack ON events (pack)",
    "CREATE TABLE packs (id INTEGER PRIMARY KEY, coded INTEGER NOT NULL, data BLOB NOT NULL)",
    "CREATE TABLE bodies (id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, data BLOB NOT NULL)",
    """CREATE TABLE workers (
        number INTEGER PRIMARY KEY, wall INTEGER NOT NULL, pid INTEGER,
        app TEXT NOT NULL, python TEXT NOT NULL, dropped INTEGER NOT NULL
    )""",
    """CREATE TABLE layers (
        worker INTEGER NOT NULL, id INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (worker, id)
    ) WITHOUT ROWID""",
    "CREATE TABLE news (id INTEGER PRIMARY KEY, worker INTEGER NOT NULL, wall INTEGER NOT NULL, data BLOB NOT NULL)",
    """CREATE TABLE output (
        id INTEGER PRIMARY KEY, worker INTEGER NOT NULL, wall INTEGER NOT NULL,
        stream TEXT NOT NULL, text TEXT NOT NULL, exchange INTEGER, span INTEGER NOT NULL DEFAULT 0
    )""",
    "CREATE INDEX output_exchange ON output (exchange) WHERE exchange IS NOT NULL",
    # One row, kept beside the tables in each transaction: counting a million rows takes 50 ms.
    f"CREATE TABLE totals ({', '.join(f'{name} {_NUMBER} DEFAULT 0' for name in TOTALS)})",
    "INSERT INTO totals DEFAULT VALUES",
    "CREATE TABLE info (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID",
    *findings.TABLES,
)

# Lines are folded before they come here, so the tokenizer need not fold. It keeps which rows have a trigram, not
# where in the line: a third of the size and half of the time; rows found are compared with the text.
_SEARCH = (
    "CREATE VIRTUAL TABLE search USING fts5"
    " (line, content='', detail=none, columnsize=0, tokenize='trigram case_sensitive 1')"
)

_KNOWN_TABLES = frozenset(
    {"exchanges", "events", "packs", "bodies", "workers", "layers", "news", "output", "totals", "info"}
)

_FINDING_TABLES = frozenset({"terms", "findings", "unanalysed"})


def create(connection: sqlite3.Connection) -> None:
    """Lay out an empty file."""
    connection.execute(f"PRAGMA page_size = {PAGE_SIZE}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")
    for statement in _TABLES:
        connection.execute(statement)
    # SQLite before 3.34 has no trigram tokenizer, and some builds have no FTS5: there text is found by scanning.
    with contextlib.suppress(sqlite3.OperationalError):
        connection.execute(_SEARCH)
        # Many small steps of merging rather than few large ones: a commit stays below 100 ms at 1,000,000 rows.
        connection.executemany(
            "INSERT INTO search (search, rank) VALUES (?, ?)", [("automerge", 8), ("crisismerge", 64)]
        )
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {CAPTURE_FORMAT}")
    connection.execute("COMMIT")


def upgrade(connection: sqlite3.Connection) -> None:
    """Bring a capture of an earlier format to this one; for whoever goes on writing it."""
    version = _version(connection)
    if version >= CAPTURE_FORMAT:
        return
    connection.execute("BEGIN IMMEDIATE")
    if version < _WITH_FINDINGS:
        for statement in findings.TABLES:
            connection.execute(statement)
        connection.execute(f"ALTER TABLE totals ADD COLUMN analysed {_NUMBER} DEFAULT 0")
    if version < _WITH_ROUTES:
        for column in _ROUTES:
            connection.execute(f"ALTER TABLE exchanges ADD COLUMN {column} TEXT NOT NULL DEFAULT ''")
    if version < _WITH_PRINTING:
        connection.execute(f"ALTER TABLE output ADD COLUMN span {_NUMBER} DEFAULT 0")
    connection.execute(f"PRAGMA user_version = {CAPTURE_FORMAT}")
    connection.execute("COMMIT")


def has_findings(connection: sqlite3.Connection) -> bool:
    """True when the file has room for what analysis finds."""
    return _version(connection) >= _WITH_FINDINGS


def fill_in(connection: sqlite3.Connection) -> None:
    """Let a reader's connection find in a file of an earlier format the columns that it does not have."""
    version = _version(connection)
    if version < _WITH_PRINTING:
        connection.execute("PRAGMA temp_store = MEMORY")
        # Views are found before the tables, which they leave as they are; SQLite makes one query of both.
        connection.execute("CREATE TEMP VIEW output AS SELECT *, 0 AS span FROM main.output")
    if version < _WITH_ROUTES:
        columns = ", ".join(f"'' AS {column}" for column in _ROUTES)
        connection.execute(f"CREATE TEMP VIEW exchanges AS SELECT *, {columns} FROM main.exchanges")  # noqa: S608 -- our names


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def is_empty(connection: sqlite3.Connection) -> bool:
    """True for a file without any table. Raises :class:`sqlite3.DatabaseError` for what is not SQLite."""
    return bool(connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0)


def check(connection: sqlite3.Connection, path: Path) -> None:
    """Raise :class:`CaptureError` unless the file is a capture that this version reads."""
    with readable(path):
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        schema = connection.execute("SELECT type, name FROM sqlite_schema").fetchall()
    if application != APPLICATION_ID:
        raise CaptureError(f"{path} is not a wsgitrace capture.")
    if version > CAPTURE_FORMAT:
        raise CaptureError(
            f"{path} was written by a newer wsgitrace (format {version}, this one reads up to {CAPTURE_FORMAT}):"
            " upgrade wsgitrace to open it."
        )
    # A file comes from anywhere. Ours has neither views nor triggers, by which a made-up one could run SQL of its own.
    if any(kind in {"view", "trigger"} for kind, _ in schema):
        raise CaptureError(f"{path} is not a wsgitrace capture: it has views or triggers.")
    known = _KNOWN_TABLES | _FINDING_TABLES if version >= _WITH_FINDINGS else _KNOWN_TABLES
    if not known.issubset({name for kind, name in schema if kind == "table"}):
        raise CaptureError(_damaged(path, "some of its tables are missing"))


def expects_search(connection: sqlite3.Connection) -> bool:
    """True when the file was made with a text index."""
    return connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'search'").fetchone() is not None


def has_search(connection: sqlite3.Connection) -> bool:
    """True when text can be found by the index, with the SQLite at hand."""
    if not expects_search(connection):
        return False
    try:
        connection.execute("SELECT rowid FROM search WHERE search MATCH '\"abc\"' LIMIT 1").fetchone()
    except sqlite3.OperationalError:
        return False
    return True


def settle(connection: sqlite3.Connection) -> None:
    """Bring everything into the one file. A connection elsewhere prevents the last step, and is left to do it."""
    connection.execute("PRAGMA busy_timeout = 1000")
    with contextlib.suppress(sqlite3.OperationalError):
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode = DELETE")


@contextlib.contextmanager
def readable(path: Path) -> Iterator[None]:
    """While inside, what a damaged file makes of SQLite and of us becomes a :class:`CaptureError`."""
    try:
        yield
    except sqlite3.Error as error:
        raise CaptureError(_explanation(path, error)) from error
    except _NONSENSE as error:
        raise CaptureError(_damaged(path, f"a record makes no sense: {error}")) from error


# A row is missing that another refers to, or a value is not what it has to be; UnicodeDecodeError also comes of error
# messages in which SQLite quotes a damaged schema.
_NONSENSE = (zlib.error, msgspec.MsgspecError, TypeError, ValueError, OverflowError)


def _damaged(path: Path, why: str) -> str:
    return f"{path} is damaged ({why}); `wsgitrace repair {shlex.quote(str(path))}` saves what can be read."


def _explanation(path: Path, error: sqlite3.Error) -> str:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_NOTADB:
        return f"{path} is not a wsgitrace capture."
    if code == sqlite3.SQLITE_CORRUPT:
        return _damaged(path, str(error))
    return f"{path} cannot be read: {error}."
