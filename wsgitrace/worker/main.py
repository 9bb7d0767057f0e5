"""The worker's main: wire link, probe and server around the application, then serve it until told to end."""

from __future__ import annotations

import argparse
import faulthandler
import os
import platform
import signal
import socket
import sys
from _thread import start_new_thread as _start_new_thread
from time import perf_counter_ns as _perf_counter_ns
from typing import TYPE_CHECKING

import msgspec

from wsgitrace.events import (
    Arm,
    Continue,
    Debug,
    Drain,
    Draining,
    Evaluate,
    Extend,
    HoldNext,
    ImportFailed,
    Interrupt,
    Replay,
    Start,
    Started,
    Step,
    decode_command,
    to_text,
)
from wsgitrace.link import FrameError, Handover, Receiver, Remains, Sender
from wsgitrace.probe import Probe, current_pass
from wsgitrace.server import Server, ServerOptions
from wsgitrace.worker import breaking, output
from wsgitrace.worker.explaining import explanation
from wsgitrace.worker.importing import LoadError
from wsgitrace.worker.lifecycle import DRAIN, Lifecycle
from wsgitrace.worker.loading import Loaded, load
from wsgitrace.worker.replaying import Replaying
from wsgitrace.worker.serving import front, speak_tls
from wsgitrace.worker.target import UsageError
from wsgitrace.worker.watching import FileReporter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

    from wsgitrace.events import Command

_LAST_FLUSH = 1.0
"""Seconds that the last frames get to leave."""


def main(argv: Sequence[str]) -> int:
    """Run the worker; returns its exit code."""
    parser = argparse.ArgumentParser(prog="wsgitrace.worker")
    parser.add_argument("--link", type=int, required=True)
    parser.add_argument("--listen", type=int, action="append", default=[])
    parser.add_argument("--handover", type=int, nargs=2)
    parser.add_argument("--remains", type=int)
    parser.add_argument("--forget", action="append", default=[])
    options = parser.parse_args(argv)
    for name in options.forget:
        # Read by now; the application and its children see the environment that they would see under any server.
        os.environ.pop(name, None)
    # Only the thread that failed: the others are our own and idle ones of the pool.
    faulthandler.enable(all_threads=False)
    link = _adopt(options.link)
    listeners = [_adopt(fd) for fd in options.listen]
    handover = None if options.handover is None else Handover.adopt(*options.handover)
    commands = _commands(link)
    start = next(commands, None)
    if not isinstance(start, Start):
        return 0
    return Worker(link, listeners, start, commands, handover=handover, remains=_remains(options.remains)).run()


def _adopt(fd: int) -> socket.socket:
    # At once: a process that the application starts while it is imported must not keep link or port open.
    os.set_inheritable(fd, False)  # noqa: FBT003 -- its only argument
    return socket.socket(fileno=fd)


def _remains(fd: int | None) -> Remains | None:
    if fd is None:
        return None
    try:
        return Remains(fd)
    finally:
        os.close(fd)


def _pass_over(_: FrameType) -> str:
    return "requests are not traced"


def _commands(link: socket.socket) -> Iterator[Command]:
    try:
        for frame in Receiver(link):
            yield decode_command(frame)
    except (FrameError, msgspec.DecodeError) as error:
        # Both ends are of one version; a debugger that cannot be understood is as good as gone.
        sys.stderr.write(f"wsgitrace: the debugger sent what is no command: {error}\n")


class Worker:
    """One application under server and probe."""

    def __init__(
        self,
        link: socket.socket,
        listeners: Sequence[socket.socket],
        start: Start,
        commands: Iterator[Command],
        *,
        handover: Handover | None = None,
        remains: Remains | None = None,
    ) -> None:
        self._start = start
        self._listeners = listeners
        self._handover = handover
        self._commands = commands
        self._sender = Sender(link, start.queue, remains)
        self._lifecycle = Lifecycle(self._sender)
        self._files = FileReporter(self._sender)
        self._streams = output.install(current_pass)
        self._probe = Probe(self._sender, start) if start.trace or not start.serve else None
        if self._probe is not None and (start.breakpoints or start.hold_next):
            self._probe.arm(start.breakpoints)
            self._probe.hold_next(start.hold_next)
        breaking.install(_pass_over if self._probe is None else self._probe.break_at)
        self._server: Server | None = None
        self._tls = speak_tls(start.serving) if start.serve else None

    def run(self) -> int:
        """Load, serve, end."""
        os.register_at_fork(after_in_child=self._detach_child)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._lifecycle.on_signal)
        _start_new_thread(self._obey, ())
        # What the application would see under any other server: not the options of this process.
        sys.argv[:] = [self._start.app or "wsgitrace"]
        sys.path.insert(0, self._start.directory)
        try:
            loaded = self._load()
            if self._start.serve and self._listeners:
                self._serve(loaded)
        finally:
            self._lifecycle.finished()
            self._sender.flush(_LAST_FLUSH)
        return 0

    def _load(self) -> Loaded | ImportFailed:
        began = _perf_counter_ns()
        start = self._start
        files: tuple[str, ...] = ()
        result: Loaded | ImportFailed
        try:
            result = load(start.app, start.directory, factory=start.factory)
        except UsageError as error:
            result = ImportFailed(usage=True, message=str(error))
        except LoadError as error:
            files = error.files
            result = ImportFailed(usage=False, message=str(error), traceback=to_text(error.traceback))
        took = _perf_counter_ns() - began
        if isinstance(result, Loaded):
            if self._probe is not None:
                self._probe.find_layers(result.application, result.name)
            self._files.start()
            self._sender.send(Started(os.getpid(), result.name, platform.python_version(), took, result.note))
        else:
            self._sender.send(result)
            self._files.start(files)
        return result

    def _serve(self, loaded: Loaded | ImportFailed) -> None:
        application = explanation(loaded) if isinstance(loaded, ImportFailed) else loaded.application
        probe = self._probe
        if probe is not None:
            application = probe.application(application)
        serving = self._start.serving
        options = ServerOptions(threads=serving.threads, **serving.limits)  # type: ignore[arg-type]  # by name
        server = Server(
            application, *self._listeners, options=options, observer=probe, tls=self._tls, front=front(serving)
        )
        for connection in self._handover.take() if self._handover is not None else ():
            server.inherit(connection)
        self._server = server
        self._lifecycle.serving(server, probe)
        server.serve()
        self._sender.send(Draining(open=0, threads=server.stuck_threads))

    def _obey(self) -> None:
        """Carry out commands until the link ends; runs in a thread of its own."""
        for command in self._commands:
            try:
                self._carry_out(command)
            except Exception as error:  # noqa: BLE001 -- one failed command must not make the worker deaf
                sys.stderr.write(f"wsgitrace: {type(command).__name__} failed: {type(error).__name__}: {error}\n")
        for stream in self._streams:
            stream.discard()  # before anything held goes on: it may print
        self._lifecycle.end(DRAIN, "debugger gone")

    def _carry_out(self, command: Command) -> None:
        match command:
            case Drain(seconds=seconds, handover=handover):
                heir = self._handover.give if handover and self._handover is not None else None
                self._lifecycle.end(seconds, "shutdown", heir)
            case Replay() if self._server is not None:
                Replaying(self._server, self._probe, self._sender, self._start).order(command)
            case _ if self._probe is not None:
                _tell(self._probe, command)
            case _:
                # Without probe or application there is nothing that it could mean.
                pass

    def _detach_child(self) -> None:
        """In a child of ``os.fork``: it is the application's own process, and none of our business."""
        for listener in self._listeners:
            listener.close()
        if self._handover is not None:
            self._handover.close()
        for stream in self._streams:
            stream.forget_partial()
        for number in (signal.SIGTERM, signal.SIGINT):
            if signal.getsignal(number) == self._lifecycle.on_signal:
                signal.signal(number, signal.SIG_DFL if number == signal.SIGTERM else signal.default_int_handler)


def _tell(probe: Probe, command: Command) -> None:
    """Carry out a command about what is held, or is to be."""
    match command:
        case HoldNext(on=on):
            probe.hold_next(on)
        case Arm(breakpoints=breakpoints):
            probe.arm(breakpoints)
        case Step():
            probe.step(command.exchange, command.how, command.layer, command.edits)
        case Continue():
            probe.resume(command.exchange, "continue", command.edits, command.end, command.delay)
        case Extend():
            probe.extend(command.exchange, command.seconds)
        case Evaluate():
            probe.evaluate(command.exchange, command.token, command.expression, command.what)
        case Debug():
            probe.debug(command.exchange, command.terminal)
        case Interrupt():
            probe.interrupt(command.exchange)
