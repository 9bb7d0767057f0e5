from __future__ import annotations

import gzip
import json
import random
import xml.etree.ElementTree as ET

import pytest

from demos.client import photo
from demos.shop import app
from demos.shop.catalogue import PLANTS
from tests.support.wsgi_client import Answer, Client

GZIP = {"Accept-Encoding": "gzip, br;q=0.5"}
BOUNDARY = "frontier"


@pytest.fixture
def shop() -> Client:
    return Client(app)


def log_in(client: Client, **more: str) -> Answer:
    fields = {"user": "ada", "password": "lovelace", "next": "/account", **more}
    return client.post("/login", "&".join(f"{name}={value}" for name, value in fields.items()).encode())


def form(**fields: bytes) -> bytes:
    parts = []
    for name, value in fields.items():
        parts.append(
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value + b"\r\n"
        )
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


@pytest.mark.parametrize(
    "path", ["/", "/search?q=shade", "/cart", "/login", "/api/plants", "/api/cart", "/prices.csv", "/static/shop.css"]
)
def test_every_page_answers(shop: Client, path: str) -> None:
    answer = shop.get(path)
    assert answer.status == 200
    assert answer.body
    assert answer.header("Server-Timing")


@pytest.mark.parametrize("slug", PLANTS)
def test_every_plant_has_a_page_and_a_picture(shop: Client, slug: str) -> None:
    assert PLANTS[slug].name in shop.get(f"/plants/{slug}").text
    picture = shop.get(f"/art/{slug}.svg")
    assert picture.header("Content-Type") == "image/svg+xml"
    assert ET.fromstring(picture.text).tag == "{http://www.w3.org/2000/svg}svg"


@pytest.mark.parametrize("path", ["/", "/api/plants", "/static/shop.js", "/prices.csv"])
def test_head_has_the_header_fields_of_get(shop: Client, path: str) -> None:
    for headers in ({}, GZIP):
        get, head = shop.get(path, headers), shop.call("HEAD", path, b"", headers)
        assert head.body == b""
        assert names(head) == names(get)


def names(answer: Answer) -> list[str]:
    return [name for name, _ in answer.headers]


@pytest.mark.parametrize("path", ["/", "/api/plants", "/static/shop.css", "/art/pothos.svg", "/prices.csv", "/nope"])
def test_gzip_changes_nothing_but_the_coding(shop: Client, path: str) -> None:
    plain, packed = shop.get(path), shop.get(path, GZIP)
    assert packed.header("Content-Encoding") == "gzip"
    assert packed.header("Content-Length") is None
    assert packed.header("Vary") == "Accept-Encoding"
    assert gzip.decompress(packed.body) == plain.body


def test_gzip_holds_nothing_back(shop: Client) -> None:
    assert len(shop.get("/prices.csv", GZIP).chunks) == len(shop.get("/prices.csv").chunks) + 1


@pytest.mark.parametrize("accepted", ["", "identity", "br", "gzip;q=0", "gzip; q=0.000"])
def test_gzip_is_for_those_who_accept_it(shop: Client, accepted: str) -> None:
    assert shop.get("/", {"Accept-Encoding": accepted}).header("Content-Encoding") is None


def test_an_etag_saves_the_body(shop: Client) -> None:
    for headers in ({}, GZIP):
        first = shop.get("/static/shop.css", headers)
        second = shop.get("/static/shop.css", {**headers, "If-None-Match": first.header("ETag") or ""})
        assert (second.status, second.body, second.header("Content-Type")) == (304, b"", None)


def test_ordering_leads_past_the_login(shop: Client) -> None:
    kind = "application/json"
    assert shop.post("/api/cart", b'{"slug": "pothos", "count": 2}', kind).status == 201
    assert shop.post("/cart", b"slug=saguaro").status == 303
    assert json.loads(shop.get("/api/cart").body) == {"items": {"pothos": 2, "saguaro": 1}, "count": 3, "total": 4870}
    assert shop.post("/checkout", b"").header("Location") == "/login?next=/checkout"
    assert log_in(shop).header("Location") == "/account"
    assert shop.post("/checkout", b"").header("Location") == "/account"
    page = shop.get("/account").text
    assert "€ 48.70" in page
    assert "3 plants" in page
    assert json.loads(shop.get("/api/orders").body)["user"] == "ada"
    assert json.loads(shop.get("/api/cart").body)["count"] == 0
    shop.post("/logout", b"")
    assert shop.get("/account").status == 303


def test_taking_things_out_of_the_cart(shop: Client) -> None:
    for _ in range(3):
        shop.post("/cart", b"slug=pothos")
    assert "3 \N{MULTIPLICATION SIGN}" in shop.get("/cart").text
    shop.post("/cart", b"slug=pothos&action=remove")
    assert "An empty cart" in shop.get("/cart").text
    shop.post("/cart", b"slug=pothos")
    assert json.loads(shop.call("DELETE", "/api/cart").body)["count"] == 0


def test_a_wrong_password_stays_out(shop: Client) -> None:
    assert log_in(shop, password="babbage").status == 403
    assert json.loads(shop.get("/api/orders").body) == {"error": "Log in first.", "status": 401}


@pytest.mark.parametrize("target", ["//evil.example/", "/\\evil.example", "https://evil.example/", ""])
def test_login_leads_nowhere_else(shop: Client, target: str) -> None:
    assert log_in(shop, next=target).header("Location") == "/account"


def test_a_forged_session_is_an_empty_one(shop: Client) -> None:
    log_in(shop)
    value, _, signature = shop.cookies["fern_session"].partition(".")
    for forged in (f"{value}.{'0' * len(signature)}", f"e30.{signature}", "nonsense", ".", "é.é"):
        shop.cookies["fern_session"] = forged
        assert shop.get("/account").status == 303


def test_a_session_that_does_not_change_sets_no_cookie(shop: Client) -> None:
    log_in(shop)
    assert shop.get("/account").header("Set-Cookie") is None


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nope", b"", 404),
        ("GET", "/plants/mandrake", b"", 404),
        ("GET", "/static/../__init__.py", b"", 404),
        ("GET", "/photos/99999", b"", 404),
        ("PUT", "/cart", b"", 405),
        ("PROPFIND", "/cart", b"", 405),
        ("GET", "/api/nope", b"", 404),
        ("POST", "/api/cart", b"{", 400),
        ("POST", "/api/cart", b"[]", 400),
        ("POST", "/api/cart", b'{"slug": 1}', 400),
        ("POST", "/plants/pothos/reviews", b"text=plain", 415),
        ("GET", "/api/stock?count=many", b"", 400),
    ],
)
@pytest.mark.filterwarnings("ignore:Unknown REQUEST_METHOD")
def test_mistakes_are_answered(shop: Client, method: str, path: str, body: bytes, status: int) -> None:
    answer = shop.call(method, path, body)
    assert answer.status == status
    assert answer.header("Content-Type") == ("application/json" if "/api/" in path else "text/html; charset=utf-8")


def test_a_body_that_ends_early_is_an_error_of_the_client(shop: Client) -> None:
    assert shop.call("POST", "/cart", b"slug=pothos", CONTENT_LENGTH="99").status == 400
    assert shop.call("POST", "/cart", b"slug=pothos", CONTENT_LENGTH=str(2**30)).status == 413


def test_suggestions_fail_now_and_then(shop: Client) -> None:
    answers = [shop.get("/api/suggestion") for _ in range(18)]
    failed = [answer for answer in answers if answer.status == 500]
    assert [answer.status for answer in answers].count(200) == 14
    assert len(failed) == 4
    assert "KeyError: 'night-queen'" in failed[0].errors
    assert json.loads(failed[0].body)["status"] == 500


def test_the_stock_is_a_stream(shop: Client) -> None:
    answer = shop.get("/api/stock?count=4&pause=0", GZIP)
    assert answer.header("Content-Type") == "text/event-stream"
    assert len(answer.chunks) == 5
    assert json.loads(answer.chunks[1].decode().partition("data: ")[2])["slug"] == "monstera"


def test_a_review_with_its_photo(shop: Client) -> None:
    picture = photo(random.Random(3))
    body = form(author=b"Ada", text=b"<b>It grew</b> & grew", photo=picture)
    answer = shop.post("/plants/pothos/reviews", body, f"multipart/form-data; boundary={BOUNDARY}")
    assert answer.status == 303
    number = (answer.header("Location") or "").partition("#review-")[2]
    assert "&lt;b&gt;It grew&lt;/b&gt; &amp; grew" in shop.get("/plants/pothos").text
    shown = shop.get(f"/photos/{number}")
    assert (shown.body, shown.header("Content-Type")) == (picture, "image/png")


def test_a_photo_is_a_picture(shop: Client) -> None:
    body = form(author=b"Ada", text=b"x", photo=b"<script>alert(1)</script>")
    assert shop.post("/plants/pothos/reviews", body, f"multipart/form-data; boundary={BOUNDARY}").status == 415


def test_behind_a_proxy_that_is_trusted(shop: Client) -> None:
    headers = {"X-Forwarded-For": "10.0.0.9, 203.0.113.7", "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/fern/"}
    page = shop.get("/", headers).text
    assert 'href="/fern/plants/pothos"' in page
    shop.cookies.clear()
    answer = shop.call("POST", "/cart", b"slug=pothos", headers)
    assert answer.header("Location") == "/fern/cart"
    assert "; Path=/fern; HttpOnly; SameSite=Lax; Secure" in (answer.header("Set-Cookie") or "")


@pytest.mark.parametrize("peer", ["192.0.2.1", "", "not an address"])
def test_behind_a_proxy_that_is_not(shop: Client, peer: str) -> None:
    assert 'href="/plants/pothos"' in shop.get("/", {"X-Forwarded-Prefix": "/fern"}, REMOTE_ADDR=peer).text


def test_what_visitors_write_is_escaped(shop: Client) -> None:
    page = shop.get("/search?q=%3Cscript%3E%22%27").text
    assert "<script>&quot;" not in page
    assert "&lt;script&gt;&quot;&#x27;" in page
