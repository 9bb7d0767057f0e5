"""Fern & Fig, a small plant shop: plain WSGI, six middlewares around one application.

``ada`` and ``lovelace`` log in. ``/api/suggestion`` fails now and then, on purpose.
"""

from __future__ import annotations

from functools import partial

from .application import shop
from .middleware import ErrorPages, Gzip, ProxyHeaders, timing, with_session

__all__ = ["app"]

app = ProxyHeaders(timing(Gzip(ErrorPages(partial(with_session, shop)))))
