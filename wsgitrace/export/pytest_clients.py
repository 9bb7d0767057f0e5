"""The function ``send`` of an exported test, for each client that an application can be tested with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args
from urllib.parse import unquote_to_bytes

from wsgitrace.export.curl import plain_target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsgitrace.export.exchange import Exchange

__all__ = ["CLIENTS", "IMPORTS", "SEND", "Client", "fitting_client"]

Client: TypeAlias = Literal["flask", "django", "webtest", "werkzeug", "plain"]

CLIENTS: Final[tuple[Client, ...]] = get_args(Client)
"""Their names; ``plain`` needs nothing but the standard library."""

IMPORTS: Final[dict[Client, tuple[str, str]]] = {
    "flask": ("", ""),
    "django": (
        "",
        "from django.conf import settings\nfrom django.db import transaction\nfrom django.test import Client\n",
    ),
    "webtest": ("", "import webtest\n"),
    "werkzeug": ("", "from werkzeug.test import Client\n"),
    "plain": ("import io\nimport sys\nfrom urllib.parse import unquote_to_bytes\n", ""),
}
"""What each imports of the standard library and of packages."""

_WERKZEUG = '''\
def send(method, target, headers, body=b"", base_url="http://127.0.0.1"):
    """Send a request to the application: status, header fields by lower-case names, body."""
    client = {client}
    path, _, query = target.partition("?")
    # Buffered, Werkzeug's client would lose what the application hands to write().
    with client.open(
        path, method=method, query_string=query, base_url=base_url, headers=headers, data=body
    ) as response:
        return answer(response.status_code, response.headers.items(), response.data)
'''

SEND: Final[dict[Client, str]] = {
    "flask": _WERKZEUG.format(client="app.test_client(use_cookies=False)"),
    "werkzeug": _WERKZEUG.format(client="Client(app, use_cookies=False)"),
    "django": '''\
def send(method, target, headers, body=b"", base_url="http://127.0.0.1"):
    """Send a request to the application: status, header fields by lower-case names, body."""
    scheme, _, host = base_url.partition("://")
    environ = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers}
    kind = environ.pop("HTTP_CONTENT_TYPE", "")
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    response = client.generic(method, target, body, kind, secure=scheme == "https", HTTP_HOST=host, **environ)
    content = b"".join(response.streaming_content) if response.streaming else response.content
    cookies = [("Set-Cookie", cookie.OutputString()) for cookie in response.cookies.values()]
    return answer(response.status_code, [*response.headers.items(), *cookies], content)
''',
    "webtest": '''\
def send(method, target, headers, body=b"", base_url="http://127.0.0.1"):
    """Send a request to the application: status, header fields by lower-case names, body."""
    request = webtest.TestRequest.blank(target, method=method, base_url=base_url, body=body, headers=dict(headers))
    request.http_version = "HTTP/1.1"
    response = webtest.TestApp(app, lint=False).do_request(request, status="*", expect_errors=True)
    return answer(response.status_int, response.headerlist, response.body)
''',
    "plain": '''\
def send(method, target, headers, body=b"", base_url="http://127.0.0.1"):
    """Call the application as a server does (PEP 3333): status, header fields by lower-case names, body."""
    scheme, _, host = base_url.partition("://")
    path, _, query = target.partition("?")
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": host.rpartition(":")[0] or host,
        "SERVER_PORT": host.rpartition(":")[2] if ":" in host else "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": host,
        "CONTENT_LENGTH": str(len(body)) if body else "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in headers:
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    started, chunks = [], []

    def start_response(status, fields, exc_info=None):
        started[:] = [status, fields]
        return chunks.append

    found = app(environ, start_response)
    try:
        chunks.extend(found)
    finally:
        if hasattr(found, "close"):
            found.close()
    status, fields = started
    return answer(int(status[:3]), fields, b"".join(chunks))
''',
}


def fitting_client(exchanges: Sequence[Exchange], installed: frozenset[str]) -> Client:
    """The client by which the application of these exchanges is tested best.

    ``installed``: packages that can be imported. A framework's own client stands in the place of everything outside
    the framework, so that it fits only where there is nothing.
    """
    outermost = [exchange.trace.outermost for exchange in exchanges]
    names = [span.layer.name for span in outermost if span is not None and span.layer is not None]
    if not all(_understood(exchange) for exchange in exchanges):
        return "plain"
    if len(names) == len(exchanges):
        if all(name.startswith("flask.") for name in names):
            return "flask"
        # Django's client knows no static files: what got past its middleware was answered outside.
        in_django = all(any(span.framework for span in exchange.trace.spans) for exchange in exchanges)
        if in_django and all(name.startswith("django.") for name in names):
            return "django"
    # Werkzeug's client raises what start_response is given as exc_info, where a server answers with that response.
    raises = any(event.exc_info for span in outermost if span is not None for event in span.start_responses)
    candidates: tuple[Client, ...] = ("webtest",) if raises else ("webtest", "werkzeug")
    return next((each for each in candidates if each in installed), "plain")


def _understood(exchange: Exchange) -> bool:
    """Whether clients that take text get this target and these fields right."""
    try:
        unquote_to_bytes(exchange.target.partition("?")[0]).decode()
    except UnicodeDecodeError:
        return False
    headers = exchange.request.headers if exchange.request is not None else ()
    return plain_target(exchange.target) and all(value.isascii() for _, value in headers)
