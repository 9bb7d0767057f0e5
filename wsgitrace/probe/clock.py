"""The clock of the process, set for as long as one exchange runs; the time as it is stays known."""

from __future__ import annotations

from time import time_ns
from typing import Any, Final

__all__ = ["Clock", "wall_ns", "why_not_set"]

_NOT_INSTALLED: Final = (
    "the clock can be set only where time-machine is installed in the application's environment: "
    "python -m pip install time-machine"
)

_behind = 0
"""Nanoseconds that the clock is behind while it is set."""


def wall_ns() -> int:
    """The time as it is, nanoseconds since the epoch, whatever the clock is set to."""
    return time_ns() + _behind


def why_not_set() -> str:
    """Why the clock cannot be set, without a full stop; empty when it can."""
    try:
        import time_machine  # noqa: F401, PLC0415 -- the application's, and only where it is asked for
    except ImportError:
        return _NOT_INSTALLED
    except Exception as error:  # noqa: BLE001 -- whatever its import raises
        return f"the clock cannot be set: importing time_machine raised {type(error).__name__}: {error}"
    return ""


class Clock:
    """Sets the clock of the process. It goes on from there, and no other may be set meanwhile."""

    def __init__(self, wall: int) -> None:
        self._wall = wall
        self._travel: Any = None

    def set(self) -> None:
        """From now on it is that time, everywhere in the process."""
        import time_machine  # noqa: PLC0415 -- see why_not_set

        global _behind  # noqa: PLW0603 -- there is one clock in a process
        travel = time_machine.travel(self._wall / 1e9, tick=True)
        now = time_ns()
        travel.start()
        _behind = now - time_ns()
        self._travel = travel

    def put_back(self) -> None:
        """From now on it is the time as it is."""
        global _behind  # noqa: PLW0603 -- as above
        travel, self._travel = self._travel, None
        if travel is not None:
            travel.stop()
            _behind = 0
