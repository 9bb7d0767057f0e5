from __future__ import annotations

from tests.support import stories
from tests.support.scripted_feed import ScriptedFeed
from tests.support.streams import Exchange
from wsgitrace.replay import cookies_set, newest_cookies, rebuild, with_cookies


def login(value):
    exchange = Exchange("POST", "/login")
    with exchange.call("shop.app", "application") as app:
        app.start_response("303 See Other", [("Set-Cookie", f"sid={value}; Path=/"), ("Set-Cookie", "theme=dark")])
        app.returns([])
    return exchange.finish()


def test_cookies_are_taken_from_the_newest_response_that_set_them(tmp_path):
    feed = ScriptedFeed(tmp_path / "cookies.wtrace")
    for value in ("old", "new"):
        feed.add(login(value))
    feed.add(stories.hello())
    command = rebuild(4, Exchange("GET", "/", headers=[("Cookie", 'sid=gone; lang=en; odd"name=1')]).trace())
    jar = newest_cookies(feed.capture, command)
    feed.close()
    assert jar == {"sid": "new"}
    assert b'\r\nCookie: sid=new; lang=en; odd"name=1\r\n' in with_cookies(command, jar).head


def test_what_a_response_sets_and_a_request_does_not_send_is_not_added():
    assert cookies_set(login("a").trace().response.headers) == {"sid": "a", "theme": "dark"}
    command = rebuild(1, stories.hello().trace())
    assert with_cookies(command, {"sid": "a"}) == command
