"""Where the server enters the application: the server's own pass (span 0) begins and ends here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wsgitrace.probe import bodies
from wsgitrace.probe.exceptions import drop_frame
from wsgitrace.probe.spans import current
from wsgitrace.probe.start_response import TracingStartResponse
from wsgitrace.probe.streams import ErrorsObserver, InputObserver

if TYPE_CHECKING:
    from wsgitrace.probe.faults import Faults
    from wsgitrace.probe.spans import Span

_MISSING: Any = object()


class TracedApplication:
    """What the server calls: runs the application in the exchange that :meth:`Probe.head` began."""

    def __init__(self, application: Any, faults: Faults) -> None:
        self._application = application
        self._faults = faults

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Call the application."""
        root = self._open(environ, start_response)
        if root is not None and root.recording.arranged is not None:
            root.recording.arranged.prepare(root)
            if root.recording.arranged.refusal:
                return _refused(root, root.recording.arranged.refusal)
        try:
            result = self._application(environ, start_response if root is None else root.start_response)
        except BaseException as error:
            drop_frame(error)
            raise
        if root is not None:
            self._given(root, result)
        return result

    def _given(self, root: Span, result: Any) -> None:
        """Take note of what the server is given. Never raises."""
        recording = root.recording
        try:
            if type(result) is list or type(result) is tuple:
                recording.chunks += len(result)
            elif bodies.is_body(type(result)):
                bodies.put_on_top(result)
            elif recording.constructed:
                recording.outermost_made = recording.constructed.get(id(result))
        except Exception as error:  # noqa: BLE001 -- promise 2
            self._faults.contain("application", error, recording)

    def _open(self, environ: dict[str, Any], start_response: Any) -> Span | None:
        """Put the observing streams in place; the server's own pass, or None when this call is not traced."""
        root = current.get()
        if root is None or root.id or root.recording.entered or not root.recording.live:
            return None
        recording = root.recording
        recording.entered = True
        given = environ.get("wsgi.input", _MISSING)
        errors = environ.get("wsgi.errors", _MISSING)
        try:
            root.environ = environ
            root.start_response = TracingStartResponse(start_response, root, root)
            if given is not _MISSING:
                recording.input = environ["wsgi.input"] = InputObserver(
                    given, recording, recording.handle.content_length
                )
            if errors is not _MISSING:
                environ["wsgi.errors"] = ErrorsObserver(errors, recording)
        except Exception as error:  # noqa: BLE001 -- promise 2
            streams = zip(("wsgi.input", "wsgi.errors"), (given, errors), strict=True)
            environ.update({key: stream for key, stream in streams if stream is not _MISSING})
            self._faults.contain("application", error, recording)
            current.set(None)
            return None
        return root


def _refused(root: Span, reason: str) -> list[bytes]:
    """Answer in place of an application that is not called. Nobody but the recording gets it."""
    recording = root.recording
    recording.note = reason
    body = f"This was not run: {reason}.\n".encode("utf-8", "backslashreplace")
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
    root.start_response("503 Service Unavailable", headers)
    recording.chunks += 1
    return [body]
