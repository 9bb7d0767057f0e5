"""Exchange events of what an application does beside its response: what it logs and prints, what it asks databases."""

from __future__ import annotations

from wsgitrace.events.values import ExchangeEvent, Frame, Text, TracebackFrame, Value


class ErrorsWrite(ExchangeEvent, frozen=True, tag="errors_write"):
    """Text was written to ``wsgi.errors``."""

    text: Text
    """The text, bounded."""


class Logged(ExchangeEvent, frozen=True, tag="log"):
    """A record of the ``logging`` module; a warning is one of the logger ``py.warnings``."""

    level: int
    """Its numeric level."""
    logger: str
    """Name of the logger."""
    text: Text
    """The formatted message, bounded."""
    file: Text = ""
    """Absolute path of the source that logged it; empty where nobody knows."""
    line: int = 0
    """Line number in it."""
    error: Text = ""
    """Type and message of the exception logged with it; empty for none."""
    frames: tuple[TracebackFrame, ...] = ()
    """Where that was raised: the innermost frames, without their variables."""


class Parameter(Frame, frozen=True):
    """One parameter of a database query."""

    name: str
    """Its name; empty for one that has a position only."""
    value: Value
    """Its value."""


class Queried(ExchangeEvent, frozen=True, tag="query"):
    """A database query is over."""

    by: str
    """What ran it: ``SQLAlchemy`` or ``Django``."""
    database: Text
    """Which database, by its alias or its URL without the password."""
    statement: Text
    """The statement as it was given, bounded."""
    length: int
    """Characters of it in all."""
    parameters: tuple[Parameter, ...] = ()
    """The first ones, of several sets those of the first set; bounded."""
    count: int = 0
    """Parameters of the first set in all."""
    sets: int = 1
    """Sets of parameters that it was run with."""
    many: bool = False
    """True when it was run by ``executemany``."""
    rows: int | None = None
    """Rows that the driver tells: changed, or found where it knows that at once; None where it does not."""
    took: int = 0
    """Nanoseconds."""
    error: Text = ""
    """Type and message of the exception that it ended with; empty for none."""
    file: Text = ""
    """Absolute path of the application's source that asked for it; empty where nobody knows."""
    line: int = 0
    """Line number in it."""
    function: Text = ""
    """Qualified name of the function there."""
