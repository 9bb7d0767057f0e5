"""The six layers around the shop, each written in another of the shapes that WSGI middleware comes in."""

from .auth import requires_login
from .compression import Gzip
from .error_pages import ErrorPages
from .proxy_headers import ProxyHeaders
from .session import Session, with_session
from .timing import timing

__all__ = ["ErrorPages", "Gzip", "ProxyHeaders", "Session", "requires_login", "timing", "with_session"]
