from __future__ import annotations

from demos.hello import app, simple_app
from tests.support.wsgi_client import Client


def test_greets_through_the_middleware() -> None:
    answer = Client(app).get("/")
    assert (answer.status, answer.body) == (200, b"Hello, World!\n")
    assert answer.header("X-Greeted-By") == "simple_middleware"


def test_greets_without_it() -> None:
    assert Client(simple_app).get("/").header("X-Greeted-By") is None
