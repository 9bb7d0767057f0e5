"""What the screens are shown with in tests and on screenshots: each scene is traffic, a size, and keys."""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support import stories
from tests.support.streams import Exchange
from wsgitrace.trace import Trace, findings

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.scripted_feed import ScriptedFeed

__all__ = ["SCENES", "Scene", "checkout", "traffic"]

LARGE, MIDDLE, SMALL = (200, 60), (120, 36), (80, 24)

TRACEBACK = """Traceback (most recent call last):
  File "/home/ada/shop/wsgi.py", line 3, in <module>
    from shop.app import make_app
  File "/home/ada/shop/app.py", line 12, in <module>
    from shop.catalogue import Catalogue
  File "/home/ada/shop/catalogue.py", line 40
    def price(self, sku: str -> Money:
                            ^
SyntaxError: '(' was never closed
"""


@dataclass(frozen=True)
class Scene:
    """One picture."""

    name: str
    size: tuple[int, int]
    prepare: Callable[[ScriptedFeed], None]
    keys: str = ""
    """Keys pressed, apart by spaces."""
    theme: str = "dark"


def traffic(feed: ScriptedFeed) -> None:
    """A morning in the shop: what goes well, what goes wrong, what is still going on."""
    for story in (stories.hello, stories.page, stories.upload, _image, _form, stories.buffered):
        feed.add(story())
    first = feed.add(stories.page("/cart?sku=A-17"))
    feed.pin(first, on=True)
    feed.commands.clear()
    for story in (stories.swallowed, stories.failing, stories.retried, stories.short_circuit, stories.subrequest):
        feed.add(story())
    for story in (stories.unclosed, stories.truncated, stories.gone, stories.killed, stories.refused, stories.hostile):
        feed.add(story())
    feed.add(stories.page("/cart?sku=A-17"), replay_of=first)
    feed.add(stories.streaming())
    feed.add(stories.held())
    feed.add(checkout())


def _named(feed: ScriptedFeed) -> None:
    """Requests of a framework, whose routes and views are known."""
    for target, route, view in (
        ("/", "", "shop.views.home"),
        ("/products/17/", "products/<int:pk>/", "shop.views.ProductDetail"),
        ("/products/17/reviews?page=2", "products/<int:pk>/reviews", "shop.reviews.list_reviews"),
        ("/accounts/ada/orders/2025/11/", "accounts/<slug:name>/orders/<int:year>/<int:month>/", "shop.orders.month"),
    ):
        feed.add(stories.page(target), route=route, view=view)
    feed.add(stories.failing(), route="boom", view="shop.views.boom")
    feed.add(stories.page("/static/anvil.png"))


def _analysed(feed: ScriptedFeed) -> None:
    """The same, after analysis has come by."""
    traffic(feed)
    numbers = [row.number for row in feed.capture.page()]
    found = {number: findings(Trace.from_events(feed.capture.events(number))) for number in numbers}
    feed.writer.add_findings(found, (), max(numbers))
    feed.writer.commit()


def _many(feed: ScriptedFeed) -> None:
    for number in range(1, 41):
        feed.add(stories.page(f"/product/{number}"))


def _gone(feed: ScriptedFeed) -> None:
    traffic(feed)
    reason = "The worker was killed by signal 11 (SIGSEGV)."
    last = ("Fatal Python error: Segmentation fault", '  File "shop/native.py", line 7 in encode')
    feed.become(phase="gone", exit_reason=reason, last_output=last, held=())


def _import_failed(feed: ScriptedFeed) -> None:
    message = "SyntaxError: '(' was never closed (shop/catalogue.py, line 40)"
    feed.become(phase="import failed", message=message, traceback=TRACEBACK)


def _import_failed_later(feed: ScriptedFeed) -> None:
    traffic(feed)
    _import_failed(feed)


def _starting(feed: ScriptedFeed) -> None:
    feed.become(phase="starting")


def _nothing(feed: ScriptedFeed) -> None:
    """Nobody has asked for anything yet."""


def _printed(feed: ScriptedFeed) -> None:
    number = feed.add(stories.page())
    feed.say(number, "looking for the cart of ada")
    feed.say(number, "cart: 3 items, 1 of them gone", "stderr")
    feed.say(None, "a line that belongs to no request")


def checkout(*, fixed: bool = False) -> Exchange:
    """The form is sent, the coupon is missing: the application raises, the error pages answer; unless it is fixed."""
    body = b"sku=A-17&count=2&card=4111&password=hunter2"
    headers = [
        ("Host", "shop.example"),
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Cookie", "sid=9f3c; theme=dark"),
        ("X-Forwarded-For", "203.0.113.9"),
    ]
    exchange = Exchange("POST", "/cart/checkout", headers=headers, body=body)
    page = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", "57")]
    with exchange.call("demos.shop.proxy.ProxyHeaders") as proxy:
        proxy.environ["REMOTE_ADDR"] = "203.0.113.9"
        with proxy.call("demos.shop.timing.Timing") as timing, timing.call("demos.shop.gzip.Gzip") as gzip:  # noqa: SIM117 -- it works in between
            with gzip.call("demos.shop.errors.ErrorPages", wraps=not fixed) as errors:
                with errors.call("demos.shop.session.Session") as session:
                    session.environ["shop.session"] = "9f3c"
                    session.environ["shop.cart"] = 3
                    session.wait(1.2)
                    with session.call("demos.shop.auth.Auth") as auth:
                        auth.environ["shop.user"] = "ada"
                        auth.wait(2.4)
                        with auth.call("demos.shop.app.Shop", "application") as app:
                            app.read()
                            app.wait(38.7)
                            if fixed:
                                app.start_response("200 OK", page)
                                app.returns([b"<h1>Thank you, Ada</h1><p>It is on its way to you.</p>"])
                            else:
                                app.raises("builtins.KeyError", "'coupon'")
                errors.wait(1.1)
                if not fixed:
                    errors.start_response("500 Internal Server Error", page)
                    errors.returns([b"<h1>Something went wrong</h1><p>We have been told.</p>"])
        status = "200 OK" if fixed else "500 Internal Server Error"
        timing.start_response(status, [*page, ("Server-Timing", f"app;dur={43.5 if fixed else 43.8}")])
    return exchange.finish()


def _form() -> Exchange:
    body = b"name=Ada+Lovelace&password=hunter2&note=caf%C3%A9"
    form = ("Content-Type", "application/x-www-form-urlencoded")
    exchange = Exchange("POST", "/login", headers=[("Host", "shop.example"), form], body=body)
    with exchange.call("demos.shop.app.Shop", "application") as app:
        app.read()
        app.start_response("303 See Other", [("Location", "/account"), ("Set-Cookie", "sid=9f3c; HttpOnly")])
        app.returns([])
    return exchange.finish()


def _image() -> Exchange:
    png = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBB", 13, b"IHDR", 640, 480, 8, 2, 0, 0, 0) + b"\0\0\0\0"
    png += struct.pack(">I", 40) + b"IDAT" + zlib.compress(bytes(64))
    exchange = Exchange("GET", "/static/anvil.png")
    with exchange.call("demos.shop.app.Shop", "application") as app:
        app.start_response("200 OK", [("Content-Type", "image/png")])
        app.returns([png])
    return exchange.finish()


def _json(feed: ScriptedFeed) -> None:
    document = {
        "sku": "A-17",
        "name": "Anvil, cast iron",
        "price": 129.5,
        "stock": 3,
        "tags": ["heavy", "new"],
        "sale": None,
    }
    exchange = Exchange("GET", "/api/stock/A-17")
    with exchange.call("demos.shop.timing.Timing") as timing, timing.call("demos.shop.app.Shop", "application") as app:
        app.start_response("200 OK", [("Content-Type", "application/json")])
        app.wait(7)
        app.returns([json.dumps(document).encode()])
    feed.add(exchange.finish())


def _binary(feed: ScriptedFeed) -> None:
    feed.add(stories.truncated())


def _one_form(feed: ScriptedFeed) -> None:
    feed.add(_form())


def _uploaded(feed: ScriptedFeed) -> None:
    feed.add(stories.upload())


def _one_image(feed: ScriptedFeed) -> None:
    feed.add(_image())


def _no_body(feed: ScriptedFeed) -> None:
    feed.add(stories.short_circuit())


def _hostile(feed: ScriptedFeed) -> None:
    number = feed.add(stories.hostile())
    feed.say(number, "\x1b[2J printed [/red] by \x1b]0;title\x07 the application \u202e")


def _compared(feed: ScriptedFeed) -> None:
    """The checkout failed; after a change of the code it is replayed, and works."""
    feed.add(checkout(fixed=True), replay_of=feed.add(checkout()))


def _held(feed: ScriptedFeed) -> None:
    feed.add(stories.page())
    feed.add(stories.held())


def _streaming(feed: ScriptedFeed) -> None:
    feed.add(stories.streaming(12))


_ENVIRON, _REQUEST, _RESPONSE = "", "right_square_bracket", "right_square_bracket right_square_bracket"
_EVENTS = f"{_RESPONSE} right_square_bracket"

SCENES: tuple[Scene, ...] = (
    Scene("main", MIDDLE, traffic),
    Scene("main-small", SMALL, traffic),
    Scene("main-large", LARGE, traffic, _EVENTS),
    Scene("routes", LARGE, _named),
    Scene("routes-sorted", LARGE, _named, "> > > z"),
    Scene("routes-small", MIDDLE, _named),
    Scene("main-light", MIDDLE, traffic, _RESPONSE, theme="light"),
    Scene("main-terminal-colours", MIDDLE, traffic, theme="terminal"),
    Scene("inspector-small", SMALL, traffic, "3"),
    Scene("request-form", MIDDLE, _one_form, f"3 {_REQUEST} z"),
    Scene("response-json", MIDDLE, _json, f"3 {_RESPONSE}"),
    Scene("response-image", MIDDLE, _one_image, f"3 {_RESPONSE} z"),
    Scene("response-hexdump", MIDDLE, _binary, f"3 {_RESPONSE} z"),
    Scene("response-without-body", MIDDLE, _no_body, f"3 {_RESPONSE}"),
    Scene("response-streaming", MIDDLE, _streaming, f"3 {_RESPONSE}"),
    Scene("response-not-yet", MIDDLE, _held, f"3 {_RESPONSE}"),
    Scene("events", MIDDLE, traffic, f"3 {_EVENTS} z"),
    Scene("console", MIDDLE, _printed, "!"),
    Scene("console-of-all", MIDDLE, _printed, "! !"),
    Scene("filter", MIDDLE, traffic, "slash c a r t"),
    Scene("filter-without-match", MIDDLE, traffic, "slash n o p e"),
    Scene("filter-completed", MIDDLE, traffic, "slash s t a t u s colon tab tab"),
    Scene("sorted", MIDDLE, traffic, "> > > >"),
    Scene("statistics", MIDDLE, _analysed, "T"),
    Scene("statistics-small", SMALL, _analysed, "T > > >"),
    Scene("delete", MIDDLE, traffic, "slash c a r t enter d"),
    Scene("frozen", MIDDLE, _many, "k k p"),
    Scene("unfolded", MIDDLE, traffic, "k k k 2 space"),
    Scene("unmasked", MIDDLE, traffic, "backslash 3"),
    Scene("help", MIDDLE, traffic, "?"),
    Scene("help-stepping", MIDDLE, _held, "s ?"),
    Scene("palette", MIDDLE, traffic, ":"),
    Scene("value", MIDDLE, traffic, "3 j enter"),
    Scene("copy", MIDDLE, traffic, "y"),
    Scene("quit", MIDDLE, _held, "q"),
    Scene("step-held", MIDDLE, _held, "s"),
    Scene("step-held-looking-back", MIDDLE, _held, "s S"),
    Scene("step-recorded", MIDDLE, traffic, "s s s s s s s"),
    Scene("step-recorded-small", SMALL, traffic, "s s s s s s s"),
    Scene("step-recorded-large", LARGE, traffic, "s s s s s s s s s s s"),
    Scene("step-response", MIDDLE, traffic, f"s c c S S {_REQUEST}"),
    Scene("step-jump", MIDDLE, traffic, "s J"),
    Scene("diff", MIDDLE, _compared, "D"),
    Scene("edit", MIDDLE, _uploaded, "e"),
    Scene("edit-small", SMALL, _one_form, "e"),
    Scene("flow", MIDDLE, traffic, "V } } } }"),
    Scene("flow-small", SMALL, traffic, "V G"),
    Scene("nothing-yet", MIDDLE, _nothing),
    Scene("nothing-yet-small", SMALL, _nothing),
    Scene("starting", MIDDLE, _starting),
    Scene("import-failed", MIDDLE, _import_failed),
    Scene("import-failed-later", SMALL, _import_failed_later),
    Scene("process-gone", MIDDLE, _gone),
    Scene("too-small", (50, 12), traffic),
    Scene("hostile", MIDDLE, _hostile, f"3 {_RESPONSE}"),
    Scene("hostile-console", MIDDLE, _hostile, "!"),
)
"""Every screen."""
