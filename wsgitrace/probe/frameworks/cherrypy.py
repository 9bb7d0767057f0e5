"""CherryPy: tools, at the hook points they are attached to, and page handlers."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from wsgitrace.probe.foreign import instance_dict
from wsgitrace.probe.frameworks.base import BaseAdapter, as_dict
from wsgitrace.probe.frameworks.observing import Located, observe
from wsgitrace.probe.frameworks.state import plain_fields

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wsgitrace.probe.exchanges import Exchanges
    from wsgitrace.probe.frameworks.state import Answer


def load(exchanges: Exchanges) -> CherryPyAdapter:
    """The adapter for the CherryPy that is imported."""
    return CherryPyAdapter(exchanges)


class CherryPyAdapter(BaseAdapter):
    """Swaps the code of the two methods through which CherryPy calls everything of an application."""

    name = "CherryPy"
    signals = frozenset({"cherrypy._cperror.CherryPyException"})

    def __init__(self, exchanges: Exchanges) -> None:
        super().__init__(exchanges)
        self._serving: Any = sys.modules["cherrypy"].__dict__["serving"]
        observe(sys.modules["cherrypy._cprequest"].__dict__["Hook"].__dict__["__call__"], self.passes, self._tool)
        handler = sys.modules["cherrypy._cpdispatch"].__dict__["PageHandler"]
        observe(handler.__dict__["__call__"], self.passes, self._handler)

    def adopt(self, objects: Iterable[Any]) -> None:
        """Nothing is known before a request: which tools are on is decided for each path."""

    def _tool(self, hook: Any) -> Located:
        serving = self._serving
        return Located(self.layers.of(hook.callback, "hook", "tool"), None, serving.request, serving.response)

    def _handler(self, handler: Any) -> Located:
        serving = self._serving
        layer = self.layers.of(instance_dict(handler)["callable"], "view", "page handler")
        self.passes.matched("", layer.name)
        return Located(layer, None, serving.request, serving.response)

    def answer(self, response: Any) -> Answer | None:
        """Of CherryPy's response, which has no status of its own until one is set."""
        held = instance_dict(response)
        if "headers" not in held:
            return None
        status = held.get("status")
        fields = plain_fields(dict.items(as_dict(held["headers"])))
        cookies = held.get("cookie")
        if cookies:
            fields += tuple([("Set-Cookie", cookie.OutputString()) for cookie in cookies.values()])
        return status if type(status) is str else "200 OK" if status is None else f"{int(status)}", fields
