"""The rules of PEP 3333 and HTTP that no other module has a test of its own for; and that none is without a test."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest

from wsgitrace.server import ServerOptions

RULES = [f"h{number:02}" for number in range(1, 41)] + [f"s{number:02}" for number in range(1, 61)]


def test_every_rule_has_a_test_named_after_it():
    text = "".join(path.read_text("utf-8") for path in sorted(Path(__file__).parent.glob("test_*.py")))
    tested = set(re.findall(r"^def test_([hs][0-9]{2})_", text, re.MULTILINE))
    assert set(RULES) - tested == set()


@pytest.fixture
def seen(serve):
    """The environ that one request showed the application."""

    def ask(*args, **facts):
        def application(environ, start_response):
            caught.append(environ)
            start_response("204 No Content", [])
            return []

        caught = []
        serve(application).connect().get(*args, **facts)
        return caught[0]

    return ask


@pytest.mark.parametrize("version", ["HTTP/1.0", "HTTP/1.1"])
def test_s05_name_port_and_method_are_never_empty(seen, version):
    environ = seen(version=version)
    assert environ["SERVER_NAME"] == "127.0.0.1"
    assert environ["SERVER_PORT"].isdigit()
    assert environ["REQUEST_METHOD"] == "GET"


def test_s06_the_variables_of_wsgi(seen):
    environ = seen()
    flags = [environ[f"wsgi.{name}"] for name in ("multithread", "multiprocess", "run_once")]
    assert [type(flag) for flag in flags] == [bool] * 3
    assert callable(environ["wsgi.input"].read)
    assert callable(environ["wsgi.errors"].write)


def test_s08_the_scheme_is_that_of_the_connection(seen):
    """Not that of the target, or of a field that anybody can send."""
    environ = seen("https://x/", "X-Forwarded-Proto: https", "X-Forwarded-Ssl: on")
    assert environ["wsgi.url_scheme"] == "http"


def test_s10_no_string_holds_more_than_a_byte_in_a_character(seen):
    environ = seen("/%E2%82%AC?\xe2\x82\xac", "X-A: \xe2\x82\xac", "X-B: %E2%82%AC")
    strings = [value for value in environ.values() if type(value) is str]
    assert max(max(value, default="\0") for value in strings) == "\xe2"
    assert environ["PATH_INFO"] == "/\xe2\x82\xac"
    assert environ["HTTP_X_B"] == "%E2%82%AC"


def test_s14_the_path_is_decoded_once_and_the_query_never(seen):
    environ = seen("/%252F%2f%41+%C3%28?%2F+%25&%zz")
    assert environ["PATH_INFO"] == "/%2F/A+\xc3("
    assert environ["QUERY_STRING"] == "%2F+%25&%zz"


def test_s15_the_query_is_empty_when_there_is_none(seen):
    assert seen("/a")["QUERY_STRING"] == seen("/a?")["QUERY_STRING"] == ""


def test_s17_no_content_type_is_invented(seen):
    assert "CONTENT_TYPE" not in seen("/", "Content-Length: 1", method="POST", body=b"x")
    assert seen("/", "Content-Type:")["CONTENT_TYPE"] == ""


def test_s20_no_name_with_an_underscore_passes_for_another(seen):
    environ = seen("/", "X_Forwarded_For: evil", "REMOTE_USER: evil", "Content_Type: evil", "X-A_B: evil", "X.A: good")
    assert "evil" not in environ.values()
    assert environ["HTTP_X.A"] == "good"


def test_s21_keys_of_the_server_have_its_prefix(seen):
    keys = {key.partition(".")[0] for key in seen() if "." in key}
    assert keys == {"wsgi", "wsgitrace", "waitress"}


def test_s22_what_is_missing_is_left_out(seen):
    environ = seen()
    assert None not in environ.values()
    assert not {"HTTPS", "REMOTE_USER", "AUTH_TYPE", "PATH_TRANSLATED"} & set(environ)


def test_s24_input_gives_bytes_by_every_method(serve):
    def application(environ, start_response):
        stream = environ["wsgi.input"]
        got = [stream.read(1), stream.readline(), stream.readline(1), *stream.readlines(1), next(stream), *stream]
        got += [stream.read(), stream.readline(), *stream.readlines(), *stream]
        assert {type(part) for part in got} == {bytes}
        start_response("200 OK", [])
        return [b"|".join(got)]

    body = b"ab\nc\nd\ne\nf\n"
    answer = serve(application).connect().get("/", f"Content-Length: {len(body)}", method="POST", body=body)
    assert answer.body == b"a|b\n|c|\n|d\n|e\n|f\n||"


def test_s30_errors_is_a_text_stream(seen, capsys):
    errors = seen()["wsgi.errors"]
    with pytest.raises(TypeError, match="takes str, not bytes"):
        errors.write(b"a")
    errors.write("a")
    errors.writelines(["b\n", "c\n"])
    errors.flush()
    assert capsys.readouterr().err == "ab\nc\n"


class Result:
    """Notes what is done with it, and stops after one item."""

    def __init__(self):
        self.done = []

    def __getattribute__(self, name):
        if name not in {"done", "close"}:
            raise AssertionError(f"asked for {name}")
        return object.__getattribute__(self, name)

    def __iter__(self):
        self.done.append("iter")
        try:
            yield b"item"
        finally:
            self.done.append("end")

    def close(self):
        self.done.append("close")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_s45_close_comes_last(serve, wait_until, method):
    def application(environ, start_response):
        start_response("200 OK", [])
        return result

    result = Result()
    serve(application).connect().get(method=method)
    wait_until(lambda: "close" in result.done)
    # The generator of the iterator ends when it is let go, which for HEAD is after its first item.
    assert [what for what in result.done if what != "end"] == ["iter", "close"]


def test_s46_nothing_but_iteration_length_and_close_is_asked_of_a_result(serve):
    def application(environ, start_response):
        start_response("200 OK", [])
        return Result()

    assert serve(application).connect().get().body == b"item"


def test_s53_no_transfer_coding_reaches_the_application(seen):
    environ = seen("/", "Transfer-Encoding: chunked", method="POST", body=b"3\r\nabc\r\n0\r\n\r\n")
    assert "HTTP_TRANSFER_ENCODING" not in environ
    assert environ["CONTENT_LENGTH"] == "3"


def test_s56_one_thread_when_asked_for(serve):
    def application(environ, start_response):
        threads.append(threading.get_ident())
        assert environ["wsgi.multithread"] is False
        start_response("204 No Content", [])
        return []

    threads = []
    running = serve(application, options=ServerOptions(threads=1))
    for wire in [running.connect().ask() for _ in range(5)]:
        assert wire.answer().code == 204
    assert len(set(threads)) == 1


def test_s58_what_one_request_was_given_tells_nothing_of_the_next(serve):
    """A client that is gone is asked for by a key of the environ; kept longer, it tells of no other client."""

    def application(environ, start_response):
        asks.append(environ["wsgitrace.client_disconnected"])
        start_response("200 OK", [])
        return [str([ask() for ask in asks]).encode()]

    asks = []
    wire = serve(application).connect()
    assert wire.get().body == b"[False]"
    assert wire.get().body == b"[True, False]"


@pytest.mark.parametrize(
    ("headers", "date", "server"),
    [([], 1, []), ([("Date", "then"), ("server", "mine")], 1, ["mine"]), ([("dAtE", "then")], 1, [])],
)
def test_s59_date_is_added_when_missing_and_server_never(serve, headers, date, server):
    def application(environ, start_response):
        start_response("200 OK", headers)
        return [b"x"]

    answer = serve(application).connect().get()
    assert len(answer.all("Date")) == date
    assert answer.all("Server") == server


def test_h32_of_two_dates_the_first_is_sent(serve):
    def application(environ, start_response):
        start_response("200 OK", [("Date", "first"), ("X", "y"), ("date", "second")])
        return [b"x"]

    connection = serve(application).connect()
    for _ in range(2):
        answer = connection.get()
        assert (answer.code, answer.all("Date"), answer.body) == (200, ["first"], b"x")


def test_s60_unknown_methods_are_passed(serve):
    def application(environ, start_response):
        start_response("200 OK", [])
        return [environ["REQUEST_METHOD"].encode()]

    wire = serve(application).connect()
    for method in ("PURGE", "MKCALENDAR", "brew"):
        assert wire.get(method=method).body == method.encode()


def test_h27_an_answer_to_an_unfinished_upload_arrives(serve):
    """Closed at once, the connection would be reset by what is still on its way, and the answer destroyed with it."""

    def application(environ, start_response):
        start_response("413 Content Too Large", [("Content-Length", "3")])
        return [b"no\n"]

    wire = serve(application).connect().ask("/", "Content-Length: 3000000", method="POST", body=b"x" * 3_000_000)
    answer = wire.answer()
    assert (answer.code, answer.body, answer.get("Connection")) == (413, b"no\n", "close")
    assert wire.is_closed()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_h30_a_304_has_no_length_but_the_true_one(serve, method):
    def application(environ, start_response):
        start_response("304 Not Modified", [("ETag", '"a"'), ("Content-Length", "0")])
        return [b"not sent"]

    wire = serve(application).connect()
    answer = wire.get(method=method)
    assert (answer.code, answer.all("Content-Length"), answer.get("ETag")) == (304, [], '"a"')
    assert wire.get(method=method).code == 304


@pytest.mark.parametrize("version", ["HTTP/1.0", "HTTP/1.1"])
def test_h33_chunks_are_for_1_1_only(serve, version):
    def application(environ, start_response):
        start_response("200 OK", [("Transfer-Encoding", "chunked")])
        yield b"a"
        yield b"b"

    wire = serve(application).connect().ask(version=version)
    answer = wire.head()
    modern = version == "HTTP/1.1"
    assert answer.all("Transfer-Encoding") == (["chunked"] if modern else [])
    assert wire.exactly(2) == (b"1\r" if modern else b"ab")


@pytest.mark.parametrize("headers", [[], [("Content-Length", "9")]])
@pytest.mark.parametrize("version", ["HTTP/1.0", "HTTP/1.1"])
def test_h39_an_answer_cut_short_shows_it(serve, capsys, headers, version):
    def application(environ, start_response):
        start_response("200 OK", headers)
        yield b"part"
        raise RuntimeError

    wire = serve(application).connect().ask(version=version)
    try:
        data = wire.rest()
    except ConnectionResetError:
        assert (version, headers) == ("HTTP/1.0", [])
        return
    assert data.endswith(b"part\r\n" if not headers else b"part")
    assert b"\r\n0\r\n" not in data
    assert version == "HTTP/1.1" or headers
