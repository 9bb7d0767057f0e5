"""Sending a file without reading it (``sendfile``), where the platform can."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from wsgitrace.server.errors import ClientGoneError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wsgitrace.server.connection import Connection

_sendfile: Any = getattr(os, "sendfile", None)
_AT_ONCE = 1024 * 1024


def send_file(connection: Connection, file: Any, position: int, count: int) -> Iterator[int]:
    """Send ``count`` bytes of ``file`` from ``position``; yields what each step sent.

    Ends early when the file has become shorter.

    Raises:
        ClientGoneError: the connection is gone.
        ClientStalledError: the client took nothing for ``reader_timeout`` seconds.

    """
    source = file.fileno()
    end = position + count
    while position < end:
        try:
            sent = _sendfile(connection.fd, source, position, min(end - position, _AT_ONCE))
        except BlockingIOError:
            connection.await_room()
            continue
        except OSError as error:
            connection.gone = True
            raise ClientGoneError(f"the client is gone: {error}") from error
        if not sent:
            return
        position += sent
        yield sent
