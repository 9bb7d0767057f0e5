"""Readiness by ``epoll``: arming from another thread takes effect at once and wakes nobody. Linux only."""

from __future__ import annotations

from contextlib import suppress
from select import EPOLLIN, EPOLLONESHOT, EPOLLOUT, epoll

from wsgitrace.server.waker import Waker


class EpollPoller:
    """One-shot readiness, see :class:`wsgitrace.server.poller.Poller`."""

    def __init__(self) -> None:
        self._epoll = epoll()
        self._waker = Waker()
        self._epoll.register(self._waker.fd, EPOLLIN)

    def arm(self, fd: int, *, writing: bool = False) -> None:
        """Report ``fd`` once, when it can be read (written), or is in error. From any thread."""
        mask = (EPOLLOUT if writing else EPOLLIN) | EPOLLONESHOT
        try:
            self._epoll.modify(fd, mask)
        except FileNotFoundError:
            self._epoll.register(fd, mask)

    def keep(self, fd: int) -> None:
        """Report ``fd`` each time it can be read, until forgotten. From the waiting thread."""
        self._epoll.register(fd, EPOLLIN)

    def forget(self, fd: int) -> None:
        """Report ``fd`` no more; before it is closed. From the waiting thread."""
        # Not left to close(): a forked child of the application may hold the same open file.
        with suppress(OSError):
            self._epoll.unregister(fd)

    def wait(self, timeout: float | None) -> list[int]:
        """Wait until something is ready or ``timeout`` seconds are over."""
        ready = [fd for fd, _ in self._epoll.poll(timeout)]
        if self._waker.fd in ready:
            self._waker.drain()
            ready.remove(self._waker.fd)
        return ready

    def wake(self) -> None:
        """Make ``wait`` return. From any thread or signal handler."""
        self._waker.wake()

    def close(self) -> None:
        """Release the descriptors."""
        self._epoll.close()
        self._waker.close()
