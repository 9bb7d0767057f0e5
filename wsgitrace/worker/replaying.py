"""Running a recorded request again: through the server, as if a client had sent it."""

from __future__ import annotations

import socket
from _thread import allocate_lock as _allocate_lock
from _thread import start_new_thread as _start_new_thread
from time import monotonic as _monotonic
from typing import TYPE_CHECKING, Any, Protocol

from wsgitrace.events import Evaluated, to_text
from wsgitrace.worker import callables
from wsgitrace.worker.importing import LoadError, import_module
from wsgitrace.worker.target import UsageError

if TYPE_CHECKING:
    from wsgitrace.events import Replay, Start
    from wsgitrace.link import Sender
    from wsgitrace.probe import Probe

_socketpair = socket.socketpair
_DISCARD = 2**16


class Injecting(Protocol):
    """The part of the server that is needed here."""

    def inject(
        self, sock: socket.socket, peer: str, scheme: str = "http", origin: object = None, server: str = ""
    ) -> None:
        """Adopt a connection as if it had been accepted from ``peer``, at the address ``server``."""


class Replaying:
    """Runs recorded requests again, as their commands say, or tells why not."""

    def __init__(self, server: Injecting, probe: Probe | None, sender: Sender, start: Start) -> None:
        self._server = server
        self._probe = probe
        self._sender = sender
        self._start = start

    def order(self, command: Replay) -> None:
        """Run it; returns soon. The answer is a frame."""
        named = self._start.prepare if command.prepare is None else command.prepare
        if named:
            # What is imported for it may take its time.
            _start_new_thread(self._run, (command, named))
        else:
            self._run(command, named)

    def _run(self, command: Replay, named: str) -> None:
        reason = self._why_not(command, named)
        if not reason:
            replay(self._server, command)
        if command.token:
            self._sender.send(Evaluated(command.token, to_text(reason), failed=bool(reason)))

    def _why_not(self, command: Replay, named: str) -> str:
        """Why it cannot be run so; empty when it can, and all is arranged for it."""
        if self._probe is None:
            differs = named or command.skips or command.breakpoints or command.clock is not None
            return "that needs a trace, and requests are not traced (--no-trace)" if differs else ""
        try:
            hook = _hook(named, self._start.directory) if named else None
        except (UsageError, LoadError) as problem:
            return f"prepare: {problem}"
        except Exception as error:  # noqa: BLE001 -- whatever a module does where it is asked for a name
            return f"prepare: looking up {named} raised {type(error).__name__}: {error}"
        return self._probe.arrange(command, named, hook)


def _hook(named: str, directory: str) -> Any:
    """The function that ``MODULE:FUNCTION`` names. Raises :class:`UsageError` and :class:`LoadError`."""
    module_name, _, name = named.partition(":")
    if not (module_name and name):
        raise UsageError(f"{named!r} names no function: write MODULE:FUNCTION, as in hooks:sign")
    found: Any = import_module(module_name, directory)
    for part in name.split("."):
        found = getattr(found, part, None)
    if found is None:
        raise UsageError(f"{module_name} has no {name}")
    if not callable(found):
        raise UsageError(f"{named} cannot be called")
    misfit = callables.misfit(found, (None, None), {})
    if misfit:
        raise UsageError(f"{named}{callables.signature(found)} cannot be called with (environ, body): {misfit}")
    return found


def replay(server: Injecting, command: Replay) -> None:
    """Have the server serve the recorded request; returns at once. The response goes to the recording, not to anybody.

    The connection stays open for as long as the server keeps it: a client that leaves early would be another story
    than the one that was recorded.
    """
    theirs, ours = _socketpair()
    server.inject(theirs, command.peer, command.scheme, command, command.server)
    _start_new_thread(_send, (ours, command))
    _start_new_thread(_receive, (ours, command.head))


def _send(sock: socket.socket, command: Replay) -> None:
    pause = _allocate_lock()
    pause.acquire()
    began = _monotonic()
    try:
        for at, data in command.pieces():
            pause.acquire(timeout=max(0.0, began + at - _monotonic()))
            sock.sendall(data)
    except OSError:
        # The server answered and closed without reading all of the body: it may, the original did not have to.
        return


def _receive(sock: socket.socket, head: bytes) -> None:
    # Only a reader of responses knows where this one ends on a connection that is kept alive.
    from http.client import HTTPException, HTTPResponse  # noqa: PLC0415 -- most workers never replay

    try:
        response = HTTPResponse(sock, method=head.partition(b" ")[0].decode("latin-1"))
        response.begin()
        while response.read(_DISCARD):
            pass
        response.close()
    except (OSError, HTTPException, ValueError):
        # What is on the wire is recorded by the server's own account of it.
        pass
    finally:
        sock.close()
