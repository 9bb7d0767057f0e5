"""The innermost layer: from a path to the view that answers it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from . import api, assets, views
from .middleware.auth import requires_login
from .request import Request
from .response import HttpError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from .response import Response

ROUTES: tuple[tuple[str, str, Callable[..., Response]], ...] = (
    ("GET", r"/", views.home),
    ("GET", r"/search", views.find_plants),
    ("GET", r"/plants/([a-z-]+)", views.plant_page),
    ("POST", r"/plants/([a-z-]+)/reviews", views.add_review),
    ("GET", r"/photos/([0-9]{1,9})", views.photo),
    ("GET", r"/cart", views.cart),
    ("POST", r"/cart", views.change_cart),
    ("POST", r"/checkout", views.checkout),
    ("GET", r"/login", views.login_page),
    ("POST", r"/login", views.login),
    ("POST", r"/logout", views.logout),
    ("GET", r"/account", views.account),
    ("GET", r"/prices\.csv", views.price_list),
    ("GET", r"/api/plants", api.plants),
    ("GET", r"/api/plants/([a-z-]+)", api.plant),
    ("GET", r"/api/cart", api.cart),
    ("POST", r"/api/cart", api.add_to_cart),
    ("DELETE", r"/api/cart", api.empty_cart),
    ("GET", r"/api/orders", api.orders),
    ("GET", r"/api/suggestion", api.suggestion),
    ("GET", r"/api/stock", api.stock_events),
    ("GET", r"/art/([a-z-]+)\.svg", assets.picture),
    ("GET", r"/static/([a-z.-]+)", assets.file),
)


@requires_login("/account", "/checkout", "/api/orders")
def shop(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer one request."""
    request = Request(environ)
    view, arguments = _route("GET" if request.method == "HEAD" else request.method, request.path or "/")
    return view(request, *arguments).send(start_response, head=request.method == "HEAD")


def _route(method: str, path: str) -> tuple[Callable[..., Response], tuple[str, ...]]:
    allowed = []
    for verb, pattern, view in ROUTES:
        if match := re.fullmatch(pattern, path):
            if verb == method:
                return view, match.groups()
            allowed.append(verb)
    if allowed:
        raise HttpError(405, headers=(("Allow", ", ".join(allowed)),))
    raise HttpError(404, "There is nothing on this shelf.")
