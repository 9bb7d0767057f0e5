"""Shape: a function of three arguments, made an application by ``functools.partial``."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

COOKIE = "fern_session"
# A demo's sessions should outlive its restarts. Anything real draws its key with secrets.token_bytes().
KEY = b"a demo has no secrets"


class Session(dict[str, Any]):
    """What the shop remembers of one visitor. It travels in a signed cookie; views change it in place."""


def with_session(app: WSGIApplication, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Call ``app`` with ``shop.session`` in its environ; set the cookie again if the session was changed."""
    session = environ["shop.session"] = _read(environ.get("HTTP_COOKIE", ""))
    before = _dump(session)

    def start_with_cookie(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Callable[[bytes], object]:
        after = _dump(session)
        if after != before:
            path = environ.get("SCRIPT_NAME", "") or "/"
            secure = "; Secure" if environ["wsgi.url_scheme"] == "https" else ""
            value = f"{COOKIE}={_sign(after)}; Path={path}; HttpOnly; SameSite=Lax{secure}"
            headers = [*headers, ("Set-Cookie", value)]
        return start_response(status, headers, *exc_info)

    return app(environ, start_with_cookie)


def _dump(session: Session) -> bytes:
    return json.dumps(session, separators=(",", ":"), sort_keys=True).encode()


def _sign(value: bytes) -> str:
    return f"{base64.urlsafe_b64encode(value).decode()}.{hmac.new(KEY, value, hashlib.sha256).hexdigest()}"


def _read(cookies: str) -> Session:
    """The session that the client sends; an empty one if there is none or its signature is wrong."""
    try:
        morsel = SimpleCookie(cookies).get(COOKIE)
        if morsel is None:
            return Session()
        encoded, _, _ = morsel.value.partition(".")
        value = base64.urlsafe_b64decode(encoded)
        if hmac.compare_digest(_sign(value), morsel.value):
            return Session(json.loads(value))
    except (CookieError, ValueError, TypeError):
        pass
    return Session()
