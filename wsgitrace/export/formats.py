"""Every format there is, once: the command line, the copy menu and the export screen are made from this table."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from wsgitrace.export.curl import as_curl
from wsgitrace.export.exchange import NotExportable
from wsgitrace.export.flow_svg import as_svg
from wsgitrace.export.har import entry_object, har_file
from wsgitrace.export.httpie import as_httpie
from wsgitrace.export.httpx_script import as_httpx
from wsgitrace.export.pytest_clients import CLIENTS
from wsgitrace.export.pytest_file import pytest_file
from wsgitrace.export.raw import as_raw_request, as_raw_response
from wsgitrace.export.summary_json import dump
from wsgitrace.export.trace_json import trace_object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, TypeAlias

    from wsgitrace.export.exchange import Exchange
    from wsgitrace.export.pytest_clients import Client

    Writer: TypeAlias = Callable[["Iterable[Exchange]", "LeftOut"], Iterator[bytes]]

__all__ = ["FORMATS", "Format", "LeftOut", "export", "format_named", "tests_with"]


class LeftOut:
    """Exchanges that a format cannot have, and why: said when all is written."""

    def __init__(self) -> None:
        self.reasons: dict[int, str] = {}
        """By number: sentences without a full stop."""
        self.written = 0
        """Exchanges that were written."""
        self.masked = False
        """Something is masked in a request that was written."""


@dataclass(frozen=True, slots=True)
class Format:
    """One form that exchanges can be had in."""

    name: str
    """What ``--as`` calls it."""
    suffix: str
    """Of its files."""
    help: str
    """One line."""
    write: Writer
    """Exchanges in, bytes out, piece by piece; those that it cannot have are noted."""


def export(how: Format, exchanges: Iterable[Exchange], left_out: LeftOut) -> Iterator[bytes]:
    """The bytes of an export, piece by piece. What could not be had is in ``left_out`` when they have come."""
    return how.write(exchanges, left_out)


def _each(made: Callable[[Exchange], Any], exchanges: Iterable[Exchange], left_out: LeftOut) -> Iterator[Any]:
    """What comes of each exchange that can be had."""
    for exchange in exchanges:
        try:
            found = made(exchange)
        except NotExportable as problem:
            left_out.reasons[exchange.number] = str(problem)
            continue
        left_out.written += 1
        left_out.masked = left_out.masked or exchange.masked
        yield found


def _texts(made: Callable[[Exchange], str], between: str = "\n") -> Writer:
    def write(exchanges: Iterable[Exchange], left_out: LeftOut) -> Iterator[bytes]:
        for index, text in enumerate(_each(made, exchanges, left_out)):
            yield f"{between if index else ''}{text}".encode("utf-8", "backslashreplace")

    return write


def _bytes(made: Callable[[Exchange], bytes]) -> Writer:
    def write(exchanges: Iterable[Exchange], left_out: LeftOut) -> Iterator[bytes]:
        yield from _each(made, exchanges, left_out)

    return write


def _picture(exchanges: Iterable[Exchange], left_out: LeftOut) -> Iterator[bytes]:
    """The first that can be drawn: a file of SVG is one picture."""
    for exchange in exchanges:
        if left_out.written:
            left_out.reasons[exchange.number] = "a picture is of one request"
            continue
        try:
            text = as_svg(exchange)
        except NotExportable as problem:
            left_out.reasons[exchange.number] = str(problem)
            continue
        left_out.written += 1
        yield text.encode("utf-8")


def _har(exchanges: Iterable[Exchange], left_out: LeftOut) -> Iterator[bytes]:
    for piece in har_file(_each(entry_object, exchanges, left_out)):
        yield piece.encode("ascii")


def tests_with(client: Client | None) -> Format:
    """Tests by a client of one's choice; None: the one that fits."""

    def write(exchanges: Iterable[Exchange], left_out: LeftOut) -> Iterator[bytes]:
        # Which client fits is known when all of them are.
        testable = list(_each(_testable, exchanges, left_out))
        if testable:
            installed = frozenset(name for name in CLIENTS if find_spec(name) is not None)
            yield pytest_file(testable, client, installed).encode("utf-8", "backslashreplace")

    return Format("pytest", ".py", "tests that pass while it answers the same", write)


def _testable(exchange: Exchange) -> Exchange:
    exchange.sendable()
    if exchange.response is None and not (exchange.trace.outermost and exchange.trace.outermost.exception):
        raise NotExportable("it has no response")
    return exchange


def _json_line(exchange: Exchange) -> str:
    return dump(trace_object(exchange.summary, exchange.trace, exchange.output, exchange.masker)) + "\n"


FORMATS: Final = (
    Format("curl", ".sh", "a command for curl, byte for byte, for any POSIX shell", _texts(as_curl)),
    Format("httpie", ".sh", "a command for HTTPie", _texts(as_httpie)),
    Format("httpx", ".py", "a Python script with httpx", _texts(as_httpx)),
    tests_with(None),
    Format("har", ".har", "HAR 1.2, as browsers and proxies read it", _har),
    Format("jsonl", ".jsonl", "all that is recorded, one JSON object a line", _texts(_json_line, "")),
    Format("svg", ".svg", "its way through the layers as a picture", _picture),
    Format("raw", ".http", "the request, its very bytes", _bytes(as_raw_request)),
    Format("raw-response", ".http", "the response, its very bytes", _bytes(as_raw_response)),
)
"""The formats in the order of ``--help``."""


def format_named(name: str) -> Format:
    """A format by its name. Raises :class:`KeyError`."""
    return {each.name: each for each in FORMATS}[name]
