"""Frames as a worker sends them for ordinary exchanges: a browser's request through five layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.events import (
    Began,
    Called,
    Chunk,
    CloseBegan,
    CloseEnded,
    Done,
    Ended,
    EnvironOut,
    Events,
    HeadReceived,
    IterationBegan,
    IterationEnded,
    LayerFound,
    Opaque,
    ResponseHead,
    Returned,
    Sent,
    StartResponse,
    encode_events,
)

if TYPE_CHECKING:
    from wsgitrace.events import Event, WorkerFrame

LAYERS = (
    LayerFound(id=0, name="server", kind="server", file="", line=0, how="server"),
    LayerFound(id=1, name="shop.middleware.ProxyHeaders", kind="wsgi", file="/srv/shop.py", line=10, how="application"),
    LayerFound(id=2, name="shop.middleware.Timing", kind="wsgi", file="/srv/shop.py", line=40, how="attribute .app"),
    LayerFound(id=3, name="shop.middleware.Session", kind="wsgi", file="/srv/shop.py", line=70, how="attribute .app"),
    LayerFound(id=4, name="shop.middleware.Gzip", kind="wsgi", file="/srv/shop.py", line=90, how="attribute .app"),
    LayerFound(id=5, name="shop.Shop", kind="application", file="/srv/shop.py", line=120, how="attribute .app"),
)
"""The server and five layers."""

BROWSER = (
    ("Host", "127.0.0.1:8000"),
    ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0"),
    ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ("Accept-Language", "en-US,en;q=0.5"),
    ("Accept-Encoding", "gzip, deflate, br, zstd"),
    ("Connection", "keep-alive"),
    ("Referer", "http://127.0.0.1:8000/shop"),
    ("Cookie", "session=eyJjYXJ0IjpbMSwyLDNdfQ.ZxYw1A.Q2hlY2sgdGhpcw"),
    ("Upgrade-Insecure-Requests", "1"),
    ("Sec-Fetch-Dest", "document"),
    ("Sec-Fetch-Mode", "navigate"),
    ("Sec-Fetch-Site", "same-origin"),
)
"""Twelve header fields."""

_THREAD = 140_234_877_123_456


def exchange(
    local: int,
    wall: int,
    method: str = "GET",
    target: str = "/",
    status: int = 200,
    *,
    body: bytes = b"<!doctype html><title>Shop</title><p>Hello, World!",
) -> tuple[Began, Events, Ended]:
    """All frames of one exchange."""
    events = _events(method, target, f"{status} OK", body)
    return (
        Began(exchange=local, wall=wall, method=method, target=target, peer="127.0.0.1:51234"),
        Events(exchange=local, count=len(events), data=encode_events(events)),
        Ended(
            exchange=local,
            how="complete",
            status=status,
            duration=1_234_567,
            first_byte=1_034_567,
            response_size=len(body),
            chunks=1,
            layers=5,
            start_responses=1,
            content_type="text/html; charset=utf-8",
            events=len(events),
        ),
    )


def all_frames(locals_: range, wall: int) -> list[WorkerFrame]:
    """The frames of exchanges with paths, methods and statuses of some variety, one after the other."""
    frames: list[WorkerFrame] = []
    for local in locals_:
        method, target, status = variety(local)
        frames += exchange(local, wall + local * 1_000_000, method, target, status)
    return frames


def variety(local: int) -> tuple[str, str, int]:
    """Method, target and status of one of many exchanges."""
    section = ("shop", "cart", "api/items", "static/app.css", "checkout", "login", "search", "users")[local % 8]
    target = f"/{section}/{local * 7919 % 10_007}?page={local % 13}"
    return (
        ("GET", "GET", "GET", "POST")[local // 3 % 4],
        target,
        (200, 200, 200, 304, 200, 404, 302, 500)[local // 5 % 8],
    )


def _events(method: str, target: str, status: str, body: bytes) -> list[Event]:
    fields = "".join(f"{name}: {value}\r\n" for name, value in BROWSER)
    path, _, query = target.partition("?")
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "REQUEST_URI": target,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_SOFTWARE": "wsgitrace/0.1.0",
        "REMOTE_ADDR": "127.0.0.1",
        "REMOTE_PORT": "51234",
        "wsgi.version": Opaque("tuple", "(1, 0)", 2),
        "wsgi.url_scheme": "http",
        "wsgi.input": Opaque("wsgitrace.probe.input.Input"),
        "wsgi.errors": Opaque("wsgitrace.probe.errors.Errors"),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
        "wsgi.file_wrapper": Opaque("type"),
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in BROWSER},
    }
    headers = (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
    )
    changes = ({}, {}, {"shop.session": Opaque("dict", "", 3), "shop.user": "ada"}, {}, {"shop.started": 1.5})
    events: list[Event] = [
        HeadReceived(0, 0, _THREAD, 0, f"{method} {target} HTTP/1.1\r\n{fields}\r\n".encode(), "127.0.0.1:51234")
    ]

    def at() -> tuple[int, int]:
        return len(events), len(events) * 61_803

    for span in range(1, 6):
        seq, when = at()
        added = environ if span == 1 else changes[span - 1]
        events.append(Called(seq, span, _THREAD, when, span - 1, span, added, same_start_response=span in {2, 4}))
    seq, when = at()
    events.append(StartResponse(seq, 5, _THREAD, when, status, headers, through=(4,), line=131))
    seq, when = at()
    session = (*headers, ("Set-Cookie", "session=eyJjYXJ0IjpbMSwyLDMsNF19; HttpOnly; Path=/"))
    events.append(StartResponse(seq, 3, _THREAD, when, status, session, through=(2, 1), line=77))
    for span in range(5, 0, -1):
        seq, when = at()
        passed = None if span in {5, 3} else span + 1
        events.append(Returned(seq, span, _THREAD, when, "list" if span > 3 else "generator", 1, passed))
    seq, when = at()
    events.append(EnvironOut(seq, 3, _THREAD, when, {"shop.saved": True}))
    seq, when = at()
    events.append(IterationBegan(seq, 1, _THREAD, when))
    seq, when = at()
    events.append(Chunk(seq, 5, _THREAD, when, 0, len(body), body))
    seq, when = at()
    events.append(Chunk(seq, 1, _THREAD, when, 0, len(body), same=seq - 1, took=40_000))
    seq, when = at()
    events.append(ResponseHead(seq, 0, _THREAD, when, status, (*session, ("Date", "Tue, 04 Nov 2025 10:11:12 GMT"))))
    for kind in (IterationEnded, CloseBegan, CloseEnded):
        seq, when = at()
        events.append(kind(seq, 1, _THREAD, when))
    seq, when = at()
    events.append(Sent(seq, 0, _THREAD, when, len(body)))
    seq, when = at()
    events.append(Done(seq, 0, _THREAD, when, "complete"))
    return events
