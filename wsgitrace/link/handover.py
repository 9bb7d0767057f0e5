"""Connections on their way from one worker to the next: in the kernel, so that nobody has to hold them meanwhile."""

from __future__ import annotations

import os
from socket import AF_UNIX, SOCK_STREAM, recv_fds, send_fds, socketpair
from socket import socket as RealSocket  # noqa: N812 -- the class as it is now, whatever a later patch puts in its place
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_BATCH: Final = 200
"""Descriptors in one message; Linux takes 253."""


class Handover:
    """A queue of open connections.

    Any process that has both ends may give and take; what nobody takes is closed with the last of them.
    """

    def __init__(self, giving: RealSocket, taking: RealSocket) -> None:
        self._giving = giving
        self._taking = taking
        giving.settimeout(0)
        taking.settimeout(0)

    @classmethod
    def create(cls) -> Handover:
        """A new, empty one."""
        return cls(*socketpair(AF_UNIX, SOCK_STREAM))

    @classmethod
    def adopt(cls, giving: int, taking: int) -> Handover:
        """The one of the process that started this one, by the descriptors of its ends."""
        for fd in (giving, taking):
            os.set_inheritable(fd, False)  # noqa: FBT003 -- its only argument
        return cls(RealSocket(fileno=giving), RealSocket(fileno=taking))

    @property
    def descriptors(self) -> tuple[int, int]:
        """Those of the giving and of the taking end."""
        return self._giving.fileno(), self._taking.fileno()

    def give(self, descriptors: Sequence[int]) -> int:
        """Put connections in; how many, from the first on, there was room for. They stay the caller's to close."""
        given = 0
        while given < len(descriptors):
            batch = descriptors[given : given + _BATCH]
            try:
                send_fds(self._giving, [b"\0"], batch)
            except OSError:
                # Full, or the system counts too many descriptors under way.
                break
            given += len(batch)
        return given

    def take(self) -> list[RealSocket]:
        """All that are in it."""
        taken: list[RealSocket] = []
        while True:
            try:
                data, descriptors, _, _ = recv_fds(self._taking, 1, _BATCH)
            except BlockingIOError:
                return taken
            for fd in descriptors:
                os.set_inheritable(fd, False)  # noqa: FBT003 -- its only argument
                taken.append(RealSocket(fileno=fd))
            if not data:
                return taken

    def close(self) -> None:
        """Let go of both ends."""
        self._giving.close()
        self._taking.close()
