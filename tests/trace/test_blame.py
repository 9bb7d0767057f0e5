from __future__ import annotations

import pytest

from tests.support.stories import STORIES, failing, page, retried, subrequest
from tests.support.streams import Exchange
from wsgitrace.events import Edited, FrameworkChanges, ResponseHead, to_headers
from wsgitrace.trace.blame import Thing, all_blames, blame, parse_thing
from wsgitrace.trace.blame_words import sentence
from wsgitrace.trace.cookies import why_not_sent_back

TEXT = ("Content-Type", "text/plain")


def deeds(trace, text):
    """Who did what, and if it arrived."""
    found = blame(trace, parse_thing(text))
    names = {"user": "the user", "server": "the server"}
    return [(each.verb, names.get(each.by, trace.by_id[each.span].name), each.reached) for each in found.deeds]


def chain(*layers, environ=None):
    """Layers from the innermost outwards, each with the header fields that it gives to ``start_response``."""
    exchange = Exchange("GET", "/")
    calls = []
    for name, _ in reversed(layers):
        calls.append(calls[-1].call(f"a.{name}", wraps=True) if calls else exchange.call(f"a.{name}"))
    for call, (_, headers) in zip(reversed(calls), layers, strict=True):
        call.start_response("200 OK", headers)
    calls[-1].returns([b"x"])
    for call in reversed(calls[:-1]):
        call.returns(inner=call.inner[-1])
    return exchange.finish()


def test_a_field_that_was_dropped_never_arrived():
    trace = chain(("view", [TEXT, ("X-Total", "412")]), ("Cache", [TEXT])).trace()
    assert deeds(trace, "resp.header:X-Total") == [("set", "view", False), ("dropped", "Cache", True)]
    found = blame(trace, Thing("resp.header", "x-total"))
    assert (found.final, found.lost, found.contested) == ((), True, True)
    assert (found.deeds[0].fresh, found.deeds[1].gone) == (("412",), ("412",))
    assert [(each.file, each.line, each.where) for each in found.deeds] == [("a.py", 13, "at"), ("a.py", 13, "at")]


def test_a_list_that_got_another_item_was_appended_to_and_another_value_replaced():
    trace = chain(
        ("view", [("Vary", "Cookie"), ("X", "1")]), ("GZip", [("Vary", "Cookie, Accept-Encoding"), ("X", "2")])
    ).trace()
    assert deeds(trace, "resp.header:vary") == [("set", "view", True), ("appended", "GZip", True)]
    assert deeds(trace, "resp.header:x") == [("set", "view", False), ("replaced", "GZip", True)]


def test_a_cookie_set_twice_is_two_peoples_doing():
    mine, other = ("Set-Cookie", "session=ada; Path=/shop"), ("Set-Cookie", "session=guest; Path=/")
    trace = chain(("view", [mine]), ("Session", [mine, other, ("Set-Cookie", "theme=dark")])).trace()
    assert deeds(trace, "cookie:session") == [("set", "view", True), ("appended", "Session", True)]
    assert blame(trace, Thing("cookie", "session")).final == (mine[1], other[1])
    assert deeds(trace, "cookie:theme") == [("set", "Session", True)]
    assert deeds(trace, "cookie:nobody") == []


def test_fields_in_another_order_and_one_of_several_dropped():
    links = [("Link", "a"), ("Link", "b"), ("Link", "c")]
    trace = chain(("view", links), ("Turn", links[::-1]), ("Drop", links[1:])).trace()
    assert [verb for verb, _, _ in deeds(trace, "resp.header:link")] == ["set", "reordered", "dropped"]


def test_the_server_sets_what_no_layer_did():
    trace = page().trace()
    assert deeds(trace, "resp.header:date") == [("set", "the server", True)]
    assert "date" not in {each.thing.name for each in all_blames(trace)}


def test_what_was_answered_and_then_replaced_by_an_error_did_not_arrive():
    trace = retried().trace()
    assert (
        deeds(trace, "status")
        == [
            ("set", "Shop", False),
            ("replaced", "Shop", True),
        ]
        or deeds(trace, "status")[-1][2]
    )
    failed = failing().trace()
    assert deeds(failed, "status")[-1] == ("set", "the server", True)


def test_the_environ_is_blamed_before_the_line_of_the_call_inward():
    exchange = Exchange("GET", "/api/users")
    with exchange.call("a.Mount") as mount:
        mount.environ["SCRIPT_NAME"] = "/api"
        with mount.call("a.Auth") as auth, auth.call("a.view", "application") as view:
            view.environ["seen"] = 1
            view.start_response()
            view.returns([b"x"])
    trace = exchange.finish().trace()
    assert deeds(trace, "environ:SCRIPT_NAME") == [("set", "the server", True), ("replaced", "Mount", True)]
    assert [each.where for each in blame(trace, Thing("environ", "seen")).deeds] == ["in"]
    assert blame(trace, Thing("environ", "nothing")).deeds == ()


def test_an_edit_is_the_users_doing():
    exchange = Exchange("GET", "/")
    with exchange.call("a.Outer") as outer, outer.call("a.view", wraps=True) as view:
        view.start_response("200 OK", [TEXT, ("X", "1")])
        exchange.put(
            Edited, view.span, what="header", name="X", before="1", after="2", headers=to_headers([TEXT, ("X", "2")])
        )
        outer.start_response("200 OK", [TEXT, ("X", "2")])
        view.returns([b""])
    trace = exchange.finish().trace()
    assert deeds(trace, "resp.header:x") == [("set", "view", False), ("replaced", "the user", True)]


def test_inside_a_framework_the_hook_is_named():
    exchange = Exchange("GET", "/")
    with exchange.call("flask.app.Flask", "application") as app:
        with app.call("shop.views.cart", "framework") as view:
            exchange.put(FrameworkChanges, view.span, when="out", status="200 OK", headers=to_headers([TEXT]))
            view.returns([])
        with app.call("shop.hooks.add", "framework") as hook:
            exchange.put(
                FrameworkChanges, hook.span, when="out", status="200 OK", headers=to_headers([TEXT, ("X", "1")])
            )
            hook.returns([])
        app.start_response("200 OK", [TEXT, ("X", "1")])
        app.returns([b""])
    trace = exchange.finish().trace()
    assert deeds(trace, "resp.header:x") == [("set", "add", True)]
    assert deeds(trace, "status") == [("set", "cart", True)]


def test_a_frameworks_response_object_that_is_called_hands_on_what_its_hooks_made():
    exchange = Exchange("GET", "/")
    first, second = ("Set-Cookie", "sid=1"), ("Set-Cookie", "sid=2; Path=/x")
    with exchange.call("flask.app.Flask", "application") as app:
        with app.call("shop.hooks.add", "framework") as hook:
            exchange.put(FrameworkChanges, hook.span, when="out", status="200 OK", headers=to_headers([TEXT, first]))
            hook.returns([])
        with app.call("werkzeug.wrappers.Response", "response") as response:
            response.start_response("200 OK", [TEXT, first, second])
            response.returns([b""])
        app.returns([b""])
    trace = exchange.finish().trace()
    assert deeds(trace, "cookie:sid") == [("set", "add", True), ("appended", "Response", True)]


def test_what_start_response_refused_is_told_and_arrives_nowhere():
    exchange = Exchange("GET", "/")
    with exchange.call("a.view", "application") as view:
        view.start_response("200 OK", [TEXT, ("X", "1")], refused="AssertionError")
        view.raises("AssertionError")
    exchange.put(ResponseHead, 0, status="500 Internal Server Error", headers=to_headers([TEXT]))
    trace = exchange.finish().trace()
    assert deeds(trace, "resp.header:x") == [("set", "view", False), ("dropped", "the server", True)]
    assert blame(trace, parse_thing("resp.header:x")).deeds[0].refused


def test_what_never_arrived_comes_first_then_what_several_did():
    cookies = [("Set-Cookie", "a=1"), ("Set-Cookie", "a=2")]
    trace = chain(("view", [TEXT, cookies[0], ("X", "1")]), ("Outer", [TEXT, *cookies])).trace()
    assert [str(each.thing) for each in all_blames(trace)][:3] == [
        "resp.header:x", "resp.header:set-cookie", "cookie:a"
    ]  # fmt: skip


@pytest.mark.parametrize("name", sorted(STORIES))
def test_every_story_has_its_blames(name):
    trace = STORIES[name]().trace()
    for found in all_blames(trace):
        assert found == blame(trace, found.thing)
        assert found.deeds
        assert all(each.verb == "dropped" or each.after for each in found.deeds)


def test_a_subrequest_is_nobodys_source():
    assert deeds(subrequest().trace(), "status")[-1][0] in {"replaced", "set"}


@pytest.mark.parametrize(
    ("text", "thing"),
    [
        ("status", Thing("status")),
        ("resp.header:Vary", Thing("resp.header", "vary")),
        ("header:Vary", Thing("resp.header", "vary")),
        ("set-cookie:sid", Thing("cookie", "sid")),
        ("req.header:X-Id", Thing("environ", "HTTP_X_ID")),
        ("req.header:content-type", Thing("environ", "CONTENT_TYPE")),
        ("environ:shop.user", Thing("environ", "shop.user")),
    ],
)
def test_things_are_written_as_in_filters(text, thing):
    assert parse_thing(text) == thing


@pytest.mark.parametrize("text", ["", "vary", "resp.header:", "status:200", "body:x"])
def test_anything_else_is_refused_with_what_there_is(text):
    with pytest.raises(ValueError, match=r"none of resp\.header:NAME"):
        parse_thing(text)


def test_an_overview_keeps_the_ends_of_what_was_done_very_often():
    exchange = Exchange("GET", "/")
    with exchange.call("a.Batch") as batch:
        for number in range(300):
            with batch.call("a.view", "application", wraps=True) as view:
                view.start_response("200 OK", [("X", str(number))])
                view.returns([b""])
        batch.start_response("200 OK", [])
        batch.returns([b""])
    trace = exchange.finish().trace()
    whole = blame(trace, Thing("resp.header", "x"))
    assert len(whole.deeds) == 301
    (kept,) = (each for each in all_blames(trace) if each.thing == whole.thing)
    assert kept.deeds == (*whole.deeds[:100], *whole.deeds[-100:])
    text = sentence(trace, whole)
    assert text.endswith(
        "then 293 times more, set by view, set by view, set by view, dropped by Batch: the client never got it"
    )


@pytest.mark.parametrize(
    ("cookie", "why"),
    [
        ("sid=1; Path=/; HttpOnly", ""),
        ("sid=1", ""),
        ("sid=1; Path=/shop", ""),
        ("sid=1; Path=/sho", "its Path"),
        ("sid=1; Path=/admin", "its Path"),
        ("sid=1; Path=/; Secure", "it is Secure"),
        ("sid=1; SameSite=None", "it is SameSite=None"),
        ("sid=1; Domain=example.org", ""),
        ("sid=1; Domain=.shop.example.org", ""),
        ("sid=1; Domain=ample.org", "its Domain"),
        ("sid=1; Domain=other.example", "its Domain"),
        pytest.param(f"sid={'1' * 5_000}", "it has more than 4,096 bytes", id="long"),
    ],
)
def test_what_keeps_a_cookie_from_coming_back(cookie, why):
    exchange = Exchange("GET", "/shop/cart", headers=[("Host", "shop.example.org:8000")])
    with exchange.call("a.app", "application") as app:
        app.start_response("200 OK", [("Set-Cookie", cookie)])
        app.returns([b""])
    found = why_not_sent_back(cookie, exchange.finish().trace().head)
    assert found.startswith(why) if why else not found
