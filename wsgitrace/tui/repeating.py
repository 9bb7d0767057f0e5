"""Running one request many times: how often, how many at once, and what came of it so far."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from wsgitrace.tui.units import counted

if TYPE_CHECKING:
    from wsgitrace.capture import Capture

__all__ = ["HINTS", "MOST", "Options", "Repetition", "check_options", "read_options"]

MOST: Final = 1_000
"""As often one request is run by one order."""

_AT_ONCE: Final = 64

HINTS: Final = (
    f"times:N         run it so often, {MOST:,} at most",
    "jobs:K          so many at the same time; else one after the other",
    "cookies:fresh   values of its cookies as the newest response has set them",
)
"""What can be written."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a request is run again."""

    times: int = 1
    jobs: int = 1
    fresh_cookies: bool = False


def read_options(text: str) -> Options:
    """As in ``times:20 jobs:4 cookies:fresh``. Raises :class:`ValueError`, its text one sentence."""
    times, jobs, fresh = 1, 1, False
    for word in text.split():
        name, _, value = word.partition(":")
        if (name, value) == ("cookies", "fresh"):
            fresh = True
        elif name == "times":
            times = _number(word, value, MOST)
        elif name == "jobs":
            jobs = _number(word, value, _AT_ONCE)
        else:
            raise ValueError(f"{word!r} is no option: there are times:N, jobs:K and cookies:fresh.")
    return Options(times, jobs, fresh)


def _number(word: str, value: str, most: int) -> int:
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= most):
        raise ValueError(f"{word!r}: a number from 1 to {most:,} is wanted.")
    return int(value)


def check_options(text: str) -> str:
    """What is wrong with it; empty for nothing."""
    try:
        read_options(text)
    except ValueError as problem:
        return str(problem)
    return ""


@dataclass(slots=True)
class Repetition:
    """A request that is run many times."""

    number: int
    """The request."""
    options: Options
    """How."""
    newest: int
    """The newest request when it was ordered."""
    sent: int = 0
    """How often it was sent so far."""
    ended: set[int] = field(default_factory=set)
    """The replays that have ended."""
    statuses: Counter[str] = field(default_factory=Counter)
    """What came of them."""

    def look(self, capture: Capture) -> int:
        """See what has ended since; returns how many are to be sent now."""
        for number in capture.replays(self.number):
            if number > self.newest and number not in self.ended:
                row = capture.summary(number)
                if row is not None and row.done:
                    self.ended.add(number)
                    self.statuses[str(row.status or row.how)] += 1
        room = self.options.jobs - (self.sent - len(self.ended))
        return max(0, min(room, self.options.times - self.sent))

    @property
    def over(self) -> bool:
        """True when all have ended."""
        return len(self.ended) >= self.options.times

    @property
    def text(self) -> str:
        """One sentence, as in ``20 replays of 12 ended: 19 × 200, 1 × 500.``."""
        kinds = ", ".join(f"{number:,} × {status}" for status, number in self.statuses.most_common())
        return f"{counted(len(self.ended), 'replay')} of {self.number} ended: {kinds}."
