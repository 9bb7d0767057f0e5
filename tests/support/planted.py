"""One request with a secret in every place that traffic has for one."""

from __future__ import annotations

import base64
import json
import zlib
from itertools import zip_longest
from typing import TYPE_CHECKING

from wsgitrace.events import (
    Began,
    BodyPart,
    Called,
    Chunk,
    Done,
    Ended,
    EnvironOut,
    ErrorsWrite,
    Events,
    HeadReceived,
    InputRead,
    LayerFound,
    Logged,
    LongText,
    Opaque,
    OutputLine,
    Parameter,
    Queried,
    Raised,
    RawBytes,
    ResponseHead,
    Returned,
    StartResponse,
    encode_events,
)

if TYPE_CHECKING:
    from wsgitrace.events import WorkerFrame

SECRET = "hunter2.s3kr1t-9f86d081884c7d65"
"""What must not show."""

_FORM = f"user=ada&password={SECRET}&next=%2Fback%3Ftoken%3D{SECRET}&user%5Bapi_key%5D={SECRET}"
_JSON = json.dumps({
    "user": "ada",
    "credentials": {"login": [SECRET, {"deep": SECRET}]},
    "items": [{"n": 1, "access_token": SECRET}],
    "fields": [{"name": "password", "value": SECRET}],
    "callback": f"https://ada:{SECRET}@example.org/?sig={SECRET}",
    "said": f"login with password={SECRET} failed",
})  # fmt: skip
_MULTIPART = (
    '--XX\r\nContent-Disposition: form-data; name="user"\r\n\r\nada\r\n'
    f'--XX\r\nContent-Disposition: form-data; name="password"\r\n\r\n{SECRET}\r\n'
    f'--XX\r\nContent-Disposition: form-data; name="settings"\r\nContent-Type: application/json\r\n\r\n{_JSON}\r\n'
    '--XX\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n'
    "Content-Type: application/octet-stream\r\n\r\n\x00\x01\x02\r\n--XX--\r\n"
)
_PLAIN = f"hello\npassword: {SECRET}\nDB_URL=postgres://ada:{SECRET}@db/shop\nretry with token={SECRET}, please\n"
_HTML = (
    f'<meta name="csrf-token" content="{SECRET}"><input type="hidden" name="csrfmiddlewaretoken" value="{SECRET}">'
    f"<p>ok</p><api-key>{SECRET}</api-key>"
)

REQUESTS = {
    "form": ("application/x-www-form-urlencoded", _FORM.encode()),
    "json": ("application/json", _JSON.encode()),
    "multipart": ("multipart/form-data; boundary=XX", _MULTIPART.encode()),
    "nothing said": ("", _FORM.encode()),
}
"""Content-Type and body of a request, by what it is."""


def _gzip(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=31)
    return packer.compress(data) + packer.flush()


RESPONSES = {
    "json": ("application/json", "", _JSON.encode()),
    "gzip": ("application/json", "gzip", _gzip(_JSON.encode())),
    "plain": ("text/plain", "", _PLAIN.encode()),
    "html": ("text/html", "", _HTML.encode()),
    # A brotli stream that holds its bytes as they are (RFC 7932, 9.2), and a frame of zstd that does (RFC 8878, 3.1.1).
    "br": ("application/json", "br", b"\x0b\x02\x80" + _JSON.encode() + b"\x03"),
    "zstd": ("text/html", "zstd", b"\x28\xb5\x2f\xfd\x00\x58\x01\x00\x00" + _HTML.encode()),
}
"""Content-Type, Content-Encoding and body of a response, by what it is."""


def frames(local: int, request: str, response: str) -> list[WorkerFrame]:
    """All frames of one exchange, the bodies cut in the middle of secrets."""
    kind, body = REQUESTS[request]
    answer_kind, coding, answer = RESPONSES[response]
    target = f"/reset-password/{SECRET}?page=2&token={SECRET}&x=1"
    basic = base64.b64encode(f"ada:{SECRET}".encode()).decode()
    fields = [
        ("Host", "shop.example"),
        ("Cookie", f"theme=dark; session={SECRET}"),
        ("Authorization", f"Bearer {SECRET}"),
        ("Proxy-Authorization", f"Basic {basic}"),
        ("X-Api-Key", SECRET),
        ("Referer", f"https://ada:{SECRET}@shop.example/a?access_token={SECRET}#id_token={SECRET}"),
        ("X-Debug", f"password={SECRET}"),
        ("Content-Type", kind),
        ("Content-Length", str(len(body))),
    ]
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields if value)
    head = f"POST {target} HTTP/1.1\r\n{lines}\r\n".encode()
    path, _, query = target.partition("?")
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "REQUEST_URI": target,
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in fields},
        "shop.api_key": SECRET,
        "shop.settings": Opaque("dict", repr({"password": SECRET, "n": 1}), 2),
        "shop.secret_key": RawBytes(SECRET.encode(), len(SECRET)),
        "shop.token": LongText(SECRET, 100_000),
        "pin": 47_110_815,
        "shop.note": f"db is mysql://root:{SECRET}@db",
    }
    headers = [
        ("Content-Type", answer_kind),
        ("Set-Cookie", f"session={SECRET}; HttpOnly; Path=/"),
        ("Location", f"/login?token={SECRET}"),
        ("X-Auth-Token", SECRET),
    ]
    headers += [("Content-Encoding", coding)] if coding else []
    where = len(answer) // 2
    cut = answer.find(SECRET.encode()) + 7 if SECRET.encode() in answer else where
    first = body.find(SECRET.encode()) + 5
    events = [
        HeadReceived(0, 0, 1, 0, head, "127.0.0.1:5"),
        Called(1, 1, 1, 10, 0, 1, environ),
        InputRead(2, 1, 1, 20, "read", first, first, 0, end=False, data=body[:first]),
        InputRead(3, 1, 1, 25, "read", None, len(body) - first, first, end=True, data=body[first:]),
        ErrorsWrite(4, 1, 1, 30, f"login failed, password={SECRET}\n"),
        Logged(5, 1, 1, 31, 20, "shop", f"retrying with {{'token': '{SECRET}'}}"),
        Called(6, 2, 1, 32, 1, 2, {"shop.session_id": SECRET}),
        Raised(7, 2, 1, 40, "call", "ValueError", f"bad credentials: password={SECRET}", 99),
        EnvironOut(8, 1, 1, 50, {"shop.csrf_token": SECRET}),
        StartResponse(9, 1, 1, 60, "200 OK", tuple(headers)),
        Returned(10, 1, 1, 70, "list", 2),
        Chunk(11, 1, 1, 80, 0, cut, answer[:cut]),
        Chunk(12, 1, 1, 81, 1, len(answer) - cut, b"", stored=False),
        ResponseHead(13, 0, 1, 85, "200 OK", (*headers, ("Date", "now"))),
        _query(14, f"UPDATE users SET password = '{SECRET}' WHERE id = 7"),
        _query(15, f"INSERT INTO users (name, password) VALUES ('ada', '{SECRET}')"),
        _query(16, "SELECT * FROM users WHERE token = ? AND n IN (?, ?)", Parameter("", SECRET), Parameter("", 1)),
        _query(17, "SELECT * FROM users WHERE token = :token_1", Parameter("token_1", SECRET)),
        Logged(18, 1, 1, 90, 40, "shop", "no luck", "/srv/shop.py", 9, f"ValueError: password={SECRET}"),
        Done(19, 0, 1, 99, "complete"),
    ]
    return [
        Began(local, 1_763_820_127_000_000_000, "POST", target, "127.0.0.1:5"),
        Events(local, len(events), encode_events(events)),
        BodyPart(local, 12, answer[cut:]),
        OutputLine("stdout", f"config: {{'password': '{SECRET}'}}", local),
        OutputLine("stderr", f"Authorization: Bearer {SECRET}", local),
        Ended(
            local, "complete", 200, 99, layers=2, exception="ValueError", swallowed=True, events=len(events),
            request_size=len(body), response_size=len(answer), note=f"odd: token={SECRET}",
        ),
    ]  # fmt: skip


def _query(seq: int, statement: str, *parameters: Parameter) -> Queried:
    url = f"postgresql://root:{SECRET}@db/shop"
    many = len(parameters)
    error = f"IntegrityError: password={SECRET}"
    return Queried(seq, 1, 1, 86, "SQLAlchemy", url, statement, len(statement), parameters, many, error=error)


LAYERS = (
    LayerFound(0, "server", "server", "", 0, "server"),
    LayerFound(1, "shop.Outer", "wsgi", "/srv/shop.py", 1, "application"),
    LayerFound(2, "shop.app", "application", "/srv/shop.py", 9, "attribute .app"),
)
"""What it passes through."""


PAIRS = tuple(zip_longest(REQUESTS, RESPONSES, fillvalue="form"))
"""Each request and each response once, at least."""


def all_frames() -> list[WorkerFrame]:
    """Every pair, numbered from 1."""
    found: list[WorkerFrame] = list(LAYERS)
    for local, (request, response) in enumerate(PAIRS, 1):
        found += frames(local, request, response)
    return found


def leaks(text: str) -> list[str]:
    """Pieces of the secret that a text shows, as it is or in a coding that hides nothing."""
    found = [piece for piece in (SECRET, SECRET[:9], SECRET[-9:], "47110815") if piece in text]
    for word in {word for word in text.replace('"', " ").split() if len(word) > 40}:
        try:
            raw = base64.b64decode(word, validate=True)
        except ValueError:
            continue
        if SECRET[:9].encode() in raw or SECRET[-9:].encode() in raw:
            found.append(f"base64 {word[:30]}")
    return found
