"""A seed shop in Pyramid: two tweens, signed sessions, an exception view, a stream."""

from __future__ import annotations

import time
from html import escape
from typing import TYPE_CHECKING, Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.response import Response
from pyramid.session import SignedCookieSessionFactory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pyramid.request import Request
    from pyramid.router import Router

SEEDS = {"basil": 250, "chives": 190, "dill": 210, "sorrel": 320}


def clock_tween(handler: Callable[[Request], Response], _registry: object) -> Callable[[Request], Response]:
    """Say how long it took."""

    def clock(request: Request) -> Response:
        began = time.perf_counter()
        response = handler(request)
        response.headers["Server-Timing"] = f"pyramid;dur={1000 * (time.perf_counter() - began):.1f}"
        return response

    return clock


def maintenance_tween(handler: Callable[[Request], Response], _registry: object) -> Callable[[Request], Response]:
    """Answer ``/closed`` itself, before any view is looked for."""

    def maintenance(request: Request) -> Response:
        if request.path_info == "/closed":
            return Response("We are sowing. Come back tomorrow.\n", 503, content_type="text/plain")
        return handler(request)

    return maintenance


def home(request: Request) -> Response:
    """All seeds."""
    items = "".join(
        f'<li><a href="{escape(request.route_path("seed", name=name))}">{name}</a> {price / 100:.2f}</li>'
        for name, price in SEEDS.items()
    )
    basket = ", ".join(request.session.get("basket", [])) or "nothing"
    return Response(
        "<!doctype html><title>Seeds (Pyramid)</title><h1>Seeds</h1>"
        f"<ul>{items}</ul><p>In your basket: {escape(basket)}</p>"
    )


def seed(request: Request) -> Response:
    """One sort of seeds; posting puts it into the basket."""
    name = request.matchdict["name"]
    if name not in SEEDS:
        raise HTTPNotFound
    if request.method == "POST":
        request.session["basket"] = [*request.session.get("basket", []), name][-9:]
        raise HTTPSeeOther(request.route_url("home"))
    button = '<form method="post"><button>Into the basket</button></form>'
    return Response(f"<!doctype html><title>{name}</title><h1>{name}</h1>{button}")


def api(request: Request) -> dict[str, Any]:
    """The seeds as JSON; what is posted comes back."""
    return {"seeds": SEEDS, "received": request.json_body if request.method == "POST" else None}


def growing(_request: Request) -> Response:
    """A plant that grows while one looks."""

    def days() -> Iterator[bytes]:
        for day in range(8):
            time.sleep(0.05)
            yield f"day {day}: {'|' * day}\n".encode()

    return Response(app_iter=days(), content_type="text/plain", charset="utf-8")


def broken(_request: Request) -> Response:
    """Look for a seed that was never there."""
    return Response(str(SEEDS["mandrake"]))


def nothing_here(_request: Request) -> Response:
    """An exception view: a kinder page for what is not there."""
    return Response("<!doctype html><title>404</title><h1>Nothing grows here</h1>", 404)


def make_app() -> Router:
    """Configure the application."""
    with Configurator(session_factory=SignedCookieSessionFactory("a demo has no secrets")) as config:
        config.add_tween(f"{__name__}:maintenance_tween")
        config.add_tween(f"{__name__}:clock_tween")
        for name, path, view in (
            ("home", "/", home),
            ("seed", "/seeds/{name}", seed),
            ("growing", "/growing", growing),
            ("broken", "/broken", broken),
        ):
            config.add_route(name, path)
            config.add_view(view, route_name=name)
        config.add_route("api", "/api/seeds")
        config.add_view(api, route_name="api", renderer="json")
        config.add_notfound_view(nothing_here)
        return config.make_wsgi_app()


app = make_app()
