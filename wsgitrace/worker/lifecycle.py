"""How the worker ends: by command, by signal, or because the debugger is gone."""

from __future__ import annotations

import os
import signal
from _thread import interrupt_main as _interrupt_main
from _thread import start_new_thread as _start_new_thread
from time import sleep as _sleep
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from wsgitrace.events import Draining

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType

    from wsgitrace.link import Sender

By: TypeAlias = Literal["shutdown", "debugger gone"]
"""Why what is held goes on."""

Heir: TypeAlias = "Callable[[Sequence[int]], int]"
"""Who takes over connections between two requests."""

DRAIN = 2.0
"""Seconds that open exchanges get where nobody says how many: at a signal, and when the debugger is gone."""

_GRACE = 1.0
"""Seconds beyond the drain for threads, exit handlers and the last frames, before the process ends regardless."""


class Stoppable(Protocol):
    """The part of the server that is needed here."""

    @property
    def open_exchanges(self) -> int:
        """Exchanges not yet over."""

    def stop(self, drain: float, heir: Heir | None = None) -> None:
        """Stop accepting, finish what is open for ``drain`` seconds, cut the rest; idle connections go to ``heir``."""


class Holding(Protocol):
    """The part of the probe that is needed here."""

    def resume(self, exchange: int | None, by: By) -> None:
        """Let held exchanges go on."""


class Lifecycle:
    """Ends the worker once, whoever asks, and sees to it that it does end."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._server: Stoppable | None = None
        self._probe: Holding | None = None
        self._ending: tuple[float, By, Heir | None] | None = None
        self._pid = os.getpid()

    @property
    def ending(self) -> bool:
        """True once the worker was asked to end."""
        return self._ending is not None

    def serving(self, server: Stoppable, probe: Holding | None) -> None:
        """From here on there is something to drain."""
        self._probe = probe
        self._server = server
        if self._ending is not None:
            self._drain(*self._ending)

    def end(self, seconds: float, by: By, heir: Heir | None = None) -> None:
        """Resume what is held, drain for ``seconds``, exit. Any thread, signal handlers included.

        Connections between two requests go to ``heir``, if there is one. Asked again, it can only end sooner.
        """
        if self._ending is not None:
            if self._server is not None:
                self._server.stop(seconds)
                _start_new_thread(self._enforce, (seconds + _GRACE,))
            return
        self._ending = (seconds, by, heir)
        _start_new_thread(self._enforce, (seconds + _GRACE if self._server is not None else _GRACE,))
        if self._server is not None:
            self._drain(seconds, by, heir)
        else:
            # The main thread is importing the application: SIGTERM's handler takes it out of there.
            _interrupt_main(signal.SIGTERM)

    def on_signal(self, _number: int, _frame: FrameType | None) -> None:
        """Handler of SIGTERM and SIGINT, in the main thread."""
        if os.getpid() != self._pid:
            raise SystemExit(0)
        if self._server is None:
            if self._ending is None:
                self._ending = (0.0, "shutdown", None)
                _start_new_thread(self._enforce, (_GRACE,))
            raise SystemExit(0)
        # Whoever asks twice does not want to wait.
        self.end(DRAIN if self._ending is None else 0.0, "shutdown")

    def finished(self) -> None:
        """Serving is over: exit handlers and non-daemon threads of the application get a moment, no more."""
        _start_new_thread(self._enforce, (_GRACE,))

    def _drain(self, seconds: float, by: By, heir: Heir | None) -> None:
        server = self._server
        if server is None:
            return
        self._sender.send(Draining(open=server.open_exchanges))
        try:
            if self._probe is not None:
                self._probe.resume(None, by)
        finally:
            server.stop(seconds, heir)

    def _enforce(self, seconds: float) -> None:
        _sleep(seconds)
        self._sender.flush(0.1)
        os._exit(0)
