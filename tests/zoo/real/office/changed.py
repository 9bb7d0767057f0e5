"""A middleware that does what none should."""

from __future__ import annotations


def changed(get_response):
    """Another status, whatever the answer."""

    def middleware(request):
        response = get_response(request)
        response.status_code = 299
        return response

    return middleware
