"""The boundary around what wrapt, and New Relic's copy of it, calls in the place of an application."""

from __future__ import annotations

import contextlib
import weakref
from types import MethodType
from typing import TYPE_CHECKING, Any

from wsgitrace.probe.boundary import CallHook
from wsgitrace.probe.layers import Known
from wsgitrace.probe.naming import function_name
from wsgitrace.probe.trampoline import original_code

if TYPE_CHECKING:
    from types import FunctionType

    from wsgitrace.probe.exchanges import Exchanges
    from wsgitrace.probe.spans import Span

_ARGUMENTS = 2


def known_of(function: FunctionType) -> Known:
    """The layers that run ``function``: it is not called itself, but the wrappers are that have it called."""
    code = original_code(function)
    known = Known(None, code)
    known.name = function_name(function, code)
    return known


class PackedHook(CallHook):
    """Observes the calls of one function that is given WSGI's arguments in a tuple, by wrappers around applications."""

    __slots__ = ("_wrappers",)

    def __init__(self, known: Known, exchanges: Exchanges, *, named: bool) -> None:
        super().__init__(known, exchanges, named=named)
        self._wrappers: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()
        """By the ``id`` of what each is around, which it holds."""

    def learn(self, wrapped: Any, wrapper: Any) -> None:
        """Take note that calls around ``wrapped`` are those of ``wrapper``."""
        with contextlib.suppress(TypeError):  # it has no weak references: its passes are those of any other
            self._wrappers[_key(wrapped)] = wrapper

    def enter_packed(self, wrapped: Any, args: Any, kwargs: Any) -> tuple[Span, tuple[Any, Any]] | None:
        """As :meth:`enter`: the arguments to go on with, too."""
        if kwargs or type(args) is not tuple or len(args) != _ARGUMENTS:
            return None
        environ, start_response = args
        span = self.enter(self._wrappers.get(_key(wrapped)), environ, start_response)
        return None if span is None else (span, (environ, span.start_response))


def _key(wrapped: Any) -> int:
    """What tells a wrapper from others: a method that is looked up is another object each time."""
    return id(wrapped.__func__ if type(wrapped) is MethodType else wrapped)
