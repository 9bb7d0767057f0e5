"""The shop for programs, and for its own pages' scripts."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from .catalogue import PLANTS, RATINGS, search
from .response import HttpError, Response, data
from .stock import STOCK
from .views import find, put_in_cart

if TYPE_CHECKING:
    from .request import Request

LONGEST_STREAM = 60
_turns = itertools.count()


def plants(request: Request) -> Response:
    """All plants, or those that match ``?q=``."""
    return data({"plants": [plant.as_json() for plant in search(request.query.get("q", ""))]})


def plant(_request: Request, slug: str) -> Response:
    """One plant, with how many are left."""
    return data({**find(slug).as_json(), "left": STOCK.left(slug), "rating": RATINGS.get(slug)})


def cart(request: Request) -> Response:
    """The visitor's cart."""
    chosen: dict[str, int] = request.session.get("cart", {})
    total = sum(PLANTS[slug].price * count for slug, count in chosen.items())
    return data({"items": chosen, "count": sum(chosen.values()), "total": total})


def add_to_cart(request: Request) -> Response:
    """Put ``count`` of the plant ``slug`` into the cart."""
    wanted = request.json()
    slug, count = wanted.get("slug"), wanted.get("count", 1)
    if not isinstance(slug, str) or not isinstance(count, int):
        raise HttpError(400, "slug is a string and count a number.")
    chosen = put_in_cart(request.session, slug, count)
    return data({"items": chosen, "count": sum(chosen.values())}, 201)


def empty_cart(request: Request) -> Response:
    """Put everything back."""
    request.session["cart"] = {}
    return data({"items": {}, "count": 0})


def orders(request: Request) -> Response:
    """The orders of whoever is logged in."""
    return data({"user": request.user, "orders": request.session.get("orders", [])})


def suggestion(_request: Request) -> Response:
    """The better liked of two plants; each visitor gets the next pair.

    Here is the bug that every shop has: one plant has no rating yet, so two visits in nine end in a KeyError.
    """
    turn = next(_turns)
    pair = [list(PLANTS)[(turn * 2 + step) % len(PLANTS)] for step in range(2)]
    best = max(pair, key=lambda slug: RATINGS[slug])
    return data({**PLANTS[best].as_json(), "rating": RATINGS[best]})


def stock_events(request: Request) -> Response:
    """Server-sent events: how many are left of each plant. ``?count=`` of them, ``?pause=`` seconds apart."""
    try:
        count = min(int(request.query.get("count", "9")), LONGEST_STREAM)
        pause = min(max(float(request.query.get("pause", "0.4")), 0.0), 5.0)
    except ValueError:
        raise HttpError(400, "count and pause are numbers.") from None
    return Response(STOCK.events(count, pause), 200, "text/event-stream", [("Cache-Control", "no-store")])
