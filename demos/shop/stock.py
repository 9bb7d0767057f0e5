"""How many of each plant are left, and a live stream of it."""

from __future__ import annotations

import itertools
import json
import threading
import time
from typing import TYPE_CHECKING

from .catalogue import PLANTS

if TYPE_CHECKING:
    from collections.abc import Iterator


class Stock:
    """Counts that many threads change. A plant that sells out is grown again: this is a demo."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left = {slug: 5 + 3 * (index % 4) for index, slug in enumerate(PLANTS)}

    def left(self, slug: str) -> int:
        """How many are left."""
        with self._lock:
            return self._left[slug]

    def sell(self, slug: str, count: int) -> None:
        """Take ``count`` away."""
        with self._lock:
            left = self._left[slug] - count
            self._left[slug] = left if left > 0 else 12

    def events(self, count: int, pause: float) -> Iterator[bytes]:
        """``count`` server-sent events, one plant each, ``pause`` seconds apart."""
        yield b"retry: 8000\n\n"
        for number, slug in zip(range(count), itertools.cycle(PLANTS), strict=False):
            if number:
                time.sleep(pause)
            level = json.dumps({"slug": slug, "name": PLANTS[slug].name, "left": self.left(slug)})
            yield f"id: {number}\nevent: stock\ndata: {level}\n\n".encode()


STOCK = Stock()
