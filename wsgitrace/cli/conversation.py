"""``record --interactive``: commands on standard input, replies and events on standard output, a JSON object a line."""

from __future__ import annotations

import os
import queue
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from wsgitrace.cli.driving import Driving
from wsgitrace.cli.orders import OrderError, read_id, read_order
from wsgitrace.cli.stops import stop_object
from wsgitrace.events import Released
from wsgitrace.export.summary_json import dump, summary_object
from wsgitrace.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsgitrace.capture import Capture, Summary
    from wsgitrace.cli.serving import Service
    from wsgitrace.cli.signals import Stop
    from wsgitrace.redact import Masker
    from wsgitrace.supervisor import WorkerState
    from wsgitrace.supervisor.holding import Hold

__all__ = ["Conversation", "Inbox"]

LONGEST: Final = 32 * 2**20
"""Bytes of one command: a request body by base64 is among them."""

_READ: Final = 2**16
_STDIN: Final = 0


class Inbox:
    """What the one thread that talks is to do next. Any thread may put something in."""

    def __init__(self) -> None:
        # Not a SimpleQueue: its get() waits for ever when a signal is handled as the time runs out.
        self._waiting: queue.Queue[Callable[[], None]] = queue.Queue()
        self._woken = False

    def put(self, job: Callable[[], None]) -> None:
        """Have something done."""
        self._waiting.put(job)

    def wake(self) -> None:
        """Have it look at what has changed; many at once are one."""
        if not self._woken:
            self._woken = True
            self._waiting.put(self._wake_up)

    def work(self, timeout: float) -> None:
        """Do the next, waiting for it for some seconds."""
        with suppress(queue.Empty):
            self._waiting.get(timeout=timeout)()

    def _wake_up(self) -> None:
        self._woken = False

    def read(self, obey: Callable[[bytes], None], ended: Callable[[], None]) -> None:
        """Take commands from standard input until it ends, in a thread of its own."""
        threading.Thread(target=self._read, args=(obey, ended), name="wsgitrace-commands", daemon=True).start()

    def _read(self, obey: Callable[[bytes], None], ended: Callable[[], None]) -> None:
        # Not by sys.stdin: the lock of its buffer would be held when the process ends.
        rest = b""
        with suppress(OSError):
            while data := os.read(_STDIN, _READ):
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    self._put_line(obey, line)
                rest = rest[: LONGEST + 1]  # what is longer is refused when its line ends
        self._put_line(obey, rest)
        self.put(ended)

    def _put_line(self, obey: Callable[[bytes], None], line: bytes) -> None:
        if line.strip():
            self.put(lambda: obey(line))


class Conversation:
    """Replies to commands, and tells of what happens."""

    def __init__(
        self, service: Service, capture: Capture, masker: Masker, stop: Stop, inbox: Inbox, *, goes_on: bool
    ) -> None:
        self._service = service
        self._capture = capture
        self._masker = masker
        self._stop = stop
        self._inbox = inbox
        self._goes_on = goes_on
        """Whether the recording goes on when standard input has ended."""
        self._driving = Driving(service, capture, masker, stop)
        self._phase = ""
        self._told: dict[int, Hold] = {}
        """What the other side takes for held."""
        inbox.read(self._obey, self._left_alone)

    def attend(self, timeout: float) -> Summary | None:
        """Do what is asked for, waiting for it for some seconds; returns a request that is over, if one is."""
        summaries = self._service.supervisor.summaries
        self._inbox.work(timeout if summaries.empty() else 0)
        with suppress(queue.Empty):
            return summaries.get_nowait()
        return None

    def look(self, state: WorkerState) -> None:
        """Tell what has changed of the worker, and of what is held."""
        if state.phase != self._phase:
            self._phase = state.phase
            message = self._masker.text(state.message or state.exit_reason)
            url = self._service.url if state.phase == "serving" else ""
            self._say({"type": "worker", "phase": state.phase, "app": state.app, "url": url, "message": message})
        now = {hold.number: hold for hold in state.holds}
        for number, hold in tuple(self._told.items()):
            if (number not in now or now[number].event != hold.event) and (by := self._released_by(hold)):
                del self._told[number]
                self._say({"type": "released", "request": number, "seq": hold.event, "by": by})
        for number, hold in now.items():
            before = self._told.get(number)
            if before is None:
                stopped = stop_object(self._capture, hold, state, self._masker)
                if stopped is not None:  # else not on disk yet: soon
                    self._told[number] = hold
                    self._say({"type": "held", "request": number, **stopped})
            elif before.event == hold.event and before.gone != hold.gone:
                self._told[number] = hold
                self._say({"type": "client gone", "request": number})

    def ended(self, summary: Summary) -> None:
        """Tell of a request that is over."""
        self.look(self._service.supervisor.state)
        hold = self._told.pop(summary.number, None)
        if hold is not None:  # the disk refuses what let it go
            self._say({"type": "released", "request": hold.number, "seq": hold.event, "by": "over"})
        self._say({"type": "ended", "request": summary.number, **summary_object(summary, self._masker)})

    def _released_by(self, hold: Hold) -> str:
        """Why a request is held at that event no more; empty where that is not on disk yet."""
        summary = self._capture.summary(hold.number)
        if summary is None:
            return "over"
        events = Trace.from_events(self._capture.events(hold.number)).recording.of(Released)
        found = next((event.by for event in events if event.seq > hold.event), "")
        return found or ("over" if summary.done else "")

    def _obey(self, line: bytes) -> None:
        if self._stop.asked:
            return
        if len(line) > LONGEST:
            self._say({"type": "reply", "id": None, "ok": False, "error": f"A command has at most {LONGEST} bytes."})
            return
        number = read_id(line)
        try:
            self._driving.do(read_order(line), lambda told: self._inbox.put(lambda: self._reply(number, told)))
        except OrderError as problem:
            forced = {"can_force": True} if problem.can_force else {}
            self._say({"type": "reply", "id": number, "ok": False, "error": str(problem), **forced})

    def _reply(self, number: int | str | None, told: dict[str, Any]) -> None:
        self._say({"type": "reply", "id": number, "ok": "error" not in told, **told})

    def _left_alone(self) -> None:
        """Nobody commands any more."""
        self._driving.let_all_go()
        if not self._goes_on:
            self._stop.ask()

    @staticmethod
    def _say(what: dict[str, Any]) -> None:
        sys.stdout.write(f"{dump(what)}\n")
        sys.stdout.flush()
