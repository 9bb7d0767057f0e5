"""A seed shop in Falcon: two middleware components, a hook, resources, a stream."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import falcon

if TYPE_CHECKING:
    from collections.abc import Iterator

SEEDS = {"basil": 250, "chives": 190, "dill": 210, "sorrel": 320}


class Clock:
    """A component that sees every request, whether or not a resource answers it."""

    def process_request(self, req: falcon.Request, _resp: falcon.Response) -> None:
        """Remember when the request came."""
        req.context.began = time.perf_counter()

    def process_response(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        _resource: object,
        _req_succeeded: bool,  # noqa: FBT001 -- Falcon's own signature
    ) -> None:
        """Say how long it took."""
        resp.set_header("Server-Timing", f"falcon;dur={1000 * (time.perf_counter() - req.context.began):.1f}")


class Visitor:
    """A component that sees only requests that a resource answers."""

    def process_resource(
        self, req: falcon.Request, resp: falcon.Response, _resource: object, _params: dict[str, Any]
    ) -> None:
        """Count the visits in a cookie."""
        visits = int(req.cookies.get("visits", "0")) + 1 if req.cookies.get("visits", "0").isdecimal() else 1
        resp.set_cookie("visits", str(visits), secure=False, same_site="Lax", path="/")
        req.context.visits = visits


def known_seed(_req: falcon.Request, _resp: falcon.Response, _resource: object, params: dict[str, Any]) -> None:
    """A hook: 404 for seeds that nobody has."""
    if params["name"] not in SEEDS:
        raise falcon.HTTPNotFound(title="Nothing grows here.")


class Home:
    """The front page."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """All seeds."""
        items = "".join(
            f'<li><a href="/seeds/{name}">{name}</a> {price / 100:.2f}</li>' for name, price in SEEDS.items()
        )
        resp.content_type = falcon.MEDIA_HTML
        resp.text = (
            "<!doctype html><title>Seeds (Falcon)</title><h1>Seeds</h1>"
            f"<ul>{items}</ul><p>You have been here {req.context.visits} times.</p>"
        )


class Seed:
    """One sort of seeds."""

    @falcon.before(known_seed)
    def on_get(self, _req: falcon.Request, resp: falcon.Response, name: str) -> None:
        """A page for it."""
        resp.content_type = falcon.MEDIA_HTML
        resp.text = f"<!doctype html><title>{name}</title><h1>{name}</h1>"


class Api:
    """The shop for programs."""

    def on_get(self, _req: falcon.Request, resp: falcon.Response) -> None:
        """The seeds as JSON."""
        resp.media = {"seeds": SEEDS}

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """What is posted comes back."""
        resp.media = {"seeds": SEEDS, "received": req.get_media()}


class Growing:
    """A plant that grows while one looks."""

    def on_get(self, _req: falcon.Request, resp: falcon.Response) -> None:
        """Stream its days."""
        resp.content_type = falcon.MEDIA_TEXT
        resp.stream = self._days()

    def _days(self) -> Iterator[bytes]:
        for day in range(8):
            time.sleep(0.05)
            yield f"day {day}: {'|' * day}\n".encode()


class Broken:
    """What every shop has."""

    def on_get(self, _req: falcon.Request, resp: falcon.Response) -> None:
        """Look for a seed that was never there."""
        resp.media = SEEDS["mandrake"]


app = falcon.App(middleware=[Clock(), Visitor()])
app.add_route("/", Home())
app.add_route("/seeds/{name}", Seed())
app.add_route("/api/seeds", Api())
app.add_route("/growing", Growing())
app.add_route("/broken", Broken())
