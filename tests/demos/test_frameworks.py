from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.wsgi_client import Client

if TYPE_CHECKING:
    from types import ModuleType

SHOPS = {
    "flask_shop": "flask",
    "django_shop": "django",
    "pyramid_shop": "pyramid",
    "falcon_shop": "falcon",
    "bottle_shop": "bottle",
}

# WebOb, which Pyramid rests on, imports the cgi module of Pythons that still have it.
pytestmark = pytest.mark.filterwarnings("ignore:'cgi' is deprecated:DeprecationWarning")


@pytest.fixture(params=SHOPS)
def module(request: pytest.FixtureRequest) -> ModuleType:
    pytest.importorskip(SHOPS[request.param])
    return importlib.import_module(f"demos.{request.param}")


@pytest.fixture
def shop(module: ModuleType) -> Client:
    return Client(module.app)


def test_pages(shop: Client) -> None:
    assert "<h1>Seeds</h1>" in shop.get("/").text
    assert "<h1>dill</h1>" in shop.get("/seeds/dill").text
    assert shop.get("/seeds/mandrake").status == 404
    assert shop.get("/nope").status == 404
    assert shop.call("HEAD", "/").status in {200, 405}  # Falcon answers HEAD only where a resource says so


def test_api(shop: Client) -> None:
    assert json.loads(shop.get("/api/seeds").body)["seeds"]["dill"] == 210
    received = json.loads(shop.post("/api/seeds", b'{"n": 1}', "application/json").body)["received"]
    assert received in ({"n": 1}, '{"n": 1}')


def test_stream(shop: Client) -> None:
    answer = shop.get("/growing")
    assert len(answer.chunks) == 8
    assert answer.text.endswith("day 7: |||||||\n")


def test_failure(module: ModuleType, shop: Client) -> None:
    if module.__name__.endswith("pyramid_shop"):
        with pytest.raises(KeyError, match="mandrake"):  # Pyramid leaves what no view handles to the server
            shop.get("/broken")
    else:
        assert shop.get("/broken").status == 500


def test_the_basket_of_flask() -> None:
    pytest.importorskip("flask")
    shop = Client(importlib.import_module("demos.flask_shop").app)
    assert shop.post("/seeds/dill/add", b"").status == 302
    assert "In your basket: dill" in shop.get("/").text


def test_the_counter_of_bottle_and_what_is_mounted_on_it() -> None:
    pytest.importorskip("bottle")
    shop = Client(importlib.import_module("demos.bottle_shop").app)
    shop.get("/")
    assert "here 2 times" in shop.get("/").text
    assert json.loads(shop.get("/admin/").body) == {"kinds": 4}


def test_the_tween_of_pyramid_answers_itself() -> None:
    pytest.importorskip("pyramid")
    shop = Client(importlib.import_module("demos.pyramid_shop").app)
    assert shop.get("/closed").status == 503
    assert shop.post("/seeds/dill", b"").status == 303
    assert "In your basket: dill" in shop.get("/").text


def test_the_admin_of_django() -> None:
    pytest.importorskip("django")
    shop = Client(importlib.import_module("demos.django_shop").app)
    assert shop.get("/admin/").header("Location") == "/admin/login/?next=/admin/"
    token = shop.get("/admin/login/").text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    fields = f"username=ada&password=lovelace&csrfmiddlewaretoken={token}&next=/admin/"
    assert shop.post("/admin/login/", fields.encode()).status == 302
    page = shop.get("/admin/").text
    assert "Site administration" in page
    assert shop.get("/static/admin/css/base.css").status == 200
    assert "grace: bed of dill, bed of sorrel\n" in shop.get("/gardeners").text


def test_none_of_the_demos_knows_wsgitrace() -> None:
    folder = Path(__file__).resolve().parents[2] / "demos"
    assert not [path for path in folder.rglob("*.py") if "import wsgitrace" in path.read_text("utf-8")]
