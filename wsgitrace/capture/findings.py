"""What analysis found out about exchanges: small rows that filters ask for.

A finding is (exchange, kind, layer, name, value). Its three words are few and repeat, so they are kept once, as a
*term*: a finding takes some 14 bytes, and those of one term lie side by side, newest last. Readers see both tables as
one, named ``finding``.
"""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

Found: TypeAlias = "Sequence[tuple[str, str, str, int]]"
"""What was found in one exchange: kind, layer, name, value."""

TERMS_LIMIT = 4_096
"""Terms that a capture keeps. Names come from traffic: one that comes too late is found by its kind and layer only."""

WORD_LIMIT = 200
"""Characters of a layer or a name that are kept."""

OTHER = "…"
"""Name of what came too late."""

TABLES = (
    """CREATE TABLE terms (
        id INTEGER PRIMARY KEY, kind TEXT NOT NULL, layer TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (kind, layer, name)
    )""",
    """CREATE TABLE findings (
        term INTEGER NOT NULL, exchange INTEGER NOT NULL, value INTEGER NOT NULL, PRIMARY KEY (term, exchange)
    ) WITHOUT ROWID""",
    # Exchanges that were open when analysis came by: few.
    "CREATE TABLE unanalysed (exchange INTEGER PRIMARY KEY)",
)

_VIEW = (
    "SELECT findings.exchange AS exchange, terms.kind AS kind, terms.layer AS layer, terms.name AS name,"
    " findings.value AS value FROM {0}terms AS terms CROSS JOIN {0}findings AS findings ON findings.term = terms.id"
)
_HEEDED = (
    " WHERE terms.kind != 'lint'"
    " OR NOT wsgitrace_hidden(terms.name, (SELECT path FROM exchanges WHERE number = findings.exchange))"
)
_EMPTY = "SELECT 0 AS exchange, '' AS kind, '' AS layer, '' AS name, 0 AS value WHERE 0"
_LARGEST = 2**63 - 1

_BADGES = ("starved", "buffered", "sql", "sqltime", "sqlfailed", "repeated", "log")
"""Kinds of findings that a list shows."""

LAYER_TIMES = "SELECT exchange, layer, value FROM finding WHERE kind = 'layer' AND exchange BETWEEN ? AND ?"
"""Nanoseconds in each layer alone."""


QUERIES = (
    "SELECT exchange, method, path, kind, value FROM finding CROSS JOIN exchanges ON number = exchange"
    " WHERE kind IN ('sql', 'sqltime') AND exchange BETWEEN ? AND ?"
)
"""How many database queries there were, and their nanoseconds."""


def remarkable(numbers: Sequence[int]) -> tuple[str, *tuple[int, ...]]:
    """What asks for the findings that a list shows beside some exchanges: the statement, and its values."""
    marks = ",".join("?" * len(numbers))
    wanted = f"kind IN {_BADGES} OR (kind = 'lint' AND name LIKE 'must:%')"
    which = f"({wanted}) AND exchange IN ({marks})"
    # Behind "must:"; and with the level.
    what = "CASE kind WHEN 'lint' THEN upper(substr(name, 6)) WHEN 'log' THEN 'log ' || name ELSE kind END"
    most = "CASE kind WHEN 'log' THEN sum(value) ELSE max(value) END"
    return (
        f"SELECT exchange, {what}, {most} FROM finding WHERE {which} GROUP BY 1, 2 ORDER BY kind DESC, name",  # noqa: S608 -- only marks
        *numbers,
    )


def badges(rows: Iterable[tuple[int, str, int]]) -> dict[int, list[tuple[str, int]]]:
    """The same by exchange: kind, or the rule that was broken, and value, of several layers the largest."""
    found: dict[int, list[tuple[str, int]]] = {}
    for number, kind, value in rows:
        found.setdefault(number, []).append((kind, value))
    return found


class Terms:
    """The numbers of terms, known and new."""

    def __init__(self, connection: sqlite3.Connection, tables: str = "main.") -> None:
        self._connection = connection
        self._tables = tables
        self._ids: dict[tuple[str, str, str], int] = {}
        self._new: dict[int, tuple[str, str, str]] = {}
        self._crowded = False
        self.load()

    def load(self) -> None:
        """Forget what is not in the file."""
        rows = self._connection.execute(f"SELECT id, kind, layer, name FROM {self._tables}terms").fetchall()  # noqa: S608 -- our names
        self._ids = {(kind, layer, name): term for term, kind, layer, name in rows}
        self._next = max(self._ids.values(), default=0) + 1
        self._new.clear()

    def rows(self, exchange: int, found: Found) -> list[tuple[int, int, int]]:
        """Findings of one exchange as rows: term, exchange, value."""
        rows: dict[int, int] = {}
        for kind, layer, name, value in found:
            term = self._term(kind, layer[:WORD_LIMIT], name[:WORD_LIMIT])
            if term is not None:
                rows[term] = min(rows.get(term, 0) + value, _LARGEST)
        return [(term, exchange, value) for term, value in rows.items()]

    def _term(self, kind: str, layer: str, name: str) -> int | None:
        known = self._ids.get((kind, layer, name))
        if known is not None or len(self._ids) >= TERMS_LIMIT * 2:
            return known
        if len(self._ids) >= TERMS_LIMIT and name != OTHER:
            self._crowded = True
            return self._term(kind, layer, OTHER)
        term = self._ids[kind, layer, name] = self._next
        self._new[term] = (kind, layer, name)
        self._next += 1
        return term

    def write(self, rows: list[tuple[int, int, int]]) -> None:
        """Write findings and the terms that are new, inside the transaction of the caller."""
        many = self._connection.executemany
        terms = [(term, *words) for term, words in self._new.items()]
        many(f"INSERT INTO {self._tables}terms VALUES (?, ?, ?, ?)", terms)  # noqa: S608 -- our names
        many(f"INSERT OR REPLACE INTO {self._tables}findings VALUES (?, ?, ?)", rows)  # noqa: S608 -- our names

    def written(self) -> None:
        """The new ones are in the file now."""
        self._new.clear()

    def tidy(self) -> None:
        """Make room where terms have become too many: what was evicted may have been all that had one."""
        if self._crowded and not self._new:
            self._crowded = False
            self._connection.execute(
                f"DELETE FROM {self._tables}terms WHERE id NOT IN (SELECT DISTINCT term FROM {self._tables}findings)"  # noqa: S608 -- our names
            )
            self.load()


class Ledger:
    """The writer's side: findings that wait for the next transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._terms = Terms(connection)
        self._found: dict[int, Found] = {}
        self._passed: set[int] = set()
        self._upto: int | None = None

    def __bool__(self) -> bool:
        return bool(self._found or self._passed or self._upto is not None)

    def add(self, found: Mapping[int, Found], passed: Iterable[int], upto: int) -> None:
        """Note what was found, which exchanges were passed over because they are open, and how far that goes."""
        self._found.update(found)
        self._passed.update(passed)
        self._upto = max(upto, self._upto or 0)

    def write(self, analysed: int) -> int:
        """Write what waits, inside the transaction of the caller.

        Returns how far analysis has come now, given how far it had.
        """
        one = self._connection.execute
        kept = [
            number for number in self._found if one("SELECT 1 FROM exchanges WHERE number = ?", (number,)).fetchone()
        ]
        self._terms.write([row for number in kept for row in self._terms.rows(number, self._found[number])])
        many = self._connection.executemany
        many("DELETE FROM unanalysed WHERE exchange = ?", [(number,) for number in self._found])
        many(
            "INSERT OR IGNORE INTO unanalysed SELECT number FROM exchanges WHERE number = ?",
            [(number,) for number in self._passed - self._found.keys()],
        )
        return analysed if self._upto is None else max(analysed, self._upto)

    def tidy(self) -> None:
        """Let go of terms that nothing has, inside the transaction of the caller that evicted something."""
        self._terms.tidy()

    def clear(self) -> None:
        """Forget what was written."""
        self._terms.written()
        self._found.clear()
        self._passed.clear()
        self._upto = None

    def restore(self) -> None:
        """The transaction failed: what waits is written by the next one."""
        with contextlib.suppress(sqlite3.Error):
            self._terms.load()


def delete(connection: sqlite3.Connection, first: int, last: int) -> None:
    """Remove what was found about a run of exchanges."""
    connection.execute(
        "DELETE FROM findings WHERE term IN (SELECT id FROM terms) AND exchange BETWEEN ? AND ?", (first, last)
    )
    connection.execute("DELETE FROM unanalysed WHERE exchange BETWEEN ? AND ?", (first, last))


class Notebook:
    """The reader's side: the view ``finding``, which leaves out what nobody wants to hear of.

    Findings about exchanges that the file has none about stand beside it, in memory.
    """

    def __init__(self, connection: sqlite3.Connection, *, present: bool) -> None:
        self._connection = connection
        self._tables = ["main."] if present else []
        self._heeds = False
        self._terms: Terms | None = None
        connection.execute("PRAGMA temp_store = MEMORY")
        self._expose()

    def _expose(self) -> None:
        view = f"{_VIEW}{_HEEDED}" if self._heeds else _VIEW
        whole = " UNION ALL ".join(view.format(table) for table in self._tables) or _EMPTY
        # The file itself is open for reading only; what may be written are temporary tables.
        self._connection.execute("PRAGMA query_only = OFF")
        self._connection.execute("DROP VIEW IF EXISTS temp.finding")
        self._connection.execute(f"CREATE TEMP VIEW finding AS {whole}")
        if self._terms is None:
            self._connection.execute("PRAGMA query_only = ON")

    def leave_out(self, hide: Callable[[str, str], bool]) -> None:
        """Take rules that were broken out of the view: those that ``hide``, given rule and path, says to."""

        def hidden(name: str, path: str) -> bool:
            return hide(name.rpartition(":")[2].upper(), path)

        self._connection.create_function("wsgitrace_hidden", 2, hidden)
        self._heeds = True
        self._expose()

    def _begin(self) -> Terms:
        self._connection.execute("PRAGMA query_only = OFF")
        for table in TABLES:
            self._connection.execute(table.replace("CREATE TABLE ", "CREATE TEMP TABLE more_", 1))
        self._tables.append("temp.more_")
        self._terms = Terms(self._connection, "temp.more_")
        self._expose()
        return self._terms

    def add(self, found: Mapping[int, Found]) -> None:
        """Take in what was found."""
        terms = self._terms or self._begin()
        self._connection.execute("BEGIN")
        terms.write([row for number, each in found.items() for row in terms.rows(number, each)])
        self._connection.execute("COMMIT")
        terms.written()
