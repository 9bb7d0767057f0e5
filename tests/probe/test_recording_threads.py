"""What is recorded where many threads are at work or long at it, and that nothing is kept afterwards."""

from __future__ import annotations

import gc
import mmap
import threading
import weakref

import pytest

from tests.support.answering import PassOn, answering
from tests.support.wsgi_driver import environ_for
from wsgitrace.events import (
    Began,
    Called,
    Chunk,
    Done,
    Ended,
    Events,
    Progress,
    Sent,
)
from wsgitrace.link.drafts import SIZE, Drafts
from wsgitrace.probe import recorder

pytestmark = pytest.mark.smoke


def test_calls_from_other_threads_belong_to_the_exchange(bench):
    inner = answering([b"inner"])

    def app(environ, start_response):
        thread = threading.Thread(target=inner, args=(dict(environ), lambda *args: None))
        thread.start()
        thread.join()
        start_response("200 OK", [])
        return []

    made = bench(app)
    made.serve()
    called = made.sender.of_event(Called)
    assert len(called) == 2
    assert len({event.thread for event in called}) == 2


def test_many_threads_do_not_mix(bench):
    def app(environ, start_response):
        start_response("200 OK", [("X-Path", environ["PATH_INFO"])])
        yield environ["PATH_INFO"].encode()

    made = bench(PassOn(PassOn(app)))

    def run(name):
        for index in range(20):
            path = f"/{name}/{index}"
            assert made.serve(environ_for(path=path)).body == path.encode()

    threads = [threading.Thread(target=run, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(1, 161):
        events = made.sender.events(number)
        path = events[0].raw.split()[1]
        (chunk,) = [event for event in events if isinstance(event, Chunk)]
        assert chunk.data == path
        assert [event.parent for event in events if isinstance(event, Called)] == [0, 1, 2]
        assert len({event.thread for event in events if not isinstance(event, (Sent, Done))}) == 1


def test_an_exchange_whose_response_is_out_arrives_before_a_later_one(bench):
    def app(environ, start_response):
        start_response("200 OK", [])
        yield b"x"
        if environ["PATH_INFO"] == "/first":
            # The client has what it asked for, and asks again before this thread comes to its end.
            second = threading.Thread(target=made.serve, args=(environ_for(path="/second"),))
            second.start()
            second.join()

    made = bench(app)
    with mmap.mmap(-1, SIZE) as memory:
        made.sender.drafts = Drafts(memory)  # with these, an exchange that is short arrives when it is over
        made.serve(environ_for(path="/first"))
        made.sender.drafts = None
    arrived = [frame.exchange for frame in made.sender.frames if isinstance(frame, (Began, Ended))]
    assert arrived == [1, 2, 2, 1]


def test_slow_exchanges_are_live(bench):
    seen = []

    def app(environ, start_response):
        start_response("200 OK", [])
        for _ in range(2):
            yield b"x"
            clock.now += 200_000_000
            made.sender.tick()
            seen.append(len(made.sender.of(Events)))

    class Clock:
        now = 0

        def __call__(self):
            self.now += 1000
            return self.now

    clock = Clock()
    made = bench(app)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recorder, "perf_counter_ns", clock)
        made.serve()
    assert seen == [2, 3]  # the first is the call of the innermost layer, sent before it runs
    assert [frame.state for frame in made.sender.of(Progress)] == ["streaming", "streaming"]
    assert made.sender.tick() == [False]


def test_nothing_of_the_application_is_kept(bench):
    class Thing:
        pass

    gone = []

    def app(environ, start_response):
        thing = Thing()
        environ["thing"] = thing
        gone.append(weakref.ref(thing))
        start_response("200 OK", [])
        return (item for item in [b"a"])

    made = bench(PassOn(app))
    gc.collect()
    gc.disable()
    try:
        environ = environ_for()
        made.serve(environ)
        environ.clear()
        assert gone[0]() is None, "only reference counts, no cycles"
    finally:
        gc.enable()


def test_three_hundred_requests_leak_nothing(bench):  # noqa: C901 -- classes made per request are the point
    def app(environ, start_response):
        class Body:
            def __init__(self):
                self.items = iter([b"a", b"b"])

            def __iter__(self):
                return self

            def __next__(self):
                return next(self.items)

            def close(self):
                pass

        class Responder:
            def __call__(self, environ, start_response):
                start_response("200 OK", [])
                return Body()

        try:
            raise ValueError  # noqa: TRY301
        except ValueError:
            return PassOn(Responder())(environ, start_response)

    made = bench(PassOn(app))

    def count():
        while gc.collect():
            pass  # a class takes its subclasses' weak references with it in another round
        return len(gc.get_objects())

    for _ in range(20):
        made.serve()
    made.sender.raw.clear()
    before = count()
    for _ in range(300):
        made.serve()
    made.sender.raw.clear()
    assert count() - before < 150, "less than half an object for each request"
