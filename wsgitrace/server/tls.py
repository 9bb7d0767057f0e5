"""TLS over a non-blocking socket. Imported only where it is spoken: the module ``ssl`` costs every start.

What is encrypted passes through memory, so that sockets and their readiness stay what they are for everybody else; and
the classes are those of the standard library, whatever an application puts in their place later.
"""

from __future__ import annotations

from contextlib import suppress
from socket import SHUT_WR
from ssl import (
    CERT_NONE,
    CERT_OPTIONAL,
    CERT_REQUIRED,
    PROTOCOL_TLS_SERVER,
    MemoryBIO,
    SSLContext,
    SSLError,
    SSLObject,
    SSLWantReadError,
    SSLZeroReturnError,
    TLSVersion,
)
from typing import TYPE_CHECKING, Final

from wsgitrace.server.errors import HandshakeError
from wsgitrace.server.tls_environ import tls_environ

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from socket import socket

_RECORD = 16 * 1024
"""Bytes encrypted at a time: what one record of TLS holds."""
_HELLO: Final = 0x16
"""The first byte of every TLS client: a handshake record (RFC 8446 5.1)."""
_PLAIN: Final = "this address speaks TLS: ask for https://"


class _NamedObject(SSLObject):
    """Knows which of the server's names the client asked for."""

    asked_for = ""


class Tls:
    """A certificate, and what is asked of clients.

    ``authorities`` is a file of certificates: clients are asked for one that is signed by them, ``required`` or not.

    Raises:
        OSError: a file cannot be read, or does not hold what it should (``ssl.SSLError``).

    """

    def __init__(
        self,
        certificate: str | Path,
        key: str | Path | None = None,
        *,
        authorities: str | Path | None = None,
        required: bool = False,
    ) -> None:
        context = SSLContext(PROTOCOL_TLS_SERVER)
        context.minimum_version = TLSVersion.TLSv1_2
        # An empty password: for a key that wants one this is an error, where OpenSSL would ask the terminal.
        context.load_cert_chain(certificate, key, password=lambda: b"")
        context.set_alpn_protocols(["http/1.1"])
        if authorities is not None:
            context.load_verify_locations(authorities)
            context.verify_mode = CERT_REQUIRED if required else CERT_OPTIONAL
        context.sslobject_class = _NamedObject
        context.sni_callback = _note_name
        self._context = context
        self.asks = context.verify_mode != CERT_NONE
        """Clients are asked for a certificate."""

    def wrap(self, sock: socket, environ: dict[str, object]) -> TlsSocket:
        """Speak TLS on ``sock``; ``environ`` learns what came of it once the client has shaken hands."""
        incoming, outgoing = MemoryBIO(), MemoryBIO()
        return TlsSocket(
            sock, self._context.wrap_bio(incoming, outgoing, server_side=True), incoming, outgoing, environ
        )


def _note_name(secured: object, name: str | None, _context: SSLContext) -> None:
    if isinstance(secured, _NamedObject):
        secured.asked_for = name or ""


class TlsSocket:
    """As much of a socket as the server needs, over TLS. Never blocks; one thread at a time.

    A ``send`` that raises ``BlockingIOError`` has encrypted what it was given: it must be called again with the same.
    """

    def __init__(
        self, sock: socket, secured: SSLObject, incoming: MemoryBIO, outgoing: MemoryBIO, environ: dict[str, object]
    ) -> None:
        self._sock = sock
        self._secured = secured
        self._incoming = incoming
        self._outgoing = outgoing
        self._environ = environ
        self._greeted = False
        self._shaken = False
        self._unsent = memoryview(b"")
        """Encrypted, and not taken by the system yet."""
        self._taken = 0
        """How much of what is sent next has been encrypted already."""
        self.family = sock.family
        self.fileno = sock.fileno
        self.setsockopt = sock.setsockopt
        self.settimeout = sock.settimeout
        self.getsockname = sock.getsockname
        self.close = sock.close

    def recv(self, size: int) -> bytes:
        """All that has come and can be decrypted, which may be a little more than ``size``; empty at the end.

        Raises:
            BlockingIOError: nothing has come.
            HandshakeError: this will never be a TLS connection.
            OSError: the connection is gone, or broken.

        """
        data = self._sock.recv(size)
        if not data:
            return b""
        if not self._greeted:
            self._greeted = True
            if data[0] != _HELLO:
                raise HandshakeError(_PLAIN, self._sock, data)
        self._incoming.write(data)
        parts: list[bytes] = []
        try:
            if not self._shaken:
                self._shake()
            while part := self._secured.read(_RECORD):
                parts.append(part)
        except SSLWantReadError:
            pass
        except SSLZeroReturnError:
            return b"".join(parts)
        finally:
            # Its part in handshakes, or the alert that says what was wrong.
            with suppress(BlockingIOError):
                self._flush()
        if not parts:
            raise BlockingIOError
        return b"".join(parts)

    def send(self, data: bytes | memoryview) -> int:
        """Encrypt and send; how much of ``data`` was.

        Raises:
            BlockingIOError: the client takes nothing at present.
            OSError: the connection is gone.

        """
        self._flush()
        done, self._taken = self._taken, 0
        while done < len(data):
            piece = self._secured.write(data[done : done + _RECORD])
            try:
                self._flush()
            except BlockingIOError:
                # Told when the rest has gone: whoever is told that all was sent takes it to be on its way.
                if done:
                    self._taken = piece
                    return done
                self._taken = piece
                raise
            done += piece
        return done

    def sendmsg(self, parts: Sequence[bytes]) -> int:
        """Send the first of ``parts``, or some of it."""
        return self.send(parts[0])

    def shutdown(self, how: int) -> None:
        """End the connection in one direction or both; by the rules of TLS where more than one thread cannot meet."""
        if how == SHUT_WR and self._shaken:
            with suppress(SSLError, BlockingIOError):
                self._secured.unwrap()
            with suppress(BlockingIOError):
                self._flush()
        self._sock.shutdown(how)

    def _shake(self) -> None:
        try:
            self._secured.do_handshake()
        except SSLWantReadError:
            raise
        except SSLError as error:
            reason = (error.reason or str(error)).lower().replace("_", " ")
            raise HandshakeError(f"the TLS handshake failed: {reason}", self._sock) from error
        self._shaken = True
        name = self._secured.asked_for if isinstance(self._secured, _NamedObject) else ""
        self._environ.update(tls_environ(self._secured, name))

    def _flush(self) -> None:
        while self._unsent or self._outgoing.pending:
            if not self._unsent:
                self._unsent = memoryview(self._outgoing.read())
            self._unsent = self._unsent[self._sock.send(self._unsent) :]
