"""Waiting for many sockets at once, each armed for one event at a time, from any thread.

Everything that touches the operating system is bound when this module is imported, so that an application that calls
``gevent.monkey.patch_all()`` later changes nothing here.
"""

from __future__ import annotations

import select
from collections import deque
from contextlib import suppress
from select import POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, poll
from typing import Protocol

from wsgitrace.server.waker import Waker

if hasattr(select, "epoll"):
    from wsgitrace.server.epoll import EpollPoller
else:
    EpollPoller = None  # type: ignore[assignment,misc]  # macOS

_RDHUP: int = getattr(select, "POLLRDHUP", 0)
"""Tells that the peer sent its last byte; Linux only."""
_GONE = POLLERR | POLLHUP


class Poller(Protocol):
    """One-shot readiness."""

    def arm(self, fd: int, *, writing: bool = False) -> None:
        """Report ``fd`` once, when it can be read (written), or is in error. From any thread."""

    def keep(self, fd: int) -> None:
        """Report ``fd`` each time it can be read, until forgotten. From the waiting thread."""

    def forget(self, fd: int) -> None:
        """Report ``fd`` no more; before it is closed. From the waiting thread."""

    def wait(self, timeout: float | None) -> list[int]:
        """Wait until something is ready or ``timeout`` seconds are over."""

    def wake(self) -> None:
        """Make ``wait`` return. From any thread or signal handler."""

    def close(self) -> None:
        """Release the descriptors."""


class PollPoller:
    """Readiness by ``poll``, for systems without ``epoll``: arming from another thread wakes the waiting one."""

    def __init__(self) -> None:
        self._poll = poll()
        self._kept: set[int] = set()
        self._wishes: deque[tuple[int, int]] = deque()
        self._waker = Waker()
        self._poll.register(self._waker.fd, POLLIN)

    def arm(self, fd: int, *, writing: bool = False) -> None:
        """Report ``fd`` once, when it can be read (written), or is in error. From any thread."""
        self._wishes.append((fd, POLLOUT if writing else POLLIN))
        self._waker.wake()

    def keep(self, fd: int) -> None:
        """Report ``fd`` each time it can be read, until forgotten."""
        self._kept.add(fd)
        self._poll.register(fd, POLLIN)

    def forget(self, fd: int) -> None:
        """Report ``fd`` no more."""
        self._kept.discard(fd)
        self._grant()
        with suppress(KeyError):
            self._poll.unregister(fd)

    def wait(self, timeout: float | None) -> list[int]:
        """Wait until something is ready or ``timeout`` seconds are over."""
        self._grant()
        ready = []
        for fd, _ in self._poll.poll(None if timeout is None else timeout * 1000):
            if fd == self._waker.fd:
                self._waker.drain()
                continue
            if fd not in self._kept:
                self._poll.unregister(fd)
            ready.append(fd)
        return ready

    def wake(self) -> None:
        """Make ``wait`` return."""
        self._waker.wake()

    def close(self) -> None:
        """Release the descriptors."""
        self._waker.close()

    def _grant(self) -> None:
        while self._wishes:
            self._poll.register(*self._wishes.popleft())


def new_poller() -> Poller:
    """The best one there is on this system."""
    return PollPoller() if EpollPoller is None else EpollPoller()


def wait_for(fd: int, timeout: float, *, writing: bool = False, either: bool = False) -> bool:
    """Wait until one socket can be read (written, either) or is in error; False when ``timeout`` seconds are over."""
    waiter = poll()
    waiter.register(fd, POLLIN | POLLOUT if either else POLLOUT if writing else POLLIN)
    return bool(waiter.poll(timeout * 1000))


def ended(fds: list[int]) -> tuple[list[int], list[int]]:
    """Which of these connections are gone, and of which the peer has at least sent its last byte."""
    watcher = poll()
    for fd in fds:
        watcher.register(fd, _RDHUP)
    gone: list[int] = []
    half: list[int] = []
    for fd, mask in watcher.poll(0):
        if mask & POLLNVAL:
            continue
        if mask & _GONE:
            gone.append(fd)
        elif mask & _RDHUP:
            half.append(fd)
    return gone, half


def reset_within(fd: int, timeout: float) -> bool:
    """Whether the connection is gone, or will be in ``timeout`` seconds."""
    watcher = poll()
    watcher.register(fd, 0)
    return bool(watcher.poll(timeout * 1000))
