"""The same request as a Python script with httpx."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from wsgitrace.export.curl import MASKED, plain_target
from wsgitrace.export.python_source import bytes_literal, header_lines, literal
from wsgitrace.export.shell import comment

if TYPE_CHECKING:
    from wsgitrace.export.exchange import Exchange

__all__ = ["as_httpx"]

_ASCII: Final = "".join(map(chr, range(0x21, 0x7F)))

_END: Final = """\
with httpx.Client(timeout=30) as client:
    response = client.send(request)

print(response.http_version, response.status_code, response.reason_phrase)
for name, value in response.headers.multi_items():
    print(f"{name}: {value}")
print()
print(response.text)
"""


def as_httpx(exchange: Exchange) -> str:
    """A script. Raises :class:`~wsgitrace.export.exchange.NotExportable`."""
    request = exchange.sendable()
    lines = [comment(MASKED)] if exchange.masked else []
    # A Request by itself has no field but those given here, the Host and what frames the body.
    headers = [(name, value) for name, value in request.fields if name.lower() != "content-length" or request.body]
    if exchange.version != "HTTP/1.1":
        lines.append(comment(f"httpx sends HTTP/1.1; this was {exchange.version}."))
    if exchange.method != exchange.method.upper():
        lines.append(comment("httpx sends methods in upper case."))
    if not exchange.target.isascii():
        lines.append(comment("httpx sends ASCII targets only: what is not ASCII in this one is quoted."))
    lines += ["import httpx", "", "request = httpx.Request(", f"    {literal(exchange.method)},"]
    # httpx takes dots out of a path, and quotes what it thinks should be.
    if plain_target(exchange.target) and "/." not in exchange.target:
        lines.append(f"    {literal(exchange.url)},")
    else:
        lines.append(f"    {literal(f'{exchange.scheme}://{exchange.authority}/')},")
        target = quote(exchange.target.encode("latin-1"), safe=_ASCII)
        lines.append(f"    extensions={{'target': {literal(target.encode())}}},")
    if any(not value.isascii() for _, value in headers):
        pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        rows = [f"        ({literal(name)}, {literal(value)}),\n" for name, value in pairs]
        lines.append(f"    headers=[\n{''.join(rows)}    ],")
    else:
        lines.append(f"    headers={header_lines(headers, '    ')},")
    if request.chunked:
        # Of bytes, httpx would tell the length beside, and no server may take both (RFC 9112, 6.1).
        pieces = bytes_literal(request.body, "    ") if request.body else ""
        lines.append(f"    content=iter([{pieces}]),")
    elif request.body:
        lines.append(f"    content={bytes_literal(request.body, '    ')},")
    return "\n".join([*lines, ")", "", _END])
