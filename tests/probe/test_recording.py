"""What is recorded of an exchange, and what is kept of it afterwards."""

from __future__ import annotations

import io
import logging
import os

import pytest

from tests.support.answering import PassOn, answering
from tests.support.wsgi_driver import FileWrapper, environ_for, serve
from wsgitrace.events import (
    Called,
    Done,
    EnvironOut,
    ErrorsWrite,
    Events,
    HeadReceived,
    Logged,
    LongText,
    Opaque,
    Raised,
    Refused,
    Replay,
    Returned,
    Sent,
    StartResponse,
    Surrogates,
)
from wsgitrace.probe import current_pass
from wsgitrace.probe.spans import current

pytestmark = pytest.mark.smoke


def test_an_exchange_from_head_to_done(bench):
    made = bench(PassOn(answering([b"hi"])))
    made.serve(environ_for(path="/x", query="q=1"))
    events = made.sender.events()
    assert [event.seq for event in events] == list(range(len(events)))
    assert isinstance(events[0], HeadReceived)
    assert events[0].raw.startswith(b"GET /x?q=1 ")
    assert isinstance(events[-1], Done)
    assert isinstance(events[-2], Sent)
    assert events[-2].total == 2
    ended = made.sender.ended()
    assert (ended.how, ended.status, ended.layers, ended.chunks) == ("complete", 200, 2, 1)
    assert (ended.response_size, ended.start_responses, ended.input, ended.closed) == (2, 1, "none", True)
    assert (ended.content_type, ended.exception, ended.swallowed) == ("text/plain", "", False)
    assert ended.events == len(events)
    assert sum(frame.count for frame in made.sender.of(Events)) == len(events)


def test_a_replay_tells_what_it_replays(bench):
    made = bench(answering([b""]))
    made.serve(origin=Replay(7, b"", b"", "peer"))
    made.serve()
    began = [frame for frame in made.sender.frames if type(frame).__name__ == "Began"]
    assert [(frame.exchange, frame.replay_of) for frame in began] == [(1, 7), (2, None)]


def test_what_the_server_refuses_of_a_response_is_told_as_an_exception_of_the_server(bench):
    class Refusing:
        """A server that finds fault with what it was returned."""

        def __getattr__(self, name):
            return getattr(made.probe, name)

        def response_head(self, exchange, *facts):
            made.probe.broke(exchange, AssertionError("it returned None"))
            made.probe.response_head(exchange, *facts)

    made = bench(answering([b"x"]))
    serve(made.application, observer=Refusing())
    (raised,) = made.sender.of_event(Raised)
    assert (raised.span, raised.during, raised.message) == (0, "next", "it returned None")
    assert made.sender.ended().exception == "AssertionError"


def test_a_refusal_is_an_exchange(bench):
    made = bench(answering([b""]))
    made.probe.refused(b"GET\r\n", 3, "H12", "no target", 400, "127.0.0.1:1")
    (refused,) = made.sender.of_event(Refused)
    assert (refused.rule, refused.offset, refused.status) == ("H12", 3, 400)
    ended = made.sender.ended()
    assert (ended.how, ended.status, ended.note) == ("refused", 400, "H12: no target")
    made.probe.refused(b"GET /a%20b?c HTTP/1.1\r\nHost : x\r\n\r\n", 27, "H12", "why", 400, "")
    made.probe.refused(b"\x16\x03\x01", 0, "H01", "why", 400, "")
    began = [frame for frame in made.sender.frames if type(frame).__name__ == "Began"]
    assert [(frame.method, frame.target) for frame in began] == [("", ""), ("GET", "/a%20b?c"), ("", "")]


def test_only_what_changed_of_an_environ_is_told(bench):
    def change(environ):
        environ["late"] = 1

    def middleware(environ, start_response):
        environ["added"] = "x" * 20_000
        environ["PATH_INFO"] = "/other"
        del environ["HTTP_ACCEPT"]
        return inner(environ, start_response)

    inner = answering([b""], change)
    made = bench(middleware)
    made.serve(environ_for(path="/" + "a" * 20_000))
    first, second = made.sender.of_event(Called)
    assert type(first.environ["PATH_INFO"]) is LongText
    assert first.environ["wsgi.version"] == Opaque("tuple", "(1, 0)", 2, first.environ["wsgi.version"].identity)
    assert first.environ["wsgi.input"].type == "_io.BytesIO"
    assert second.environ == {"added": LongText("x" * 16_384, 20_000), "PATH_INFO": "/other"}
    assert second.removed == ("HTTP_ACCEPT",)
    inward, outward = made.sender.of_event(EnvironOut)
    assert (inward.span, inward.environ) == (2, {"late": 1})
    assert set(outward.environ) == {"late", "added", "PATH_INFO"}


@pytest.mark.usefixtures("whole_heap")
def test_strings_that_utf8_cannot_hold_travel(bench):
    def app(environ, start_response):
        environ["\udcff"] = "\udc80"
        start_response("200 \udcff", [("X", "\udcfe")])
        return PassOn(answering([b""]))(environ, lambda *args: None)

    made = bench(app)
    made.serve()
    assert made.sender.of_event(Called)[1].environ["\\udcff"] == Surrogates(b"\xed\xb2\x80")
    assert made.sender.of_event(StartResponse)[0].headers == (("X", Surrogates(b"\xed\xb3\xbe")),)


def test_start_response_belongs_to_who_calls_it(bench):
    inner = PassOn(answering([b""]))

    def adding(environ, start_response):
        def start(status, headers, exc_info=None):
            return start_response(status, [*headers, ("X", "1")], exc_info)

        return inner(environ, start)

    made = bench(PassOn(PassOn(adding)))
    made.serve()
    first, second = made.sender.of_event(StartResponse)
    assert (first.span, first.through) == (5, (4,))
    assert (second.span, second.through) == (3, (2, 1))
    assert len(second.headers) == 2
    assert second.line > 0
    assert made.sender.ended().start_responses == 1


def helper(start_response):
    start_response("200 OK", [])
    return []


def test_a_layer_is_told_by_its_own_line_whoever_it_has_call_start_response(bench):
    def app(environ, start_response):
        return helper(start_response)

    made = bench(app)
    made.serve()
    assert made.sender.of_event(StartResponse)[0].line == app.__code__.co_firstlineno + 1


def test_the_line_of_a_call_inward_is_told_where_the_environ_had_changed_by_then(bench):
    inner = PassOn(answering([b""]))

    def adding(environ, start_response):
        environ["added"] = 1
        return inner(environ, start_response)

    line = adding.__code__.co_firstlineno + 2
    made = bench(PassOn(adding))
    made.serve()
    assert [event.line for event in made.sender.of_event(Called)] == [0, 0, line, 0]


def test_where_it_was_raised_the_variables_are_told_once_and_bounded(bench):
    def inner(environ, start_response):
        coupon, long, given = None, "x" * 1000, {"a": 1}
        return coupon + len(long) + len(given)

    made = bench(PassOn(inner))
    made.serve()
    first, again = made.sender.of_event(Raised)[:2]
    told = first.frames[-1].variables
    assert told["coupon"] is None
    assert told["long"] == LongText("x" * 200, 1000)
    assert (told["given"].type, told["given"].text) == ("dict", "{'a': 1}")
    assert set(told) == {"environ", "start_response", "coupon", "long", "given"}
    assert again.frames == ()


def test_errors_and_log_records_are_tied_to_their_pass(bench, caplog):
    class Secret:
        def __repr__(self):
            raise AssertionError("shown")

        __str__ = __repr__

    logger = logging.getLogger("tests.recording")
    logger.setLevel(logging.INFO)

    def tell(environ):
        print("careful", file=environ["wsgi.errors"])
        logger.info("%s of %d", "one", 2)
        logger.debug("not wanted")
        with pytest.raises(AssertionError):
            logger.handle(logger.makeRecord("x", logging.INFO, "f", 1, "%s", (Secret(),), None))

    made = bench(PassOn(answering([b""], tell)))
    logger.info("outside")
    outcome = made.serve()
    assert outcome.errors == "careful\n"
    assert "".join(event.text for event in made.sender.of_event(ErrorsWrite)) == "careful\n"
    logged = made.sender.of_event(Logged)
    assert [(event.level, event.text, event.span) for event in logged] == [
        (logging.INFO, "one of 2", 2),
        (logging.INFO, f"<{__name__}.test_errors_and_log_records_are_tied_to_their_pass.<locals>.Secret>", 2),
    ]


@pytest.mark.parametrize("items", [None, 1], ids=["to its end", "given up"])
def test_what_a_body_does_is_tied_to_its_pass_from_item_to_item(items, bench):
    def app(environ, start_response):
        start_response("200 OK", [])
        for item in (b"a", b"b"):
            environ["wsgi.errors"].write("app")
            yield item

    def rewriting(environ, start_response):
        for item in app(environ, start_response):
            environ["wsgi.errors"].write("rewriting")
            yield item.upper()

    made = bench(rewriting)
    made.serve(items=items)
    written = [(event.text, event.span) for event in made.sender.of_event(ErrorsWrite)]
    assert written == [("app", 2), ("rewriting", 1)] * (items or 2)
    assert current.get() is None


def test_no_handler_is_added_to_any_logger(bench):
    handlers = list(logging.root.handlers)
    bench(answering([b""]))
    assert logging.root.handlers == handlers
    assert logging.lastResort is not None


def test_exceptions_are_told_at_each_pass_with_one_traceback(bench):
    def failing(environ, start_response):
        raise KeyError("missing")

    made = bench(PassOn(PassOn(failing)))
    assert made.serve().error == "KeyError('missing')"
    raised = made.sender.of_event(Raised)
    assert [(event.span, event.during, event.type, event.message) for event in raised] == [
        (3, "call", "KeyError", "'missing'"),
        (2, "call", "KeyError", "'missing'"),
        (1, "call", "KeyError", "'missing'"),
    ]
    assert [len(event.frames) for event in raised] == [1, 0, 0]
    assert raised[0].frames[0].function.endswith("failing")
    ended = made.sender.ended()
    assert (ended.how, ended.exception, ended.swallowed) == ("cut", "KeyError", False)


def test_a_swallowed_exception_is_told(bench):
    def failing(environ, start_response):
        raise ValueError

    def middleware(environ, start_response):
        try:
            return failing(environ, start_response)
        except ValueError:
            return answering([b"instead"])(environ, start_response)

    made = bench(middleware)
    assert made.serve().body == b"instead"
    ended = made.sender.ended()
    assert (ended.exception, ended.swallowed, ended.how) == ("ValueError", True, "complete")


def test_a_body_that_is_never_closed_is_told(bench):
    inner = answering(lambda: (item for item in [b"a"]))
    made = bench(lambda environ, start_response: [b"".join(inner(environ, start_response))])
    made.serve()
    assert made.sender.ended().closed is False


def test_a_layer_that_does_not_call_inward_as_it_usually_does_is_told(bench):
    class Auth(PassOn):
        def __call__(self, environ, start_response):
            if environ["PATH_INFO"] == "/secret":
                start_response("403 Forbidden", [])
                return []
            return self.app(environ, start_response)

    made = bench(PassOn(Auth(answering([b""]))))
    made.serve()
    assert made.sender.ended().short_circuit == ""
    made.serve(environ_for(path="/secret"))
    assert made.sender.ended().short_circuit.endswith("Auth")


def test_a_subrequest_is_told(bench):
    inner = answering([b"inner"])

    def app(environ, start_response):
        inner(environ_for(path="/sub"), lambda *args: None)
        inner(dict(environ), lambda *args: None)
        start_response("200 OK", [])
        return []

    made = bench(app)
    made.serve()
    assert [(event.subrequest, event.same_environ) for event in made.sender.of_event(Called)] == [
        (False, True),
        (True, False),
        (False, False),
    ]


def test_file_wrappers_are_the_servers_to_recognise(bench):
    made = bench(PassOn(answering(lambda: FileWrapper(io.BytesIO(b"file")))))
    assert made.serve().result_type == "FileWrapper"
    assert [event.type for event in made.sender.of_event(Returned)] == ["tests.support.wsgi_driver.FileWrapper"] * 2


def test_a_forked_child_tells_nothing_and_serves_on(bench):
    def serve_in_child():
        before = len(made.sender.raw)
        served = made.serve(environ_for(path="/child")).body
        return 0 if (served, len(made.sender.raw), current_pass()) == (b"/child", before, None) else 1

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/":
            child = os.fork()
            if not child:
                os._exit(serve_in_child())
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        start_response("200 OK", [])
        return [environ["PATH_INFO"].encode()]

    made = bench(PassOn(app))
    assert made.serve().body == b"/"
    assert made.sender.ended().how == "complete"


def test_arguments_by_name_are_understood(bench):
    def app(environ, start_response):
        start_response(headers=[("A", "b")], status="200 OK")
        return []

    def outer(environ, start_response):
        def start(status, headers):
            return start_response(status, headers)

        return app(environ, start)

    made = bench(outer)
    made.serve()
    first, _ = made.sender.of_event(StartResponse)
    assert (first.status, first.headers, first.malformed) == ("200 OK", (("A", "b"),), False)


def test_a_call_that_is_malformed_is_told_as_it_was(bench):
    def app(environ, start_response):
        start_response(200, [["A", b"b"], ("C",)])
        return []

    made = bench(app)
    assert made.serve().error
    (start,) = made.sender.of_event(StartResponse)
    assert (start.status, start.headers, start.malformed) == ("200", (("A", "b'b'"), ("C", "")), True)
    assert [event.during for event in made.sender.of_event(Raised)] == ["start_response", "call"]
