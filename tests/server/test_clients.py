"""Real clients, and wsgiref's own validator around applications that use only what it allows."""

from __future__ import annotations

import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from wsgiref.validate import validator

import httpx
import pytest


def everything(environ, start_response):
    """One of each."""
    path = environ["PATH_INFO"]
    body = b""
    if environ["REQUEST_METHOD"] in {"POST", "PUT"}:
        parts = []
        while part := environ["wsgi.input"].read(65536):
            parts.append(part)
        body = b"".join(parts)
    environ["wsgi.errors"].write("")
    environ["wsgi.errors"].flush()
    if path == "/stream":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return (b"%d\n" % number for number in range(100))
    if path == "/empty":
        start_response("204 No Content", [])
        return []
    if path == "/missing":
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"missing"]
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body) or 5)), ("X-A", "b")])
    return [body or b"hello"]


@pytest.fixture(params=["as it is", "validated"])
def running(request, serve):
    def validated(environ, start_response):
        return validator(everything)(environ, start_response)

    return serve(everything if request.param == "as it is" else validated)


UPLOAD = b"upload" * 300_000
STREAM = "".join(f"{number}\n" for number in range(100)).encode()


def test_httpx(running, capsys):
    with httpx.Client(base_url=running.url, trust_env=False, timeout=20) as client:
        assert client.get("/").content == b"hello"
        assert client.head("/").headers["Content-Length"] == "5"
        assert client.get("/stream").content == STREAM
        assert client.get("/empty").status_code == 204
        assert client.get("/missing").status_code == 404
        assert client.post("/", content=b"x" * 1_000_000).content == b"x" * 1_000_000
        assert client.post("/", content=iter([b"chunked ", b"upload"])).content == b"chunked upload"
        assert client.put("/", data={"a": "b"}).content == b"a=b"
    errors = capsys.readouterr().err
    assert "Traceback" not in errors
    assert "AssertionError" not in errors


def test_many_httpx_clients_at_once(running):
    def work(number):
        with httpx.Client(base_url=running.url, trust_env=False, timeout=20) as client:
            body = b"%d" % number * 1000
            return all(client.post("/", content=body).content == body for _ in range(20))

    with ThreadPoolExecutor(12) as executor:
        assert all(executor.map(work, range(1, 13)))


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl")
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["/"], b"hello"),
        (["-0", "/"], b"hello"),
        (["-0", "/stream"], STREAM),
        (["/stream"], STREAM),
        (["-d", "a=b", "/"], b"a=b"),
        (["-H", "Expect: 100-continue", "-d", "a=b", "/"], b"a=b"),
        (["-H", "Transfer-Encoding: chunked", "-d", "a=b", "/"], b"a=b"),
        (["-T", "{file}", "/"], UPLOAD),
        (["-H", "Transfer-Encoding: chunked", "-T", "{file}", "/"], UPLOAD),
        (["-w", "%{http_code}", "/empty"], b"204"),
        (["--path-as-is", "/a/../b%20c?d=[e]", "-g"], b"hello"),
    ],
    ids=[*"abcdefghijk"],
)
def test_curl(running, arguments, expected, tmp_path):
    file = tmp_path / "file"
    file.write_bytes(UPLOAD)
    command = [part.replace("{file}", str(file)) for part in arguments]
    command = [running.url + part if part.startswith("/") and part != str(file) else part for part in command]
    done = subprocess.run(
        ["curl", "-sS", "--noproxy", "*", "--max-time", "20", *command], capture_output=True, check=True
    )
    assert done.stdout == expected


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl")
def test_curl_reuses_its_connection(running):
    done = subprocess.run(
        ["curl", "-sS", "--noproxy", "*", "-w", "%{num_connects} ", running.url, running.url + "/stream", running.url],
        capture_output=True,
        check=True,
    )
    assert done.stdout.startswith(b"hello1 ")
    assert done.stdout.endswith(b"hello0 ")
    assert b"99\n0 " in done.stdout
