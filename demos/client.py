"""Visitors for the shop: a few clients at once that look around, buy, upload, listen, and get lost."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import random
import re
import socket
import struct
import threading
import zlib
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# A request may be held in a debugger for minutes; the client waits for it as a browser would.
PATIENCE = 900.0
AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Safari/604.1",
    "greenhouse-bot/1.4 (+http://greenhouse.example/bot)",
)
WORDS = ("shade", "sun", "fern", "tree opinions", "rose water")
PRAISE = (
    "It grew!",
    "It has not died yet.",
    "My cat likes it. Too much.",
    "Smaller than I thought, greener than hoped.",
)


class StoppedError(Exception):
    """The visitor is asked to go."""


class Visitor:
    """One client with its own connection, cookies and habits."""

    def __init__(self, base_url: str, stop: threading.Event, pace: float, number: int, seed: int) -> None:
        parts = urlsplit(base_url)
        self._address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._root = parts.path.rstrip("/")
        self._stop = stop
        self._pace = pace
        # How a demo's visitors stroll needs no cryptography.
        self._random = random.Random(seed)  # noqa: S311 -- as above
        self._cookies: dict[str, str] = {}
        self._etags: dict[str, str] = {}
        self._connection: http.client.HTTPConnection | None = None
        self._headers = {
            "User-Agent": AGENTS[number % len(AGENTS)],
            "Accept-Encoding": "gzip",
            "X-Forwarded-For": f"203.0.113.{17 + number}",
        }

    def stroll(self) -> None:
        """Browse until told to stop; a server that goes away is waited for."""
        habits = (
            (self.look_around, 5),
            (self.buy, 3),
            (self.use_the_api, 2),
            (self.listen, 2),
            (self.write_a_review, 1),
            (self.get_lost, 1),
        )
        choices: list[Callable[[], None]] = [habit for habit, weight in habits for _ in range(weight)]
        self._stop.wait(self._pace * self._random.uniform(0, 3))
        while not self._stop.is_set():
            try:
                self._random.choice(choices)()
            except StoppedError:
                break
            except (OSError, http.client.HTTPException, ValueError):
                self.leave()
                self._stop.wait(min(max(self._pace, 0.05), 1.0))
        self.leave()

    def leave(self) -> None:
        """Close the connection, if there is one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def interrupt(self) -> None:
        """Wake the visitor from whatever answer it waits for. The only method for other threads."""
        connection = self._connection
        sock = connection.sock if connection is not None else None
        if sock is not None:
            with contextlib.suppress(OSError):  # the server may have been faster
                sock.shutdown(socket.SHUT_RDWR)

    def look_around(self) -> None:
        """The front page as a browser gets it, then two plants."""
        page = self._ask("GET", "/")
        self._fetch_assets(page)
        self._ask("GET", "/api/suggestion")
        if self._sometimes():
            self._ask("GET", f"/search?{urlencode({'q': self._random.choice(WORDS)})}")
        for slug in self._random.sample(self._slugs(page), k=2):
            self._fetch_assets(self._ask("GET", f"/plants/{slug}"))

    def buy(self) -> None:
        """A plant into the cart, to the till, and on the way there past the login."""
        slug = self._random.choice(self._slugs(self._ask("GET", "/")))
        self._ask("GET", f"/plants/{slug}")
        self._ask("POST", "/api/cart", *_json({"slug": slug, "count": self._random.randint(1, 2)}))
        self._ask("GET", "/cart")
        if "/login" in self._ask("POST", "/checkout", *_form({})):
            if self._sometimes():
                self._ask("POST", "/login", *_form({"user": "ada", "password": "lovelice", "next": "/cart"}))
            self._ask("POST", "/login", *_form({"user": "ada", "password": "lovelace", "next": "/cart"}))
            self._ask("POST", "/checkout", *_form({}))
        self._ask("GET", "/account")
        if self._sometimes():
            self._ask("POST", "/logout", *_form({}))

    def use_the_api(self) -> None:
        """What programs do, mistakes included."""
        plants = json.loads(self._ask("GET", "/api/plants"))["plants"]
        self._ask("GET", f"/api/plants/{self._random.choice(plants)['slug']}")
        self._ask("GET", "/api/orders")
        self._ask("POST", "/api/cart", b'{"slug": "monstera", "count": ', {"Content-Type": "application/json"})
        self._ask("DELETE", "/api/cart")

    def listen(self) -> None:
        """The live stock, for a while."""
        self._ask("GET", "/api/stock?count=6&pause=0.3", None, {"Accept": "text/event-stream"})

    def write_a_review(self) -> None:
        """Upload a photo with a few words."""
        slug = self._random.choice(self._slugs(self._ask("GET", "/")))
        fields = {"author": self._random.choice(("Ada", "Grace", "Alan")), "text": self._random.choice(PRAISE)}
        self._ask("POST", f"/plants/{slug}/reviews", *_multipart(fields, photo(self._random)))
        self._fetch_assets(self._ask("GET", f"/plants/{slug}"))

    def get_lost(self) -> None:
        """Paths that are not there, methods that are not allowed, and a page asked for by its ETag."""
        self._ask("GET", self._random.choice(("/wp-login.php", "/plants/mandrake", "/.env")))
        self._ask("PUT", "/cart", b"", {})
        self._ask("HEAD", "/")
        self._ask("GET", "/prices.csv")
        self._ask("GET", "/static/shop.css", None, {"If-None-Match": "*"})

    def _sometimes(self) -> bool:
        return self._random.choice((True, False, False))

    def _slugs(self, page: str) -> list[str]:
        return sorted(set(re.findall(r'href="[^"]*/plants/([a-z-]+)"', page))) or ["monstera", "pothos"]

    def _fetch_assets(self, page: str) -> None:
        found = re.findall(r'(?:src|href)="([^"]+/(?:static|art|photos)/[^"]+|/(?:static|art|photos)/[^"]+)"', page)
        for path in dict.fromkeys(asset.removeprefix(self._root) for asset in found):
            # As a browser does: what is known is mostly taken from the cache, and now and then asked about.
            etag = self._etags.get(path)
            if etag is None or self._random.randrange(12) == 0:
                self._ask("GET", path, None, {"If-None-Match": etag} if etag else None, pause=False)

    def _ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        pause: bool = True,
    ) -> str:
        """Send one request; give the text of its answer, or the path that it leads to."""
        if pause:
            self._stop.wait(self._pace * self._random.uniform(0.3, 1.7))
        if self._stop.is_set():
            raise StoppedError
        connection = self._connection
        if connection is None:
            connection = self._connection = http.client.HTTPConnection(*self._address, timeout=PATIENCE)
        sent = {**self._headers, **(headers or {})}
        if self._cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        connection.request(method, self._root + path, body, sent)
        answer = connection.getresponse()
        content = answer.read()
        if etag := answer.headers.get("ETag"):
            self._etags[path] = etag
        for field in answer.headers.get_all("Set-Cookie", []):
            self._cookies.update({name: morsel.value for name, morsel in SimpleCookie(field).items()})
        if location := answer.headers.get("Location"):
            return location
        if answer.headers.get("Content-Encoding") == "gzip":
            content = zlib.decompress(content, 16 + zlib.MAX_WBITS) if content else b""
        return content.decode("utf-8", "replace")


def _form(fields: Mapping[str, str]) -> tuple[bytes, dict[str, str]]:
    return urlencode(fields).encode(), {"Content-Type": "application/x-www-form-urlencoded"}


def _json(value: object) -> tuple[bytes, dict[str, str]]:
    return json.dumps(value).encode(), {"Content-Type": "application/json"}


def _multipart(fields: Mapping[str, str], picture: bytes) -> tuple[bytes, dict[str, str]]:
    boundary = base64.b32encode(picture[-10:]).decode()
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="photo"; filename="plant.png"\r\n'
    body = b"".join(parts) + head.encode() + b"Content-Type: image/png\r\n\r\n" + picture
    return body + f"\r\n--{boundary}--\r\n".encode(), {"Content-Type": f"multipart/form-data; boundary={boundary}"}


def photo(chance: random.Random, size: int = 48) -> bytes:
    """A PNG of a leaf in some green, ``size`` pixels wide and high."""
    green = bytes((chance.randint(30, 120), chance.randint(120, 200), chance.randint(60, 120)))
    paper = b"\xf4\xf2\xe8"
    rows = b"".join(
        b"\0"
        + b"".join(green if (x - y) ** 2 * 3 + (x + y - size) ** 2 < size * size / 2 else paper for x in range(size))
        for y in range(size)
    )
    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def browse(base_url: str, stop: threading.Event, *, pace: float = 0.7, seed: int | None = None) -> None:
    """Let three visitors browse the shop at ``base_url`` until ``stop`` is set, then return within seconds.

    ``pace`` is the mean number of seconds between two requests of one visitor, assets not counted.
    The same ``seed`` makes the visitors take the same ways. Nothing that the server does is an error here.
    """
    chance = random.Random(seed)  # noqa: S311 -- how visitors stroll needs no cryptography
    visitors = [Visitor(base_url, stop, pace, number, chance.getrandbits(32)) for number in range(len(AGENTS))]
    threads = [
        threading.Thread(target=visitor.stroll, name=f"visitor {number}", daemon=True)
        for number, visitor in enumerate(visitors, 1)
    ]
    for thread in threads:
        thread.start()
    stop.wait()
    for visitor in visitors:
        visitor.interrupt()
    for thread in threads:
        thread.join(2.0)
