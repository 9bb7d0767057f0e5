"""HAR 1.2 as types: what the specification requires, of which type, and within which bounds; and its JSON schema.

The schema is har-schema 2.0.0 of Ahmad Nassri as it was published, under the ISC licence beside it.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Annotated

import msgspec
from jsonschema import Draft6Validator
from referencing import Registry, Resource

SCHEMA = Path(__file__).with_name("har_schema")

Size = Annotated[int, msgspec.Meta(ge=-1)]
Milliseconds = Annotated[float, msgspec.Meta(ge=-1)]
Moment = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")]
Url = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9+.-]*://[\x21-\x7e]+$")]


class Strict(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Nothing that the specification does not name, but for names that begin with an underscore."""


class Record(Strict):
    name: str
    value: str
    comment: str = ""


class Cookie(Record):
    path: str = ""
    domain: str = ""
    expires: str = ""
    http_only: bool = False
    secure: bool = False


class PostData(Strict):
    mime_type: str
    text: str = ""
    comment: str = ""
    encoding: str = msgspec.field(default="", name="_encoding")
    params: list[dict] = []


class Request(Strict):
    method: str
    url: Url
    http_version: str
    cookies: list[Cookie]
    headers: list[Record]
    query_string: list[Record]
    headers_size: Size
    body_size: Size
    post_data: PostData | None = None
    comment: str = ""
    target: str | None = msgspec.field(default=None, name="_target")


class Content(Strict):
    size: Size
    mime_type: str
    text: str = ""
    encoding: str = ""
    compression: int = 0
    comment: str = ""


class Response(Strict):
    status: int
    status_text: str
    http_version: str
    cookies: list[Cookie]
    headers: list[Record]
    content: Content
    redirect_url: str = msgspec.field(name="redirectURL")
    headers_size: Size
    body_size: Size
    comment: str = ""


class Timings(Strict):
    send: Milliseconds
    wait: Milliseconds
    receive: Milliseconds
    dns: Milliseconds = -1
    connect: Milliseconds = -1
    blocked: Milliseconds = -1
    ssl: Milliseconds = -1
    comment: str = ""


class Entry(Strict):
    started_date_time: Moment
    time: Annotated[float, msgspec.Meta(ge=0)]
    request: Request
    response: Response
    cache: dict
    timings: Timings
    ours: dict = msgspec.field(name="_wsgitrace")
    comment: str = ""


class Creator(Strict):
    name: str
    version: str


class Log(Strict):
    version: str
    creator: Creator
    entries: list[Entry]


class Har(Strict):
    log: Log


def check_har(data: bytes) -> Har:
    """Read a HAR. Raises where it is none by the specification, or not valid by its schema."""
    problems = [f"{each.json_path}: {each.message[:300]}" for each in schema().iter_errors(json.loads(data))]
    assert problems == []
    har = msgspec.json.decode(data, type=Har)
    assert har.log.version == "1.2"
    for entry in har.log.entries:
        known = [entry.timings.send, entry.timings.wait, entry.timings.receive]
        assert entry.time == sum(known)
    return har


@cache
def schema() -> Draft6Validator:
    """The schema, formats of dates, addresses and URLs among what it checks."""
    parts = [Resource.from_contents(json.loads(path.read_bytes())) for path in sorted(SCHEMA.glob("*.json"))]
    registry = Registry().with_resources((part.id() or "", part) for part in parts)
    checker = Draft6Validator.FORMAT_CHECKER
    assert {"date-time", "uri"} <= checker.checkers.keys()  # each is there where its package is
    return Draft6Validator({"$ref": "har.json"}, registry=registry, format_checker=checker)
