from __future__ import annotations

from tests.support.answering import PassOn
from tests.support.holding import InThread, Pilot
from tests.support.waiting import until
from wsgitrace.events import (
    Answer,
    BodyEdit,
    DropClient,
    EnvironEdit,
    EnvironOut,
    HeadersEdit,
    InputEdit,
    LayerFound,
    Raise,
    Raised,
    RawBytes,
    Returned,
    Skip,
    StartResponse,
    StatusEdit,
)
from wsgitrace.trace import Trace
from wsgitrace.trace.edited import of_user


def echo(environ, start_response):
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", str(len(body) + 4)), ("X-Coupon", environ.get("coupon", "none"))])
    return iter([b"got ", body])


class Upper(PassOn):
    def __call__(self, environ, start_response):
        return [part.upper() for part in self.app(environ, start_response)]


class Catches(PassOn):
    def __call__(self, environ, start_response):
        try:
            return self.app(environ, start_response)
        except ValueError as error:
            start_response("500 Caught", [])
            return [str(error).encode()]


def raises(environ, start_response):
    raise ValueError("on purpose")


ECHO = PassOn(echo)


def held(bench, app, text, **request):
    made = bench(app)
    pilot = Pilot(made, f"{text} once:yes")
    return made, pilot, pilot.run(**request)


def test_environ_status_and_headers(shared):
    made, pilot, running = held(shared, ECHO, "layer:echo")
    pilot.step("over", edits=(EnvironEdit("coupon", "FREE"), EnvironEdit("HTTP_HOST", None)))
    assert pilot.step("over") == "start_response echo"
    assert pilot.held.environ == {}, "no layer is taken to have done it"
    made.probe.resume(
        made.probe.held[0],
        "continue",
        (StatusEdit("404 Not Here"), HeadersEdit((("X-New", "1"), ("X-Coupon", "none")))),
    )
    outcome = running.join()
    assert (outcome.status, outcome.headers) == ("404 Not Here", [("X-New", "1"), ("X-Coupon", "none")])
    assert ("environ", "coupon", None, "FREE") in pilot.edited
    assert ("status", "", "200 OK", "404 Not Here") in pilot.edited
    assert ("header", "X-Coupon", "FREE", "none") in pilot.edited
    assert ("header", "Content-Length", "4", None) in pilot.edited
    assert not made.sender.of_event(EnvironOut)


def test_the_chunk_in_hand_and_the_length_that_was_announced(shared):
    made, pilot, running = held(shared, ECHO, "on:chunk")
    made.probe.resume(made.probe.held[0], "continue", (BodyEdit(b"received "),))
    outcome = running.join()
    assert outcome.body == b"received "
    assert ("body", "", RawBytes(b"got ", 4), RawBytes(b"received ", 9)) in pilot.edited
    assert ("header", "Content-Length", None, "+5") in pilot.edited


def test_the_request_body_that_was_not_read(shared):
    made, _, running = held(shared, ECHO, "layer:PassOn", method="POST", body=b"old")
    made.probe.resume(made.probe.held[0], "continue", (InputEdit(b"new body"),))
    assert running.join().body == b"got new body"


def test_the_client_is_dropped_and_the_layer_goes_on(shared):
    made, pilot, running = held(shared, ECHO, "layer:echo")
    made.probe.resume(made.probe.held[0], "continue", (), DropClient())
    running.join()
    assert [edit[0] for edit in pilot.edited] == ["client"]


def test_two_threads_step_apart(shared):
    made = shared(ECHO)
    pilot = Pilot(made, "layer:PassOn")
    one, two = InThread(made), InThread(made)
    until(lambda: len(made.probe.held) == 2)
    made.probe.step(made.probe.held[0], "into")
    until(lambda: pilot.stops.count("called echo") == 1 and len(made.probe.held) == 2)
    made.probe.resume()
    assert [one.join().body, two.join().body] == [b"got ", b"got "]


def test_all_items_of_a_list_deliberately_without_mending_the_length(bench):
    made, pilot, running = held(bench, Upper(echo), "layer:Upper on:returned")
    made.probe.resume(made.probe.held[0], "continue", (BodyEdit(b"x", mend=False),))
    assert running.join().body == b"x"
    assert [edit[0] for edit in pilot.edited] == ["body"]


class Marks(PassOn):
    """Adds a header field, and hands on the body by items of its own."""

    def __call__(self, environ, start_response):
        def start(status, headers, exc_info=None):
            return start_response(status, [*headers, ("X-Marked", "1")])

        yield from self.app(environ, start)


def blamed(made):
    """What the trace says that each layer changed: header fields, the status, and what became of the body."""
    trace = Trace.from_events([*made.sender.of(LayerFound), *made.sender.events()])
    found = {}
    for span in trace.spans:
        changes = span.response_changes
        body = changes.body.kind if changes.body else "same"
        found[span.name.rpartition(".")[2]] = [change.name for change in changes.headers], changes.status, body
    return trace, found


def edited_at(bench, layer):
    """What the trace says of a response whose head and only chunk the user edited as they left ``layer``."""
    made, pilot, running = held(bench, Marks(echo), f"layer:{layer} on:start_response")
    pilot.arm("layer:used-up", f"layer:{layer} on:chunk once:yes")
    edits = (StatusEdit("201 Edited"), HeadersEdit((("X-Edited", "1"),)))
    made.probe.resume(made.probe.held[0], "continue", edits)
    until(lambda: pilot.stops[-1].startswith("chunk") and made.probe.held)
    made.probe.resume(made.probe.held[0], "continue", (BodyEdit(b"edited "),))
    assert running.join().body == b"edited "
    trace, found = blamed(made)
    assert found["Marks"] == (["X-Marked"], None, "same")
    return trace


def test_nobody_is_blamed_for_what_the_user_edited(bench):
    trace = edited_at(bench, "echo")
    assert [(span.status, span.body.data) for span in trace.spans if span.id] == [("201 Edited", b"edited ")] * 2
    assert trace.by_id[2].headers == (("X-Edited", "1"),)


def test_an_edit_of_what_an_outer_layer_gave_is_not_that_layer_s(bench):
    trace = edited_at(bench, "Marks")
    assert (trace.by_id[1].status, trace.by_id[1].headers) == ("201 Edited", (("X-Edited", "1"),))
    assert (trace.by_id[1].body.data, trace.by_id[2].body.data) == (b"edited ", b"got ")


def test_a_list_that_was_edited_is_nobody_s_either(bench):
    made, _, running = held(bench, PassOn(Upper(echo)), "layer:Upper on:returned")
    made.probe.resume(made.probe.held[0], "continue", (BodyEdit(b"other"),))
    assert running.join().body == b"other"
    trace, found = blamed(made)
    assert found["PassOn"] == ([], None, "same")
    assert (trace.by_id[2].body.data, found["Upper"][2]) == (b"other", "rewritten")


def test_an_answer_in_place_of_a_layer(bench):
    made, pilot, running = held(bench, Upper(echo), "layer:echo")
    made.probe.resume(made.probe.held[0], "continue", (), Answer("503 Busy", (("A", "b"),), b"later"))
    outcome = running.join()
    assert (outcome.status, outcome.body) == ("503 Busy", b"LATER")
    assert ("answer", "", None, "503 Busy") in pilot.edited
    trace, _ = blamed(made)
    echoed = trace.spans[-1]
    assert (echoed.replaced, echoed.answered, echoed.status) == (True, False, "503 Busy")
    told = [of_user(trace, event) for event in trace.events if isinstance(event, StartResponse | Returned)]
    assert told[:2] == [True, True], "what went out in its place is the user's"
    assert not made.sender.ended().short_circuit


def test_an_exception_is_raised_here_and_caught_as_any_other(bench):
    made, pilot, running = held(bench, Catches(PassOn(echo)), "layer:echo")
    made.probe.resume(made.probe.held[0], "continue", (), Raise("ValueError", "on purpose"))
    outcome = running.join()
    assert (outcome.status, outcome.body) == ("500 Caught", b"on purpose")
    assert ("exception", "", None, "ValueError: on purpose") in pilot.edited


class Chooses(Upper):
    """Holds two: whom it calls is seen when it does."""

    def __init__(self, app, other):
        super().__init__(app)
        self.other = other


def test_a_layer_is_skipped_where_it_was_seen_calling_one(bench):
    made = bench(PassOn(Chooses(echo, raises)))
    pilot = Pilot(made, "layer:Chooses")
    first = pilot.run()
    assert pilot.held.no_skip == "it was seen calling 2 different layers"
    made.probe.resume()
    assert first.join().body == b"GOT "
    second = pilot.run()
    assert pilot.held.no_skip == ""
    made.probe.resume(made.probe.held[0], "continue", (), Skip())
    assert second.join().body == b"got "


def test_a_layer_that_holds_one_is_skipped_at_once_and_lets_exceptions_pass(bench):
    made = bench(Catches(Upper(raises)))
    pilot = Pilot(made, "layer:Upper")
    running = pilot.run()
    assert pilot.held.no_skip == ""
    made.probe.resume(made.probe.held[0], "continue", (), Skip())
    outcome = running.join()
    assert (outcome.status, outcome.body) == ("500 Caught", b"on purpose")
    assert [event.span for event in made.sender.of_event(Raised)] == [3, 2]


def test_steps_out_and_to_the_cursor(bench):
    made = bench(PassOn(Upper(echo)))
    pilot = Pilot(made, "layer:PassOn once:yes")
    running = pilot.run()
    layers = {layer.name.rpartition(".")[2]: number for number, layer in made.sender.layers.items()}
    assert pilot.step("cursor", layer=layers["echo"]) == "called echo"
    assert pilot.step("out") == "returned echo"
    assert pilot.step("out") == "returned Upper"
    assert pilot.step("over") == "returned PassOn"
    made.probe.resume()
    assert running.join().body == b"GOT "
