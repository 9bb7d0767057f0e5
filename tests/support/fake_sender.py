"""A sender that keeps what it is given."""

from __future__ import annotations

from threading import RLock

from wsgitrace.events import (
    BodyPart,
    Ended,
    Events,
    Last,
    LayerFound,
    ObserverFault,
    decode_events,
    decode_worker_frame,
    encode,
)
from wsgitrace.link import Rank


class FakeSender:
    """As :class:`wsgitrace.link.Sender`, without a thread or a socket: ticks come from the test."""

    drafts = None

    def __init__(self):
        self.raw = []
        self.ticks = []
        self.full = False
        self.lock = RLock()

    def put(self, frame, rank=Rank.CONTROL, count=1):
        if self.full and rank is not Rank.CONTROL:
            return False
        self.raw.append(bytes(frame))
        return True

    put_next = put

    def send(self, frame):
        self.put(encode(frame), Rank.CONTROL)

    def forget(self):
        """Let go of everything but the layers."""
        self.raw[:] = [frame for frame in self.raw if isinstance(decode_worker_frame(frame), LayerFound)]

    def every_tick(self, callback):
        self.ticks.append(callback)

    def want_ticks(self):
        pass

    def tick(self):
        return [callback() for callback in tuple(self.ticks)]

    def flush(self, timeout):
        return True

    def close(self):
        pass

    @property
    def frames(self):
        frames = []
        for frame in map(decode_worker_frame, self.raw):
            if isinstance(frame, Last):
                frames += [part for part in (frame.began, frame.events, frame.ended) if part is not None]
            else:
                frames.append(frame)
        return frames

    def of(self, kind):
        return [frame for frame in self.frames if isinstance(frame, kind)]

    @property
    def layers(self):
        return {frame.id: frame for frame in self.of(LayerFound)}

    @property
    def faults(self):
        return self.of(ObserverFault)

    def ended(self, exchange=None):
        found = [frame for frame in self.of(Ended) if exchange in {None, frame.exchange}]
        return found[-1]

    def events(self, exchange=None):
        """The events of an exchange, by default the last, in order."""
        frames = self.of(Events)
        if exchange is None:
            exchange = max(frame.exchange for frame in frames)
        events = [
            event for frame in frames if frame.exchange == exchange for event in decode_events(frame.data, frame.count)
        ]
        return sorted(events, key=lambda event: event.seq)

    def of_event(self, kind, exchange=None):
        return [event for event in self.events(exchange) if isinstance(event, kind)]

    def bodies(self, exchange):
        return [frame for frame in self.of(BodyPart) if frame.exchange == exchange]
