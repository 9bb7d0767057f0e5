"""pdb at a held request: in its own thread, at the frame of the layer, on a terminal that the debugger has opened.

The user is only ever asked while the request is held. What goes on to another line (``n``, ``s``) lets it go with a
trace function in this one thread, which holds it again. Imported when pdb is asked for, not before.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from wsgitrace.events import Debugged
from wsgitrace.probe.console import Console
from wsgitrace.probe.demanding import hold_in_pdb
from wsgitrace.probe.prompting import Prompting
from wsgitrace.probe.standing import caller, is_beneath_locks, is_hidden, is_own
from wsgitrace.probe.unpatched import get_ident

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from wsgitrace.link import Sender
    from wsgitrace.probe.parking import Parking
    from wsgitrace.probe.ticket import Ticket

__all__ = ["Session", "debug"]

_STILL_HELD = "The request is still held."
_GOES_ON = "The request goes on."


def debug(parking: Parking, sender: Sender, exchange: int, terminal: str) -> None:
    """Have the thread of a held exchange run pdb; :class:`~wsgitrace.events.Debugged` tells of its end, once."""

    def job(ticket: Ticket) -> None:
        try:
            session = Session(parking, sender, ticket, Console(terminal))
        except Exception as error:  # noqa: BLE001 -- no such terminal, a .pdbrc that cannot be read
            sender.send(Debugged(exchange, f"pdb could not begin: {error}", failed=True))
            return
        session.meet(ticket)

    if not parking.have_done(exchange, job):
        sender.send(Debugged(exchange, "The request is not held any more.", failed=True))


class Session(Prompting):
    """One run of pdb, from the stop where it was asked for to where it is left, over any number of lines.

    All but :meth:`interrupt` and :meth:`end` is called in the thread of the request.
    """

    def __init__(self, parking: Parking, sender: Sender, ticket: Ticket, console: Console) -> None:
        super().__init__(console)
        self._parking = parking
        self._sender = sender
        self._recording = ticket.span.recording
        self._ticket = ticket
        self._asking = False
        """True while it is at its prompt, or carries out what was typed there."""
        self._stays = not ticket.asks
        """``c`` leads back to where the request was held: nothing was stepped."""
        self._before = sys.gettrace()
        self._tracing = False
        """True once lines are stepped."""
        self._traced: list[tuple[FrameType, Any]] = []
        """Frames that were given a trace function, and the ones that they had."""
        self._stopped: tuple[FrameType, Any] | None = None
        """While the trace function holds the request: where, and the traceback of an exception there."""
        self._over = False
        if self._recording.watch is not None:
            self._recording.watch.session = self

    # Where the request is held.

    def held(self, ticket: Ticket) -> None:
        """The request is about to be held at another place."""
        if get_ident() != self.thread:
            return
        if self._stopped is not None:
            ticket.jobs.append(lambda: self.meet(ticket))
            ticket.wake()
        else:
            self.end("The request is held: a breakpoint was met.")

    def meet(self, ticket: Ticket) -> None:
        """The request is held: ask the user."""
        self._ticket = ticket
        # It may be asked for again, but not by itself.
        asked, ticket.asks = ticket.asks, False
        self._asking = True
        try:
            self._converse(ticket)
        except BaseException as error:  # noqa: BLE001 -- whatever the user did: it must not end the request
            self.end(f"pdb has failed: {type(error).__name__}: {error}", failed=True)
            return
        finally:
            self._asking = False
            if asked or ticket.deadline is not None:
                ticket.deadline = self._parking.deadline  # it begins anew: pdb is not to be hurried
        if self.leave == "on":
            self._stays = False
            self._trace()
            self._parking.resume(self._recording.number, "step")
        elif self.leave == "go" and not self._stays:
            self.end(_GOES_ON)
            self._parking.resume(self._recording.number, "continue")
        else:
            self.end(_STILL_HELD)

    def _converse(self, ticket: Ticket) -> None:
        self.leave = "on"
        if self._stopped is not None:
            super().interaction(*self._stopped)
            return
        self.reset()
        *_, self.botframe = _stack()
        frame = ticket.frame or caller()
        if frame is None:
            self.leave = "stay"
            self.end("No code of the application is running where the request is held.", failed=True)
            return
        # An exception in hand has left its frames: they are there to be looked at.
        super().interaction(None if ticket.traceback is not None else frame, ticket.traceback)

    def interaction(self, frame: FrameType | None, traceback: Any) -> None:
        """The trace function stops at a line: hold the request there."""
        if frame is None:
            return
        self._stopped = frame, traceback
        self.leave = "go"  # unless it is held, and the user says otherwise
        try:
            hold_in_pdb(self._parking, frame)
        finally:
            self._stopped = None
        if self.leave == "go":
            self.end("The request goes on: no more requests can be held.", failed=True)

    def stop_at(self, frame: FrameType) -> str:
        """``breakpoint()`` was called, and pdb is in this request already; why it is passed over, or empty."""
        if self.executing or get_ident() != self.thread:
            return "pdb is in this request already"
        frame.f_trace = self.trace_dispatch
        self.set_step()
        return ""

    @property
    def has_lines(self) -> bool:
        """A frame that an exception has left has no more lines either."""
        return super().has_lines and self._ticket.traceback is None

    # The trace function.

    def _trace(self) -> None:
        """Be told of every line from here on."""
        if self._tracing:
            return
        self._tracing = True
        generator = self._ticket.frame  # one that is suspended is not on the stack
        for frame in [*_stack()] if generator is None else [generator, *_stack()]:
            if not is_own(frame):
                self._traced.append((frame, frame.f_trace))
                frame.f_trace = self.trace_dispatch
        sys.settrace(self.trace_dispatch)

    def _untrace(self) -> None:
        sys.settrace(self._before)
        for frame, before in reversed(self._traced):
            frame.f_trace = before
        self._traced.clear()

    def trace_dispatch(self, frame: FrameType, event: str, arg: Any) -> Any:
        """Something happens in the code of the application, or of wsgitrace on the way to it."""
        if self._over:
            self._untrace()
            return None
        if is_hidden(frame) or (event == "call" and is_beneath_locks(frame)):
            return None
        try:
            return super().trace_dispatch(frame, event, arg)
        except Exception as error:  # noqa: BLE001 -- promise 2
            self.end(f"pdb has failed: {type(error).__name__}: {error}", failed=True)
            return None

    def get_stack(self, f: FrameType | None, t: Any) -> tuple[list[tuple[FrameType, int]], int]:
        """The stack as the application knows it."""
        stack, index = super().get_stack(f, t)
        wanted = stack[index][0]
        shown = [entry for entry in stack if entry[0] is wanted or not is_hidden(entry[0])]
        return shown, next(at for at, entry in enumerate(shown) if entry[0] is wanted)

    # Any thread.

    def interrupt(self) -> None:
        """Ctrl+C: end the command that is carried out, or stop at the next line."""
        with self.lock:
            if self._over or self.console.reading or (self._asking and not self.executing):
                return  # where it reads, or is about to, the terminal itself tells it
            self.console.forget_typed()
            if self.executing:
                self.end_command()
            elif self._tracing:
                self.set_step()

    def end(self, text: str, *, failed: bool = False) -> None:
        """Let go of the terminal, and tell what has become of the request; once."""
        with self.lock:
            if self._over:
                return
            self._over = True
        if self._recording.watch is not None:
            self._recording.watch.session = None
        self.clear_all_breaks()
        if get_ident() == self.thread:
            self._untrace()
        self.console.leave()
        self._sender.send(Debugged(self._recording.number, text, failed))


def _stack() -> Iterator[FrameType]:
    """The frames of this thread, innermost first."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 -- the one way to them
    while frame is not None:
        yield frame
        frame = frame.f_back
