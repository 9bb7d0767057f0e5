"""Cookies of a request that is run again, their values taken from responses that came later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from wsgitrace.query import parse
from wsgitrace.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wsgitrace.capture import Capture
    from wsgitrace.events import Replay
    from wsgitrace.trace import HeaderList

__all__ = ["cookies_set", "newest_cookies", "with_cookies"]


def cookies_set(headers: HeaderList) -> dict[str, str]:
    """Name and value of the cookies that a response sets."""
    pairs = (value.partition(";")[0].partition("=") for name, value in headers if name.lower() == "set-cookie")
    return {name.strip(): value.strip() for name, _, value in pairs}


def newest_cookies(capture: Capture, command: Replay) -> dict[str, str]:
    """For each cookie of a request the value that the newest response has set, where one has."""
    found: dict[str, str] = {}
    for name in _sent(command):
        if not name.isprintable() or '"' in name:
            continue  # no cookie that an application sets (RFC 6265, 4.1.1), and none that a filter can name
        for row in capture.page(where=parse(f'set-cookie:"{name}"'), limit=10):
            response = Trace.from_events(capture.events(row.number)).response
            values = {} if response is None else cookies_set(response.headers)
            if name in values:
                found[name] = values[name]
                break
    return found


def with_cookies(command: Replay, jar: Mapping[str, str]) -> Replay:
    """The same request, the values of those cookies that ``jar`` has taken from there; none are added."""
    lines = command.head.split(b"\r\n")
    return structs.replace(command, head=b"\r\n".join(_fresh(line, jar) for line in lines))


def _fresh(line: bytes, jar: Mapping[str, str]) -> bytes:
    name, colon, value = line.partition(b":")
    if name.lower() != b"cookie":
        return line
    pairs = []
    for pair in value.strip().split(b";"):
        key, equals, old = pair.strip().partition(b"=")
        known = jar.get(key.decode("latin-1"))
        pairs.append(key + equals + (old if known is None else known.encode("latin-1", "replace")))
    return name + colon + b" " + b"; ".join(pairs)


def _sent(command: Replay) -> list[str]:
    """Names of the cookies of a request."""
    lines = [line.partition(b":") for line in command.head.split(b"\r\n")]
    values = [value for name, _, value in lines if name.lower() == b"cookie"]
    return [pair.partition(b"=")[0].strip().decode("latin-1") for value in values for pair in value.split(b";")]
