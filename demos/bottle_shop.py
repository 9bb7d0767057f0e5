"""A seed shop in Bottle: hooks, a plugin, a mounted application, a stream."""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING, Any

from bottle import Bottle, HTTPError, request, response, template

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SEEDS = {"basil": 250, "chives": 190, "dill": 210, "sorrel": 320}
SECRET = "a demo has no secrets"  # noqa: S105 -- nothing is guarded by it
PAGE = """<!doctype html>
<title>Seeds (Bottle)</title>
<h1>Seeds</h1>
<ul>
% for name, price in seeds.items():
  <li><a href="/seeds/{{name}}">{{name}}</a> {{"%.2f" % (price / 100)}}</li>
% end
</ul>
<p>You have been here {{visits}} times.</p>
"""

app = Bottle()
admin = Bottle()


def timed(callback: Callable[..., Any]) -> Callable[..., Any]:
    """A Bottle plugin: wrap every view and say how long it took."""

    @functools.wraps(callback)
    def view(*args: Any, **kwargs: Any) -> Any:
        began = time.perf_counter()
        answer = callback(*args, **kwargs)
        response.set_header("Server-Timing", f"bottle;dur={1000 * (time.perf_counter() - began):.1f}")
        return answer

    return view


app.install(timed)


@app.hook("before_request")
def note_language() -> None:
    """Remember which language the visitor likes best."""
    request.environ["seeds.language"] = request.get_header("Accept-Language", "en")[:2]


@app.get("/")
def home() -> str:
    """All seeds, and a visit counted in a signed cookie."""
    visits = int(request.get_cookie("visits", "0", secret=SECRET)) + 1
    response.set_cookie("visits", str(visits), secret=SECRET, httponly=True, samesite="lax")
    return str(template(PAGE, seeds=SEEDS, visits=visits))


@app.get("/seeds/<name>")
def seed(name: str) -> str:
    """One sort of seeds."""
    if name not in SEEDS:
        raise HTTPError(404, "Nothing grows here.")
    return str(template("<title>{{name}}</title><h1>{{name}}</h1>", name=name))


@app.route("/api/seeds", method=["GET", "POST"])
def api() -> dict[str, Any]:
    """The seeds as JSON; what is posted comes back."""
    return {"seeds": SEEDS, "received": request.json if request.method == "POST" else None}


@app.get("/growing")
def growing() -> Iterator[str]:
    """A plant that grows while one looks."""
    response.content_type = "text/plain; charset=utf-8"
    for day in range(8):
        time.sleep(0.05)
        yield f"day {day}: {'|' * day}\n"


@app.get("/broken")
def broken() -> str:
    """Look for a seed that was never there."""
    return str(SEEDS["mandrake"])


@admin.get("/")
def stock() -> dict[str, int]:
    """How many kinds there are; this application is mounted under ``/admin/``."""
    return {"kinds": len(SEEDS)}


app.mount("/admin/", admin)
