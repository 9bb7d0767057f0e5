"""Shape: a plain class, its instance is the application."""

from __future__ import annotations

import sys
import traceback
from typing import TYPE_CHECKING, Any

from ..pages import error_page  # noqa: TID252 -- the package is also run by its path, under another name
from ..response import HttpError, Response, data, page  # noqa: TID252 -- as above

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class ErrorPages:
    """Answer what the application raises with a page, or with JSON where a program asked."""

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Call on; what is raised later, while the body is iterated, is for the server to see."""
        head = environ["REQUEST_METHOD"] == "HEAD"
        try:
            return self.app(environ, start_response)
        except HttpError as error:
            answer = self._answer(environ, error.status, str(error))
            answer.headers.extend(error.headers)
            return answer.send(start_response, head=head)
        except Exception:  # noqa: BLE001 -- the last one who can still answer
            environ["wsgi.errors"].write(traceback.format_exc())
            environ["wsgi.errors"].flush()
            answer = self._answer(environ, 500, "Something broke behind the counter. We have been told.")
            return answer.send(_replacing(start_response), head=head)

    def _answer(self, environ: WSGIEnvironment, status: int, message: str) -> Response:
        if environ.get("PATH_INFO", "").startswith("/api/"):
            return data({"error": message, "status": status}, status)
        return page(error_page(environ.get("SCRIPT_NAME", ""), status, message), status)


def _replacing(start_response: StartResponse) -> StartResponse:
    """A ``start_response`` that replaces what the application had begun to answer before it failed.

    PEP 3333: an error handler passes ``exc_info``; the server raises it again if the head has already been sent.
    """

    def restart(status: str, headers: list[tuple[str, str]], *_: Any) -> Callable[[bytes], object]:
        return start_response(status, headers, sys.exc_info())

    return restart
