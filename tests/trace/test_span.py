import pytest

from tests.support import stories
from tests.support.streams import Exchange
from wsgitrace.events import LayerFound, Raised
from wsgitrace.trace import Trace
from wsgitrace.trace.naming import short_name


def test_an_exception_that_leaves_every_layer_was_raised_in_one():
    trace = stories.failing().trace()
    assert [(span.state, span.raised_here, span.swallowed) for span in trace.spans[1:]] == [
        ("raised", False, False),
        ("raised", True, False),
    ]
    assert trace.span(1).exception.type == "ZeroDivisionError"
    assert trace.span(2).exception.frames[0].function == "Shop"


def test_an_exception_is_swallowed_where_the_layer_answers_all_the_same():
    trace = stories.swallowed().trace()
    session, swallow, shop = trace.spans[1:]
    assert (shop.raised_here, swallow.swallowed, session.swallowed) == (True, True, False)
    assert [raised.type for raised in swallow.caught] == ["KeyError"]
    assert (swallow.exception, swallow.answered, session.passed_through) == (None, True, True)


def test_until_the_layer_goes_on_nothing_is_known_to_be_swallowed():
    exchange = stories.swallowed()
    raised = next(event for event in exchange.recorded if isinstance(event, Raised))
    assert not exchange.trace().at(raised.seq).span(2).caught
    assert not exchange.trace().at(raised.seq + 1).span(2).caught
    assert exchange.trace().at(raised.seq + 2).span(2).caught


def test_another_exception_in_its_stead_is_the_layers_own():
    exchange = Exchange()
    with exchange.call("a.Translate") as layer:
        with layer.call("a.app") as app:
            first = app.raises("KeyError", "'x'")
        own = layer.raises("HTTPError", "400")
    own_again = own.__class__(
        *[first.identity if name == "identity" else getattr(own, name) for name in own.__struct_fields__]
    )
    exchange.finish()
    for second in (own, own_again):
        trace = Trace.from_events(second if event is own else event for event in exchange.events)
        span = trace.span(1)
        assert (span.raised_here, span.swallowed, [each.type for each in span.caught]) == (True, False, ["KeyError"])


def test_an_exception_while_iterating_leaves_all_that_handed_the_iterable_on():
    trace = stories.failing_stream().trace()
    session, shop = trace.spans[1:]
    assert session.exception is shop.exception
    assert (session.raised_here, shop.raised_here) == (False, True)
    assert trace.response_body.data == b"one"
    assert trace.response_body.why == "OSError was raised"


def test_what_start_response_raises_does_not_leave_the_layer_by_itself():
    exchange = Exchange()
    with exchange.call("a.app") as app:
        app.start_response(refused="AssertionError")
        app.start_response("200 OK")
        app.returns([])
    assert exchange.finish().trace().span(1).exception is None


def test_states_of_a_stream():
    exchange = Exchange()
    states = []

    def note():
        states.append(exchange.trace().span(1).state)

    app = exchange.call("a.app")
    note()
    app.returns(generator=True)
    note()
    app.yields(b"x")
    note()
    app.ends()
    note()
    app.close()
    note()
    assert states == ["running", "returned", "iterating", "iterating", "closed"]


def test_a_generator_that_is_never_closed_is_told_when_the_exchange_is_over():
    exchange = stories.unclosed()
    trace = exchange.trace()
    assert (trace.span(1).closed, trace.span(2).closed) == (True, False)
    assert trace.at(trace.events[-2].seq).span(2).closed is None
    assert not trace.span(1).passed_through
    assert stories.hello().trace().span(2).closed is None


def test_an_iterable_without_close_is_not_missing_it():
    exchange = Exchange()
    app = exchange.call("a.app").returns(lazy="a.Rows", closes=False)
    app.yields(b"x")
    assert exchange.finish().trace().span(1).closed is None


def test_a_request_the_application_made_up_is_not_what_the_layer_answered_from():
    trace = stories.subrequest().trace()
    errors, first, second = trace.spans[1:]
    assert (first.subrequest, second.subrequest) == (False, True)
    assert errors.inner is first
    assert errors.response_changes.body.kind == "rewritten"


def test_reads_and_what_replaced_the_input():
    exchange = Exchange("POST", "/", body=b"abcdef")
    with exchange.call("a.Audit") as audit:
        audit.read()
        audit.replaces_input()
        with audit.call("a.app") as app:
            assert app.read() == b""
            app.returns([])
    trace = exchange.finish().trace()
    assert [(read.offset, read.got) for read in trace.span(1).reads] == [(0, 6)]
    assert [(read.offset, read.got) for read in trace.span(2).reads] == [(6, 0)]
    assert trace.span(1).input_replaced.type == "io.BytesIO"
    assert not trace.span(1).passed_through


def test_passing_through_means_that_nothing_was_done():
    passed = {span.name: span.passed_through for span in stories.page().trace().spans}
    assert [name for name, is_passed in passed.items() if is_passed] == ["ErrorPages"]


@pytest.mark.parametrize("added", [[], [("Content-Length", "2")]])
def test_a_layer_that_changed_what_start_response_then_refused_did_something(added):
    exchange, headers = Exchange(), [("Content-Length", "1")]
    with exchange.call("a.Banner") as outer, outer.call("a.page", wraps=True) as page:
        page.start_response("200 OK", headers, refused="AssertionError")
        outer.start_response("200 OK", headers + added, refused="AssertionError")
        page.raises("AssertionError")
    assert exchange.finish().trace().span(1).passed_through is not bool(added)


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("werkzeug.middleware.proxy_fix.ProxyFix", "ProxyFix"),
        ("demos.hello.simple_app", "simple_app"),
        ("flask.app.Flask.wsgi_app", "Flask.wsgi_app"),
        ("<lambda> shop.py:12", "<lambda> shop.py:12"),
        ("shop.make.<locals>.wrapped", "wrapped"),
        ("", ""),
        ("app", "app"),
    ],
)
def test_short_names(name, short):
    assert short_name(name) == short


def test_a_layer_that_is_not_known_is_called_by_its_number():
    exchange = stories.hello()
    trace = Trace.from_events(event for event in exchange.events if not isinstance(event, LayerFound))
    assert [span.name for span in trace.spans] == ["server", "layer 1", "layer 2"]
