"""Finding the layers of an application and having them observed."""

from __future__ import annotations

import gc
import weakref
from types import FunctionType
from typing import TYPE_CHECKING, Any

from wsgitrace.probe.boundary import CallHook
from wsgitrace.probe.constructors import ConstructorHook, observe_instances
from wsgitrace.probe.foreign import type_name
from wsgitrace.probe.naming import is_demo
from wsgitrace.probe.shapes import Shape, by_name, defaults_of
from wsgitrace.probe.trampoline import Parameters, call_source, is_ours, loose_source, swap
from wsgitrace.probe.walk import Found, walk

if TYPE_CHECKING:
    from wsgitrace.events import LayerFound
    from wsgitrace.probe.exchanges import Exchanges
    from wsgitrace.probe.layers import Kind

_OURS = "wsgitrace."


class Discovery:
    """Swaps the code of what may be a layer, and reports what is one."""

    def __init__(self, exchanges: Exchanges) -> None:
        self._exchanges = exchanges
        self._hooks: weakref.WeakKeyDictionary[FunctionType, CallHook] = weakref.WeakKeyDictionary()

    def find(self, application: Any, name: str) -> list[LayerFound]:
        """Walk from ``application``, scan for functions of WSGI's shape, and report the layers, outermost first."""
        found = walk(application, name)
        hooks = [self.observe(one.function, one.shape, one.made) for one in found]
        self._scan()
        return [self._exchanges.layers.report_server(name), *self._report(found, hooks)]

    def observe(self, function: FunctionType, shape: Shape, made: type | None = None) -> CallHook | None:
        """Have ``function`` observed, the ``__init__`` of ``made`` if given; its hook, None when it cannot be."""
        hook = self._hooks.get(function)
        if hook is not None or is_ours(function):
            return hook
        try:
            kind = CallHook if made is None else ConstructorHook
            hook = kind(function, self._exchanges, named=shape.named)
            parameters = Parameters.of(function.__code__)
            source = loose_source(parameters) if shape.loose else call_source(parameters, shape.environ)
            swap(function, hook, source)
            if made is not None:
                hook.known.name = type_name(made)
                observe_instances(made, self._exchanges)
        except Exception as error:  # noqa: BLE001 -- promise 2: what cannot be observed is left alone
            self._exchanges.faults.contain("swap", error)
            return None
        self._hooks[function] = hook
        return hook

    def _scan(self) -> None:
        """Observe every function there is whose parameters are called as WSGI's are."""
        for value in gc.get_objects():
            if type(value) is not FunctionType:
                continue
            module = value.__globals__.get("__name__")
            if type(module) is str and module.startswith(_OURS) and not is_demo(module):
                continue
            shape = by_name(value.__code__, defaults_of(value))
            if shape is not None and value.__name__ != "__init__":
                self.observe(value, shape)

    def _report(self, found: list[Found], hooks: list[CallHook | None]) -> list[LayerFound]:
        """Number and report what is a layer, each with the layer that holds it."""
        numbers: dict[int, int] = {}
        holders = {index: self._listed_holder(found, one.parent) for index, one in enumerate(found)}
        holding = {holders[index] for index, one in enumerate(found) if one.listed}
        reported = []
        for index, one in enumerate(found):
            hook = hooks[index]
            if not one.listed or hook is None:
                continue
            holder = holders[index]
            kind: Kind = "wsgi" if index in holding else "application"
            layer = self._exchanges.layers.add(
                hook.known,
                one.this,
                one.how,
                kind,
                0 if holder is None else numbers.get(holder),
                holds=index in holding,
            )
            numbers[index] = layer.id
            reported.append(layer)
        return reported

    @staticmethod
    def _listed_holder(found: list[Found], parent: int | None) -> int | None:
        while parent is not None and not found[parent].listed:
            parent = found[parent].parent
        return parent
