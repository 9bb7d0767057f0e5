"""Finding the layers of an application and having them observed."""

from __future__ import annotations

import gc
import weakref
from _thread import allocate_lock as _allocate_lock
from functools import partial
from types import FunctionType
from typing import TYPE_CHECKING, Any

from wsgitrace.marking import listen, marks
from wsgitrace.probe.boundary import CallHook
from wsgitrace.probe.constructors import ConstructorHook, observe_instances
from wsgitrace.probe.decorated import name_and_code
from wsgitrace.probe.deep import Deep
from wsgitrace.probe.foreign import type_name
from wsgitrace.probe.late import LateCalls
from wsgitrace.probe.layers import Known, Layer
from wsgitrace.probe.lines import is_own
from wsgitrace.probe.monitoring import Monitoring
from wsgitrace.probe.naming import code_name, function_name, is_demo
from wsgitrace.probe.opaque import StandIns, name_of, wrapped_by
from wsgitrace.probe.packed import PackedHook, known_of
from wsgitrace.probe.shapes import Shape, by_answer, by_name, defaults_of, function_shape, is_sealed
from wsgitrace.probe.sightings import Sightings
from wsgitrace.probe.trampoline import (
    Parameters,
    call_source,
    functions,
    is_ours,
    loose_source,
    original_code,
    packed_source,
    plant,
    restore,
    restore_all,
    swap,
    swap_for_a_while,
    twin,
)
from wsgitrace.probe.walk import Found, constructor_of, target_of, walk

if TYPE_CHECKING:
    from types import CodeType

    from wsgitrace.events import LayerFound
    from wsgitrace.probe.exchanges import Exchanges
    from wsgitrace.probe.layers import Kind
    from wsgitrace.probe.sightings import Sighting
    from wsgitrace.probe.spans import Span

_OURS = "wsgitrace."
_DOUBTS = 3
_CODES = 10_000
"""Code first seen in requests that is known before all of it is forgotten: some applications make new code for each."""
_PLANTED = 500
"""Of that, code of which functions are made observed from the start: to find what makes them takes milliseconds."""
_MARKED = "marked by wsgitrace.layer"
_SEALED = "its code is frozen or obfuscated"
_LOST = "no function was left that could be observed"
_SIGHTINGS = 100
"""Times that what runs some code is looked for, which takes milliseconds."""
_OPAQUE = "no Python code, and held where nothing can stand in for it"
_ASIDE = "wrapt calls it with the arguments of the request in a tuple"
_LOCAL = ".<locals>."
_ALIKE = 50
"""Functions of one code that are observed when one of them was seen: those there are of a factory, say."""


class _Doubtful(CallHook):
    """Observes a function of which only one argument is known to be WSGI's, until the first call that tells."""

    __slots__ = ("discovery",)

    discovery: Discovery | None

    def enter(self, this: Any, environ: Any, start_response: Any) -> Span | None:
        """As that of any other, which says whether the values are those of a layer."""
        span = super().enter(this, environ, start_response)
        discovery, self.discovery = self.discovery, None
        if span is None and discovery is not None:
            discovery.doubt(self.known)
        return span


class Discovery:
    """Swaps the code of what may be a layer, and reports what is one."""

    def __init__(self, exchanges: Exchanges, deep: int = 0) -> None:
        self._exchanges = exchanges
        exchanges.sightings = Sightings(self.seen, exchanges.faults)
        late = exchanges.sightings.late = LateCalls(exchanges, self.seen)
        self.monitoring = Monitoring(self.called, late, exchanges)
        self.deep = Deep(deep, late, exchanges.faults)
        """Watches every call of the first exchanges."""
        self._marked: dict[tuple[str, int], tuple[CodeType | None, Layer]] = {}
        """Layers marked by hand, by their name and the ``id`` of their code."""
        self._doubted: dict[int, tuple[CodeType, int]] = {}
        """Code that was taken for a layer's and was none, and how often, by its ``id``."""
        self._stand_ins = StandIns(exchanges)
        self._late: dict[tuple[str, CodeType], Known] = {}
        """Of code first seen in a request, by its file and value: all functions that run such are one layer."""
        self._planted: dict[int, CodeType] = {}
        """Code of which functions are made observed from the start, by its ``id``."""
        self._lock = _allocate_lock()
        self._hooks: weakref.WeakKeyDictionary[FunctionType, CallHook] = weakref.WeakKeyDictionary()

    def find(self, application: Any, name: str) -> list[LayerFound]:
        """Walk from ``application``, scan for functions of WSGI's shape, and report the layers, outermost first."""
        found = walk(application, name, opaque=True)
        hooks = [self._observe_found(one) for one in found]
        self._scan()
        reported = [self._exchanges.layers.report_server(name), *self._report(found, hooks)]
        known = {id(one.function if one.this is None else one.this) for one in found if one.listed}
        marked = [self.mark(name, value) for name, value in marks() if id(_named(value)) not in known]
        listen(self.mark)
        self.monitoring.start()
        return [*reported, *filter(None, marked)]

    def entry(self, application: Any) -> Any:
        """What the server is to call for ``application``."""
        return self._stand_ins.entry(application)

    def restore(self) -> None:
        """Have everything in the application as it was."""
        self._stand_ins.undo()
        restore_all()

    def stop(self) -> None:
        """Find no more."""
        self.monitoring.stop()
        self.deep.stop()
        listen(None)

    def mark(self, name: str, value: Any) -> LayerFound | None:
        """Have ``value`` observed as the layer ``name``, and report it where it is new. Never raises."""
        try:
            function, this = target_of(value)
            code = None if function is None else original_code(function)
            marked = self._marked.get((name, id(code)))
            shape = None if function is None else function_shape(function, bound=this is not None)
            hook = None if function is None or shape is None else self.observe(function, shape)
            if hook is None:
                if marked is not None:
                    return None
                found = self._exchanges.layers.report_unobserved(name, _MARKED)
                self._marked[name, id(code)] = code, Layer(found.id, found.name, holds=False, code=code)
                return found
            if marked is not None:
                hook.known.learn(this, marked[1])
                return None
            found = self._exchanges.layers.add(hook.known, this, _MARKED, name=name)
            self._marked[name, id(code)] = code, hook.known.by_object[id(this)]
        except Exception as error:  # noqa: BLE001 -- promise 2: it is the application that marks
            self._exchanges.faults.contain("mark", error)
            return None
        return found

    def seen(self, sighting: Sighting, exchange: int) -> Known:
        """A layer that nobody knew of was seen running in ``exchange``: have it observed from its next call on."""
        code, this = sighting.code, sighting.this
        function: FunctionType | None = sighting.function
        with self._lock:
            known = self._known(code, function, this, sighting.module)
            known.sightings += 1
            if known.sightings > _SIGHTINGS:
                # Its code is made anew each time: whatever is observed now is not called again.
                self._exchanges.layers.discover(known, this, exchange)
                return known
            shape = by_name(code, 0 if function is None else defaults_of(function)) or sighting.shape
            swapped = [self.observe(one, shape, known=known) for one in _alike(function, this)]
            planted = self._plant(code, shape, known)
            intercepted = any(swapped) or planted > 0
        how = "seen on the stack, made for the request" if planted else "seen on the stack"
        if not intercepted:
            how += f"; {_SEALED if is_sealed(code) else _LOST}"
        self._exchanges.layers.discover(known, this, exchange, how, intercepted=intercepted)
        for one in walk(function if this is None else this, ""):
            if one.shape.packed:
                self._observe_packed(one)
            elif not one.aside:
                self.observe(one.function, one.shape, one.made, Known(one.function, original_code(one.function)))
        return known

    def called(self, value: Any) -> bool:
        """``value`` is about to be called with an environ: have it observed from this call on. True when it is new."""
        while type(value) is partial:
            value = value.func
        function, this = target_of(value)
        if function is None:
            made = constructor_of(value)
            return made is not None and self.observe(made.function, made.shape, made.made) is not None
        code = function.__code__
        if is_ours(function) or is_own(code):
            return False
        shape = function_shape(function, bound=this is not None)
        if shape is None or self._doubted.get(id(code), (code, 0))[1] >= _DOUBTS:
            return False
        with self._lock:
            again = (code.co_filename, code) in self._late
            known = self._known(code, function, this, _module(function))
            hook = self.observe(function, shape, known=known, kind=CallHook if shape.named else _Doubtful)
            if isinstance(hook, _Doubtful):
                hook.discovery = self
            if again:
                # Made anew for each request: from the next one on it is observed when it is made.
                self._plant(code, shape, known)
        return hook is not None

    def doubt(self, known: Known) -> None:
        """A function that was about to be called with an environ was not called as a layer."""
        function = known.function()
        if function is not None and restore(function):
            self._hooks.pop(function, None)
            self._doubted[id(known.code)] = known.code, self._doubted.get(id(known.code), (None, 0))[1] + 1
            if not known.late:
                self._late.pop((known.code.co_filename, known.code), None)

    def _known(self, code: CodeType, function: FunctionType | None, this: Any, module: str) -> Known:
        """The layers of code first seen in a request."""
        # By value, because code may be compiled anew for each request.
        key = code.co_filename, code
        known = self._late.get(key)
        if known is None:
            if len(self._late) >= _CODES:
                self._late.clear()
            known = self._late[key] = Known(function, code)
            if function is None or _LOCAL in code.co_qualname:
                # The function may be gone by the next request, and its likes have the same name.
                known.name = code_name(code, module) if this is None else type_name(type(this))
        return known

    def _plant(self, code: CodeType, shape: Shape, known: Known) -> int:
        """Have the functions that will be made of ``code`` observed; how many functions make such."""
        if _LOCAL not in code.co_qualname or id(code) in self._planted or is_sealed(code):
            return 0
        if len(self._planted) >= _PLANTED:
            return 0  # what makes it is made anew, too
        hook = CallHook(known, self._exchanges, named=shape.named)
        self._planted[id(code)] = code
        return plant(code, twin(code, hook, _source(code, shape)))

    def observe(
        self,
        function: FunctionType,
        shape: Shape,
        made: type | None = None,
        known: Known | None = None,
        kind: type[CallHook] = CallHook,
    ) -> CallHook | None:
        """Have ``function`` observed, the ``__init__`` of ``made`` if given; its hook, None when it cannot be.

        Its passes are those of ``known``, if given.
        """
        hook = self._hooks.get(function)
        if hook is not None or is_ours(function) or is_sealed(function.__code__):
            return hook
        try:
            kind = kind if made is None else ConstructorHook
            hook = kind(known or Known(function, original_code(function)), self._exchanges, named=shape.named)
            put = swap if known is None or shape.packed else swap_for_a_while
            put(function, hook, _source(function.__code__, shape))
            if made is not None:
                hook.known.name = type_name(made)
                observe_instances(made, self._exchanges)
        except Exception as error:  # noqa: BLE001 -- promise 2: what cannot be observed is left alone
            self._exchanges.faults.contain("swap", error)
            return None
        self._hooks[function] = hook
        return hook

    def _observe_found(self, one: Found) -> CallHook | None:
        if one.aside:
            return None
        if one.shape.packed:
            return self._observe_packed(one)
        if one.function is not None:
            return self.observe(one.function, one.shape, one.made)
        try:
            return self._stand_ins.observe(one.this, one.inside, outermost=one.parent is None and one.inside is None)
        except Exception as error:  # noqa: BLE001 -- promise 2: what cannot be observed is left alone
            self._exchanges.faults.contain("stand-in", error)
            return None

    def _observe_packed(self, one: Found) -> CallHook | None:
        hook = self.observe(one.function, one.shape, known=known_of(one.function), kind=PackedHook)
        if isinstance(hook, PackedHook):
            hook.learn(wrapped_by(one.this), one.this)
        return hook

    def _scan(self) -> None:
        """Observe every function there is whose parameters are called as WSGI's are."""
        for value in gc.get_objects():
            if type(value) is not FunctionType:
                continue
            module = value.__globals__.get("__name__")
            if type(module) is str and module.startswith(_OURS) and not is_demo(module):
                continue
            shape = by_name(value.__code__, defaults_of(value)) or by_answer(value.__code__)
            if shape is not None and value.__name__ != "__init__":
                self.observe(value, shape)

    def _report(self, found: list[Found], hooks: list[CallHook | None]) -> list[LayerFound]:
        """Number and report what is a layer, each with the layer that holds it."""
        numbers: dict[int, int] = {}
        holders = {index: self._listed_holder(found, one.parent) for index, one in enumerate(found)}
        holding = {holders[index] for index, one in enumerate(found) if one.listed}
        names = {id(_named(value)): name for name, value in marks()}
        reported = []
        for index, one in enumerate(found):
            hook = hooks[index]
            if one.listed and hook is None:
                reported.append(self._report_unobserved(one))
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
                name=names.get(id(one.function if one.this is None else one.this), ""),
            )
            numbers[index] = layer.id
            reported.append(layer)
        return reported

    def _report_unobserved(self, one: Found) -> LayerFound:
        report = self._exchanges.layers.report_unobserved
        if one.function is None:
            return report(name_of(one.this), f"{one.how}; {_OPAQUE}")
        code = original_code(one.function)
        if one.aside:
            return report(function_name(one.function, code), f"{one.how}; {_ASIDE}")
        name, _ = name_and_code(one.function, code, one.this)
        return report(name, f"{one.how}; {_SEALED if is_sealed(code) else _LOST}")

    @staticmethod
    def _listed_holder(found: list[Found], parent: int | None) -> int | None:
        while parent is not None and not found[parent].listed:
            parent = found[parent].parent
        return parent


def _source(code: CodeType, shape: Shape) -> str:
    parameters = Parameters.of(code)
    if shape.packed:
        return packed_source(parameters)
    return loose_source(parameters) if shape.loose else call_source(parameters, shape.environ)


def _alike(function: FunctionType | None, this: Any) -> list[FunctionType]:
    """``function``, and the others that run its code where there is no telling which of them was called."""
    if function is None or this is not None:
        return [] if function is None else [function]
    return functions(function.__code__)[:_ALIKE] or [function]


def _module(function: FunctionType) -> str:
    module = dict.get(function.__globals__, "__name__")
    return module if type(module) is str else ""


def _named(value: Any) -> Any:
    """What a mark on ``value`` is a mark on: the object that its function is called on, or that function."""
    function, this = target_of(value)
    return function if this is None else this
