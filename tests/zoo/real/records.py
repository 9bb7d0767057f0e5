"""Kinto, made with Pyramid: records by JSON, conditional requests, batches."""
# ruff: noqa: PLC0415 -- each package is imported only for its own application

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.zoo.real.application import Application, client, raw

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = {
    "kinto.storage_backend": "kinto.core.storage.memory",
    "kinto.permission_backend": "kinto.core.permission.memory",
    "kinto.cache_backend": "kinto.core.cache.memory",
    "kinto.userid_hmac_secret": "zoo",
    "kinto.includes": "kinto.plugins.default_bucket kinto.plugins.flush",
    "kinto.flush_endpoint_enabled": "true",
    "multiauth.policies": "basicauth",
}
SHELF = "/v1/buckets/garden/collections/plants"


def prepare(_: Path) -> None:
    """Nothing: it keeps all in memory."""


def make(_: Path) -> Any:
    """In memory."""
    from kinto import main

    return main({}, **SETTINGS)


def use(url: str, _: Path) -> None:
    """A bucket, a collection, records."""
    with client(url, auth=("ada", "lovelace")) as kinto:
        raw(kinto, "GET", "/v1")
        for path in ("/v1/", "/v1/__heartbeat__", "/v1/__lbheartbeat__"):
            raw(kinto, "GET", path)
        raw(kinto, "PUT", "/v1/buckets/garden", status=201)
        raw(kinto, "PUT", SHELF, status=201, json={"data": {"sort": "-last_modified"}})
        for number in range(12):
            plant = {"data": {"name": f"Pflaume № {number}", "height": number * 10, "tags": ["a", number]}}
            once = {"If-None-Match": "*"}
            raw(kinto, "PUT", f"{SHELF}/records/p{number}", status=201, json=plant, headers=once)
            raw(kinto, "PUT", f"{SHELF}/records/p{number}", status=412, json=plant, headers=once)
            raw(kinto, "GET", f"{SHELF}/records/p{number}")
        raw(kinto, "PATCH", f"{SHELF}/records/p1", json={"data": {"height": 7}})
        patch = [{"op": "replace", "path": "/data/name", "value": "Birne"}]
        raw(kinto, "PATCH", f"{SHELF}/records/p2", json=patch, headers={"Content-Type": "application/json-patch+json"})
        for query in (
            "_sort=height",
            "_limit=5&_sort=-height",
            "min_height=50",
            "name=Birne",
            "_fields=name",
            "_since=0",
        ):
            raw(kinto, "GET", f"{SHELF}/records?{query}")
        raw(kinto, "HEAD", f"{SHELF}/records")
        for method, status in (("POST", 200), ("PUT", 400)):
            raw(kinto, "OPTIONS", f"{SHELF}/records", status=status,
                headers={"Origin": "http://a.test", "Access-Control-Request-Method": method})  # fmt: skip
        batch = {"defaults": {"method": "GET"}, "requests": [{"path": f"{SHELF}/records/p{n}"} for n in (0, 1, 99)]}
        raw(kinto, "POST", "/v1/batch", json=batch)
        raw(
            kinto,
            "POST",
            f"{SHELF}/records",
            status=400,
            content=b"{nonsense",
            headers={"Content-Type": "application/json"},
        )
        raw(kinto, "PUT", f"{SHELF}/records/p1", status=415, content=b"<a/>", headers={"Content-Type": "text/xml"})
        raw(kinto, "GET", f"{SHELF}/records/none", status=404)
        for number in range(0, 12, 3):
            raw(kinto, "DELETE", f"{SHELF}/records/p{number}")
        raw(kinto, "GET", f"{SHELF}/records?_sort=height")
    with client(url) as anonymous:
        raw(anonymous, "GET", "/v1/buckets/garden", status=401)
        raw(anonymous, "PUT", "/v1/buckets/other", status=401)


APPLICATION = Application(
    ("kinto",),
    prepare,
    make,
    use,
    least=64,
    noise=(
        "header:last-modified",  # counted in milliseconds since a record was written
        "header:next-page",  # holds a number that was drawn
        "body:$..last_modified",
        "body:$..headers",  # those of the answers within a batch
    ),
)
