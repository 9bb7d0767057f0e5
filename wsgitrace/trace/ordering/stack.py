"""What the names of layers tell of their order, before there is any request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wsgitrace.trace.ordering.advice import ORDERS, Advice

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wsgitrace.events import LayerFound

PROXY: Final = re.compile(r"proxy_?fix|proxy_?headers|x_?forwarded|reverse_?proxied", re.IGNORECASE)
_PACKS: Final = re.compile(r"gzip|compress|deflate|brotli", re.IGNORECASE)
_TAGS: Final = re.compile(r"e_?tag|conditional_?get", re.IGNORECASE)
_SESSION: Final = re.compile(r"session", re.IGNORECASE)
_NOT_LAYERS: Final = re.compile(r"dispatcher|urlmap|cascade|mount", re.IGNORECASE)


def advise_stack(layers: Sequence[LayerFound]) -> list[Advice]:
    """Orders that are known to go wrong, by the names of layers and by which holds which."""
    found: dict[tuple[str, str, str], Advice] = {}
    by_id = {layer.id: layer for layer in layers if layer.kind == "wsgi"}
    for inner in by_id.values():
        for outer in _around(inner, by_id):
            for advice in _pair(outer, inner):
                found.setdefault((advice.order.id, advice.inner, ""), advice)
    return list(found.values())


def _around(layer: LayerFound, by_id: dict[int, LayerFound]) -> Iterator[LayerFound]:
    """The layers that hold it, outermost first."""
    held: list[LayerFound] = []
    parent = layer.parent
    while parent is not None and parent in by_id and by_id[parent] not in held:
        held.append(by_id[parent])
        parent = by_id[parent].parent
    return reversed(held)


def _pair(outer: LayerFound, inner: LayerFound) -> Iterator[Advice]:
    one, other = (layer.name.rpartition(".")[2] for layer in (outer, inner))
    if PROXY.search(other):
        if PROXY.search(one):
            yield Advice(ORDERS["two-proxies"], outer.name, inner.name, "")
        elif not _NOT_LAYERS.search(one):
            yield Advice(ORDERS["proxy-inside"], outer.name, inner.name, "")
    if _PACKS.search(other):
        if _PACKS.search(one):
            yield Advice(ORDERS["compressed-twice"], outer.name, inner.name, "")
        elif _TAGS.search(one):
            yield Advice(ORDERS["etag-of-compressed"], outer.name, inner.name, "")
        elif _SESSION.search(one):
            yield Advice(ORDERS["session-outside-compression"], outer.name, inner.name, "")
