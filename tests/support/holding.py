"""Requests that run in threads of a test, to be held, and waiting for what becomes of them."""

from __future__ import annotations

import threading

from tests.support.waiting import PATIENCE, until
from tests.support.wsgi_driver import environ_for
from wsgitrace.events import Breakpoint, BreakpointHit, Edited, Held, Progress

__all__ = ["InThread", "Pilot"]


class InThread:
    """One request served in a thread."""

    def __init__(self, made, *, origin=None, **request):
        self.outcome = None
        self.made = made
        self.request = request
        self.origin = origin
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        self.outcome = self.made.serve(environ_for(**self.request), origin=self.origin)

    def join(self):
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()
        return self.outcome


class Pilot:
    """Arms breakpoints, steps, and tells where it stands."""

    def __init__(self, made, *texts):
        self.made = made
        self.probe = made.probe
        self.arm(*texts)

    def arm(self, *texts):
        self.probe.arm(tuple(Breakpoint(number, text) for number, text in enumerate(texts, 1)))

    def run(self, **request):
        """Serve a request; returns it once it is held."""
        before = len(self.stops)
        running = InThread(self.made, **request)
        until(lambda: len(self.stops) > before and self.probe.held)
        return running

    @property
    def stops(self):
        frames = [frame for frame in self.made.sender.of(Progress) if frame.state == "held"]
        return [f"{kind} {layer.rpartition('.')[2]}" for kind, _, layer in (f.held_at.partition(" ") for f in frames)]

    @property
    def held(self):
        """What was told of the last stop."""
        return self.made.sender.of_event(Held)[-1]

    @property
    def hits(self):
        return [frame.breakpoint for frame in self.made.sender.of(BreakpointHit)]

    @property
    def edited(self):
        return [(e.what, e.name, e.before, e.after) for e in self.made.sender.of_event(Edited)]

    def step(self, how="into", **more):
        """One step; returns where it ended."""
        before = len(self.stops)
        self.probe.step(self.probe.held[0], how, **more)
        until(lambda: len(self.stops) > before and self.probe.held)
        return self.stops[-1]
