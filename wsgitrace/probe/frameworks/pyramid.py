"""Pyramid: tweens, views and exception views."""

from __future__ import annotations

import sys
import weakref
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Final

from wsgitrace.probe.foreign import class_attribute, instance_dict, mro
from wsgitrace.probe.frameworks.base import BaseAdapter, as_dict, instances
from wsgitrace.probe.frameworks.layers import ByObject
from wsgitrace.probe.frameworks.observing import Located, observe, see_results
from wsgitrace.probe.frameworks.state import plain_fields
from wsgitrace.probe.trampoline import original_code

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wsgitrace.probe.exchanges import Exchanges
    from wsgitrace.probe.frameworks.layers import FrameworkLayer, Part
    from wsgitrace.probe.frameworks.state import Answer, Sources

_DEPTH: Final = 60
_HANDLER: Final = "Pyramid's handler: routes, traversal, view and renderer"
_REQUEST: Final = "webob.request.BaseRequest"


def load(exchanges: Exchanges) -> PyramidAdapter:
    """The adapter for the Pyramid that is imported."""
    return PyramidAdapter(exchanges)


class PyramidAdapter(BaseAdapter):
    """Swaps the code of tweens, which it finds by following them from one to the next, and of views when looked up."""

    name = "Pyramid"
    signals = frozenset({"pyramid.httpexceptions.HTTPException"})
    prefixes = ("request", "request", "session")

    def __init__(self, exchanges: Exchanges) -> None:
        super().__init__(exchanges)
        self._kind: type = sys.modules["pyramid.router"].__dict__["Router"]
        self._request_kind: type = sys.modules["webob.request"].__dict__["BaseRequest"]
        self._tweens: ByObject[FrameworkLayer] = ByObject()
        """By function, and by object with a ``__call__``."""
        self._seen: ByObject[Part] = ByObject()
        """Views that were looked up before, and as what."""
        self._observed: weakref.WeakSet[FunctionType] = weakref.WeakSet()
        """What runs for those of them that can be observed."""
        see_results(self._kind.__dict__["__init__"], self.passes, self._see_router)
        see_results(sys.modules["pyramid.view"].__dict__["_find_views"], self.passes, self._see_views)
        observe(self._kind.__dict__["handle_request"], self.passes, self._locate_handler)

    def adopt(self, objects: Iterable[Any]) -> None:
        """Report and observe the tweens of every router, outermost first."""
        for router in instances(objects, self._kind):
            self._see_router(None, router)

    def _see_router(self, result: Any, router: Any, *_: Any) -> Any:
        held = instance_dict(router)
        outermost = held.get("handle_request")
        holder = self.layers.holder(router)
        for tween in _chain(outermost, self._kind.__dict__["handle_request"]):
            if self._observe_tween(tween):
                self._tweens.learn(tween, self.layers.of(tween, "middleware", "tween", parent=holder, made=True))
        self._handler(router, holder)
        return result

    def _handler(self, router: Any, parent: int | None = None) -> FrameworkLayer:
        """A router's own way from its innermost tween to the view and back."""
        method = MethodType(self._kind.__dict__["handle_request"], router)
        return self.layers.of(method, "handler", "handle_request", _HANDLER, parent=parent)

    def _locate_handler(self, router: Any, request: Any) -> Located | None:
        return Located(self._handler(router), None, request) if self._is_request(request) else None

    def _observe_tween(self, tween: Any) -> bool:
        function = tween if type(tween) is FunctionType else class_attribute(type(tween), "__call__")
        if type(function) is not FunctionType:
            return False
        plain = tween is function
        own = weakref.ref(function)

        def locate(*args: Any) -> Located | None:
            layer = self._tweens.get(id(own() if plain else args[0]))
            request = args[-1] if args else None
            return None if layer is None or not self._is_request(request) else Located(layer, None, request)

        observe(function, self.passes, locate)
        return True

    def _is_request(self, value: Any) -> bool:
        return self._request_kind in mro(type(value))

    def _see_views(self, result: Any, *args: Any) -> Any:
        """Views were looked up: one of them is about to be called, or several in turn until one does not refuse."""
        classifier = args[5] if len(args) > 5 else None  # noqa: PLR2004 -- the sixth parameter
        is_exception = getattr(classifier, "__name__", "") == "IExceptionViewClassifier"
        part: Part = "error handler" if is_exception else "view"
        for view in result:
            for one in _views_of(view):
                if self._seen.get(id(one)) is None:
                    self._observe_view(one, part)
                    self._seen.learn(one, part)
        return result

    def _observe_view(self, view: Any, part: Part) -> None:
        held = instance_dict(view)
        original = held.get("__original_view__", view)
        attribute = _attribute(view) or "__call__"
        function: Any = original
        if isinstance(original, type) or type(original) is not FunctionType:
            kind = original if isinstance(original, type) else type(original)
            function = original.__func__ if type(original) is MethodType else class_attribute(kind, attribute)
        if type(function) is not FunctionType or function in self._observed:
            return
        role = "exception view" if part == "error handler" else "view"
        self._observed.add(function)
        named_by = original if function is original or type(original) is MethodType else None
        this = weakref.ref(function)

        def locate(*args: Any) -> Located | None:
            # Called by Pyramid, and not by another view.
            caller: Any = sys._getframe(3)  # noqa: SLF001 -- past this, the hook and the trampoline
            if not str(caller.f_globals.get("__name__", "")).startswith("pyramid."):
                return None
            own: Any = this()
            request = next((one for one in reversed(args) if self._is_request(one)), None)
            if request is None and args:
                request = instance_dict(args[0]).get("request")
            callable_: Any = own if named_by is not None or not args else MethodType(own, args[0])
            layer = self._layer(callable_, own, part, role)
            route = instance_dict(instance_dict(request).get("matched_route")).get("pattern")
            self.passes.matched(route, layer.name if part == "view" else "")
            return Located(layer, None, request if self._is_request(request) else None)

        observe(function, self.passes, locate)

    def _layer(self, value: Any, function: Any, part: Part, role: str) -> FrameworkLayer:
        """One layer for all objects that are made of a view class."""
        if type(value) is not MethodType:
            return self.layers.of(function, part, role)
        kind = type(value.__self__)
        return self.layers.of_class(kind, value, part, role)

    def sources(self, request: Any) -> Sources:
        """Attributes of the request, which WebOb keeps in two places, and the session where one was asked for."""
        held = instance_dict(request)
        environ = held.get("environ")
        more = environ.get("webob.adhoc_attrs") if type(environ) is dict else None
        return held, more if type(more) is dict else {}, as_dict(held.get("session"))

    def answer(self, response: Any) -> Answer | None:
        """Of a WebOb response."""
        held = instance_dict(response)
        status, fields = held.get("_status"), held.get("_headerlist")
        if type(status) is not str or type(fields) is not list:
            return None
        return status, plain_fields(fields)


def _views_of(view: Any) -> Iterator[Any]:
    """The views that one is made of: several with predicates may share a name."""
    several = instance_dict(view).get("views")
    if type(several) is list and type(view).__name__ == "MultiView":
        for entry in several:
            yield entry[1]
    else:
        yield view


def _attribute(view: Any) -> str:
    """The method that is the view, of a view that is a class; empty where the object itself is called."""
    for _ in range(_DEPTH):
        if type(view) is not FunctionType:
            break
        names = original_code(view).co_freevars
        for cell in (view.__closure__ or ())[names.index("attr") :][:1] if "attr" in names else ():
            attribute = cell.cell_contents
            return attribute if type(attribute) is str else ""
        view = view.__dict__.get("__wraps__")
    return ""


def _chain(outermost: Any, end: Any) -> list[Any]:
    """The tweens from ``outermost`` to the router's own ``handle_request``: each holds the next one."""
    path: list[Any] = []
    seen: set[int] = set()

    def leads_there(value: Any) -> bool:
        if type(value) is MethodType and value.__func__ is end:
            return True
        if id(value) in seen or len(path) > _DEPTH or len(seen) > _DEPTH**2:
            return False
        seen.add(id(value))
        path.append(value)
        if any(leads_there(one) for one in _held(value)):
            return True
        path.pop()
        return False

    return path if leads_there(outermost) else []


def _held(value: Any) -> Iterator[Any]:
    """What may be the handler that a tween holds, by convention first."""
    if type(value) is FunctionType:
        names = original_code(value).co_freevars
        cells = dict(zip(names, value.__closure__ or (), strict=False))
        found = {name: cell.cell_contents for name, cell in cells.items() if _is_filled(cell)}
    elif type(value) is MethodType:
        found = {"handler": value.__self__}
    else:
        found = instance_dict(value)
    for _, one in sorted(found.items(), key=lambda item: item[0] != "handler"):
        if type(one) in {FunctionType, MethodType} or class_attribute(type(one), "__call__") is not None:
            yield one


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:  # a variable that has no value yet
        return False
