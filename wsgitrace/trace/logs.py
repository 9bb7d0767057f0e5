"""What an exchange said: log records, warnings, and what was written to ``wsgi.errors``."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from wsgitrace.events import ErrorsWrite, Logged, from_text

if TYPE_CHECKING:
    from wsgitrace.trace.model import Trace

__all__ = ["ERROR", "WARNING", "WARNINGS", "Said", "level_name", "logs"]

WARNING: Final = 30
ERROR: Final = 40

WARNINGS: Final = "py.warnings"
"""The logger of warnings."""

_NAMES: Final = {10: "debug", 20: "info", WARNING: "warning", ERROR: "error", 50: "critical"}


def level_name(level: int) -> str:
    """A level in words, as in ``warning``, or ``level 25``."""
    return _NAMES.get(level, f"level {level}")


@dataclass(frozen=True, slots=True)
class Said:
    """All that was said."""

    all: tuple[Logged | ErrorsWrite, ...]
    """In order."""

    @property
    def records(self) -> list[Logged]:
        """Those that have a level."""
        return [each for each in self.all if isinstance(each, Logged)]

    @property
    def levels(self) -> Counter[int]:
        """How many records there are of each level."""
        return Counter(each.level for each in self.records)


def logs(trace: Trace) -> Said:
    """What was said. ``print`` writes a line and its end apart: ends alone are left out."""
    written = [event for event in trace.recording.of(ErrorsWrite) if from_text(event.text).strip("\r\n")]
    return Said(tuple(sorted((*trace.recording.of(Logged), *written), key=attrgetter("seq"))))
