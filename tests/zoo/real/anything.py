"""httpbin, made with Flask: redirects, cookies, ranges, streams, codings. Where somebody has installed it."""
# ruff: noqa: PLC0415 -- each package is imported only for its own application

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.zoo.real.application import Application, client, raw

if TYPE_CHECKING:
    from pathlib import Path

PAGES = """
get?a=1&b=%C3%A9&a=2 redirect/3 absolute-redirect/1 relative-redirect/2 gzip deflate
cookies/set?flavour=oat&size=9 cookies cookies/delete?size encoding/utf8 html xml json image/png
bytes/3000?seed=3 range/2000 response-headers?X-One=1&X-Two=a%20b anything/caf%C3%A9/%2F/x%20y?q=%00 links/5
robots.txt
"""
"""What is got once."""


def prepare(_: Path) -> None:
    """Nothing: it keeps nothing."""


def make(_: Path) -> Any:
    """As it is."""
    from httpbin import app

    return app


def use(url: str, _: Path) -> None:
    """What it has."""
    with client(url) as web:
        for path in PAGES.split():
            raw(web, "GET", f"/{path}")
        for number in range(1, 6):
            raw(web, "GET", f"/stream/{number}")
            raw(web, "GET", f"/stream-bytes/{number * 1000}?seed=3&chunk_size=700")
            raw(web, "GET", "/range/5000", status=206, headers={"Range": f"bytes={number * 100}-{number * 300}"})
            raw(web, "POST", "/post", files={"photo": ("a.png", bytes(range(256)) * number)}, data={"title": "süß"})
            raw(web, "POST", "/post", content=(b"chunk %d" % number for number in range(number)))
            raw(web, "PUT", "/put", json={"number": number})
        raw(web, "GET", "/drip?duration=0.2&numbytes=6&delay=0")
        for code in (204, 304, 418, 503):
            raw(web, "GET", f"/status/{code}", status=code)
        raw(web, "GET", "/range/1000", status=416, headers={"Range": "bytes=9000-"})
        raw(web, "GET", "/etag/abc", status=304, headers={"If-None-Match": '"abc"'})
        raw(web, "GET", "/etag/abc", status=412, headers={"If-Match": '"other"'})
        raw(web, "GET", "/cache", status=304, headers={"If-Modified-Since": "Sat, 01 Jan 2022 00:00:00 GMT"})
        raw(web, "GET", "/basic-auth/ada/lovelace", status=401)
        raw(web, "GET", "/basic-auth/ada/lovelace", auth=("ada", "lovelace"))
        raw(web, "GET", "/bearer", headers={"Authorization": "Bearer token"})
        raw(web, "HEAD", "/get")
        raw(web, "OPTIONS", "/get")
        raw(web, "DELETE", "/delete")
        raw(web, "PATCH", "/patch", json={})
        raw(web, "GET", "/no-such-page", status=404)


APPLICATION = Application(("httpbin",), prepare, make, use, least=70)
