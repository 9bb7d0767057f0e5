"""Flask: hooks before, after and at the end of a request, views, error handlers; those of blueprints too."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from wsgitrace.probe.foreign import instance_dict
from wsgitrace.probe.frameworks.base import BaseAdapter, as_dict, instances
from wsgitrace.probe.frameworks.layers import ByObject
from wsgitrace.probe.frameworks.observing import see_results, stand_in
from wsgitrace.probe.frameworks.state import plain_fields

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wsgitrace.probe.exchanges import Exchanges
    from wsgitrace.probe.frameworks.layers import FrameworkLayer, Part
    from wsgitrace.probe.frameworks.state import Answer, Sources

_ROLES: Final[dict[str, tuple[Part, str]]] = {
    "preprocess_request": ("hook", "before_request"),
    "process_response": ("hook", "after_request"),
    "do_teardown_request": ("hook", "teardown_request"),
    "do_teardown_appcontext": ("hook", "teardown_appcontext"),
    "handle_user_exception": ("error handler", "errorhandler"),
    "handle_http_exception": ("error handler", "errorhandler"),
    "handle_exception": ("error handler", "errorhandler"),
    "dispatch_request": ("view", "view"),
}
"""By the method of Flask that is about to call a function: what that function is."""

_CALLER = 3
"""Frames between :meth:`FlaskAdapter._see` and the caller of ``ensure_sync``: the hook's and the trampoline's."""


def load(exchanges: Exchanges) -> FlaskAdapter:
    """The adapter for the Flask that is imported."""
    return FlaskAdapter(exchanges)


class FlaskAdapter(BaseAdapter):
    """Stands in for each function between ``ensure_sync``, through which Flask calls all of them, and its call."""

    name = "Flask"
    signals = frozenset({"werkzeug.exceptions.HTTPException"})
    prefixes = ("session", "g")

    def __init__(self, exchanges: Exchanges) -> None:
        super().__init__(exchanges)
        flask_globals = sys.modules["flask.globals"]
        self._app: Any = flask_globals.__dict__["_cv_app"]
        self._request: Any = flask_globals.__dict__.get("_cv_request", self._app)
        """The context that the request is in: in the newer Flask there is one for both."""
        self._called: dict[str, ByObject[FrameworkLayer]] = {method: ByObject() for method in _ROLES}
        """By the method of Flask that calls them: the layers that registered functions are."""
        self._kind: type = sys.modules["flask.app"].__dict__["Flask"]
        see_results(self._kind.__dict__["ensure_sync"], self.passes, self._see)

    def adopt(self, objects: Iterable[Any]) -> None:
        """Report the hooks and error handlers of every application that is a layer, in the order they are called."""
        for app in instances(objects, self._kind):
            holder = self.layers.holder(app)
            if holder is None:
                continue
            held = instance_dict(app)
            self._report(held.get("before_request_funcs"), "before_request", holder)
            for by_code in _values(held.get("error_handler_spec")):
                for handlers in _values(by_code):
                    for handler in _values(handlers):
                        self.layers.of(handler, "error handler", "errorhandler", parent=holder)
            self._report(held.get("after_request_funcs"), "after_request", holder, backwards=True)
            self._report(held.get("teardown_request_funcs"), "teardown_request", holder, backwards=True)
            for function in reversed(held.get("teardown_appcontext_funcs", [])):
                self.layers.of(function, "hook", "teardown_appcontext", parent=holder)

    def _report(self, by_scope: Any, role: str, holder: int, *, backwards: bool = False) -> None:
        for scope, functions in dict(by_scope or {}).items():
            how = role if scope is None else f"{role} of blueprint {scope}"
            for function in reversed(functions) if backwards else functions:
                self.layers.of(function, "hook", role, how, parent=holder)

    def _see(self, result: Any, app: Any, function: Any) -> Any:
        """``ensure_sync(function)`` returned what is about to be called."""
        frame: Any = sys._getframe(_CALLER)  # noqa: SLF001 -- the one way to it
        while frame.f_code.co_name == "ensure_sync":
            frame = frame.f_back
        method = frame.f_code.co_name
        called = self._called.get(method)
        # MethodView.dispatch_request asks too: it is in the view already.
        if called is None or frame.f_globals.get("__name__") == "flask.views":
            return result
        layer = called.get(id(function)) or self._layer(app, function, method)
        if method == "dispatch_request":
            rule = instance_dict(self._current_request()).get("url_rule")
            self.passes.matched(instance_dict(rule).get("rule"), layer.called)
        return stand_in(
            result, layer, self.passes, self._with_response if method == "process_response" else self._without
        )

    def _layer(self, app: Any, function: Any, method: str) -> FrameworkLayer:
        """What ``function`` is that ``method`` is about to call."""
        part, role = _ROLES[method]
        if role == "after_request" and not _is_registered(app, function):
            # Given to after_this_request(), and usually made for it.
            return self.layers.of(function, part, "after_this_request", alike=1)
        layer = self.layers.of(function, part, role)
        self._called[method].learn(function, layer)
        return layer

    def _current_request(self) -> Any:
        """That of the context; None where there is none."""
        held = instance_dict(self._request.get(None))
        return held.get("request", held.get("_request"))

    def _without(self, *_: Any, **__: Any) -> tuple[Any, Any]:
        return self._current_request(), None

    def _with_response(self, response: Any) -> tuple[Any, Any]:
        return self._current_request(), response

    def sources(self, request: Any) -> Sources:  # noqa: ARG002 -- Flask keeps both beside the request
        """What is on ``g`` and in the session."""
        held = instance_dict(self._request.get(None))
        if not held:
            return ()  # the session is gone with the request: what is called after that cannot change it
        session = held.get("_session", held.get("session"))
        return as_dict(session), instance_dict(instance_dict(self._app.get(None)).get("g"))

    def answer(self, response: Any) -> Answer | None:
        """Of a Werkzeug response."""
        held = instance_dict(response)
        status = held.get("_status")
        fields = instance_dict(held.get("headers")).get("_list")
        if type(status) is not str or type(fields) is not list:
            return None
        return status, plain_fields(fields)


def _is_registered(app: Any, function: Any) -> bool:
    """True for a function that is called after every request."""
    by_scope = instance_dict(app).get("after_request_funcs") or {}
    return any(function is one for functions in by_scope.values() for one in functions)


def _values(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else []
