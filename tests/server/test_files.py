"""Static files: what is served, in which form, and what never is."""

from __future__ import annotations

import os

import pytest

from wsgitrace.server.files import Files
from wsgitrace.server.front import Front

TEXT = b"0123456789" * 1000


def application(environ, start_response):
    start_response("404 Not Found", [("Content-Length", "3")])
    return [b"app"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    outer = tmp_path_factory.mktemp("outer")
    (outer / "secret").write_bytes(b"secret")
    public = outer / "public"
    (public / "sub").mkdir(parents=True)
    (public / "text.txt").write_bytes(TEXT)
    (public / "a b\xe9.css").write_bytes(b"body{}")
    (public / "sub" / "app.js").write_bytes(b"js")
    for suffix, body in ((".gz", b"gzipped"), (".br", b"brotli")):
        (public / f"packed.js{suffix}").write_bytes(body)
    (public / "packed.js").write_bytes(b"plain")
    (public / "stale.js.gz").write_bytes(b"stale")
    (public / "stale.js").write_bytes(b"fresh")
    (public / "x.tar.gz").write_bytes(b"tar")
    (public / ".env").write_bytes(b"SECRET=1")
    (public / "empty").write_bytes(b"")
    os.utime(public / "packed.js", (1_600_000_000, 1_600_000_000))
    os.utime(public / "stale.js.gz", (1_600_000_000, 1_600_000_000))
    os.utime(public / "text.txt", (1_600_000_000, 1_600_000_000))
    (public / "inside").symlink_to("sub/app.js")
    (public / "outside").symlink_to("../secret")
    (public / "outer").symlink_to("..")
    os.mkfifo(public / "pipe")
    return public


@pytest.fixture
def get(serve, folder):
    front = Front(files=Files([("/assets", str(folder)), ("/assets/deep", str(folder / "sub"))]))
    wire = serve(application, front=front).connect()

    def ask(path, *fields, method="GET"):
        return wire.get(path if path.startswith("/") else f"/assets/{path}", *fields, method=method)

    return ask


def test_a_file_with_its_type_and_validators(get):
    answer = get("text.txt")
    assert (answer.code, answer.body) == (200, TEXT)
    assert answer.get("Content-Type") == "text/plain; charset=utf-8"
    assert answer.get("Last-Modified") == "Sun, 13 Sep 2020 12:26:40 GMT"
    assert answer.get("ETag").startswith('"')
    assert answer.get("Accept-Ranges") == "bytes"
    assert get("a%20b%C3%A9.css").get("Content-Type") == "text/css; charset=utf-8"
    assert get("deep/app.js").body == get("inside").body == get("sub/app.js?v=3").body == b"js"
    assert get("x.tar.gz").get("Content-Encoding") is None
    assert get("empty").body == b""
    head = get("text.txt", "Range: bytes=0-1", method="HEAD")
    assert (head.code, head.get("Content-Length"), head.get("ETag")) == (200, "10000", answer.get("ETag"))


@pytest.mark.parametrize(
    "path",
    [
        "", "sub", "sub/", "missing", "/assets", "/assetsx/text.txt", "outside", "outer/secret", "..%2fsecret",
        "../secret", "%2e%2e/secret", "sub/..%2f..%2fsecret", "..%5csecret", "text.txt%00", "text.txt%00.css",
        "//text.txt", "./text.txt", "sub/./app.js", "%2fetc/passwd", "/assets//etc/passwd", ".env", "%2eenv", "pipe",
        "text.txt/", "%ff%fe", "a" * 5000,
    ],
    ids=lambda path: path[:20].encode().hex(),
)  # fmt: skip
def test_what_is_no_file_inside_is_left_to_the_application(get, path):
    assert get(path).body == b"app"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PURGE"])
def test_other_methods_are_the_applications(get, method):
    assert get("text.txt", "Content-Length: 0", method=method).body == b"app"


@pytest.mark.parametrize(
    ("asked", "code", "extent", "body"),
    [
        ("bytes=0-0", 206, "bytes 0-0/10000", TEXT[:1]),
        ("bytes=5-14", 206, "bytes 5-14/10000", TEXT[5:15]),
        ("bytes=9990-", 206, "bytes 9990-9999/10000", TEXT[9990:]),
        ("bytes=9990-99999", 206, "bytes 9990-9999/10000", TEXT[9990:]),
        ("bytes=-10", 206, "bytes 9990-9999/10000", TEXT[-10:]),
        ("bytes=-99999", 206, "bytes 0-9999/10000", TEXT),
        ("BYTES = 1-2", 206, "bytes 1-2/10000", TEXT[1:3]),
        ("bytes=10000-", 416, "bytes */10000", b""),
        ("bytes=-0", 416, "bytes */10000", b""),
        ("bytes=1-0", 200, None, TEXT),
        ("bytes=a-b", 200, None, TEXT),
        ("bytes=", 200, None, TEXT),
        ("lines=0-1", 200, None, TEXT),
        ("bytes=" + "0-0," * 20, 200, None, TEXT),
        ("bytes=0-100,50-150", 200, None, TEXT),
    ],
    ids=[*"abcdefghijklmno"],
)
def test_ranges(get, asked, code, extent, body):
    answer = get("text.txt", f"Range: {asked}")
    assert (answer.code, answer.get("Content-Range"), answer.body) == (code, extent, body)


def test_several_ranges_are_several_parts(get):
    answer = get("text.txt", "Range: bytes=0-1,-2,50000-")
    kind, _, boundary = answer.get("Content-Type").partition("; boundary=")
    assert (answer.code, kind) == (206, "multipart/byteranges")
    parts = answer.body.split(f"\r\n--{boundary}".encode())
    part = b"\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes %b/10000\r\n\r\n%b"
    assert parts == [b"", part % (b"0-1", b"01"), part % (b"9998-9999", b"89"), b"--\r\n"]


def test_conditions_in_their_order(get):
    first = get("text.txt")
    tag, date = first.get("ETag"), first.get("Last-Modified")
    earlier, later = "Sat, 12 Sep 2020 12:26:40 GMT", "Monday, 14-Sep-20 12:26:40 GMT"

    def code(*fields):
        answer = get("text.txt", *fields)
        assert answer.code != 304 or answer.get("ETag") == tag
        return answer.code

    assert code(f"If-None-Match: {tag}") == code(f'If-None-Match: "x", W/{tag}') == code("If-None-Match: *") == 304
    assert code('If-None-Match: "x"', f"If-Modified-Since: {date}") == 200
    assert code(f"If-Modified-Since: {date}") == code(f"If-Modified-Since: {later}") == 304
    assert code(f"If-Modified-Since: {earlier}") == code("If-Modified-Since: yesterday") == 200
    assert code('If-Match: "x"') == code(f"If-Match: W/{tag}") == code(f"If-Unmodified-Since: {earlier}") == 412
    assert code(f"If-Match: {tag}", f"If-Unmodified-Since: {earlier}") == code("If-Match: *") == 200
    wanted = "Range: bytes=0-1"
    assert code(wanted, f"If-Range: {tag}") == code(wanted, f"If-Range: {date}") == 206
    assert (
        code(wanted, 'If-Range: "x"') == code(wanted, f"If-Range: W/{tag}") == code(wanted, f"If-Range: {later}") == 200
    )
    assert code(wanted, f"If-None-Match: {tag}") == 304


@pytest.mark.parametrize(
    ("accepted", "coding", "body"),
    [
        ("gzip, deflate, br", "br", b"brotli"),
        ("gzip;q=0.5", "gzip", b"gzipped"),
        ("br;q=0, gzip", "gzip", b"gzipped"),
        ("*", "br", b"brotli"),
        ("gzip;q=0, *;q=0", None, b"plain"),
        ("identity", None, b"plain"),
        (";;,q=x", None, b"plain"),
    ],
    ids=[*"abcdefg"],
)
def test_precompressed_siblings(get, accepted, coding, body):
    answer = get("packed.js", f"Accept-Encoding: {accepted}")
    assert (answer.get("Content-Encoding"), answer.body) == (coding, body)
    assert (answer.get("Vary"), answer.get("Content-Type")) == ("Accept-Encoding", "text/javascript; charset=utf-8")


def test_a_sibling_older_than_its_file_is_not_sent(get):
    answer = get("stale.js", "Accept-Encoding: gzip")
    assert (answer.body, answer.get("Vary")) == (b"fresh", None)


def test_an_observer_sees_it_like_any_other(serve, folder, notes):
    running = serve(application, front=Front(files=Files([("", str(folder))])), observer=notes)
    assert running.connect().get("/text.txt").body == TEXT
    notes.wait("done")
    assert notes.names[:2] == ["head", "response_head"]
    assert notes.facts("done") == [(True,)]
