"""What the picture of an exchange is made of."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from wsgitrace.trace.kept import kept

if TYPE_CHECKING:
    from wsgitrace.trace.model import Trace

Kind: TypeAlias = Literal[
    "request", "refused", "call", "start_response", "write", "return", "chunk", "read", "close", "raised", "head",
    "sent", "gone", "held", "edit", "log", "query", "environ", "note", "done", "minor", "gap", "more",
]  # fmt: skip
"""What a row tells. ``environ``: found changed, or answered in a framework, while nothing crossed; ``note``: something
that stands alone; ``minor``: what is left out unless all is wanted; ``gap``: time in which nothing happened; ``more``:
several rows as one."""

ChangeKind: TypeAlias = Literal["environ", "status", "headers", "body", "input", "raised", "caught", "held", "edited"]

CHANGES: Final[dict[ChangeKind, str]] = {
    "environ": "+ ~ - environ",
    "status": "S status",
    "headers": "H headers",
    "body": "B body",
    "input": "I wsgi.input",
    "raised": "✗ raised",
    "caught": "! caught",
    "held": "‖ held",
    "edited": "✎ edited by you",
}
"""What can change, with its sign: the meaning is never in a colour alone. The signs are those of the list of layers."""

CLIENT: Final = 0
"""The column of the client."""

SERVER: Final = 1
"""The column of the server."""


class Change(NamedTuple):
    """Something that a layer changed, seen at one event."""

    kind: ChangeKind
    """What."""
    sign: str
    """As it is drawn: ``+2~1``, ``S``, ``H3``, ``B``."""
    span: int
    """The pass that did it."""
    seq: int
    """The event that shows it."""
    names: tuple[str, ...] = ()
    """What by name, with its sign: ``+REMOTE_ADDR``, ``~Vary``; not safe yet."""


@dataclass(frozen=True, slots=True)
class Column:
    """The client, the server, or a layer."""

    index: int
    """Its place, from the left."""
    name: str
    """Short name; not safe yet."""
    spans: tuple[int, ...]
    """The passes in it, in the order of their calls; none for the client."""
    parent: int
    """The column that it was called from; its own index for the client."""
    subrequest: bool = False
    """True where its passes belong to a request that the application made up itself."""
    quiet: bool = False
    """True where none of its passes changed anything: it is drawn narrow, and things go through it."""


class Part(NamedTuple):
    """What one kind of row has in several that are shown as one."""

    kind: Kind
    start: int
    end: int
    times: int
    """Rows."""
    length: int
    """Bytes."""


class Row(NamedTuple):
    """Something that happened, or the time in which nothing did."""

    kind: Kind
    seq: int
    """The event; the first of several; for a gap the one that ends it."""
    at: int
    """Nanoseconds since the exchange began, time held left out."""
    by: int
    """The column of who did it."""
    start: int
    """The column that it comes from."""
    end: int
    """The column that it goes to; the same where it stays in place."""
    changes: tuple[Change, ...] = ()
    """What is seen to be changed here."""
    length: int = 0
    """Bytes; for a gap and for a hold nanoseconds."""
    until: int = 0
    """When the last of several happened; else the same as ``at``."""
    parts: tuple[Part, ...] = ()
    """For ``more``: of what."""


class Life(NamedTuple):
    """A pass in its column."""

    first: int
    """The row in which it was called."""
    returned: int
    """The row in which its call was over."""
    last: int
    """The row in which it was over."""


@dataclass(frozen=True, eq=False)
class Flow:
    """The picture: columns from the client to the application, rows from the request to its end."""

    trace: Trace
    """What it is of."""
    whole: bool
    """True: nothing insignificant is left out."""
    columns: tuple[Column, ...]
    """From the left."""
    rows: tuple[Row, ...]
    """From above."""
    lives: tuple[tuple[Life, ...], ...]
    """By column: its passes, in the order of their calls."""

    @kept
    def changed(self) -> tuple[int, ...]:
        """The rows in which something changed."""
        return tuple(index for index, row in enumerate(self.rows) if row.changes)

    @kept
    def self_times(self) -> tuple[int, ...]:
        """By column: nanoseconds in its passes alone, time held left out."""
        alone = self.trace.self_times
        return tuple(sum(alone[span] for span in column.spans) for column in self.columns)

    @kept
    def _seqs(self) -> list[int]:
        return [row.seq for row in self.rows]

    def row_of(self, seq: int) -> int:
        """The row that an event is in, or would come after; 0 where there is none before."""
        index = bisect_right(self._seqs, seq) - 1
        while index > 0 and self.rows[index].kind == "gap":
            index -= 1
        return max(0, index)

    def life(self, column: int, row: int) -> Life | None:
        """The pass that is open in a column at a row; None for none."""
        lives = self.lives[column]
        index = bisect_right(lives, row, key=_first) - 1
        return lives[index] if index >= 0 and row <= lives[index].last else None


def _first(life: Life) -> int:
    return life.first
