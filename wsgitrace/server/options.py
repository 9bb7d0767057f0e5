"""Every bound and deadline of the server, in one place."""

from __future__ import annotations

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerOptions:
    """What the server allows its clients and itself. Sizes are bytes, times are seconds.

    Raises:
        ValueError: when a bound is not positive, or ``max_threads`` is below ``threads``.

    """

    threads: int = 8
    """Threads that run the application at the same time. 1 means that it is never entered twice at once."""
    max_threads: int = 256
    """Threads in all, those included that wait for a slow client or are held. Not used when ``threads`` is 1."""
    multiprocess: bool = False
    """What ``wsgi.multiprocess`` says: whether another process may serve the same application at the same time."""
    queue_limit: int = 1024
    """Complete requests that may wait for a thread; the next one is answered 503."""
    queue_timeout: float = 30.0
    """How long a complete request may wait for a thread before it is answered 503."""
    queue_patience: float = 1.0
    """How long the oldest one waits before the pool grows by a thread, up to ``max_threads``."""
    connections_limit: int = 1000
    """Open connections; at the limit the longest idle one makes room, else the head that has been coming longest."""
    line_limit: int = 16 * KIB
    """The request line, line end left out (414 beyond)."""
    head_limit: int = 64 * KIB
    """The whole request head (431 beyond)."""
    fields_limit: int = 128
    """Header fields of a request, and trailer fields of its body (431 beyond)."""
    body_limit: int | None = None
    """The request body, decoded (413 beyond); None: as much as the application reads."""
    chunk_line_limit: int = KIB
    """One chunk-size line with its extensions."""
    chunk_overhead_limit: int = 64 * KIB
    """All chunk extensions of one body together."""
    trailer_limit: int = 8 * KIB
    """All trailer fields of one body together."""
    head_timeout: float = 20.0
    """A deadline from the first byte of a head to its last, and for the first byte of a new connection."""
    idle_timeout: float = 65.0
    """How long a connection may stay open between two requests."""
    body_timeout: float = 60.0
    """How long the application waits for the next byte of a request body."""
    reader_timeout: float = 60.0
    """How long a client may take no byte of its response."""
    spool_memory: int = MIB
    """What is kept in memory of a request body that came before the application asked for it; the rest is on disk."""
    spool_limit: int = 1024 * MIB
    """How much of it is kept."""
    spool_patience: float = 0.5
    """How long the end of a chunked body is waited for before the application is called without ``CONTENT_LENGTH``,
    from one of its bytes to the next."""
    spool_timeout: float = 10.0
    """How long in all."""
    drain_limit: int = MIB
    """An unread rest of a request body up to this is read and thrown away to keep the connection."""
    drain_timeout: float = 5.0
    """How long reading that rest may take."""
    body_end_timeout: float = 0.3
    """How long the end of a chunked response waits for the end of a request body that the application began to read."""
    linger_limit: int = 4 * MIB
    """What is still read from a client that was told that its connection closes (RFC 9112 9.6)."""
    linger_timeout: float = 2.0
    """How long that goes on."""

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if not isinstance(value, bool) and value is not None and value <= 0:
                raise ValueError(f"{name} must be positive, not {value!r}")
        if self.threads > 1 and self.max_threads < self.threads:
            raise ValueError(f"max_threads ({self.max_threads}) is below threads ({self.threads})")

    @property
    def cap(self) -> int:
        """Threads in all that the pool may have."""
        return self.max_threads if self.threads > 1 else 1

    @property
    def tick(self) -> float:
        """How often deadlines are looked at."""
        shortest = min(
            self.head_timeout, self.idle_timeout, self.linger_timeout, self.queue_timeout, self.queue_patience
        )
        return min(max(shortest / 4, 0.02), 0.5)
