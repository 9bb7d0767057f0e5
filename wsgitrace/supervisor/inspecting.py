"""Asking for the layers of an application without serving it."""

from __future__ import annotations

import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec

from wsgitrace.events import ImportFailed, LayerFound, Started, decode_worker_frame, encode
from wsgitrace.link import FrameError, Receiver, send_frame
from wsgitrace.supervisor.ending import describe
from wsgitrace.supervisor.process import start as start_worker

if TYPE_CHECKING:
    from wsgitrace.events import Start

_STDERR = 2
_GOODBYE = 5.0
"""Seconds that the process gets to end by itself once it has answered."""


def inspect(start: Start, *, python: str = sys.executable) -> tuple[list[LayerFound], Started | ImportFailed]:
    """Import the application in a process of its own and report its layers.

    What the application prints meanwhile goes to stderr. Raises :class:`OSError` where the interpreter cannot be
    started.
    """
    start = msgspec.structs.replace(start, serve=False)
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            process = start_worker(python, theirs, stdout=_STDERR, stderr=_STDERR)
        try:
            layers, result = _ask(ours, start)
            ours.shutdown(socket.SHUT_WR)
            process.wait(_GOODBYE)
        except subprocess.TimeoutExpired:
            pass
        finally:
            # Whatever came in between, such as Ctrl+C: it has a session of its own and would stay.
            if process.poll() is None:
                process.kill()
            returncode = process.wait()
    if result is None:
        result = ImportFailed(usage=False, message=f"the process that imported {start.app} {describe(returncode)}")
    return layers, result


def _ask(link: socket.socket, start: Start) -> tuple[list[LayerFound], Started | ImportFailed | None]:
    layers: list[LayerFound] = []
    try:
        send_frame(link, encode(start))
        for payload in Receiver(link):
            match decode_worker_frame(payload):
                case LayerFound() as layer:
                    layers.append(layer)
                case (Started() | ImportFailed()) as result:
                    return layers, result
                case _:
                    continue
    except (OSError, FrameError, msgspec.DecodeError):
        # It died, or something else wrote to its descriptor: how it ends is what there is to say.
        pass
    return layers, None
