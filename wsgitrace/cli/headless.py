"""Serving without a screen: a line per request, then a summary."""

from __future__ import annotations

import queue
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wsgitrace.capture import Capture
from wsgitrace.cli.access_log import access_line
from wsgitrace.cli.addresses import listen
from wsgitrace.cli.conversation import Conversation, Inbox
from wsgitrace.cli.failed_import import say_import_failed
from wsgitrace.cli.holds import Holds
from wsgitrace.cli.masking import masker_of
from wsgitrace.cli.refusal import IMPORT_FAILED, USAGE, tell
from wsgitrace.cli.serving import serving
from wsgitrace.cli.signals import Stop, stop_by_signal
from wsgitrace.cli.style import Style
from wsgitrace.cli.units import amount, duration, plural
from wsgitrace.safetext import safe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from wsgitrace.capture import Summary
    from wsgitrace.cli.serving import Service
    from wsgitrace.settings import Settings
    from wsgitrace.supervisor import WorkerState

__all__ = ["Session", "run_headless"]

_TICK: Final = 0.1
"""Seconds between looks at the worker and the clock while no request ends."""

_HANDFUL: Final = 64
"""Requests that are listed between two looks at everything else, at most."""

_READER_GONE: Final = 128 + signal.SIGPIPE
"""Exit code when nobody reads the lines any more."""

_OUTPUT_LINES: Final = 1_000
"""Lines of the application's output printed at a time."""


@dataclass(frozen=True, slots=True)
class Session:
    """What one run without a screen is to do."""

    settings: Settings
    """The settings in force."""
    save: Path | None = None
    """Where the recording is kept; None: nowhere."""
    reload: bool = False
    """Restart the application when its files change."""

    seconds: float | None = None
    """After so long, counted from when the application is up."""
    count: int | None = None
    """After so many requests."""
    when_up: Callable[[str], None] | None = None
    """Called once, with the URL, when the application is up."""
    interactive: bool = False
    """Take commands on standard input, and tell of everything on standard output as JSON."""


def run_headless(session: Session) -> int:
    """Serve until told to stop, by a signal, a limit or the application's end; returns the exit code."""
    settings = session.settings
    addresses = listen(settings)
    inbox = Inbox() if session.interactive else None
    changed = None if inbox is None else inbox.wake
    with stop_by_signal() as stop:
        with (
            serving(
                settings, addresses, save=session.save, reload=session.reload, listed=True, on_change=changed
            ) as service,
            Capture.open(service.writer.path) as capture,
        ):
            log = _Log(session, service, capture, stop, inbox)
            try:
                log.watch()
                log.drain()
            except BrokenPipeError:
                stop.ask(_READER_GONE)
        log.say_goodbye()
    return stop.code


class _Log:
    """What a run prints: what was printed already, and what is still to come."""

    def __init__(
        self, session: Session, service: Service, capture: Capture, stop: Stop, inbox: Inbox | None = None
    ) -> None:
        self._session = session
        self._service = service
        self._capture = capture
        self._masker = masker_of(session.settings, capture)
        self._stop = stop
        self._style = Style.of()
        self._phase = ""
        self._up = False
        self._until: float | None = None
        self._output = 0
        self._version = -1
        self._tally = _Tally()
        bounded = session.count is not None or session.seconds is not None
        self._holds: Holds | Conversation = (
            Holds(service, capture, self._masker, stop, session.settings.on_hold)
            if inbox is None
            else Conversation(service, capture, self._masker, stop, inbox, goes_on=bounded)
        )

    def watch(self) -> None:
        """Print what happens until it is time to stop."""
        while not self._stop.asked:
            state = self._service.supervisor.state
            self._look_at_worker(state)
            self._print_output()
            self._holds.look(state)
            if self._until is not None and time.monotonic() >= self._until:
                self._stop.ask()
                break
            self._print(self._over())

    def _over(self) -> Iterator[Summary]:
        """The requests that are over, waited for a while; no more than a handful."""
        if isinstance(self._holds, Conversation):
            summary = self._holds.attend(_TICK)
            if summary is not None:
                yield summary
            return
        summaries = self._service.supervisor.summaries
        if summaries.empty():
            # Not by get(timeout=...): CPython's waits for ever when a signal is handled as the time runs out.
            time.sleep(_TICK)
        with suppress(queue.Empty):
            for _ in range(_HANDFUL):
                yield summaries.get_nowait()

    def drain(self) -> None:
        """Give what is open its time to finish, and print it."""
        self._service.supervisor.stop(self._session.settings.drain)
        summaries = self._service.supervisor.summaries
        self._print(summaries.get() for _ in range(summaries.qsize()))
        self._print_output()

    def say_goodbye(self) -> None:
        """The summary, on standard error: standard output is an access log."""
        save = self._session.save
        if self._stop.code in {IMPORT_FAILED, USAGE}:
            return
        ignored = self._service.writer.ignored
        begun = self._service.supervisor.counters.requests - ignored
        if begun > self._tally.requests:
            why = "came in before the last was counted" if self._counted else "came too fast to be listed here"
            tell(f"{plural(begun - self._tally.requests, 'more request')} {why}.")
        kept = f"; kept in {save}, to look at: wsgitrace open {save}" if save is not None else ""
        tell(f"{self._tally.text(self._service.writer.evicted, ignored)}{kept}.")

    def _look_at_worker(self, state: WorkerState) -> None:
        if state.phase == self._phase:
            return
        self._phase = state.phase
        if state.phase == "serving":
            self._say_serving(state)
        elif state.phase == "import failed":
            code = say_import_failed(state.message, state.traceback, self._masker, usage=state.usage)
            if self._up and self._session.reload:
                tell("it is tried again when a file is saved.")
            else:
                self._stop.ask(code)
        elif state.phase == "gone":
            again = "; it is started again when a file is saved" if self._session.reload else ""
            reason = state.exit_reason.removesuffix(".") or "the process of the application ended"
            tell(f"{safe(self._masker.text(reason))}{again}.")
            if not self._session.reload:
                self._stop.ask(1)

    def _say_serving(self, state: WorkerState) -> None:
        again = " again" if self._up else ""
        tell(f"serving {safe(state.app)}{again} on {self._service.addresses.shown} (ctrl+c stops)")
        if state.note:
            tell(safe(state.note))
        if self._up:
            return
        self._up = True
        if self._session.seconds is not None:
            self._until = time.monotonic() + self._session.seconds
        if self._session.when_up is not None:
            self._session.when_up(self._service.url)

    @property
    def _counted(self) -> bool:
        """Whether as many as were asked for are listed."""
        return self._session.count is not None and self._tally.requests >= self._session.count

    def _print(self, summaries: Iterable[Summary]) -> None:
        """List requests, written in one go, up to as many as were asked for."""
        lines = []
        for summary in summaries:
            if self._counted:
                break
            if isinstance(self._holds, Conversation):
                self._holds.ended(summary)
            else:
                lines.append(f"{access_line(summary, self._style, self._masker)}\n")
            self._tally.add(summary)
        sys.stdout.write("".join(lines))
        sys.stdout.flush()
        if self._counted:
            self._stop.ask()

    def _print_output(self) -> None:
        """What the application printed, on standard error."""
        version = self._capture.data_version()
        if version == self._version:
            return
        self._version = version
        rows = self._capture.output(after=self._output, limit=_OUTPUT_LINES)
        if rows and rows[0].id > self._output + 1:
            tell(f"{plural(rows[0].id - self._output - 1, 'line')} of output came too fast to be printed here.")
        for row in rows:
            sys.stderr.write(f"{safe(self._masker.text(row.text))}\n")
            self._output = row.id
        sys.stderr.flush()


class _Tally:
    """Figures of the summary."""

    def __init__(self) -> None:
        self.requests = 0
        self._began = time.monotonic()
        self._classes: dict[str, int] = {}
        self._bytes = 0
        self._slowest: Summary | None = None
        self._dropped = 0

    def add(self, summary: Summary) -> None:
        """Count a request."""
        self.requests += 1
        self._bytes += summary.response_size
        self._dropped += summary.dropped
        kind = f"{summary.status // 100}xx" if summary.status else "without status"
        self._classes[kind] = self._classes.get(kind, 0) + 1
        if self._slowest is None or summary.net_duration > self._slowest.net_duration:
            self._slowest = summary

    def text(self, evicted: int, ignored: int) -> str:
        """``1,204 requests in 12.0s: 2xx 1,180, 5xx 24; 3.1M sent; slowest 412ms (#77)``."""
        took = duration(int((time.monotonic() - self._began) * 1e9))
        parts = [f"{plural(self.requests, 'request')} in {took}"]
        if self._classes:
            parts[0] += ": " + ", ".join(f"{kind} {number:,}" for kind, number in sorted(self._classes.items()))
            parts.append(f"{amount(self._bytes)} sent")
        if self._slowest is not None:
            parts.append(f"slowest {duration(self._slowest.net_duration)} (#{self._slowest.number})")
        if self._dropped:
            parts.append(f"{self._dropped:,} events and bodies dropped")
        if ignored:
            parts.append(f"{ignored:,} more not kept, by --only or --ignore")
        if evicted:
            parts.append(f"the oldest {evicted:,} removed for the bounds")
        return "; ".join(parts)
