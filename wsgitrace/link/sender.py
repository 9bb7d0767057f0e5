"""The worker's end: a bounded queue, and a thread that empties it in batches.

Threads that serve requests only ever append to the queue: no system call, no wait. Everything used after the
application is imported is bound here, at import, so that an application that patches the standard library
(``gevent.monkey.patch_all()``) leaves this thread and its locks as they are.
"""

from __future__ import annotations

import os
import weakref
from _thread import RLock as _RLock
from _thread import allocate_lock as _allocate_lock
from _thread import start_new_thread as _start_new_thread
from collections import deque
from enum import IntEnum
from time import monotonic as _monotonic
from typing import TYPE_CHECKING

from wsgitrace.events import Dropped, encode
from wsgitrace.link.framing import FRAME_LIMIT, prefix

if TYPE_CHECKING:
    import _thread
    import socket
    from collections.abc import Callable

    from wsgitrace.events import WorkerFrame
    from wsgitrace.link.remains import Remains

TICK = 0.010
"""Seconds that a frame waits at most for others to travel with it, and between two ticks."""

BATCH = 64
"""Frames that are sent together without waiting for the tick."""

_IDLE_AT = 1
_NEVER = 2**62
_SEND_BYTES = 2**20


class Rank(IntEnum):
    """What is dropped first when the debugger cannot follow."""

    BODY = 0
    """Bytes of bodies: dropped when half of the limit is queued."""
    DETAIL = 1
    """Events: dropped when all of the limit is queued."""
    CONTROL = 2
    """Summaries and news of the worker: dropped only past twice the limit, when the debugger has stopped for good."""


class Sender:
    """Sends frames to the debugger from a thread of its own. Every method may be called from any thread.

    In a child made by ``os.fork`` it is detached: the child's copy of the socket is closed and nothing is sent.
    """

    def __init__(self, sock: socket.socket, limit: int = 64 * 2**20, remains: Remains | None = None) -> None:
        self._sock = sock
        self._remains = remains
        self.drafts = None if remains is None else remains.drafts
        """Where what is not put yet outlives the process, None for nowhere."""
        self._limits = (limit // 2, limit, 2 * limit)
        # Reentrant: a finalizer or a signal handler may report while this very thread holds it.
        self.lock = _RLock()
        """Held while a frame is queued; who holds it for longer has nobody's frames come between."""
        self._wake = _allocate_lock()
        self._wake.acquire()
        self._wake_at = _NEVER
        self._queue: deque[bytes] = deque()
        self._queued = 0
        self._dropped = [0, 0, 0]
        self._reported = 0
        self._ticks: list[Callable[[], bool]] = []
        self._ticking = False
        self._waiters: list[_thread.LockType] = []
        self._closed = False
        self._ended = False
        _senders.add(self)
        _start_new_thread(self._run, ())

    @property
    def queued(self) -> int:
        """Bytes that wait to be sent."""
        return self._queued

    @property
    def dropped(self) -> int:
        """Frames dropped so far, bodies and events together."""
        return sum(self._dropped)

    @property
    def broken(self) -> bool:
        """True when nothing more can be sent: closed, detached, or the debugger is gone."""
        return self._closed or self._ended

    def put(self, frame: bytes, rank: Rank = Rank.CONTROL, count: int = 1) -> bool:
        """Queue one encoded frame; never blocks.

        ``count`` is what it counts for should it be dropped (the events in it). False when it was dropped.
        """
        with self.lock:
            return self.put_next(frame, rank, count)

    def put_next(self, frame: bytes, rank: Rank, count: int = 1) -> bool:
        """As :meth:`put`, for who holds the lock."""
        if self._closed or self._ended:
            return False
        size = len(frame)
        if self._queued + size > self._limits[rank] or size > FRAME_LIMIT:
            self._dropped[rank] += count
            if self._wake_at == _IDLE_AT:
                self._rouse()
            return False
        self._queued += size
        self._queue.append(frame)
        if self._remains is not None:
            self._remains.keep(frame, whole=rank > 0)
        if len(self._queue) >= self._wake_at:
            self._rouse()
        return True

    def send(self, frame: WorkerFrame) -> None:
        """Encode and queue a frame that is not to be dropped."""
        self.put(encode(frame), Rank.CONTROL)

    def every_tick(self, callback: Callable[[], bool]) -> None:
        """Have ``callback`` called in the sender's thread about every 10 ms while there is something to do.

        It returns whether it wants another tick. When no callback does, ticks stop until :meth:`want_ticks`. One that
        raises is never called again.
        """
        with self.lock:
            self._ticks.append(callback)
        self.want_ticks()

    def want_ticks(self) -> None:
        """Start the ticks again. Cheap where they are already running."""
        if self._ticking:
            return
        with self.lock:
            self._ticking = True
            if self._wake_at == _IDLE_AT:
                self._rouse()

    def flush(self, timeout: float) -> bool:
        """Wait until everything queued is handed to the operating system, at most ``timeout`` seconds.

        False when it was not, because the debugger does not read or is gone.
        """
        waiter = _allocate_lock()
        waiter.acquire()
        with self.lock:
            if self._ended:
                return not self._queue
            self._waiters.append(waiter)
            self._rouse()
        return waiter.acquire(timeout=timeout) and not self._queue

    def close(self) -> None:
        """Send what is queued, then end the thread; returns at once. What is put from now on is not taken."""
        with self.lock:
            self._closed = True
            self._rouse()

    def detach(self) -> None:
        """In a forked child: forget the debugger, without touching the parent's connection."""
        self._closed = self._ended = True
        self.lock = _RLock()
        self._queue = deque()
        self._remains = self.drafts = None
        self._sock.close()

    def _rouse(self) -> None:
        """Wake the thread if it waits. The lock is held."""
        if self._wake_at != _NEVER:
            self._wake_at = _NEVER
            self._wake.release()

    def _wait(self, frames: int, timeout: float) -> None:
        """Wait for so many frames in the queue, to be roused, or for ``timeout`` seconds (-1: for ever)."""
        with self.lock:
            if len(self._queue) >= frames or self._closed or self._waiters:
                return
            if frames == _IDLE_AT and (self._ticking or self._unreported):
                return
            self._wake_at = frames
        roused = self._wake.acquire(timeout=timeout)
        with self.lock:
            if not roused and self._wake_at == _NEVER:
                # Roused between the timeout and here: take the token, or the next wait would end at once.
                self._wake.acquire()
            self._wake_at = _NEVER

    def _run(self) -> None:
        next_tick = 0.0
        try:
            while True:
                if not self._queue and not self._ticking and not self._unreported:
                    self._wait(_IDLE_AT, -1)
                if self._queue or self._ticking:
                    self._wait(BATCH, TICK)
                if self._ticking and (now := _monotonic()) >= next_tick:
                    next_tick = now + TICK
                    self._tick()
                if not self._send_queued():
                    return
        except OSError:
            # The debugger is gone; whoever reads the link sees the same and ends the worker.
            pass
        finally:
            self._end()

    def _send_queued(self) -> bool:
        """Send all that is queued; False when that was the last of it."""
        with self.lock:
            waiters, self._waiters = self._waiters, []
            closing = self._closed
            report = self._report() if self._unreported else b""
        if report:
            self._sock.sendall(prefix(report) + report)
        try:
            while self._queue:
                self._sock.sendall(self._batch())
            self._forget_sent()
        finally:
            for waiter in waiters:
                waiter.release()
        return not closing

    def _forget_sent(self) -> None:
        with self.lock:
            if self._remains is not None and not self._queue:
                self._remains.forget()

    def _batch(self) -> bytes:
        """The next frames, up to about a megabyte, as they go on the wire."""
        parts: list[bytes] = []
        size = 0
        queue = self._queue
        while queue and size < _SEND_BYTES:
            frame = queue.popleft()
            parts.append(prefix(frame))
            parts.append(frame)
            size += len(frame)
        with self.lock:
            self._queued -= size
        return b"".join(parts)

    @property
    def _unreported(self) -> bool:
        return sum(self._dropped) != self._reported

    def _report(self) -> bytes:
        """The frame that tells the totals of what was dropped. The lock is held."""
        self._reported = sum(self._dropped)
        return encode(Dropped(bodies=self._dropped[0], events=self._dropped[1] + self._dropped[2]))

    def _tick(self) -> None:
        # Cleared first: a request that asks for ticks while the callbacks run must not be overlooked.
        self._ticking = False
        wanted = False
        for callback in tuple(self._ticks):
            try:
                wanted = callback() or wanted
            except Exception:  # noqa: BLE001 -- a failing callback must not end the reports of everything else
                self._ticks.remove(callback)
        if wanted:
            self._ticking = True

    def _end(self) -> None:
        with self.lock:
            self._ended = True
            waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            waiter.release()


_senders: weakref.WeakSet[Sender] = weakref.WeakSet()


def _detach_all() -> None:
    for sender in tuple(_senders):
        sender.detach()


os.register_at_fork(after_in_child=_detach_all)
