"""The environ that applications get, rule by rule."""

from __future__ import annotations

import re
import socket
import sys
from wsgiref.util import request_uri

import pytest

from wsgitrace.server import ServerOptions
from wsgitrace.server.environ import connection_environ, peer_address, peer_name
from wsgitrace.server.errors import ErrorStream


@pytest.fixture
def seen(serve, hello):
    """What one request showed the application."""

    def ask(*args, raw=None, options=ServerOptions(), **facts):  # noqa: B008 -- frozen
        caught = []

        def application(*positional, **named):
            caught.append((positional, named))
            return hello(*positional)

        wire = serve(application, options=options).connect()
        if raw is None:
            wire.get(*args, **facts)
        else:
            wire.send(raw).answer()
        ask.call = caught[0]
        return caught[0][0][0]

    return ask


def test_s01_two_positional_arguments(seen):
    seen()
    positional, named = seen.call
    assert len(positional) == 2
    assert named == {}


def test_s02_environ_is_a_dict(seen):
    assert type(seen()) is dict


def test_s03_the_application_is_only_called(serve, wait_until):
    class Application:
        calls = 0

        def __getattribute__(self, name):
            raise AssertionError(f"asked for {name}")

        def __bool__(self):
            raise AssertionError("asked for its truth")

        def __eq__(self, other):
            raise AssertionError("compared")

        __hash__ = None

        def __call__(self, environ, start_response):
            start_response("200 OK", [("Content-Length", "0")])
            return []

    wire = serve(Application()).connect()
    assert [wire.get().code for _ in range(2)] == [200, 200]


def test_s04_s05_s06_required_keys(seen):
    environ = seen()
    for key in ("REQUEST_METHOD", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL"):
        assert environ[key]
    for key in ("version", "url_scheme", "input", "errors", "multithread", "multiprocess", "run_once"):
        assert f"wsgi.{key}" in environ


def test_s07_s08_version_and_scheme(seen):
    environ = seen()
    assert environ["wsgi.version"] == (1, 0)
    assert type(environ["wsgi.version"]) is tuple
    assert environ["wsgi.url_scheme"] == "http"


def test_s09_s10_s21_s22_every_variable_is_a_native_string(seen):
    environ = seen("/%ff?\xe9", "X-A: \xff")
    for key, value in environ.items():
        assert type(key) is str
        if "." in key:
            assert re.fullmatch(r"(wsgi|wsgitrace|waitress)\.[a-z_]+", key)
        else:
            assert type(value) is str
            value.encode("latin-1")


@pytest.mark.parametrize("version", ["HTTP/1.0", "HTTP/1.1", "HTTP/1.7"])
def test_s11_protocol_as_the_client_sent_it(seen, version):
    assert seen(version=version)["SERVER_PROTOCOL"] == version


def test_s12_s13_s14_script_name_and_path(seen):
    environ = seen("/a%2Fb%C3%A9%25?c=%20&%C3")
    assert environ["SCRIPT_NAME"] == ""
    assert environ["PATH_INFO"] == "/a/b\xc3\xa9%"
    assert environ["QUERY_STRING"] == "c=%20&%C3"
    assert environ["REQUEST_URI"] == environ["RAW_URI"] == "/a%2Fb%C3%A9%25?c=%20&%C3"


def test_s13_options_star(seen):
    assert seen("*", method="OPTIONS")["PATH_INFO"] == "*"


def test_s16_s17_s18_length_and_type_only_when_sent(seen):
    environ = seen()
    assert not {"CONTENT_LENGTH", "CONTENT_TYPE", "HTTP_CONTENT_LENGTH", "HTTP_CONTENT_TYPE"} & set(environ)
    environ = seen("/", "Content-Length: 3", "content-type: a/b", method="POST", body=b"abc")
    assert (environ["CONTENT_LENGTH"], environ["CONTENT_TYPE"]) == ("3", "a/b")
    assert not {"HTTP_CONTENT_LENGTH", "HTTP_CONTENT_TYPE"} & set(environ)


def test_s19_s20_fields_mirrored(seen):
    environ = seen("/", "X-One: a", "x-ONE: b", "X_One: evil", "Cookie: a=1", "Cookie: b=2")
    assert environ["HTTP_X_ONE"] == "a, b"
    assert environ["HTTP_COOKIE"] == "a=1; b=2"
    assert environ["HTTP_HOST"] == "test"


def test_h06_authority_of_the_target_replaces_host(seen):
    environ = seen("http://other:81/a")
    assert (environ["HTTP_HOST"], environ["PATH_INFO"]) == ("other:81", "/a")
    assert environ["wsgi.url_scheme"] == "http"


def test_s23_s30_streams(seen):
    environ = seen()
    for method in ("read", "readline", "readlines", "__iter__"):
        assert callable(getattr(environ["wsgi.input"], method))
    for method in ("write", "writelines", "flush"):
        assert callable(getattr(environ["wsgi.errors"], method))
    assert environ["wsgi.input_terminated"] is True


def test_s29_errors_take_any_string(monkeypatch, tmp_path):
    path = tmp_path / "errors"
    with path.open("w", encoding="ascii") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        errors = ErrorStream()
        errors.write("a\xe9\ud800\U0001f600")
        errors.writelines(["b\n", "c"])
        errors.flush()
        assert path.read_text(encoding="ascii") == "a\\xe9\\ud800\\U0001f600b\nc"
        with pytest.raises(TypeError):
            errors.write(b"bytes")
    monkeypatch.setattr(sys, "stderr", None)
    errors.write("nowhere")
    errors.flush()


def test_errors_go_to_stderr_as_it_is_then(capsys):
    stream = ErrorStream()
    with capsys.disabled():
        pass
    stream.write("seen\n")
    assert capsys.readouterr().err == "seen\n"


def test_s55_s56_multithread_tells_the_truth(seen):
    assert seen()["wsgi.multithread"] is True
    assert seen()["wsgi.multiprocess"] is False
    assert seen(options=ServerOptions(threads=1))["wsgi.multithread"] is False
    assert seen(options=ServerOptions(multiprocess=True))["wsgi.multiprocess"] is True
    assert seen()["wsgi.run_once"] is False


def test_s57_nothing_is_read_back(serve):
    def application(environ, start_response):
        body = environ["wsgi.input"]
        environ.clear()
        environ["REQUEST_METHOD"] = environ["SERVER_PROTOCOL"] = None
        start_response("200 OK", [])
        return [body.read(), b"!"]

    wire = serve(application).connect()
    for _ in range(2):
        answer = wire.get("/", "Content-Length: 2", method="POST", body=b"ab")
        assert answer.body == b"ab!"


def test_s57_each_request_has_its_own(serve, hello):
    environs = []

    def application(environ, start_response):
        environ["mine.key"] = len(environs)
        environs.append(environ)
        return hello(environ, start_response)

    wire = serve(application).connect()
    wire.get()
    wire.get()
    first, second = environs
    assert first is not second
    assert (first["mine.key"], second["mine.key"]) == (0, 1)
    assert first["wsgi.errors"] is not second["wsgi.errors"]
    assert first["wsgi.input"] is not second["wsgi.input"]


def test_addresses_of_tcp(serve, hello):
    environs = []

    def application(environ, start_response):
        environs.append(environ)
        return hello(environ, start_response)

    running = serve(application)
    wire = running.connect()
    wire.get()
    host, port = wire.sock.getsockname()
    assert environs[0]["REMOTE_ADDR"] == host
    assert environs[0]["REMOTE_PORT"] == str(port)
    assert environs[0]["SERVER_NAME"] == "127.0.0.1"
    assert environs[0]["SERVER_PORT"] == str(running.address[1])


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6")
def test_addresses_of_ipv6(serve, hello, notes):
    try:
        running = serve(hello, family=socket.AF_INET6, address=("::1", 0), observer=notes)
    except OSError:
        pytest.skip("no IPv6 loopback")
    running.connect().get()
    assert re.fullmatch(r"\[::1\]:\d+", notes.exchange.peer)


def test_addresses_of_unix_sockets(serve, tmp_path, notes):
    environs = []

    def application(environ, start_response):
        environs.append(environ)
        start_response("204 No Content", [])
        return []

    path = str(tmp_path / "socket")
    serve(application, family=socket.AF_UNIX, address=path, observer=notes).connect().get()
    assert (environs[0]["SERVER_NAME"], environs[0]["SERVER_PORT"]) == ("localhost", "80")
    assert environs[0]["REMOTE_ADDR"] == ""
    assert notes.exchange.peer == path


@pytest.mark.parametrize(
    ("address", "name"),
    [(("1.2.3.4", 5), "1.2.3.4:5"), (("::1", 5, 0, 0), "[::1]:5"), ("/run/x", "/run/x"), ("", "")],
)
def test_peer_names(address, name):
    assert peer_name(address) == name
    assert peer_name(peer_address(name)) == name


def test_wsgi_file_wrapper_is_a_type_that_takes_a_file(seen):
    assert callable(seen()["wsgi.file_wrapper"])


def test_s04_an_ipv6_address_makes_a_url():
    server, client = ("::1", 8000, 0, 0), ("fe80::1%lo", 5, 0, 2)
    environ = connection_environ(server, client, "http", ServerOptions())
    assert (environ["SERVER_NAME"], environ["REMOTE_ADDR"]) == ("[::1]", "fe80::1%lo")
    environ["PATH_INFO"] = "/"
    assert request_uri(environ) == "http://[::1]:8000/"
