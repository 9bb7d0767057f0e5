"""The pages' HTML: templates with ``$names``, filled in with everything escaped that is not markup already."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from .catalogue import RATINGS, euros

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .catalogue import Plant
    from .request import Request
    from .uploads import Review

TEMPLATES = Path(__file__).with_name("templates")
KINDEST = 5


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


@cache
def _template(name: str) -> Template:
    return Template((TEMPLATES / f"{name}.html").read_text("utf-8"))


def render(name: str, /, **values: str | int) -> Markup:
    """The template ``name`` with ``values``: plain text is escaped, :class:`Markup` is not."""
    safe = {key: value if isinstance(value, Markup) else escape(str(value)) for key, value in values.items()}
    return Markup(_template(name).substitute(safe))


def joined(parts: Iterable[Markup]) -> Markup:
    """Pieces of markup as one."""
    return Markup("\n".join(parts))


def layout(request: Request, title: str, content: Markup) -> str:
    """A whole page for this visitor."""
    root = request.root
    user = request.user
    account = render("who_user", root=root, user=user) if user else render("who_guest", root=root)
    count = sum(request.session.get("cart", {}).values())
    search = request.query.get("q", "")
    return render("layout", root=root, title=title, content=content, account=account, cart_count=count, search=search)


def error_page(root: str, status: int, message: str) -> str:
    """A page that says what went wrong; it stands alone, for whatever failed may be the layout."""
    return render("error", root=root, status=status, message=message)


def card(root: str, plant: Plant, left: int) -> Markup:
    """One plant in a grid."""
    return render(
        "card", root=root, slug=plant.slug, name=plant.name, latin=plant.latin, price=euros(plant.price), left=left
    )


def stars(slug: str) -> Markup:
    """The rating of a plant, if it has one."""
    rating = RATINGS.get(slug)
    if rating is None:
        return Markup('<span class="stars quiet">not rated yet</span>')
    full = round(rating)
    return Markup(
        f'<span class="stars" title="{rating} of 5">{"★" * full}{"☆" * (KINDEST - full)} <small>{rating}</small></span>'
    )


def review(root: str, kept: Review) -> Markup:
    """One review under its plant."""
    photo = render("photo", root=root, number=kept.number) if kept.photo else Markup()
    return render("review", author=kept.author, text=kept.text, photo=photo)
