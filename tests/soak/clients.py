"""Clients of every kind, each a coroutine that has one go at the server: good, slow, broken, hostile."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
import time

PATIENCE = 60.0
"""Seconds after which a good client takes the server to have failed it."""
HEAD_TIMEOUT = 6.0
IDLE_TIMEOUT = 30.0
"""What the server is told: how long it waits for the first request of a connection, and for one after another."""
HEAD = b"GET %s HTTP/1.1\r\nHost: soak\r\nUser-Agent: soak\r\nAccept: */*\r\n\r\n"
STREAMED = b"".join(b"%d\n" % number for number in range(100))
FAULTS = (b"/leave", b"/interrupt", b"/clear", b"/short-status", b"/deep", b"/text")


class StarvedError(Exception):
    """The client got so little of the machine that the server may have taken it for one that says nothing."""


class Client:
    """A connection; what comes is read by the framing of HTTP/1.1."""

    def __init__(self, reader, writer, since):
        self.reader, self.writer = reader, writer
        self.since = since
        """When it last did something: the server cannot have waited for longer than from then on."""
        self.limit = HEAD_TIMEOUT
        """How long the server waits for its next request."""

    @classmethod
    @contextlib.asynccontextmanager
    async def connected(cls, port, **limits):
        since = time.monotonic()
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**16, **limits)
        try:
            yield cls(reader, writer, since)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def send(self, data):
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self):
        """Status and body of the next response."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        lines = head[:-4].split(b"\r\n")
        fields = {name.lower(): value for name, _, value in (line.partition(b": ") for line in lines[1:])}
        status = int(lines[0].split()[1])
        if fields.get(b"transfer-encoding") == b"chunked":
            parts = []
            while size := int(await self.reader.readline(), 16):
                parts.append(await self.reader.readexactly(size))
                await self.reader.readexactly(2)
            await self.reader.readexactly(2)
            return status, b"".join(parts)
        return status, await self.reader.readexactly(int(fields[b"content-length"]))

    def reset(self):
        """Leave without a word."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


async def _expect(client, request, *expected):
    """Send what is one request for each of ``expected``, pairs of status and body."""
    began, sent = client.since, None
    try:
        await client.send(request)
        sent = client.since = time.monotonic()
        for status, body in expected:
            got = await asyncio.wait_for(client.answer(), PATIENCE)
            if got != (status, body):
                raise AssertionError(f"{request[:40]!r}: {got[0]}, {len(got[1])} bytes, {got[1][:60]!r}")
    except (OSError, asyncio.IncompleteReadError) as error:
        waited = (sent or time.monotonic()) - began
        kind = StarvedError if waited >= client.limit else AssertionError
        raise kind(f"{request[:40]!r}, at most {waited:.1f} s after the one before: {error!r}") from error
    client.limit = IDLE_TIMEOUT


async def good(port):
    """A browser: some requests on one connection, each answered in full."""
    async with Client.connected(port) as client:
        upload = random.randbytes(random.randrange(1, 100_000))
        sized = b"POST /echo HTTP/1.1\r\nHost: soak\r\nContent-Length: %d\r\n\r\n" % len(upload) + upload
        chunked = b"POST /echo HTTP/1.1\r\nHost: soak\r\nTransfer-Encoding: chunked\r\n\r\n"
        chunked += b"%x;a=b\r\n%b\r\n0\r\nX-Trailer: 1\r\n\r\n" % (len(upload), upload)
        for request, status, body in (
            (HEAD % b"/", 200, b"hello"),
            (HEAD % b"/stream", 200, STREAMED),
            (sized, 200, upload),
            (chunked, 200, upload),
            (HEAD % b"/large", 200, b"m" * 2**20),
            (HEAD % b"/files/file.bin", 200, b"f" * 50_000),
            (HEAD % b"/", 200, b"hello"),
        ):
            await _expect(client, request, (status, body))
        await _expect(client, (HEAD % b"/") * 3, *[(200, b"hello")] * 3)


async def slow_head(port):
    async with Client.connected(port) as client:
        for byte in HEAD % b"/":
            await client.send(bytes((byte,)))
            await asyncio.sleep(0.5)


async def slow_body(port):
    async with Client.connected(port) as client:
        await client.send(b"POST /echo HTTP/1.1\r\nHost: soak\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(20):
            await client.send(b"x")
            await asyncio.sleep(1)


async def stalled_body(port):
    async with Client.connected(port) as client:
        await client.send(b"POST /echo HTTP/1.1\r\nHost: soak\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab")
        await client.reader.read()


async def slow_reader(port):
    async with Client.connected(port) as client:
        client.writer.transport.pause_reading()
        await client.send(HEAD % b"/large")
        await asyncio.sleep(12)


async def idle(port):
    async with Client.connected(port) as client:
        await client.send(HEAD % b"/")
        await client.answer()
        await client.reader.read()


async def silent(port):
    async with Client.connected(port) as client:
        await client.reader.read()


async def leaves_in_its_head(port):
    async with Client.connected(port) as client:
        await client.send((HEAD % b"/")[:30])


async def leaves_in_its_body(port):
    async with Client.connected(port) as client:
        await client.send(b"POST /echo HTTP/1.1\r\nHost: soak\r\nContent-Length: 1000\r\n\r\nxx")
        client.reset()


async def leaves_in_a_stream(port):
    async with Client.connected(port) as client:
        await client.send(HEAD % random.choice((b"/endless", b"/huge")))
        await client.reader.readexactly(random.randrange(100, 5_000_000))
        client.reset()


async def uploads_what_nobody_reads(port):
    async with Client.connected(port) as client:
        with contextlib.suppress(ConnectionError):
            await client.send(
                b"POST /unread HTTP/1.1\r\nHost: soak\r\nContent-Length: 9000000\r\n\r\n" + b"x" * 500_000
            )
        await client.reader.read()


async def faults(port):
    for path in FAULTS:
        async with Client.connected(port) as client:
            await client.send(HEAD % path)
            assert (await asyncio.wait_for(client.answer(), PATIENCE))[0] in {200, 500}, path
    async with Client.connected(port) as client:
        await client.send(HEAD % b"/late-fault")
        assert not (await client.reader.read()).endswith(b"0\r\n\r\n")


async def nonsense(port):
    async with Client.connected(port) as client:
        await client.send(random.randbytes(random.randrange(1, 5000)))
        await client.reader.read()


async def smuggler(port):
    tricks = (
        b"POST / HTTP/1.1\r\nHost: soak\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x",
        b"GET / HTTP/1.1\r\nHost: soak\r\nContent-Length: +5\r\n\r\nhello",
        b"GET / HTTP/1.1\nHost: soak\n\n",
        b"GET / HTTP/1.1\r\nHost: soak\r\nX: a\x00b\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 500 + b"\r\n",
        b"GET /" + b"a" * 100_000,
        b"POST /echo HTTP/1.1\r\nHost: soak\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
        b"POST /echo HTTP/1.1\r\nHost: soak\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1;" + b"e" * 100_000,
        b"GET /files/..%2f..%2f..%2fetc%2fpasswd HTTP/1.1\r\nHost: soak\r\nConnection: close\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    )
    async with Client.connected(port) as client:
        with contextlib.suppress(ConnectionError):
            await client.send(random.choice(tricks))
        assert b"root:" not in await client.reader.read()


async def pipeliner(port):
    async with Client.connected(port) as client:
        with contextlib.suppress(ConnectionError):
            await client.send((HEAD % b"/") * 500)
        await client.reader.read(1000)
        client.reset()


PATIENT = {
    slow_head: 60, slow_body: 40, stalled_body: 20, slow_reader: 40, idle: 40, silent: 20,
}  # fmt: skip
"""Clients that hold on to the server, and how many of each there are at any time."""
HASTY = (
    leaves_in_its_head, leaves_in_its_body, leaves_in_a_stream, uploads_what_nobody_reads, faults, nonsense, smuggler,
    pipeliner,
)  # fmt: skip
"""Clients that come and go."""
