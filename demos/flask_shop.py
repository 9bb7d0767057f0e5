"""A seed shop in Flask: a session, hooks before and after each request, an error page, a stream, ProxyFix outside."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from flask import Flask, Response, abort, g, jsonify, redirect, render_template_string, request, session, url_for
from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug.wrappers import Response as BaseResponse

SEEDS = {"basil": 250, "chives": 190, "dill": 210, "sorrel": 320}
PAGE = """<!doctype html>
<title>Seeds (Flask)</title>
<h1>Seeds</h1>
<ul>{% for name, price in seeds.items() %}
  <li><a href="{{ url_for('seed', name=name) }}">{{ name }}</a> {{ "%.2f" | format(price / 100) }}</li>
{% endfor %}</ul>
<p>In your basket: {{ session.get("basket", []) | join(", ") or "nothing" }}</p>
"""

app = Flask(__name__)
app.secret_key = "a demo has no secrets"  # noqa: S105 -- nothing is guarded by it
app.wsgi_app = ProxyFix(app.wsgi_app, x_prefix=1)  # type: ignore[method-assign]  # as Flask's documentation says


@app.before_request
def start_the_clock() -> None:
    """Remember when the request came."""
    g.began = time.perf_counter()


@app.after_request
def stop_the_clock(response: Response) -> Response:
    """Say how long it took."""
    response.headers["Server-Timing"] = f"flask;dur={1000 * (time.perf_counter() - g.began):.1f}"
    return response


@app.get("/")
def home() -> str:
    """All seeds."""
    return render_template_string(PAGE, seeds=SEEDS)


@app.get("/seeds/<name>")
def seed(name: str) -> str:
    """One sort of seeds."""
    if name not in SEEDS:
        abort(404)
    return render_template_string(
        "<title>{{ name }}</title><h1>{{ name }}</h1>"
        "<form method=post action=\"{{ url_for('add', name=name) }}\"><button>Into the basket</button></form>",
        name=name,
    )


@app.post("/seeds/<name>/add")
def add(name: str) -> BaseResponse:
    """Put one into the basket."""
    session["basket"] = [*session.get("basket", []), name][-9:]
    return redirect(url_for("home"))


@app.route("/api/seeds", methods=["GET", "POST"])
def api() -> Response:
    """The seeds as JSON; what is posted comes back."""
    return jsonify(seeds=SEEDS, received=request.get_json() if request.method == "POST" else None)


@app.get("/growing")
def growing() -> Response:
    """A plant that grows while one looks."""

    def days() -> Iterator[str]:
        for day in range(8):
            time.sleep(0.05)
            yield f"day {day}: {'|' * day}\n"

    return Response(days(), mimetype="text/plain")


@app.get("/broken")
def broken() -> str:
    """Look for a seed that was never there."""
    return str(SEEDS["mandrake"])


@app.errorhandler(404)
def nothing_here(_error: Exception) -> tuple[str, int]:
    """A kinder page for what is not there."""
    return "<title>404</title><h1>Nothing grows here</h1>", 404
