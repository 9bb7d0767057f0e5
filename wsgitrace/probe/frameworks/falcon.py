"""Falcon: the methods of middleware components, responders, error handlers."""

from __future__ import annotations

import sys
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from wsgitrace.probe.foreign import class_attribute, instance_dict
from wsgitrace.probe.frameworks.base import BaseAdapter, instances
from wsgitrace.probe.frameworks.layers import ByObject
from wsgitrace.probe.frameworks.naming import named
from wsgitrace.probe.frameworks.observing import Located, observe, see_results, stand_in
from wsgitrace.probe.frameworks.state import plain_fields

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wsgitrace.probe.exchanges import Exchanges
    from wsgitrace.probe.frameworks.layers import FrameworkLayer
    from wsgitrace.probe.frameworks.state import Answer, Sources

_METHODS: Final = ("process_request", "process_resource", "process_response")
_OWN: Final = "falcon."


def load(exchanges: Exchanges) -> FalconAdapter:
    """The adapter for the Falcon that is imported."""
    return FalconAdapter(exchanges)


class FalconAdapter(BaseAdapter):
    """Swaps the code of components' methods, and stands in for responders between being found and being called."""

    name = "Falcon"
    signals = frozenset({"falcon.http_error.HTTPError", "falcon.http_status.HTTPStatus"})
    prefixes = ("req.context",)

    def __init__(self, exchanges: Exchanges) -> None:
        super().__init__(exchanges)
        self._kind: type = sys.modules["falcon.app"].__dict__["App"]
        response = sys.modules["falcon.response"].__dict__["Response"].__dict__
        self._status, self._headers = response["status"].__get__, response["_headers"].__get__
        self._extra, self._cookies = response["_extra_headers"].__get__, response["_cookies"].__get__
        self._context = sys.modules["falcon.request"].__dict__["Request"].__dict__["context"].__get__
        self._responders: ByObject[FrameworkLayer] = ByObject()
        self._components: WeakKeyDictionary[FunctionType, ByObject[FrameworkLayer]] = WeakKeyDictionary()
        see_results(self._kind.__dict__["add_middleware"], self.passes, self._see_added)
        see_results(self._kind.__dict__["_get_responder"], self.passes, self._see_responder)
        see_results(self._kind.__dict__["_find_error_handler"], self.passes, self._see_error_handler)

    def adopt(self, objects: Iterable[Any]) -> None:
        """Report and observe the components of every application that is a layer; of others, observe them."""
        for app in instances(objects, self._kind):
            self._adopt(app)

    def _see_added(self, result: Any, app: Any, *_: Any) -> Any:
        self._adopt(app)
        return result

    def _adopt(self, app: Any) -> None:
        components = class_attribute(self._kind, "_unprepared_middleware").__get__(app)
        holder = self.layers.holder(app)
        for method in _METHODS:
            for component in reversed(components) if method == "process_response" else components:
                function = class_attribute(type(component), method)
                if type(function) is FunctionType:
                    self._observe(function, component, method, holder)

    def _observe(self, function: FunctionType, component: Any, method: str, holder: int | None) -> None:
        known = self._components.get(function)
        if known is None:
            known = self._components[function] = ByObject()
            layer_of = known.get

            def locate(this: Any, request: Any, response: Any, *_: Any, **__: Any) -> Located | None:
                layer = layer_of(id(this))
                return None if layer is None else Located(layer, this, request, response)

            observe(function, self.passes, locate)
        if known.get(id(component)) is None:
            known.learn(component, self.layers.of(MethodType(function, component), "hook", method, parent=holder))

    def _see_responder(self, result: Any, _app: Any, _request: Any) -> Any:
        """A route was looked for: what is about to be called, its parameters, its resource and its template."""
        responder, params, resource, template = result
        layer = self._responders.get(id(responder))
        if layer is None:
            if named(responder).name.startswith(_OWN):  # one that answers 404 or 405
                self.passes.matched(template, "")
                return result
            layer = self.layers.of(responder, "view", "responder" if resource is not None else "sink")
            self._responders.learn(responder, layer)
        self.passes.matched(template, layer.name)
        return stand_in(responder, layer, self.passes, _request_and_response), params, resource, template

    def _see_error_handler(self, result: Any, *_: Any) -> Any:
        """An error handler was looked for: Falcon's own are part of the application."""
        if result is None or named(result).name.startswith(_OWN) or type(result).__name__ == "builtin":
            return result
        function = result.__func__ if type(result) is MethodType else result
        if type(function) is FunctionType and str(function.__module__).startswith(_OWN):
            return result
        layer = self.layers.of(result, "error handler", "error handler")
        return stand_in(result, layer, self.passes, _request_and_response)

    def sources(self, request: Any) -> Sources:
        """What is on ``req.context``."""
        context = None if request is None else self._context(request)
        return (context if type(context) is dict else instance_dict(context),)

    def answer(self, response: Any) -> Answer | None:
        """Of Falcon's response."""
        status, extra, cookies = self._status(response), self._extra(response), self._cookies(response)
        fields = plain_fields(self._headers(response).items())
        if extra:
            fields += plain_fields(extra)
        if cookies:
            fields += tuple([("set-cookie", cookie.OutputString()) for cookie in cookies.values()])
        return status if type(status) is str else f"{int(status)}", fields


def _request_and_response(request: Any, response: Any, *_: Any, **__: Any) -> tuple[Any, Any]:
    return request, response
