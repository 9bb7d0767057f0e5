"""Every way to answer, to every kind of client, read by h11: framed right, cut short visibly, or whole."""

from __future__ import annotations

import io
from itertools import product

import h11
import pytest

from tests.support.conversation import LAST

BODY = b"0123456789abcdef"
BODYLESS = {204, 205, 304}


def pieces():
    yield b""
    yield BODY[:5]
    yield b""
    yield BODY[5:]


def written(environ, respond):
    write = respond()
    write(BODY)
    return []


def written_and_iterated(environ, respond):
    write = respond()
    write(BODY[:5])
    return [BODY[5:]]


def late(environ, respond):
    """start_response as late as the first item."""
    yield b""
    respond()
    yield from pieces()


def answered(result):
    def answer(environ, respond):
        respond()
        return result(environ)

    return answer


WAYS = {
    "nothing": (b"", answered(lambda environ: [])),
    "empty strings": (b"", answered(lambda environ: [b"", b""])),
    "one item": (BODY, answered(lambda environ: [BODY])),
    "tuple": (BODY, answered(lambda environ: (b"", BODY[:5], BODY[5:]))),
    "generator": (BODY, answered(lambda environ: pieces())),
    "file": (BODY, answered(lambda environ: environ["wsgi.file_wrapper"](io.BytesIO(BODY), 7))),
    "written": (BODY, written),
    "written and iterated": (BODY, written_and_iterated),
    "late": (BODY, late),
}
LENGTHS = {"none": None, "right": 0, "too small": -6, "too large": 6}
CLIENTS = [("GET", "1.1", ""), ("HEAD", "1.1", ""), ("GET", "1.0", ""), ("GET", "1.0", "Connection: keep-alive\r\n")]


def application(environ, start_response):
    if environ["PATH_INFO"] == "/last":
        start_response("200 OK", [("Content-Length", "4")])
        return [b"last"]
    way, length, status = environ["HTTP_X_WAY"].split(";")
    body, answer = WAYS[way]
    headers = [] if LENGTHS[length] is None else [("Content-Length", str(max(0, len(body) + LENGTHS[length])))]
    return answer(environ, lambda: start_response(f"{status} Said", headers))


def read(data, method):
    """What a client makes of the bytes: status, body, whether all came, and what is left over."""
    client = h11.Connection(h11.CLIENT)
    client.send(h11.Request(method=method, target="/", headers=[("Host", "x")]))
    client.send(h11.EndOfMessage())
    client.receive_data(data)
    client.receive_data(b"")
    head = client.next_event()
    body = b""
    try:
        while type(event := client.next_event()) is h11.Data:
            body += event.data
    except h11.RemoteProtocolError:
        return head, body, False, b""
    assert type(event) is h11.EndOfMessage
    return head, body, True, client.trailing_data[0]


@pytest.mark.parametrize("status", [200, 204, 205, 304, 404, 500])
@pytest.mark.parametrize("client", CLIENTS, ids=["GET", "HEAD", "1.0", "1.0 kept"])
def test_h28_h29_h30_h31_h34_every_way_to_answer(serve, capsys, status, client):
    method, version, fields = client
    running = serve(application)
    for way, length in product(WAYS, LENGTHS):
        text = f"{method} / HTTP/{version}\r\nHost: x\r\n{fields}X-Way: {way};{length};{status}\r\n\r\n"
        wire = running.connect().send(text.encode() + LAST)
        head, body, whole, rest = read(wire.rest(), method)
        about = (way, length, head)
        names = [bytes(name) for name, _ in head.headers]
        said = dict(head.headers).get(b"content-length")
        kept = (version == "1.1" or fields) and whole
        bodyless = method == "HEAD" or status in BODYLESS
        produced = b"" if bodyless else WAYS[way][0]
        announced = LENGTHS[length]
        expected = produced if announced is None or announced > 0 else produced[: len(produced) + announced]
        assert (head.status_code, body, names.count(b"date")) == (status, expected, 1), about
        assert whole is (bodyless or announced is None or announced <= 0), about
        assert names.count(b"content-length") + names.count(b"transfer-encoding") <= 1, about
        assert b"transfer-encoding" not in names or (version == "1.1" and not bodyless), about
        if status in {204, 304}:
            assert said is None, about
        elif status == 205:
            assert said == b"0", about
        elif version == "1.0" and said is None:
            kept = method == "HEAD" and kept
        assert rest.endswith(b"\r\n\r\nlast") is bool(kept), about
        wire.close()
    capsys.readouterr()
