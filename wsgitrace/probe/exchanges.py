"""The exchanges that are open, and which of them a call belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wsgitrace.probe.spans import current
from wsgitrace.probe.start_response import TracingStartResponse
from wsgitrace.probe.streams import ErrorsObserver, InputObserver

if TYPE_CHECKING:
    from wsgitrace.probe.faults import Faults
    from wsgitrace.probe.layers import Layers
    from wsgitrace.probe.recorder import Recording
    from wsgitrace.probe.sightings import Sightings
    from wsgitrace.probe.spans import Span


class Exchanges:
    """Open exchanges by the server's handle."""

    sightings: Sightings
    """Looks for layers on the stack (set by the discovery)."""

    def __init__(self, layers: Layers, faults: Faults) -> None:
        self.layers = layers
        self.faults = faults
        self.open: dict[int, Recording] = {}
        """By ``id`` of the handle, which the server keeps until it says ``done``."""

    def announce_answered(self, number: int) -> None:
        """Have the debugger know of the exchanges before ``number`` that their client may have the response of.

        The debugger numbers exchanges as they arrive. A client that waits for one response before it asks again is to
        find its requests in that order, also when the second ends before the thread of the first comes to its end.
        """
        for recording in tuple(self.open.values()):
            if recording.head_at is not None and recording.number < number and recording.opening is not None:
                recording.flush()

    def made(self, instance: Any) -> Span | None:
        """The pass that an instance of a class called as application is the body of."""
        span = current.get()
        found = None if span is None else span.recording.constructed.get(id(instance))
        if found is None:
            # The server iterates where no pass is running.
            for recording in tuple(self.open.values()):
                found = recording.constructed.get(id(instance))
                if found is not None:
                    break
        return found if found is not None and found.this is instance and found.recording.live else None

    def find(self, environ: dict[str, Any], start_response: Any) -> Span | None:
        """The pass that a call belongs to which is made where none is running: in a thread of the application, say.

        Our own objects tell, and survive a copy of the environ; both streams are asked because either may have been
        replaced.
        """
        if type(start_response) is TracingStartResponse and start_response.wsgitrace_owner.recording.open:
            return start_response.wsgitrace_last
        for key in ("wsgi.errors", "wsgi.input"):
            stream: Any = dict.get(environ, key)
            if type(stream) in {ErrorsObserver, InputObserver} and stream.wsgitrace_recording.open:
                root: Span | None = stream.wsgitrace_recording.root
                return root
        return None
