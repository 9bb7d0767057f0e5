"""Django: each MIDDLEWARE with its hooks, and the view; synchronous or not."""

from __future__ import annotations

import sys
import weakref
from http.client import responses
from inspect import CO_COROUTINE
from types import CodeType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Final

from wsgitrace.probe.foreign import instance_dict
from wsgitrace.probe.frameworks.base import BaseAdapter, instances
from wsgitrace.probe.frameworks.layers import ByObject
from wsgitrace.probe.frameworks.naming import named
from wsgitrace.probe.frameworks.observing import (
    Located,
    PassHook,
    async_stand_in,
    observe,
    see_results,
    stand_in,
)
from wsgitrace.probe.frameworks.state import plain_fields
from wsgitrace.probe.trampoline import original_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wsgitrace.probe.exchanges import Exchanges
    from wsgitrace.probe.frameworks.layers import FrameworkLayer
    from wsgitrace.probe.frameworks.state import Answer, Sources

_HOOKS: Final = {
    "_view_middleware": "process_view",
    "_template_response_middleware": "process_template_response",
    "_exception_middleware": "process_exception",
}
"""By the list that a handler keeps them in."""

_HANDLER: Final = "Django's handler: URL resolver, hooks, view and template response"

_CONVERSION: Final = "Django's handler: makes a response of an exception, by the project's error views or debug pages"

_REASONS: Final = {int(code): reason for code, reason in responses.items()}
"""Their own keys are members of an enumeration, which are slow to compare."""


def load(exchanges: Exchanges) -> DjangoAdapter:
    """The adapter for the Django that is imported."""
    return DjangoAdapter(exchanges)


class DjangoAdapter(BaseAdapter):
    """Stands in for each middleware inside the function that Django puts around it.

    That function (``inner`` of ``convert_exception_to_response``) stays the same object and runs the same code, and so
    does the middleware: only the variable that one calls the other by holds our stand-in. So an exception is seen
    before Django makes a response of it, and the order in which the handlers were built does not matter.
    """

    name = "Django"
    signals = frozenset(
        {
            "django.http.response.Http404",
            "django.core.exceptions.PermissionDenied",
            "django.core.exceptions.SuspiciousOperation",
            "django.core.exceptions.BadRequest",
            "django.http.multipartparser.MultiPartParserError",
        }
    )

    prefixes = ("request", "session")

    def __init__(self, exchanges: Exchanges) -> None:
        super().__init__(exchanges)
        handlers = sys.modules["django.core.handlers.exception"].__dict__
        self._handler: type = sys.modules["django.core.handlers.base"].__dict__["BaseHandler"]
        convert = handlers["convert_exception_to_response"]
        self._codes = {
            id(code): code
            for code in original_code(convert).co_consts
            if type(code) is CodeType and "get_response" in code.co_freevars
        }
        self._inner: weakref.WeakKeyDictionary[FunctionType, Any] = weakref.WeakKeyDictionary()
        """What each ``inner`` called before: the middleware itself."""
        self._views: ByObject[tuple[FrameworkLayer, Callable[..., Callable[..., Any]]]] = ByObject()
        """Their layers, and what makes what stands in for one."""
        self._hooked: weakref.WeakKeyDictionary[FunctionType, ByObject[FrameworkLayer]] = weakref.WeakKeyDictionary()
        """The layers of each method that is a hook, by the middleware it is of."""
        see_results(convert, self.passes, lambda result, *_: self._adopt_inner(result))
        observe(handlers["response_for_exception"], self.passes, self._locate_conversion, _ConversionHook)
        see_results(self._handler.__dict__["make_view_atomic"], self.passes, self._see_view)
        see_results(self._handler.__dict__["load_middleware"], self.passes, self._see_loaded)

    def adopt(self, objects: Iterable[Any]) -> None:
        """Report the middleware of the handlers that are layers, outermost first, each with its hooks."""
        objects = list(objects)
        inner = {
            id(one.__closure__[one.__code__.co_freevars.index("get_response")].cell_contents): one
            for one in objects
            if type(one) is FunctionType and id(one.__code__) in self._codes and one.__closure__
        }
        handlers = [one for one in instances(objects, self._handler) if "_middleware_chain" in instance_dict(one)]
        listed = next((number for number in map(self.layers.holder, handlers) if number is not None), None)
        for target in sorted((_target(one) for one in inner.values()), key=_by_settings):
            if listed is not None:
                self._layer(target, listed)
        for one in inner.values():
            self._adopt_inner(one)
        for handler in handlers:
            self._adopt_hooks(handler, listed)

    def _layer(self, target: Any, parent: int | None = None) -> FrameworkLayer:
        if _is_handler(target):
            return self.layers.of(target, "handler", target.__func__.__name__, _HANDLER, parent=parent)
        return self.layers.of(target, "middleware", "MIDDLEWARE", parent=parent, made=True)

    def _adopt_inner(self, inner: Any) -> Any:
        """Stand in for the middleware that ``inner`` is around, or for the handler itself."""
        target = _target(inner)
        if inner in self._inner:
            return inner
        layer = self._layer(target)
        make = async_stand_in if inner.__code__.co_flags & CO_COROUTINE else stand_in
        standing_in = make(target, layer, self.passes, _request_of)
        self._inner[inner] = target
        _cell(inner).cell_contents = standing_in
        return inner

    def _see_loaded(self, result: Any, handler: Any, *_: Any) -> Any:
        self._adopt_hooks(handler)
        return result

    def _adopt_hooks(self, handler: Any, parent: int | None = None) -> None:
        """Observe the hooks of a handler's middleware."""
        held = instance_dict(handler)
        for where, role in _HOOKS.items():
            for hook in held.get(where, ()):
                given = role == "process_template_response"
                if type(hook) is MethodType and type(hook.__func__) is FunctionType:
                    self._adopt_hook(hook, self.layers.of(hook, "hook", role, parent=parent), given=given)
                elif type(hook) is FunctionType:
                    # Of middleware that another tool has wrapped, as Sentry does.
                    self._adopt_function(hook, self.layers.of(hook, "hook", role, parent=parent), given=given)

    def _adopt_hook(self, hook: MethodType, layer: FrameworkLayer, *, given: bool) -> None:
        """Observe one; the same method of other objects, such as Django's decorators make, is none of a handler."""
        function: Any = hook.__func__
        hooked = self._hooked.get(function)
        if hooked is None:
            hooked = self._hooked[function] = ByObject()
            layer_of = hooked.get

            def locate(this: Any, request: Any, response: Any = None, *_: Any, **__: Any) -> Located | None:
                known = layer_of(id(this))
                if known is None:
                    return None
                self._match(request)
                return Located(known, this, request, response if given else None)

            observe(function, self.passes, locate)
        hooked.learn(hook.__self__, layer)

    def _adopt_function(self, hook: FunctionType, layer: FrameworkLayer, *, given: bool) -> None:
        """The same of a hook that is a function made for one handler."""

        def locate(request: Any, response: Any = None, *_: Any, **__: Any) -> Located | None:
            self._match(request)
            return Located(layer, None, request, response if given else None)

        observe(hook, self.passes, locate)

    def _see_view(self, result: Any, _handler: Any, view: Any) -> Any:
        """``make_view_atomic(view)`` returned what is about to be called."""
        known = self._views.get(id(view))
        if known is None:
            is_async = sys.modules["asgiref.sync"].__dict__["iscoroutinefunction"](result)
            known = self.layers.of(view, "view", "view"), async_stand_in if is_async else stand_in
            self._views.learn(view, known)
        layer, make = known
        self.passes.matched(None, layer.name)
        return make(result, layer, self.passes, self._request_of_view)

    def _request_of_view(self, request: Any, *_: Any, **__: Any) -> tuple[Any, Any]:
        self._match(request)
        return request, None

    def _match(self, request: Any) -> None:
        route = instance_dict(instance_dict(request).get("resolver_match")).get("route")
        if type(route) is str:
            # ``path()`` leaves out the slash that every path begins with; ``re_path()`` begins with a circumflex.
            self.passes.matched(route if route[:1] in {"^", "/"} else f"/{route}", "")

    def _locate_conversion(self, request: Any, _error: Any) -> Located:
        function = sys.modules["django.core.handlers.exception"].__dict__["response_for_exception"]
        return Located(self.layers.of(function, "handler", "error", _CONVERSION), None, request)

    def restore(self) -> None:
        """Have every ``inner`` call the middleware itself again."""
        for inner, target in tuple(self._inner.items()):
            _cell(inner).cell_contents = target
        self._inner.clear()

    def sources(self, request: Any) -> Sources:
        """Attributes of the request, and the session as far as it is loaded: looking must not load it."""
        held = instance_dict(request)
        session = instance_dict(held.get("session")).get("_session_cache")
        return held, session if type(session) is dict else {}

    def answer(self, response: Any) -> Answer | None:
        """Of an ``HttpResponse``: with its cookies, as the handler puts them after the other fields."""
        held = instance_dict(response)
        store = instance_dict(held.get("headers")).get("_store")
        if type(store) is not dict:
            return None
        code = held.get("status_code") or getattr(type(response), "status_code", None)
        if type(code) is not int:
            return None
        reason = held.get("_reason_phrase") or _REASONS.get(code, "Unknown Status Code")
        fields = plain_fields(store.values())
        cookies = held.get("cookies")
        if cookies:
            # Exactly as the handler does it, which puts a space before.
            fields += tuple([("Set-Cookie", cookie.output(header="")) for cookie in cookies.values()])
        return f"{code} {reason}", fields


class _ConversionHook(PassHook):
    """The pass in which Django makes a response of an exception, which that ends."""

    __slots__ = ()

    def enter(self, request: Any, error: Any) -> Any:
        """It begins."""
        call = super().enter(request, error)
        return None if call is None else (*call, error)

    def leave(self, call: Any, result: Any) -> Any:
        """It has made ``result``."""
        super().leave(call, result)
        self._passes.converted(call[2], result)
        return result


def _request_of(request: Any, *_: Any) -> tuple[Any, Any]:
    return request, None


def _cell(inner: Any) -> Any:
    return inner.__closure__[inner.__code__.co_freevars.index("get_response")]


def _target(inner: Any) -> Any:
    return _cell(inner).cell_contents


def _is_handler(target: Any) -> bool:
    """True for Django's own way from the innermost middleware to the view."""
    return type(target) is MethodType and target.__func__.__name__ in {"_get_response", "_get_response_async"}


def _by_settings(target: Any) -> int:
    """Position in ``MIDDLEWARE``; after that what is not there under its own name, and the handler at the end."""
    configured = list(sys.modules["django.conf"].__dict__["settings"].MIDDLEWARE)
    if _is_handler(target):
        return len(configured) + 1
    name = named(target, made=True).name
    return configured.index(name) if name in configured else len(configured)
