"""Threads that run the application: a fixed number at work, more while some of them wait.

Threads and locks are bound when this module is imported, so that an application that calls
``gevent.monkey.patch_all()`` later changes nothing here.
"""

from __future__ import annotations

from _thread import allocate_lock, start_new_thread
from collections import deque
from contextlib import suppress
from threading import current_thread
from time import monotonic
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from wsgitrace.server.errors import report

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from wsgitrace.server.options import ServerOptions

Job = TypeVar("Job")

_KEEN: Final = 2
"""So many threads are put to work at once. Each more of them costs every request two or three switches of the
interpreter lock, as long as requests are quick; so more are woken only when the queue stands still, or nearly."""
STANDSTILL: Final = 0.001
"""No job was taken for so long, in seconds, though some wait: those at work must be waiting for something."""
_QUICK: Final = 0.002
"""A job that took less, in seconds, did not wait for anything."""


class _Lane(Generic[Job]):
    """One thread's place to sleep and the job it is woken for."""

    __slots__ = ("job", "name", "sleep")

    def __init__(self, name: str, job: Job) -> None:
        self.name = name
        self.job: Job | None = job
        self.sleep = allocate_lock()
        self.sleep.acquire()


class Blocking:
    """While inside, the calling thread does not count against its pool."""

    __slots__ = ("_pool",)

    def __init__(self, pool: Pool[Job]) -> None:
        self._pool = pool

    def __enter__(self) -> None:
        self._pool.block()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.unblock()


class Pool(Generic[Job]):
    """Runs jobs in order of arrival, ``options.threads`` at a time."""

    def __init__(self, options: ServerOptions, run: Callable[[Job], None]) -> None:
        self._options = options
        self._run = run
        self._mutex = allocate_lock()
        self._drained = allocate_lock()
        """Unlocked when a thread finds nothing left to do."""
        self._waiting: deque[tuple[float, Job]] = deque()
        self._idle: list[_Lane[Job]] = []
        """Sleeping threads; the last one to fall asleep is the first to be woken, its caches are warm."""
        self._lanes: set[_Lane[Job]] = set()
        self._blocked = 0
        self._extra = 0
        """Threads granted beyond ``threads`` because the queue did not move."""
        self._started = 0
        self._granted = 0.0
        """When the last of them was granted."""
        self._taken = 0.0
        """When the last job was taken out of the queue."""
        self._closed = False
        self.blocking = Blocking(self)

    @property
    def busy(self) -> int:
        """Jobs that run or wait."""
        return len(self._lanes) - len(self._idle) + len(self._waiting)

    @property
    def _working(self) -> int:
        """Threads with a job, those that wait for something left out."""
        return len(self._lanes) - len(self._idle) - self._blocked

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the threads that run a job now."""
        with self._mutex:
            return tuple(sorted(lane.name for lane in self._lanes if lane not in self._idle))

    @property
    def waiting(self) -> bool:
        """Jobs wait: ``tend`` wants to be called now and then."""
        return bool(self._waiting)

    @property
    def pressed(self) -> bool:
        """Jobs wait that another thread could run: ``tend`` wants to be called as soon as the queue stands still."""
        return bool(self._waiting) and self._working < self._options.threads

    def submit(self, job: Job) -> bool:
        """Have ``job`` run by the next thread that is free, see :meth:`rouse`; False when too many wait already.

        From one thread only: all others take out, so that the queue is within its limit without the mutex.
        """
        if len(self._waiting) >= self._options.queue_limit:
            return False
        self._waiting.append((monotonic(), job))
        return True

    def rouse(self) -> None:
        """Put threads to work on what was submitted; when it is more than they take at once, let them.

        Apart from it, and called when there is nothing else to do before the next wait: a thread that is woken wants
        the interpreter at once, and whoever woke it and goes on is interrupted twice for each. So does whoever waits
        for sockets, each time a client asks again that has just been answered: until the queue is empty, or stands
        still, clients are left to gather.
        """
        with self._mutex:
            self._drained.acquire(blocking=False)
            self._staff(_KEEN)
            left = len(self._waiting)
        if left and not self._drained.acquire(timeout=STANDSTILL):
            with self._mutex:
                # So few, in so long a time: those at work must have waited for something.
                if left - len(self._waiting) <= _KEEN:
                    self._staff(self._options.threads)

    def block(self) -> None:
        """The calling thread begins to wait for something that is not work."""
        with self._mutex:
            self._blocked += 1
            self._staff(_KEEN)

    def unblock(self) -> None:
        """The calling thread has something to do again."""
        with self._mutex:
            self._blocked -= 1

    def tend(self) -> list[Job]:
        """Put more threads to work when the queue does not move; give back the jobs that have waited too long."""
        late: list[Job] = []
        now = monotonic()
        with self._mutex:
            while self._waiting and now - self._waiting[0][0] > self._options.queue_timeout:
                late.append(self._waiting.popleft()[1])
            if self._waiting and now - max(self._taken, self._waiting[0][0]) > STANDSTILL:
                if now - max(self._granted, self._waiting[0][0]) > self._options.queue_patience:
                    self._granted = now
                    self._extra += 1
                self._staff(self._options.threads)
        return late

    def close(self) -> list[Job]:
        """Let the threads end when they have finished what they run; give back the jobs that nobody began."""
        with self._mutex:
            self._closed = True
            jobs = [job for _, job in self._waiting]
            self._waiting.clear()
            for lane in self._idle:
                lane.sleep.release()
            self._lanes.difference_update(self._idle)
            self._idle.clear()
        return jobs

    def _staff(self, enough: int) -> None:
        """Wake or start threads for what waits until ``enough`` are at work. The mutex is held."""
        options = self._options
        while self._waiting and not self._closed:
            if self._working >= min(enough, options.threads) + self._extra:
                return
            if self._idle:
                lane = self._idle.pop()
                lane.job = self._take()
                lane.sleep.release()
            elif len(self._lanes) >= options.cap or not self._start():
                return

    def _start(self) -> bool:
        """Start a thread; False when the system gives no more, and the job stays for those there are."""
        self._started += 1
        since, job = self._waiting.popleft()
        lane = _Lane(f"wsgi-{self._started}", job)
        self._lanes.add(lane)
        try:
            start_new_thread(self._work, (lane,))
        except RuntimeError:
            self._lanes.discard(lane)
            self._waiting.appendleft((since, job))
            return False
        self._taken = monotonic()
        return True

    def _take(self) -> Job:
        self._taken = monotonic()
        return self._waiting.popleft()[1]

    def _work(self, lane: _Lane[Job]) -> None:
        # The name is a courtesy to whoever looks at threads, so no fault of a patched threading module matters.
        with suppress(Exception):
            current_thread().name = lane.name
        job = lane.job
        while job is not None:
            lane.job = None
            began = monotonic()
            try:
                self._run(job)
            except BaseException as error:  # noqa: BLE001 -- nothing may end a thread of the pool but the pool
                report(error, "wsgitrace: a request ended in an error of the server itself")
            job = None
            job = self._next(lane, quick=monotonic() - began < _QUICK)

    def _next(self, lane: _Lane[Job], *, quick: bool) -> Job | None:
        """The next job, awaited asleep; None when this thread shall end."""
        with self._mutex:
            if not self._waiting:
                self._extra = 0
                if self._drained.locked():
                    self._drained.release()
            if self._closed or len(self._lanes) - self._blocked > self._options.threads + self._extra:
                self._lanes.discard(lane)
                return None
            if self._waiting and not (quick and self._working > _KEEN):
                return self._take()
            self._idle.append(lane)
        lane.sleep.acquire()
        return lane.job
