"""What advice on the order of layers is, and every sort of it with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from wsgitrace.trace.naming import short_name


@dataclass(frozen=True, slots=True)
class Order:
    """An order of two layers that is known to go wrong."""

    id: str
    """A few words, with hyphens."""
    reason: str
    """Why, one sentence without a full stop; ``{outer}`` and ``{inner}`` stand for the layers."""
    mend: str
    """What to do."""


class Advice(NamedTuple):
    """Two layers in an order that is known to go wrong."""

    order: Order
    """Which."""
    outer: str
    """Dotted name of the layer outside; the same as ``inner`` where one layer is at fault alone."""
    inner: str
    """Dotted name of the layer inside."""
    evidence: str
    """What shows it, one sentence without a full stop; it may hold traffic. Empty: their names alone."""
    seq: int | None = None
    """The event that shows it; None for none."""

    @property
    def reason(self) -> str:
        """Why the order is wrong, with the layers' short names."""
        return self.order.reason.format(outer=short_name(self.outer), inner=short_name(self.inner))


ORDERS: Final[dict[str, Order]] = {
    order.id: order
    for order in (
        Order(
            "proxy-inside",
            "{inner} reads what a proxy says of client, scheme and host, and {outer} outside it works before that: "
            "with the proxy's address",
            "Wrap the application in it last, so that it is outermost.",
        ),
        Order(
            "two-proxies",
            "{outer} and {inner} both believe X-Forwarded fields: what the second takes for the proxy's word may be "
            "the client's",
            "Keep one, told how many proxies there are.",
        ),
        Order(
            "etag-of-compressed",
            "{outer} makes an ETag of what {inner} has compressed: the same page has another one for each coding, and "
            "is compressed only to answer 304",
            "Compress outside of the layer that makes the ETag, and let compression make it weak.",
        ),
        Order(
            "session-outside-compression",
            "{inner} compresses before {outer} adds its cookie: it decides without seeing that there is a secret in "
            "the response, and what it adds to Vary may be replaced",
            "Compress outside of sessions.",
        ),
        Order(
            "compressed-twice",
            "{outer} compresses what {inner} has compressed already: clients undo it once",
            "Keep one of them.",
        ),
        Order(
            "vary-lost",
            "{inner} says that the response depends on Accept-Encoding, and {outer} drops that: caches then hand "
            "packed bytes to clients that cannot unpack them",
            "Add to Vary in place of setting it, or compress further out.",
        ),
        Order(
            "stream-buffered",
            "{outer} collects the items of a stream from {inner} before it lets one out: the client waits for all",
            "Move it inside, leave it out for routes that stream, or have it work item by item.",
        ),
        Order(
            "errors-outside",
            "{inner} turns exceptions into answers, and {outer} raises outside of it: those go to the server",
            "Wrap the layer that raises in the one that answers.",
        ),
    )
}
"""Every sort by its id."""
