"""Database queries, recorded for the pass that ran them; and which line of the application asked for one."""

from __future__ import annotations

import os
from _thread import get_ident
from sys import _getframe
from typing import TYPE_CHECKING, Any, Final

from wsgitrace.events import Parameter, Queried, Text, to_key, to_text
from wsgitrace.probe.environ import bounded
from wsgitrace.probe.exceptions import error_text, path_of
from wsgitrace.probe.foreign import mro, type_name
from wsgitrace.probe.lines import is_own
from wsgitrace.probe.spans import current
from wsgitrace.probe.telling import told
from wsgitrace.probe.trampoline import ours

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import FrameType

    from wsgitrace.probe.exchanges import Exchanges

__all__ = ["Queries"]

_STATEMENT: Final = 8_000
"""Characters of a statement that travel."""

_PARAMETERS: Final = 32
"""Parameters that travel."""

_LONGEST: Final = 200
"""Characters, or bytes, of each."""

_SETS: Final = frozenset({list, tuple})
_GIVEN: Final = frozenset({list, tuple, dict})

_LIBRARY: Final = os.path.dirname(os.__file__) + os.sep  # noqa: PTH120 -- compared as text
_PACKAGES: Final = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")


_OURS, _SILENT, _OTHERS, _APPLICATIONS = range(4)
"""Whose code a file is: wsgitrace's; the database library's or the standard library's, of which nobody wants to be
told; another package's; the application's."""


class Queries:
    """Records the queries that one database library runs. No method raises.

    ``folder``: where the library's own code lies, for which nobody wants to be told of.
    """

    def __init__(self, exchanges: Exchanges, by: str, folder: str) -> None:
        self._faults = exchanges.faults
        self._by = by
        self._folder = folder
        self._whose: dict[str, int] = {}
        """By file, whose code it is."""
        self.active = True
        """False once a fault of ours was seen here: then nothing more is recorded."""

    @property
    def wanted(self) -> bool:
        """Whether a query that is run here and now is recorded."""
        span = current.get()
        return span is not None and self.active and span.recording.live

    def fault(self, error: BaseException) -> None:
        """Take note of a fault of ours."""
        self.active = False
        self._faults.contain(f"{self._by} queries", error)

    def record(  # noqa: PLR0917 -- the facts of one query
        self,
        took: int,
        database: str,
        statement: Any,
        parameters: Any,
        many: bool,  # noqa: FBT001 -- as both libraries hand it on
        cursor: Any,
        error: BaseException | None = None,
    ) -> None:
        """A query is over. ``cursor``: that of the driver, None where there is none to ask."""
        span = current.get()
        if span is None or not self.active or not span.recording.live:
            return
        recording = span.recording
        try:
            text = _text(statement)
            sets = len(parameters) if many and type(parameters) in _SETS else 1
            given = parameters if not many else parameters[0] if parameters and type(parameters) in _SETS else None
            file, line, function = self._place(_getframe(1))
            recording.add(
                Queried(
                    recording.seq(),
                    span.id,
                    get_ident(),
                    recording.elapsed(),
                    self._by,
                    to_text(database),
                    bounded(text, _STATEMENT),
                    len(text),
                    tuple([Parameter(name, told(value, _LONGEST)) for name, value in _some(given)]),
                    0 if given is None or type(given) not in _GIVEN else len(given),
                    sets,
                    many,
                    _rows(cursor) if error is None else None,
                    took,
                    "" if error is None else error_text(error),
                    file,
                    line,
                    function,
                )
            )
        except Exception as fault:  # noqa: BLE001 -- promise 2
            self.fault(fault)

    def _place(self, frame: FrameType | None) -> tuple[Text, int, Text]:
        """File, line and function of the application's innermost frame in the pass; where it has none, of another's."""
        whose = self._whose
        nearest: FrameType | None = None
        below = False
        while frame is not None:
            name = frame.f_code.co_filename
            sort = whose[name] if name in whose else self._learn(frame)
            if sort == _OURS or id(frame.f_code) in ours:
                if below:
                    break  # beyond are other layers
            else:
                below = True
                if sort >= _OTHERS and nearest is None:
                    nearest = frame
                if sort == _APPLICATIONS:
                    nearest = frame
                    break
            frame = frame.f_back
        if nearest is None:
            return "", 0, ""
        code = nearest.f_code
        return path_of(code.co_filename), _line(nearest), to_text(code.co_qualname)

    def _learn(self, frame: FrameType) -> int:
        name = frame.f_code.co_filename
        packaged = any(folder in name for folder in _PACKAGES)
        if is_own(frame.f_code):
            sort = _OURS
        elif name.startswith((self._folder, "<")) or (not packaged and name.startswith(_LIBRARY)):
            sort = _SILENT
        else:
            sort = _OTHERS if packaged else _APPLICATIONS
        self._whose[name] = sort
        return sort


def _text(statement: Any) -> str:
    """The statement; an object that composes one is shown by its type."""
    if type(statement) is str:
        return statement
    if str in mro(type(statement)):
        return str.__getitem__(statement, slice(None))
    return f"<{type_name(type(statement))}>"


def _some(parameters: Any) -> Iterable[tuple[str, Any]]:
    """The first parameters, by name where they have any."""
    if type(parameters) is dict:
        return [(_name(name), value) for name, value in list(parameters.items())[:_PARAMETERS]]
    if type(parameters) in _SETS:
        return [("", value) for value in parameters[:_PARAMETERS]]
    return ()


def _name(name: Any) -> str:
    return to_key(name) if type(name) is str else f"<{type_name(type(name))}>"


def _rows(cursor: Any) -> int | None:
    """What the driver tells (PEP 249: -1 where it does not know)."""
    try:
        rows = cursor.rowcount
    except Exception:  # noqa: BLE001 -- a driver without it, or one that has closed the cursor
        return None
    return rows if type(rows) is int and rows >= 0 else None


def _line(frame: FrameType) -> int:
    """Where a frame stands; of a template that Jinja has compiled, the line of the template."""
    line = frame.f_lineno or 0
    template = frame.f_globals.get("__jinja_template__")
    return line if template is None else int(template.get_corresponding_lineno(line))
