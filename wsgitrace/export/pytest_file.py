"""Exchanges as tests: each request is sent to the application again, and its answer compared with the one recorded."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wsgitrace.export.curl import MASKED
from wsgitrace.export.pytest_answers import assertions, expected_of
from wsgitrace.export.pytest_clients import IMPORTS, SEND, fitting_client
from wsgitrace.export.python_source import bytes_literal, header_lines, literal
from wsgitrace.export.shell import comment
from wsgitrace.export.summary_json import timestamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wsgitrace.export.exchange import Exchange
    from wsgitrace.export.pytest_answers import Expected
    from wsgitrace.export.pytest_clients import Client
    from wsgitrace.trace import HeaderList

__all__ = ["pytest_file"]

_FRAMED: Final = frozenset({"host", "content-length", "transfer-encoding", "expect"})
"""Fields that the client makes, or that servers do not hand on as they came."""

_DOTTED: Final = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")

_FACTORIES: Final = ("create_", "make_", "build_", "get_")
"""What names of functions begin with that make an application."""

_ANSWER: Final = '''\
def answer(status, fields, body):
    """Fields of one name are joined, as HTTP has it."""
    headers = {}
    for name, value in fields:
        known = headers.get(name.lower())
        headers[name.lower()] = value if known is None else f"{known}, {value}"
    return status, headers, body
'''

_GUNZIP: Final = '''\
def plain(headers, body):
    """The body without its content coding: two programs seldom pack the same bytes alike."""
    coding = headers.get("content-encoding", "")
    return zlib.decompress(body, zlib.MAX_WBITS | 32) if coding in {"gzip", "deflate"} else body
'''

_LIKE: Final = '''\
def masked(found, expected):
    """``found``, with what was recorded in the place of all that is the same or was masked then."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return {key: masked(value, expected.get(key)) for key, value in found.items()}
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        return [masked(*pair) for pair in zip(found, expected, strict=True)]
    if isinstance(expected, str) and MASK.search(expected):
        pattern = ".*".join(map(re.escape, MASK.split(expected)))
        return expected if re.fullmatch(pattern, str(found), re.DOTALL) else found
    return found
'''


def pytest_file(exchanges: Sequence[Exchange], client: Client | None, installed: frozenset[str]) -> str:
    """A file for pytest. None: the client that fits, ``installed`` being the packages that can be imported.

    Each exchange has its request whole, and a response or an exception.
    """
    client = client or fitting_client(exchanges, installed)
    # WebTest undoes content codings by itself, and takes away the field that tells of them.
    left_out = {"content-encoding"} if client == "webtest" else set()
    expected = [expected_of(exchange, left_out) for exchange in exchanges]
    tests = [_test(exchange, found) for exchange, found in zip(exchanges, expected, strict=True)]
    helpers = [_ANSWER, SEND[client]]
    helpers += [_GUNZIP] if any(each.packed for each in expected) else []
    helpers += [_LIKE] if any(each.masked for each in expected) else []
    first = exchanges[0]
    parts = [_preface(exchanges), _imports(client, first, "\n".join([*helpers, *tests]))]
    if client == "django":
        parts.append(_DJANGO)
    if any(each.masked for each in expected):
        parts.append('MASK = re.compile(r"<redacted \\d+ #[0-9a-f]{4}>")\n')
    return "\n".join(parts) + "\n\n" + "\n\n".join([*helpers, *tests])


_DJANGO: Final = '''\
if find_spec("pytest_django"):

    @pytest.fixture(autouse=True)
    def own_database(django_db_blocker):
        """The data that the answers came from, where pytest-django would make an empty database. It stays as it is."""
        with django_db_blocker.unblock(), transaction.atomic() if settings.DATABASES else nullcontext():
            yield
            if settings.DATABASES:
                transaction.set_rollback(True)
'''


def _preface(exchanges: Sequence[Exchange]) -> str:
    first = exchanges[0]
    many = f"{len(exchanges)} requests" if len(exchanges) > 1 else "a request"
    when = timestamp(first.summary.wall)[:10]
    told = f'"""What {first.app or "an application"} answered to {many}, recorded by wsgitrace on {when}."""\n'
    return told.replace("\\", "\\\\")


def _imports(client: Client, exchange: Exchange, code: str) -> str:
    """The imports that the code needs, and the application."""
    wanted = (("hashlib.", "hashlib"), ("json.", "json"), ("re.", "re"), ("zlib.", "zlib"))
    lines = [f"import {module}" for use, module in wanted if re.search(rf"\b{re.escape(use)}", code)]
    standard, packages = IMPORTS[client]
    lines += standard.splitlines()
    if client == "django":
        lines += ["from contextlib import nullcontext", "from importlib.util import find_spec"]
    lines.sort(key=lambda line: (line.startswith("from "), line))
    others = packages.splitlines()
    if "pytest." in code or client == "django":
        others.insert(0, "import pytest")
    application = _application(exchange)
    # Django has no settings before the application is imported, and its own modules want them at once.
    blocks = [lines, [*application, *others] if client == "django" else [*others, *application]]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _application(exchange: Exchange) -> list[str]:
    """The lines that make ``app``."""
    module, _, name = (exchange.resolved or exchange.app).partition(":")
    if not _DOTTED.fullmatch(module) or not _DOTTED.fullmatch(name):
        return ["# Which application this was is not recorded: name yours here.", "from app import app"]
    lines = []
    given = exchange.app.partition(":")[0]
    if given.endswith(".py") or "/" in given:
        folder = given.rpartition("/")[0] or "."
        lines += ["import sys", "", f"sys.path.insert(0, {literal(folder)})"]
    call = re.search(r"\(.*\)\s*\Z", exchange.app, re.DOTALL)
    made = call[0] if call else "()" if name.rpartition(".")[2].startswith(_FACTORIES) else ""
    if name == "app" and not made:
        return [*lines, f"from {module} import app"]
    if "." not in name:
        return [*lines, f"from {module} import {name}", "", f"app = {name}{made}"]
    return [*lines, f"import {module}", "", f"app = {module}.{name}{made}"]


def _test(exchange: Exchange, expected: Expected) -> str:
    words = re.findall(r"[a-z0-9]+", exchange.target.partition("?")[0].lower())[:6]
    name = "_".join(["test", str(exchange.number), exchange.method.lower(), *words])
    sending = _sending(exchange)
    body = "\n".join(f"    {line}" for line in assertions(expected, sending))
    said = f"{comment(MASKED)}\n" if exchange.masked else ""
    return f"{said}def {re.sub(r'[^a-z0-9_]', '_', name)}():\n{body}\n"


def _sending(exchange: Exchange) -> str:
    """The call of ``send``, within the body of a test."""
    request = exchange.sendable()
    arguments = [
        literal(exchange.method),
        literal(exchange.origin_form),
        header_lines(_joined(request.fields), "        "),
    ]
    if request.body:
        arguments.append(bytes_literal(request.body, "        "))
    arguments.append(f"base_url={literal(f'{exchange.scheme}://{exchange.authority}')}")
    return "send(\n" + "".join(f"        {argument},\n" for argument in arguments) + "    )"


def _joined(headers: HeaderList) -> Iterable[tuple[str, str]]:
    """One field of each name, as servers hand them on (RFC 3875, 4.1.18)."""
    found: dict[str, tuple[str, str]] = {}
    for name, value in headers:
        folded = name.lower()
        if folded in _FRAMED:
            continue
        between = "; " if folded == "cookie" else ", "
        first, known = found.get(folded, (name, ""))
        found[folded] = (first, f"{known}{between}{value}" if folded in found else value)
    return found.values()
