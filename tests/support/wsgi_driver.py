"""A WSGI server without sockets: calls an application as the real server does, and tells an observer as it does."""

from __future__ import annotations

import contextlib
import io
import sys
from dataclasses import dataclass, field


class FileWrapper:
    """The driver's ``wsgi.file_wrapper``."""

    def __init__(self, filelike, block_size=8192):
        self.filelike = filelike
        self.block_size = block_size
        if hasattr(filelike, "close"):
            self.close = filelike.close

    def __iter__(self):
        return self

    def __next__(self):
        data = self.filelike.read(self.block_size)
        if not data:
            raise StopIteration
        return data


class Handle:
    """The driver's handle of one exchange."""

    def __init__(self, head, method, target, content_length, origin=None):
        self.head = head
        self.method = method
        self.target = target
        self.peer = "127.0.0.1:50000"
        self.scheme = "http"
        self.content_length = content_length
        self.origin = origin
        self.blocked = 0
        self.hung_up = False
        self.mended = 0

    @contextlib.contextmanager
    def blocking(self):
        self.blocked += 1
        yield

    def mend_length(self, more):
        self.mended += more
        return True

    def drop(self):
        pass


@dataclass
class Outcome:
    """All that a client, or a server, can tell of a response."""

    status: str = ""
    headers: list = field(default_factory=list)
    writes: list = field(default_factory=list)
    error: str = ""
    result_type: str = ""
    errors: str = ""
    frames: list = field(default_factory=list)
    """Names of the functions that ``error`` came through, those of the server left out."""

    @property
    def body(self):
        return b"".join(item for item in self.writes if isinstance(item, bytes))


def environ_for(method="GET", path="/", query="", body=b"", **extra):
    """An environ as the server makes it."""
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1:8000",
        "HTTP_ACCEPT": "*/*",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FileWrapper,
    }
    if body:
        environ["CONTENT_LENGTH"] = str(len(body))
    environ.update(extra)
    return environ


def serve(application, environ=None, *, observer=None, origin=None, items=None):
    """Run one request through ``application``; what came of it. With ``items`` the client is gone after so many."""
    environ = environ_for() if environ is None else environ
    errors = environ["wsgi.errors"]
    outcome = Outcome()
    target = environ["PATH_INFO"] + ("?" + environ["QUERY_STRING"] if environ["QUERY_STRING"] else "")
    head = f"{environ['REQUEST_METHOD']} {target} HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n\r\n".encode("latin-1", "replace")
    handle = Handle(head, environ["REQUEST_METHOD"], target, int(environ.get("CONTENT_LENGTH", 0)), origin)
    run = _Run(outcome, handle, observer)
    if observer is not None:
        observer.head(handle)
    result = None
    complete = False
    try:
        try:
            result = application(environ, run.start_response)
            outcome.result_type = type(result).__name__
            left = items
            for item in result:
                run.write(item)
                if left is not None:
                    left -= 1
                    if not left:
                        break
            else:
                run.finish()
                complete = True
        finally:
            if hasattr(result, "close"):
                result.close()
    except Exception as error:  # noqa: BLE001 -- whatever the application raised is part of the outcome
        outcome.error = repr(error)
        outcome.frames = frames_of(error)[1:]
        complete = False
    finally:
        del result
        outcome.errors = errors.getvalue()
        if observer is not None:
            observer.done(handle, complete)
    return outcome


class _Run:
    def __init__(self, outcome, handle, observer):
        self.outcome = outcome
        self.handle = handle
        self.observer = observer
        self.head = None
        self.sent = False

    def start_response(self, status, headers, exc_info=None):
        if exc_info is not None:
            try:
                if self.sent:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None
        elif self.head is not None:
            raise AssertionError("start_response called twice")
        if type(status) is not str or not all(type(field) is tuple and len(field) == 2 for field in headers):
            raise AssertionError("malformed status or headers")
        self.head = (status, list(headers))
        return self.write

    def _send_head(self):
        if self.sent:
            return
        if self.head is None:
            raise AssertionError("write before start_response")
        self.sent = True
        self.outcome.status, self.outcome.headers = self.head
        if self.observer is not None:
            self.observer.response_head(self.handle, *self.head)

    def write(self, data):
        if not isinstance(data, bytes):
            raise TypeError(f"body item of type {type(data).__name__}")
        if data:
            self._send_head()
        self.outcome.writes.append(data)
        if self.observer is not None and data:
            self.observer.sent(self.handle, len(data))

    def finish(self):
        self._send_head()


def frames_of(error):
    """Names of the functions in a traceback."""
    names = []
    traceback = error.__traceback__
    while traceback is not None:
        names.append(traceback.tb_frame.f_code.co_name)
        traceback = traceback.tb_next
    return names


def stack_locals():
    """Reads f_locals of every frame of the calling thread; how many names there are."""
    total = 0
    frame = sys._getframe(1)
    while frame is not None:
        total += len(frame.f_locals)
        frame = frame.f_back
    return total
