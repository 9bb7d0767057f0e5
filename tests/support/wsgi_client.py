"""Calls WSGI applications as a correct server does, in process."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes
from wsgiref.util import FileWrapper
from wsgiref.validate import validator

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from wsgiref.types import WSGIApplication


@dataclass(frozen=True, slots=True)
class Answer:
    """What an application answered."""

    status: int
    headers: list[tuple[str, str]]
    chunks: list[bytes]
    errors: str
    starts: int = 1

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks)

    @property
    def text(self) -> str:
        return self.body.decode()

    def header(self, name: str) -> str | None:
        """The value of the only header field of that name, None without one."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        assert len(values) <= 1, (name, values)
        return values[0] if values else None


@dataclass(slots=True)
class Client:
    """Calls one application, keeps its cookies, and checks both sides of every call by ``wsgiref.validate``."""

    app: WSGIApplication
    validate: bool = True
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, target: str, headers: Mapping[str, str] | None = None, **environ: Any) -> Answer:
        return self.call("GET", target, b"", headers, **environ)

    def post(self, target: str, body: bytes, kind: str = "application/x-www-form-urlencoded") -> Answer:
        return self.call("POST", target, body, {"Content-Type": kind})

    def call(
        self, method: str, target: str, body: bytes = b"", headers: Mapping[str, str] | None = None, **changes: Any
    ) -> Answer:
        """One request, its iterable run to the end and closed; ``changes`` go into the environ last."""
        environ = self._environ(method, target, body, headers or {}) | changes
        started: list[tuple[str, list[tuple[str, str]]]] = []
        chunks: list[bytes] = []

        def start_response(
            status: str, fields: list[tuple[str, str]], exc_info: Any = None
        ) -> Callable[[bytes], object]:
            if started and exc_info is None:
                raise AssertionError("start_response was called again without exc_info")
            if exc_info is not None and any(chunks):
                raise exc_info[1].with_traceback(exc_info[2])
            started.append((status, fields))
            return chunks.append

        errors = environ["wsgi.errors"]
        app = validator(self.app) if self.validate else self.app
        result = app(environ, start_response)
        try:
            for chunk in result:
                assert started or not chunk, "a chunk came before start_response"
                chunks.append(chunk)
        finally:
            if close := getattr(result, "close", None):
                close()
        status, fields = started[-1]
        for name, value in fields:
            if name.lower() == "set-cookie":
                cookie, _, rest = value.strip().partition("=")
                self.cookies[cookie] = rest.partition(";")[0]
        return Answer(int(status[:3]), fields, chunks, errors.getvalue(), len(started))

    def _environ(self, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
        path, _, query = target.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "127.0.0.1:8000",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": Errors(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "wsgi.file_wrapper": FileWrapper,
        }
        if body or method in {"POST", "PUT"}:
            environ["CONTENT_LENGTH"] = str(len(body))
        sent = dict(headers)
        if self.cookies and "Cookie" not in sent:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        for name, value in sent.items():
            key = name.upper().replace("-", "_")
            environ[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = value
        return environ


class Errors(io.StringIO):
    """An error stream that can still be read after an application closed it."""

    def close(self) -> None:
        """Stay open."""
