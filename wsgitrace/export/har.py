"""HAR 1.2: what browsers' developer tools and proxies read and write.

http://www.softwareishard.com/blog/har-12-spec/ . What it has no place for stands under ``_wsgitrace``, as the
specification has it for fields of one's own: the passes through the layers, and what else was recorded of the exchange.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from wsgitrace import __version__
from wsgitrace.export.beside_json import query_objects, record_objects
from wsgitrace.export.exchange import NotExportable, take
from wsgitrace.export.masked_events import masked_events
from wsgitrace.export.recording_json import recording_object
from wsgitrace.export.summary_json import summary_object, timestamp
from wsgitrace.export.trace_json import pass_object
from wsgitrace.trace import Trace
from wsgitrace.trace.decoding import CHARSETS
from wsgitrace.trace.forms import form_fields, media_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wsgitrace.export.exchange import Exchange, Message
    from wsgitrace.trace import HeaderList

__all__ = ["charset_of", "entry_object", "har_file", "text_of"]

_CREATOR: Final = {"name": "wsgitrace", "version": __version__}

_UNKNOWN: Final = -1
"""What HAR has for a size or a time that is not known."""

_MS: Final = 1_000_000

_UNLIKE_URLS: Final = re.compile(r"%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9/._~!$&'()*+,;=:@%?-]")
"""What stands for itself neither in the path of a URL nor in its query (RFC 3986, 3.3 and 3.4)."""


def har_file(entries: Iterable[dict[str, Any]]) -> Iterator[str]:
    """A HAR, an entry at a time, in ASCII."""
    start = json.dumps({"version": "1.2", "creator": _CREATOR})
    yield f'{{"log": {start[:-1]}, "entries": ['
    for index, entry in enumerate(entries):
        yield f"{',' if index else ''}\n{json.dumps(entry)}"
    yield "\n]}}\n"


def entry_object(exchange: Exchange) -> dict[str, Any]:
    """One entry. Raises :class:`NotExportable` where no request was received."""
    exchange = _masked(exchange)
    if exchange.request is None:
        raise NotExportable("no request was received that could be read")
    summary = exchange.summary
    wait = summary.first_byte if summary.first_byte is not None else summary.duration
    timings = {"send": 0.0, "wait": wait / _MS, "receive": (summary.duration - wait) / _MS}
    entry = {
        "startedDateTime": timestamp(summary.wall),
        # "time" is the sum of the timings, of the very numbers that stand there.
        "time": sum(timings.values()),
        "request": _request(exchange, exchange.request),
        "response": _response(exchange),
        "cache": {},
        "timings": timings,
    }
    entry["_wsgitrace"] = {
        **summary_object(summary, exchange.masker),
        "app": exchange.app,
        "scheme": exchange.scheme,
        "passes": [pass_object(span, exchange.masker) for span in exchange.trace.spans],
        "logs": record_objects(exchange.trace, exchange.masker),
        "queries": query_objects(exchange.trace, exchange.masker),
        **recording_object(exchange, entry),
    }
    return entry


def _masked(exchange: Exchange) -> Exchange:
    """The exchange as it would have been with marks in the place of its secrets: all of an entry tells the same."""
    if exchange.masker.reveals:
        return exchange
    trace = exchange.trace
    events = masked_events(trace.events, exchange.masker)
    again = take(
        exchange.summary,
        Trace.from_events([*trace.layers.values(), *events]),
        exchange.masker,
        app=exchange.app,
        output=exchange.output,
    )
    return replace(again, masked=exchange.masked)


def _request(exchange: Exchange, request: Message) -> dict[str, Any]:
    query = exchange.target.partition("?")[2]
    start, target = _url(exchange)
    found: dict[str, Any] = {
        "method": exchange.method,
        "url": start + target,
        "httpVersion": exchange.version,
        "cookies": _cookies(request.headers),
        "headers": _headers(request.fields),
        "queryString": [
            {"name": _text(field.name), "value": _text(field.value)}
            for field in form_fields(query.encode("latin-1"))[0]
        ],
        "headersSize": _UNKNOWN if exchange.masked or exchange.trace.head is None else len(exchange.trace.head.raw),
        "bodySize": exchange.trace.request_body.length if request.why else len(request.body),
    }
    if request.body or request.why:
        # A coding of a request is left as it is: nothing in HAR would tell that it was undone.
        found["postData"] = _content(request, request.body, encoding="_encoding")
    if target != exchange.target:
        found["_target"] = exchange.target
    return found


def _url(exchange: Exchange) -> tuple[str, str]:
    """The URL that was asked for, in two parts: up to the authority, and from there as far as a URL can have it."""
    target = exchange.origin_form
    quoted = _UNLIKE_URLS.sub(lambda found: quote(found[0].encode("latin-1"), safe=""), target)
    return f"{exchange.scheme}://{exchange.authority}", quoted if quoted.startswith("/") else "/"


def _response(exchange: Exchange) -> dict[str, Any]:
    response = exchange.response
    if response is None:
        # Status 0 is what browsers write of a request that got no answer.
        content = {"size": 0, "mimeType": "x-unknown"}
        return {
            "status": 0,
            "statusText": "",
            "httpVersion": exchange.version,
            "cookies": [],
            "headers": [],
            "content": content,
            "redirectURL": "",
            "headersSize": _UNKNOWN,
            "bodySize": _UNKNOWN,
        }
    code, _, reason = exchange.status.partition(" ")
    sent = exchange.trace.sent
    content = {"size": len(response.content), **_content(response, response.content)}
    if len(response.content) > sent:
        content["compression"] = len(response.content) - sent
    return {
        "status": int(code) if code.isdigit() else 0,
        "statusText": _text(reason),
        "httpVersion": exchange.version,
        "cookies": _set_cookies(response.headers),
        "headers": _headers(response.headers),
        "content": content,
        "redirectURL": _text(response.header("location") or ""),
        "headersSize": _UNKNOWN,
        "bodySize": sent,
    }


def _content(message: Message, data: bytes, *, encoding: str = "encoding") -> dict[str, Any]:
    """A body as text where it is some, else as base64; what is missing of it is told.

    Of a request, HAR has no place to say that it is base64, so that ``encoding`` is a name of ours there.
    """
    kind = message.header("content-type") or ""
    found: dict[str, Any] = {"mimeType": _text(kind) or "x-unknown"}
    text = text_of(data, kind)
    if text is not None:
        found["text"] = text
    else:
        found["text"] = base64.b64encode(data).decode()
        found[encoding] = "base64"
    if message.why:
        found["comment"] = message.why
    return found


def charset_of(content_type: str) -> str:
    """The character set that text of such a type is in, UTF-8 unless it names one that Python knows."""
    name = media_type(content_type)[1].get("charset", "").lower().replace("_", "-")
    return name if CHARSETS.fullmatch(name) else "utf-8"


def text_of(data: bytes, content_type: str) -> str | None:
    """The text that stands for these very bytes; None where none does."""
    charset = charset_of(content_type)
    try:
        text = data.decode(charset)
        return text if "\0" not in text and text.encode(charset) == data else None
    except (UnicodeError, LookupError):
        return None


def _text(latin: str) -> str:
    """What was received as bytes, for people: UTF-8 where it is that."""
    try:
        return latin.encode("latin-1").decode()
    except UnicodeError:
        return latin


def _headers(headers: HeaderList) -> list[dict[str, str]]:
    # RFC 9110, 5.5: white space around a value is no part of it.
    return [{"name": name, "value": _text(value.strip(" \t"))} for name, value in headers]


def _cookies(headers: HeaderList) -> list[dict[str, str]]:
    pairs = [
        pair.strip().partition("=")
        for name, value in headers
        if name.lower() == "cookie"
        for pair in value.split(";")
        if pair.strip()
    ]
    return [{"name": _text(name), "value": _text(value)} for name, _, value in pairs]


def _set_cookies(headers: HeaderList) -> list[dict[str, Any]]:
    return [_set_cookie(value) for name, value in headers if name.lower() == "set-cookie"]


def _set_cookie(value: str) -> dict[str, Any]:
    """RFC 6265, 5.2, without the date, whose many forms a HAR has no room for."""
    first, *attributes = value.split(";")
    name, _, content = first.strip().partition("=")
    cookie: dict[str, Any] = {"name": _text(name), "value": _text(content)}
    for attribute in attributes:
        key, _, told = attribute.strip().partition("=")
        match key.lower():
            case "path" | "domain":
                cookie[key.lower()] = _text(told)
            case "httponly":
                cookie["httpOnly"] = True
            case "secure":
                cookie["secure"] = True
    return cookie
