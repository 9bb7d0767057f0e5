import json

from tests.support import stories
from tests.support.streams import Exchange
from wsgitrace.events import BigInt, LongText, Opaque, RawBytes, Surrogates
from wsgitrace.trace import as_json
from wsgitrace.trace.plain import plain_value


def test_the_form_of_a_trace_is_stable():
    plain = as_json(stories.page().trace())
    assert list(plain) == [
        "format", "done", "how", "duration_ns", "held_ns", "queue_ns", "first_byte_ns", "sent_bytes", "client_gone",
        "lost_events", "skipped_events", "truncated", "fault", "request", "refused", "response", "spans", "events",
    ]  # fmt: skip
    assert list(plain["request"]) == [
        "method", "target", "path", "query", "version", "headers", "peer", "scheme", "body",
    ]  # fmt: skip
    assert list(plain["response"]) == ["status", "code", "headers", "at_ns", "body"]
    assert list(plain["request"]["body"]) == ["length", "complete", "why", "missing", "data_base64"]
    assert list(plain["events"][0]) == ["seq", "span", "at_ns", "kind", "text"]
    assert list(plain["spans"][0]) == [
        "id", "parent", "depth", "name", "layer", "state", "subrequest", "passed_through", "called_at_ns",
        "returned_at_ns", "ended_at_ns", "inclusive_ns", "self_ns", "call_ns", "iterate_ns", "close_ns", "environ",
        "environ_changes", "reads", "input_replaced", "start_responses", "status", "headers", "response_changes",
        "returned", "items", "bytes", "closed", "exception", "raised_here", "caught", "swallowed",
    ]  # fmt: skip


def test_what_a_layer_did_is_in_its_span():
    session = as_json(stories.page().trace())["spans"][5]
    assert session["name"] == "Session"
    assert session["layer"]["name"] == "demos.shop.session.Session"
    assert session["environ_changes"] == [
        {"key": "shop.session", "kind": "added", "when": "in", "before": None, "after": "9f3c"}
    ]
    assert session["response_changes"]["headers"] == [
        {"kind": "added", "name": "Set-Cookie", "before": None, "after": "sid=9f3c; HttpOnly"}
    ]
    assert session["returned"] == {"type": "list", "length": 1, "passed": 6}


def test_every_story_is_json():
    for tell in stories.STORIES.values():
        json.dumps(as_json(tell().trace()), allow_nan=False).encode("ascii")


def test_values_that_json_does_not_have():
    assert plain_value(Opaque("a.B", "", 3, 77)) == {"object": "a.B", "text": "", "length": 3}
    assert plain_value(LongText("ab", 9)) == {"text": "ab", "length": 9}
    assert plain_value(RawBytes(b"\0", 1)) == {"bytes_base64": "AA==", "length": 1}
    assert plain_value(BigInt("0xff")) == {"int": "0xff"}
    assert plain_value(float("inf")) == {"float": "inf"}
    assert plain_value(Surrogates(b"\xed\xb2\x80")) == "\udc80"
    assert [plain_value(value) for value in ("a", 1, 1.5, True, None)] == ["a", 1, 1.5, True, None]


def test_an_exception_says_where_it_came_from():
    shop = as_json(stories.failing().trace())["spans"][2]
    assert shop["exception"]["type"] == "ZeroDivisionError"
    assert shop["exception"]["frames"][0]["function"] == "Shop"
    assert as_json(Exchange().trace())["response"] is None
