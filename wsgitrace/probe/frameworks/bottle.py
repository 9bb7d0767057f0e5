"""Bottle: hooks, plugins, and the callbacks of routes."""

from __future__ import annotations

import sys
import weakref
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Final

from wsgitrace.probe.foreign import class_attribute, instance_dict
from wsgitrace.probe.frameworks.base import BaseAdapter, instances
from wsgitrace.probe.frameworks.observing import Located, observe, see_results
from wsgitrace.probe.frameworks.state import plain_fields

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wsgitrace.probe.exchanges import Exchanges
    from wsgitrace.probe.frameworks.layers import FrameworkLayer
    from wsgitrace.probe.frameworks.state import Answer

_CALLER: Final = 3
"""Frames between what says whether a call is a pass and the caller: that itself, the hook and the trampoline."""


def load(exchanges: Exchanges) -> BottleAdapter:
    """The adapter for the Bottle that is imported."""
    return BottleAdapter(exchanges)


class BottleAdapter(BaseAdapter):
    """Swaps the code of hooks, of what plugins make of a callback, and of callbacks.

    Bottle's request is the environ and nothing else, so what is set on it is seen there.
    """

    name = "Bottle"
    signals = frozenset({"bottle.HTTPResponse"})

    def __init__(self, exchanges: Exchanges) -> None:
        super().__init__(exchanges)
        module = sys.modules["bottle"].__dict__
        self._kind: type = module["Bottle"]
        self._request, self._response = module["request"], module["response"]
        self._seen: weakref.WeakSet[Any] = weakref.WeakSet()
        see_results(self._kind.__dict__["add_hook"], self.passes, self._see_hook)
        see_results(self._kind.__dict__["install"], self.passes, self._see_plugin)
        see_results(module["Route"].__dict__["_make_callback"], self.passes, self._see_callback)
        see_results(module["Route"].__dict__["__init__"], self.passes, self._see_route)

    def adopt(self, objects: Iterable[Any]) -> None:
        """Report and observe the hooks and plugins of every application that is a layer; of others, observe them."""
        for app in instances(objects, self._kind):
            held = instance_dict(app)
            holder = self.layers.holder(app)
            for name in ("before_request", "after_request"):
                for function in held.get("_hooks", {}).get(name, ()):
                    self._observe_hook(function, name, holder)
            for plugin in held.get("plugins", ()):
                self._observe_plugin(plugin, holder)
            for route in held.get("routes", ()):
                self._see_route(None, route)
                if "call" in instance_dict(route):
                    # Called before we came: what its plugins made is not told from one another any more.
                    self._see_callback(None, route)

    def _see_hook(self, result: Any, _app: Any, name: Any, function: Any) -> Any:
        if name in {"before_request", "after_request"}:
            self._observe_hook(function, name, None)
        return result

    def _observe_hook(self, hook: Any, role: str, holder: int | None) -> None:
        function = hook.__func__ if type(hook) is MethodType else hook
        if type(function) is not FunctionType:
            return
        if holder is not None:
            self.layers.of(hook, "hook", role, parent=holder)
        if function in self._seen:
            return
        self._seen.add(function)
        own = weakref.ref(function)
        bound = type(hook) is MethodType

        def locate(*args: Any) -> Located | None:
            frame: Any = sys._getframe(_CALLER)  # noqa: SLF001 -- only calls by trigger_hook count
            if frame.f_code.co_name == "<listcomp>":
                frame = frame.f_back
            if frame.f_code.co_name != "trigger_hook":
                return None
            value: Any = MethodType(own(), args[0]) if bound else own()  # type: ignore[arg-type]
            return self._located(self.layers.of(value, "hook", role), None)

        observe(function, self.passes, locate)

    def _see_plugin(self, result: Any, *_: Any) -> Any:
        self._observe_plugin(result, None)
        return result

    def _see_route(self, result: Any, route: Any, *_: Any) -> Any:
        for plugin in instance_dict(route).get("plugins") or ():
            self._observe_plugin(plugin, None)
        return result

    def _observe_plugin(self, plugin: Any, holder: int | None) -> None:
        """Have what a plugin makes of a callback observed."""
        method = class_attribute(type(plugin), "apply")
        function = plugin if type(plugin) is FunctionType else method or class_attribute(type(plugin), "__call__")
        if type(function) is not FunctionType:
            return
        if holder is not None:
            self.layers.of(plugin, "middleware", "plugin", parent=holder)
        if function is plugin:
            own = weakref.ref(function)
            see_results(function, self.passes, lambda made, callback, *_: self._see_made(made, own(), callback))
        else:
            see_results(function, self.passes, lambda made, this, callback, *_: self._see_made(made, this, callback))

    def _see_made(self, made: Any, plugin: Any, callback: Any) -> Any:
        """A plugin made ``made`` of a callback; a plugin that has nothing to do gives the callback back."""
        if type(made) is FunctionType and made is not callback and made not in self._seen:
            self._seen.add(made)
            layer = self.layers.of(plugin, "middleware", "plugin")
            observe(made, self.passes, lambda *_, **__: self._located(layer, None))
        return made

    def _see_callback(self, result: Any, route: Any) -> Any:
        """A route is about to be called for the first time."""
        callback = route.callback
        function = callback.__func__ if type(callback) is MethodType else callback
        if type(function) is FunctionType and function not in self._seen:
            self._seen.add(function)
            own = weakref.ref(function)

            def locate(*_: Any, **__: Any) -> Located | None:
                found = (self._environ() or {}).get("route.handle")
                called = instance_dict(found).get("callback")
                if (called.__func__ if type(called) is MethodType else called) is not own():
                    return None
                layer = self.layers.of(called, "view", "callback")
                self.passes.matched(instance_dict(found).get("rule"), layer.name)
                return self._located(layer, own())

            observe(function, self.passes, locate)
        return result

    def _located(self, layer: FrameworkLayer, this: Any) -> Located | None:
        environ = self._environ()
        return None if environ is None else Located(layer, this, environ, self._response)

    def _environ(self) -> Any:
        """That of the request in this thread; None where Bottle runs none: a callback is a function like others."""
        try:
            return self._request.environ
        except RuntimeError:
            return None

    def answer(self, response: Any) -> Answer | None:  # noqa: ARG002 -- Bottle has one, and views may return others
        """Of the response that Bottle keeps for each thread."""
        kept = self._response
        fields = [(name, value) for name, values in kept._headers.items() for value in values]  # noqa: SLF001 -- as kept
        cookies = kept._cookies  # noqa: SLF001 -- as kept
        if cookies:
            fields += [("Set-Cookie", cookie.OutputString()) for cookie in cookies.values()]
        return kept._status_line, plain_fields(fields)  # noqa: SLF001 -- as kept
