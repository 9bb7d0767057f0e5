"""What the server does with a request before the application gets it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wsgitrace.server.exchange import Application
    from wsgitrace.server.files import Files
    from wsgitrace.server.proxies import Proxies


class Front:
    """Believes proxies, and answers with files; either may be left out."""

    def __init__(self, *, proxies: Proxies | None = None, files: Files | None = None) -> None:
        self._proxies = proxies
        self._files = files

    def before(self, application: Application) -> Application:
        """The application that does this first."""
        return partial(self._call, application)

    def _call(
        self,
        application: Application,
        environ: dict[str, Any],
        start_response: Callable[..., Callable[[bytes], None]],
    ) -> Iterable[bytes]:
        if self._proxies is not None:
            self._proxies.apply(environ)
        found = None if self._files is None else self._files.find(environ)
        return application(environ, start_response) if found is None else found.answer(environ, start_response)
