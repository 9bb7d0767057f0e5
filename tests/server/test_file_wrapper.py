"""``wsgi.file_wrapper``."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import threading

import pytest


@pytest.mark.parametrize("kind", ["buffered", "raw", "plain", "pipe", "gzip-like"])
@pytest.mark.parametrize("length", [None, 5])
def test_s54_file_wrapper(serve, tmp_path, kind, length):
    path = tmp_path / "file"
    path.write_bytes(b"0123456789" * 5000)
    opened = []

    class Posing(io.BytesIO):
        """Has a fileno() whose file is not what it reads, as GzipFile has."""

        def fileno(self):
            return opened[0].fileno()

    def fill(writing):
        # The reader may stop early.
        with contextlib.suppress(BrokenPipeError), os.fdopen(writing, "wb", buffering=0) as pipe:
            pipe.write(path.read_bytes())

    def make():
        if kind == "raw":
            return path.open("rb", buffering=0)
        if kind == "plain":
            return io.BytesIO(path.read_bytes())
        if kind == "pipe":
            reading, writing = os.pipe()
            threading.Thread(target=fill, args=(writing,)).start()
            return os.fdopen(reading, "rb")
        if kind == "gzip-like":
            opened.append(path.open("rb"))
            return Posing(path.read_bytes())
        return path.open("rb")

    def application(environ, start_response):
        start_response("200 OK", [("Content-Length", str(length))] if length else [])
        file = make()
        files.append(file)
        file.read(3)
        return environ["wsgi.file_wrapper"](file, 1024)

    files = []
    wire = serve(application).connect()
    assert wire.get().body == (b"0123456789" * 5000)[3:][:length]
    assert wire.get(method="HEAD").code == 200
    assert wire.get(method="HEAD").code == 200
    assert files[0].closed
    assert files[1].closed
    for file in opened:
        file.close()
    gc.collect()


def test_s54_an_unused_file_wrapper_costs_nothing(serve, tmp_path):
    def application(environ, start_response):
        environ["wsgi.file_wrapper"](object())
        start_response("200 OK", [])
        return [b"x"]

    assert serve(application).connect().get().body == b"x"
