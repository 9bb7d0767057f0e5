"""The same requests of two servers, and their answers without what differs between any two servers."""

from __future__ import annotations

import gzip
import http.client
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.commands import Serving

# What is the server's own to say, and what changes with the clock.
SERVERS_OWN = {"date", "server", "via", "connection", "keep-alive", "transfer-encoding", "content-length"}


@dataclass(frozen=True)
class Asked:
    """One request to make of both."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    chunked: bool = False


def ask(server: Serving, asked: Asked) -> tuple[int, list[tuple[str, str]], str]:
    """Status, header fields and body, without what differs between any two servers."""
    parts = urlsplit(server.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    try:
        body = iter([asked.body[:7], asked.body[7:]]) if asked.chunked else asked.body or None
        connection.request(asked.method, asked.target, body, dict(asked.headers), encode_chunked=asked.chunked)
        answer = connection.getresponse()
        content = answer.read()
        if answer.headers.get("Content-Encoding") == "gzip":
            content = gzip.decompress(content)
        fields = [
            (name.lower(), tidy(value) if name.lower() != "allow" else members(value))
            for name, value in answer.getheaders()
        ]
        return (
            answer.status,
            sorted(pair for pair in fields if pair[0] not in SERVERS_OWN),
            tidy(content.decode("latin-1")),
        )
    finally:
        connection.close()


def members(value: str) -> str:
    """A list whose order means nothing, in one order."""
    return ", ".join(sorted(member.strip() for member in value.split(",")))


def tidy(text: str) -> str:
    """A text without ports, tokens and times."""
    text = re.sub(r"(127\.0\.0\.1|localhost):\d+", r"\1:PORT", text)
    text = re.sub(r"(csrftoken=|csrfmiddlewaretoken\W+value=.)\w+", r"\1TOKEN", text)
    # httpbin echoes it: a server that buffers a chunked body knows its length, one that streams it does not.
    text = re.sub(r'"Content-Length": "\d+",\s*', "", text)
    text = re.sub(r"sessionid=\w+", "sessionid=ID", text)
    return re.sub(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", "DATE", text, flags=re.IGNORECASE)
