"""The probe: what the worker is given, and what watches the server."""

from __future__ import annotations

import os
import re
import weakref
from _thread import get_ident
from functools import lru_cache, partial
from itertools import count
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from wsgitrace.events import (
    VALUE_LIMIT,
    Began,
    ClientGone,
    Debugged,
    Done,
    Ended,
    Events,
    HeadReceived,
    LayerFound,
    Refused,
    Replay,
    ResponseHead,
    encode,
    encode_events,
)
from wsgitrace.link import Rank
from wsgitrace.marking import listen_for_breakpoints
from wsgitrace.probe import logs
from wsgitrace.probe.alone import Alone
from wsgitrace.probe.clock import wall_ns
from wsgitrace.probe.demanding import hold_for_pdb, hold_in_code
from wsgitrace.probe.discovery import Discovery
from wsgitrace.probe.entry import TracedApplication
from wsgitrace.probe.evaluating import evaluate
from wsgitrace.probe.exceptions import record_raised
from wsgitrace.probe.exchanges import Exchanges
from wsgitrace.probe.faults import Faults
from wsgitrace.probe.frameworks import Frameworks
from wsgitrace.probe.layers import Layers
from wsgitrace.probe.parking import By, Parking
from wsgitrace.probe.recorder import How, Recording
from wsgitrace.probe.spans import Span, current

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    from wsgitrace.events import Breakpoint, Edit, End, Event, Question, Start, Way
    from wsgitrace.link import Sender
    from wsgitrace.probe.arranging import Arrangement

_REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) ([!-~\x80-\xff]{1,4096})")
"""The beginning of one, which also bytes have that were refused for what came behind it."""
_STATUS_DIGITS = 3
_ARRANGED = 10_000
"""Replays at most that are on their way with something done otherwise."""
_LOOKED_AT = 16
"""One exchange in so many is looked at for unknown layers at every boundary, however long none was found there."""
_CONTENT_TYPE = len("content-type")


class Probe:
    """Observes every exchange of one worker. As an observer of the server, every method is contained: none raises."""

    def __init__(self, sender: Sender, start: Start) -> None:
        self._sender = sender
        self._start = start
        self._number = count(1).__next__
        self._faults = Faults(sender)
        self._layers = Layers(sender)
        self._exchanges = Exchanges(self._layers, self._faults)
        self._discovery = Discovery(self._exchanges, start.deep)
        self._frameworks = Frameworks(self._exchanges)
        self._parking = Parking(start.hold_timeout, start.hold_limit, sender, self._faults, self._layers)
        self._alone = Alone(self._exchanges.open)
        self._arranged: dict[int, Arrangement] = {}
        """What is done otherwise in exchanges that are yet to come, by the tokens of the commands."""
        self._active = True
        listen_for_breakpoints(partial(hold_in_code, self._parking))
        sender.every_tick(self._tick)
        myself = weakref.ref(self)
        os.register_at_fork(after_in_child=lambda: _forked(myself))

    # Finding layers

    def find_layers(self, application: Any, name: str) -> list[LayerFound]:
        """Find the layers of ``application``, which the user calls ``name``, have them observed, and report them.

        The server comes first (layer 0), then the others, outermost first.
        """
        try:
            logs.install()
        except Exception as error:  # noqa: BLE001 -- promise 2
            self._faults.contain("log", error)
        found = self._discovery.find(application, name)
        self._frameworks.look()
        return found

    def application(self, application: Any) -> TracedApplication:
        """What the server is to call in place of ``application``."""
        return TracedApplication(self._discovery.entry(application), self._faults)

    # What the server tells

    def head(self, exchange: Any) -> None:
        """An exchange begins; the application is about to be called in this very thread."""
        if not self._active:
            return
        recording: Recording | None = None
        self._frameworks.look()
        try:
            if self._alone.wanted:
                self._alone.wait(exchange)
            recording = Recording.of(
                self._number(), exchange, self._start, self._sender, self._exchanges, self._parking
            )
            origin = exchange.origin
            recording.begin(
                exchange.method,
                exchange.target,
                exchange.peer,
                origin.replay_of if type(origin) is Replay else None,
            )
            self._exchanges.open[id(exchange)] = recording
            arranged = self._arranged.pop(origin.token, None) if type(origin) is Replay else None
            if self._parking.watching or origin is not None:
                self._parking.begin(recording, origin, arranged)
            head = exchange.head
            recording.looking = not recording.number % _LOOKED_AT
            recording.short = len(head) <= VALUE_LIMIT
            recording.append(HeadReceived(recording.seq(), 0, get_ident(), 0, head, exchange.peer, exchange.scheme))
            if not self._discovery.deep.over:
                self._discovery.deep.begin(recording.number)
            root = Span(0, None, recording, self._layers.server, None, None, None, None)
            recording.root = root
            if arranged is not None:
                recording.arranged = arranged
                arranged.begin(recording)
            elif self._alone.wanted:
                self._alone.let_pass(recording)
            current.set(root)
            self._sender.want_ticks()
        except Exception as error:  # noqa: BLE001 -- promise 2
            self._faults.contain("head", error, recording)
            if recording is not None:
                self._exchanges.open[id(exchange)] = recording  # what began ends, and lets go of what it holds

    def refused(  # noqa: PLR0917 -- the facts of one refusal
        self, raw: bytes, offset: int, rule: str, reason: str, status: int, peer: str, origin: object = None
    ) -> None:
        """The server refused the bytes of a request: an exchange that never reached the application."""
        if not self._active:
            return
        try:
            number, now = self._number(), wall_ns()
            self._exchanges.announce_answered(number)
            thread = get_ident()
            events: list[Event] = [
                Refused(0, 0, thread, 0, raw, offset, rule, reason, status),
                Done(1, 0, thread, 0, "refused"),
            ]
            asked = _REQUEST_LINE.match(raw)
            method, target = (word.decode("latin-1") for word in asked.groups()) if asked else ("", "")
            replay_of = origin.replay_of if isinstance(origin, Replay) else None
            self._sender.put(encode(Began(number, now, method, target, peer, replay_of)), Rank.CONTROL)
            self._sender.put(encode(Events(number, len(events), encode_events(events))), Rank.DETAIL, len(events))
            ended = Ended(number, "refused", status or None, 0, events=len(events), note=f"{rule}: {reason}")
            self._sender.put(encode(ended), Rank.CONTROL)
        except Exception as error:  # noqa: BLE001 -- promise 2
            self._faults.contain("refused", error)

    def response_head(self, exchange: Any, status: str, headers: Sequence[tuple[str, str]]) -> None:
        """The response head is about to be put on the wire."""
        recording = self._exchanges.open.get(id(exchange))
        if recording is None or not recording.open:
            return
        try:
            recording.head_at = elapsed = perf_counter_ns() - recording.began
            recording.status = _code(status)
            for name, value in headers:
                if len(name) == _CONTENT_TYPE and name.lower() == "content-type":
                    recording.content_type = value
                    break
            if recording.live:
                recording.append(ResponseHead(recording.seq(), 0, get_ident(), elapsed, status, tuple(headers)))
        except Exception as error:  # noqa: BLE001 -- promise 2
            self._faults.contain("response_head", error, recording)

    def sent(self, exchange: Any, count: int) -> None:
        """Body bytes were handed to the operating system."""
        recording = self._exchanges.open.get(id(exchange))
        if recording is not None:
            recording.sent += count

    def broke(self, exchange: Any, error: BaseException) -> None:
        """The server refused what the application returned."""
        recording = self._exchanges.open.get(id(exchange))
        if recording is not None and recording.root is not None:
            record_raised(recording.root, "next", error, outermost=True)

    def gone(self, exchange: Any) -> None:
        """The client is gone."""
        recording = self._exchanges.open.get(id(exchange))
        if recording is None:
            return
        recording.gone = True
        try:
            if recording.live:
                recording.add(ClientGone(recording.seq(), 0, get_ident(), recording.elapsed()))
        except Exception as error:  # noqa: BLE001 -- promise 2
            self._faults.contain("gone", error, recording)

    def done(self, exchange: Any, complete: bool) -> None:  # noqa: FBT001 -- the server's protocol
        """The exchange is over."""
        recording = self._exchanges.open.get(id(exchange))
        if recording is None:
            return
        if not self._discovery.deep.over:
            self._discovery.deep.end(recording.number)
        how: How = "complete" if complete else "client gone" if recording.gone else "cut"
        if recording.arranged is not None:
            recording.arranged.end()
            how = "refused" if recording.arranged.refusal else how
        if recording.watch is not None:
            recording.watch.over(how)
        running = current.get()
        if running is not None and running.recording is recording:
            # Until here it stayed: what the server prints of an exception belongs to the exchange.
            current.set(None)
        try:
            if len(self._exchanges.open) > 1:
                self._exchanges.announce_answered(recording.number)
            recording.end(how)
        except Exception as error:  # noqa: BLE001 -- promise 2
            self._faults.contain("done", error)
        finally:
            self._exchanges.open.pop(id(exchange), None)

    # Commands

    def arrange(self, command: Replay, named: str = "", hook: Any = None) -> str:
        """Have a request that is about to be run again run as the command says; why it cannot be, or empty.

        ``hook`` is the function to change it first, called ``named``.
        """
        if hook is None and not (command.skips or command.breakpoints) and command.clock is None:
            return ""
        # Few are ever run otherwise: the application's process stays small.
        import wsgitrace.probe.armed  # noqa: F401, PLC0415 -- now, rather than in the request
        from wsgitrace.probe.arranging import Arrangement, ArrangementError  # noqa: PLC0415 -- see above

        if command.clock is not None and self._parking.held:
            return "with the clock set it has to run alone, and something is held: let it go first"
        try:
            arranged = Arrangement.of(command, (named, hook), self._layers, self._parking.inward, self._alone)
        except ArrangementError as problem:
            return str(problem)
        while len(self._arranged) >= _ARRANGED:  # of those that the server has refused
            self._arranged.pop(next(iter(self._arranged)))
        self._arranged[command.token] = arranged
        return ""

    def hold_next(self, on: bool = True) -> None:  # noqa: FBT001, FBT002 -- as the command has it
        """Hold the next exchange at its first layer, or take that back."""
        self._parking.hold_next(on=on)

    def arm(self, breakpoints: tuple[Breakpoint, ...]) -> None:
        """These are the breakpoints from now on, for exchanges that are open, too."""
        self._parking.arm(breakpoints, tuple(self._exchanges.open.values()))

    def step(self, exchange: int, how: Way = "into", layer: int = 0, edits: tuple[Edit, ...] = ()) -> None:
        """Let a held exchange go on to another event, changed as ``edits`` say."""
        self._parking.step(exchange, how, layer, edits)

    def resume(
        self,
        exchange: int | None = None,
        by: By = "continue",
        edits: tuple[Edit, ...] = (),
        end: End | None = None,
        delay: float = 0.0,
    ) -> None:
        """Let a held exchange, or all, go on. After ``shutdown`` or ``debugger gone`` nothing is held any more."""
        self._parking.resume(exchange, by, edits, end, delay)

    def extend(self, exchange: int, seconds: float | None) -> None:
        """Change how long an exchange stays held; None: until it is told to go on."""
        self._parking.extend(exchange, seconds)

    def evaluate(self, exchange: int, token: int, expression: str, what: Question = "expression") -> None:
        """Answer what the user asks where an exchange is held; the answer is a frame."""
        evaluate(self._parking, self._sender, exchange, token, expression, what)

    def debug(self, exchange: int, terminal: str) -> None:
        """Run pdb where an exchange is held, on a terminal that the debugger has opened; its end is a frame."""
        try:
            from wsgitrace.probe.debugging import debug  # noqa: PLC0415 -- pdb is for those who ask for it

            debug(self._parking, self._sender, exchange, terminal)
        except Exception as error:  # noqa: BLE001 -- a file of the application may be called pdb.py or code.py
            text = f"pdb cannot be imported: {type(error).__name__}: {error}"
            self._sender.send(Debugged(exchange, text, failed=True))

    def interrupt(self, exchange: int) -> None:
        """Ctrl+C was pressed while pdb is at work in an exchange."""
        session = self._parking.session(exchange)
        if session is not None:
            session.interrupt()

    def break_at(self, frame: FrameType) -> str:
        """``breakpoint()`` was called: hold the exchange for pdb. Why it was passed over, or empty."""
        if not self._start.terminal:
            return "there is no terminal to give to pdb; 'wsgitrace run' in one does"
        return hold_for_pdb(self._parking, frame)

    @property
    def held(self) -> tuple[int, ...]:
        """The exchanges that are held, by the worker's own numbers."""
        return self._parking.held

    def current_exchange(self) -> int | None:
        """The exchange that the calling code runs for."""
        span = current.get()
        return None if span is None or not span.recording.open else span.recording.number

    def detach(self) -> None:
        """Observe no more: what is open is let go, every function has its very own code again."""
        self._active = False
        listen_for_breakpoints(None)
        self._parking.resume(None, "shutdown")
        for recording in tuple(self._exchanges.open.values()):
            recording.live = False
        self._frameworks.detach()
        self._discovery.stop()
        self._discovery.restore()

    unpatch = detach

    def abandon(self) -> None:
        """In a forked child: observe nothing, and touch no lock, because another thread may have held it."""
        self._active = False
        recordings = tuple(self._exchanges.open.values())
        self._exchanges.open.clear()
        self._discovery.stop()
        for recording in recordings:
            recording.live = recording.open = recording.stepping = False

    def _tick(self) -> bool:
        """Send what has waited for long. Called in the sender's thread."""
        recordings = self._exchanges.open.copy()
        for recording in recordings.values():
            try:
                recording.tick()
            except Exception as error:  # noqa: BLE001 -- promise 2
                self._faults.contain("tick", error, recording)
        return bool(recordings)


@lru_cache
def _code(status: str) -> int:
    """The number that a status begins with: an application has few of them."""
    return int(status[:_STATUS_DIGITS])


def _forked(probe: weakref.ref[Probe]) -> None:
    """A child of the worker has no debugger: what it does is not observed."""
    found = probe()
    if found is not None:
        found.abandon()
