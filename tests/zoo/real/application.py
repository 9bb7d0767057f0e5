"""What there is to know of an application that is really used: how to make it, its data, what its clients do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PATIENCE = 60.0


@dataclass(frozen=True)
class Application:
    """One application out of the package index."""

    modules: tuple[str, ...]
    """Without these it cannot be used."""
    prepare: Callable[[Path], None]
    """Puts into a folder what it begins with."""
    make: Callable[[Path], Any]
    """The WSGI application over that folder."""
    use: Callable[[str, Path], None]
    """Does at a URL what its users do; the folder is for the client's own files."""
    least: int
    """Requests that its users make, at least."""
    noise: tuple[str, ...] = ()
    """Rules for ``--ignore``: what is another each time. Why stands beside each."""
    programs: tuple[str, ...] = ()
    """Nor without these."""


def client(url: str, **options: Any) -> httpx.Client:
    """A client that follows redirects and keeps cookies, as a browser does."""
    return httpx.Client(base_url=url, timeout=PATIENCE, **{"follow_redirects": True, "trust_env": False, **options})


def raw(session: httpx.Client, method: str, target: str, *, status: int = 200, **options: Any) -> httpx.Response:
    """Send a request and see to it that it was answered as it should be."""
    response = session.request(method, target, **options)
    assert response.status_code == status, f"{method} {target}: {response.status_code} {response.text[:600]}"
    return response
