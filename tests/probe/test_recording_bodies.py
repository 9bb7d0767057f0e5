"""What is recorded of the bodies of requests and responses, and how much."""

from __future__ import annotations

import io

import pytest

from tests.support.answering import PassOn, answering
from tests.support.wsgi_driver import environ_for
from wsgitrace.events import (
    BodyPart,
    Chunk,
    Done,
    InputRead,
    InputReplaced,
    Raised,
    Returned,
    Truncated,
    Wrote,
)

pytestmark = pytest.mark.smoke


def test_writes_are_recorded_once_for_all_they_pass(bench):
    def app(environ, start_response):
        start_response("200 OK", [])(b"written")
        return []

    def outer(environ, start_response):
        return app(environ, lambda status, headers: start_response(status, headers))  # noqa: PLW0108

    made = bench(PassOn(outer))
    assert made.serve().body == b"written"
    (wrote,) = made.sender.of_event(Wrote)
    assert (wrote.span, wrote.through, wrote.data, wrote.length) == (3, (2, 1), b"written", 7)


def test_a_body_passed_on_is_recorded_once(bench):
    made = bench(PassOn(PassOn(answering(lambda: iter([b"a", b"b"])))))
    made.serve()
    assert [event.passed for event in made.sender.of_event(Returned)] == [None, 3, 2]
    assert [(event.span, event.data) for event in made.sender.of_event(Chunk)] == [(3, b"a"), (3, b"b")]


def test_a_chunk_passed_on_is_stored_once(bench):
    def middleware(environ, start_response):
        yield from list(answering(lambda: iter([b"a" * 100]))(environ, start_response))

    inner = answering(lambda: iter([b"a" * 100]))

    def passing(environ, start_response):
        yield from inner(environ, start_response)

    made = bench(passing)
    made.serve()
    first, second = made.sender.of_event(Chunk)
    assert (second.same, second.data, second.stored, second.length) == (first.seq, b"", True, 100)


def test_large_bodies_follow_apart_and_are_bounded(bench):
    made = bench(answering([b"x" * 20_000, b"y" * 20_000, b"z" * 20_000]), response_body=50_000)
    made.serve()
    chunks = made.sender.of_event(Chunk)
    assert [(event.length, event.data, event.stored) for event in chunks] == [(20_000, b"", False)] * 3
    parts = made.sender.of(BodyPart)
    assert [(part.seq, len(part.data)) for part in parts] == [
        (chunks[0].seq, 20_000),
        (chunks[1].seq, 20_000),
        (chunks[2].seq, 10_000),
    ]
    (truncated,) = made.sender.of_event(Truncated)
    assert (truncated.what, truncated.limit) == ("response body", 50_000)


def test_small_chunks_are_bounded_together(bench):
    made = bench(answering(lambda: (b"%04d" % number for number in range(100))), response_body=50)
    made.serve()
    assert b"".join(event.data for event in made.sender.of_event(Chunk)) == b"".join(b"%04d" % n for n in range(12))
    assert [part.data for part in made.sender.of(BodyPart)] == [b"00"]
    assert [event.what for event in made.sender.of_event(Truncated)] == ["response body"]


def test_events_are_bounded_and_say_so(bench):
    made = bench(answering(lambda: iter([b"c"] * 500)), events=100)
    assert made.serve().body == b"c" * 500
    (truncated,) = made.sender.of_event(Truncated)
    assert (truncated.what, truncated.limit) == ("events", 100)
    done = made.sender.events()[-1]
    assert isinstance(done, Done)
    assert done.skipped > 350
    assert len(made.sender.events()) <= 110
    assert made.sender.ended().chunks == 500


def test_a_full_queue_is_counted(bench):
    made = bench(answering([b"x" * 20_000]))
    made.sender.full = True
    made.serve()
    ended = made.sender.ended()
    assert ended.dropped > 5


def test_reads_of_the_input_are_told(bench):
    def read(environ):
        stream = environ["wsgi.input"]
        assert stream.read(3) == b"one"
        assert stream.readline() == b"\n"
        assert next(iter(stream)) == b"two\n"
        assert stream.readlines() == [b"three"]

    made = bench(PassOn(answering([b""], read)))
    made.serve(environ_for("POST", body=b"one\ntwo\nthree"))
    reads = made.sender.of_event(InputRead)
    assert [(event.method, event.asked, event.got, event.offset, event.data, event.span) for event in reads] == [
        ("read", 3, 3, 0, b"one", 2),
        ("readline", None, 1, 3, b"\n", 2),
        ("next", None, 4, 4, b"two\n", 2),
        ("readlines", None, 5, 8, b"three", 2),
    ]
    assert [event.end for event in reads] == [False, False, False, True]
    ended = made.sender.ended()
    assert (ended.input, ended.request_size) == ("full", 13)


@pytest.mark.parametrize(("size", "state"), [(None, "unread"), (2, "partial"), (-1, "full")])
def test_how_much_of_the_input_was_read(size, state, bench):
    def read(environ):
        if size is not None:
            environ["wsgi.input"].read(size)

    made = bench(answering([b""], read))
    made.serve(environ_for("POST", body=b"12345"))
    assert made.sender.ended().input == state


def test_an_input_that_fails_is_told(bench):
    class Broken(io.BytesIO):
        def read(self, *args):
            raise ConnectionResetError("gone")

    made = bench(answering([b""], lambda environ: environ["wsgi.input"].read()))
    environ = environ_for("POST", body=b"12345")
    environ["wsgi.input"] = Broken()
    assert made.serve(environ).error
    (read,) = made.sender.of_event(InputRead)
    assert read.error == "ConnectionResetError"
    assert made.sender.of_event(Raised)[0].message == "gone"


def test_request_bodies_are_bounded(bench):
    made = bench(answering([b""], lambda environ: [environ["wsgi.input"].read(10) for _ in range(3)]), request_body=15)
    made.serve(environ_for("POST", body=b"x" * 30))
    assert [(event.got, event.data) for event in made.sender.of_event(InputRead)] == [
        (10, b"x" * 10),
        (10, b""),
        (10, b""),
    ]
    assert [len(part.data) for part in made.sender.of(BodyPart)] == [5]
    assert [event.what for event in made.sender.of_event(Truncated)] == ["request body"]


def test_a_replaced_input_is_told(bench):
    inner = answering([b""], lambda environ: environ["wsgi.input"].read())

    def middleware(environ, start_response):
        environ["wsgi.input"] = io.BytesIO(b"other")
        return inner(environ, start_response)

    made = bench(PassOn(middleware))
    made.serve(environ_for("POST", body=b"12345"))
    (replaced,) = made.sender.of_event(InputReplaced)
    assert (replaced.span, replaced.type) == (2, "_io.BytesIO")
    assert made.sender.ended().input == "unread"
