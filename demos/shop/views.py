"""The pages of the shop."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING
from urllib.parse import quote

from . import catalogue, pages, uploads
from .catalogue import PLANTS, Plant, euros
from .pages import Markup, joined, layout, render
from .response import HttpError, Response, page, redirect
from .stock import STOCK
from .uploads import REVIEWS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .request import Request

log = logging.getLogger("shop")

FEW = 6
PASSWORDS = {"ada": "lovelace", "grace": "hopper", "alan": "turing"}
MOST = 20


def find(slug: str) -> Plant:
    """The plant of that name; HttpError 404 when there is none."""
    if slug not in PLANTS:
        raise HttpError(404, "We do not grow that one.")
    return PLANTS[slug]


def home(request: Request) -> Response:
    """Everything there is."""
    cards = joined(pages.card(request.root, plant, STOCK.left(plant.slug)) for plant in PLANTS.values())
    return page(layout(request, "Plants for patient people", render("home", root=request.root, cards=cards)))


def find_plants(request: Request) -> Response:
    """What matches the visitor's words."""
    words = request.query.get("q", "")
    found = catalogue.search(words)
    cards = joined(pages.card(request.root, plant, STOCK.left(plant.slug)) for plant in found)
    content = render("search", words=words, count=len(found), cards=cards)
    return page(layout(request, f"Search: {words}", content))


def plant_page(request: Request, slug: str) -> Response:
    """One plant, with what visitors say about it."""
    plant = find(slug)
    reviews = joined(pages.review(request.root, kept) for kept in REVIEWS.of(slug))
    content = render(
        "plant",
        root=request.root,
        slug=slug,
        name=plant.name,
        latin=plant.latin,
        blurb=plant.blurb,
        light=plant.light,
        water=plant.water,
        price=euros(plant.price),
        left=STOCK.left(slug),
        stars=pages.stars(slug),
        reviews=reviews or render("no_reviews"),
    )
    return page(layout(request, plant.name, content))


def add_review(request: Request, slug: str) -> Response:
    """Keep a review, with its photo if there is one."""
    find(slug)
    fields = uploads.parse_form(request.environ.get("CONTENT_TYPE", ""), request.body())
    kept = REVIEWS.add(slug, fields)
    return redirect(f"{request.root}/plants/{slug}#review-{kept.number}")


def photo(_request: Request, number: str) -> Response:
    """A photo that came with a review."""
    kept = REVIEWS.get(int(number))
    if kept is None or not kept.photo:
        raise HttpError(404)
    return Response(kept.photo, 200, kept.kind, [("X-Content-Type-Options", "nosniff")])


def cart(request: Request) -> Response:
    """What the visitor has chosen so far."""
    chosen: dict[str, int] = request.session.get("cart", {})
    rows = joined(
        render(
            "cart_row",
            root=request.root,
            slug=slug,
            name=PLANTS[slug].name,
            count=count,
            price=euros(PLANTS[slug].price * count),
        )
        for slug, count in chosen.items()
    )
    total = sum(PLANTS[slug].price * count for slug, count in chosen.items())
    content = (
        render("cart", root=request.root, rows=rows, total=euros(total))
        if chosen
        else render("cart_empty", root=request.root)
    )
    return page(layout(request, "Your cart", content))


def put_in_cart(session: dict[str, object], slug: str, count: int) -> dict[str, int]:
    """Add ``count`` of a plant to the cart (or take away, if negative) and give the new cart."""
    kept = session.get("cart")
    chosen: dict[str, int] = dict(kept) if isinstance(kept, dict) else {}
    chosen[find(slug).slug] = min(chosen.get(slug, 0) + count, MOST)
    session["cart"] = {name: number for name, number in chosen.items() if number > 0}
    return {name: number for name, number in chosen.items() if number > 0}


def change_cart(request: Request) -> Response:
    """Add to the cart by the form on a plant's page, or remove by the one in the cart."""
    form = request.form()
    put_in_cart(request.session, form.get("slug", ""), -MOST if form.get("action") == "remove" else 1)
    return redirect(f"{request.root}/cart")


def checkout(request: Request) -> Response:
    """Turn the cart into an order."""
    chosen: dict[str, int] = request.session.get("cart", {})
    if not chosen:
        return redirect(f"{request.root}/cart")
    for slug, count in chosen.items():
        STOCK.sell(slug, count)
        left = STOCK.left(slug)
        if left < FEW:
            log.warning("only %d of %s left", left, slug)
    total = sum(PLANTS[slug].price * count for slug, count in chosen.items())
    order = {"at": int(time.time()), "count": sum(chosen.values()), "total": total}
    request.session["orders"] = [order, *request.session.get("orders", [])][:5]
    request.session["cart"] = {}
    return redirect(f"{request.root}/account")


def login_page(request: Request) -> Response:
    """The form to log in with."""
    return page(layout(request, "Log in", _login_form(request, request.query.get("next", "/account"))))


def login(request: Request) -> Response:
    """Check a password, and go on to where the visitor was stopped."""
    form = request.form()
    name, target = form.get("user", "").strip().lower(), form.get("next", "")
    if PASSWORDS.get(name) != form.get("password"):
        log.warning("%s did not get in", name or "somebody")
        content = _login_form(request, target, "That is not the password. Try ada and lovelace.")
        return page(layout(request, "Log in", content), 403)
    request.session["user"] = name
    # Only a path of ours: "//elsewhere" would send the visitor to another site.
    safe = target if target.startswith("/") and not target.startswith(("//", "/\\")) else "/account"
    return redirect(request.root + quote(safe, safe="/?=&%#"))


def _login_form(request: Request, target: str, problem: str = "") -> Markup:
    note = render("problem", message=problem) if problem else Markup()
    return render("login", root=request.root, next=target, problem=note)


def logout(request: Request) -> Response:
    """Forget who the visitor is, not what is in the cart."""
    request.session.pop("user", None)
    return redirect(f"{request.root}/")


def account(request: Request) -> Response:
    """The visitor's orders."""
    orders = joined(
        render(
            "order",
            when=time.strftime("%d %B %Y, %H:%M", time.gmtime(order["at"])),
            count=order["count"],
            total=euros(order["total"]),
        )
        for order in request.session.get("orders", [])
    )
    content = render("account", root=request.root, user=request.user or "", orders=orders or render("no_orders"))
    return page(layout(request, "Your account", content))


def price_list(_request: Request) -> Response:
    """The catalogue as a file, made line by line."""

    def lines() -> Iterator[bytes]:
        yield b"slug,name,price,light,water\r\n"
        for plant in PLANTS.values():
            yield f'{plant.slug},"{plant.name}",{plant.price / 100:.2f},{plant.light},{plant.water}\r\n'.encode()

    headers = [("Content-Disposition", 'attachment; filename="fern-and-fig.csv"')]
    return Response(lines(), 200, "text/csv; charset=utf-8", headers)
