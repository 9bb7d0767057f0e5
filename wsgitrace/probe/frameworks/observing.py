"""The two ways to observe a callable of a framework: swap its code, or stand in for it in a single call."""

from __future__ import annotations

from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR
from types import FunctionType
from typing import TYPE_CHECKING, Any, NamedTuple

from wsgitrace.probe.boundary import CallHook
from wsgitrace.probe.exceptions import drop_frame
from wsgitrace.probe.trampoline import Parameters, hook_of, is_ours, restore, swap

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsgitrace.probe.frameworks.layers import FrameworkLayer
    from wsgitrace.probe.frameworks.passes import Passes


class Located(NamedTuple):
    """A call that is a pass."""

    layer: FrameworkLayer
    """Through what."""
    this: Any
    """What tells that a call made in turn is part of the same pass; None where none is."""
    request: Any
    """The framework's request; None where it is the one of the passes before."""
    response: Any = None
    """The framework's response, where it exists before the layer is called."""


_ASYNC = CO_COROUTINE | CO_ASYNC_GENERATOR


class ResultHook:
    """Shows an adapter what a function of the framework was given and returned, and lets it return something else."""

    __slots__ = ("_passes", "_see", "orig")

    def __init__(self, passes: Passes, see: Callable[..., Any]) -> None:
        self._passes = passes
        self._see = see
        self.orig: Any = None

    def result(self, result: Any, *args: Any) -> Any:
        """What the caller gets."""
        if self._passes.active:
            try:
                return self._see(result, *args)
            except Exception as error:  # noqa: BLE001 -- promise 2
                self._passes.fault(error)
        return result

    @staticmethod
    def untraced(error: BaseException) -> None:
        """The function raised."""
        drop_frame(error, 2)


class PassHook:
    """Makes each call of a function of the application a pass, where ``locate`` says that it is one."""

    __slots__ = ("_locate", "_passes", "orig")

    def __init__(self, passes: Passes, locate: Callable[..., Located | None]) -> None:
        self._passes = passes
        self._locate = locate
        self.orig: Any = None

    def enter(self, *args: Any) -> Any:
        """The function is called."""
        if not self._passes.active:
            return None
        try:
            found = self._locate(*args)
        except Exception as error:  # noqa: BLE001 -- promise 2
            self._passes.fault(error)
            return None
        if found is None:
            return None
        span = self._passes.enter(*found)
        return None if span is None else (span, found.response)

    def leave(self, call: Any, result: Any) -> Any:
        """The function returned."""
        self._passes.leave(call[0], result, call[1])
        return result

    def failed(self, call: Any, error: BaseException) -> None:
        """The function raised."""
        drop_frame(error, 2)
        self._passes.failed(call[0], error, call[1])

    @staticmethod
    def untraced(error: BaseException) -> None:
        """A call that is no pass raised."""
        drop_frame(error, 2)


def see_results(function: Any, passes: Passes, see: Callable[..., Any]) -> bool:
    """Have ``see(result, *positional arguments)`` called whenever ``function`` returns; False when it cannot be."""
    if type(function) is not FunctionType or is_ours(function) or function.__code__.co_flags & (_ASYNC | CO_GENERATOR):
        return False
    parameters = Parameters.of(function.__code__)
    given = "".join(f", {name}" for name in parameters.positional)
    if parameters.varargs:
        # Another tool has put a function of its own in the place of the framework's.
        given += f", *{parameters.varargs}"
    swap(function, ResultHook(passes, see), _RESULT.format(passed=parameters.passed(), given=given))
    return True


def observe(function: Any, passes: Passes, locate: Callable[..., Any], hook: type[PassHook] = PassHook) -> bool:
    """Make each call of ``function`` a pass where ``locate`` says so; False when it cannot be.

    The pass through a generator function ends where it returns the generator: what that does is its caller's iterating.
    """
    if type(function) is not FunctionType:
        return False
    if isinstance(hook_of(function), CallHook):
        # It takes ``*args`` and hung near a layer, so it was observed in case it is one: now it is known what it is.
        restore(function)
    if is_ours(function) or function.__code__.co_flags & _ASYNC:
        return False
    parameters = Parameters.of(function.__code__)
    given = ", ".join(parameters.positional)
    if parameters.varargs:
        given = f"{given}, *{parameters.varargs}" if given else f"*{parameters.varargs}"
    swap(function, hook(passes, locate), _OBSERVED.format(passed=parameters.passed(), given=given))
    return True


_RESULT = """
    try:
        wsgitrace_result = HOOK.orig({passed})
    except BaseException as wsgitrace_error:
        HOOK.untraced(wsgitrace_error)
        raise
    return HOOK.result(wsgitrace_result{given})
"""

_OBSERVED = """
    wsgitrace_call = HOOK.enter({given})
    if wsgitrace_call is None:
        try:
            return HOOK.orig({passed})
        except BaseException as wsgitrace_error:
            HOOK.untraced(wsgitrace_error)
            raise
    try:
        wsgitrace_result = HOOK.orig({passed})
    except BaseException as wsgitrace_error:
        HOOK.failed(wsgitrace_call, wsgitrace_error)
        raise
    return HOOK.leave(wsgitrace_call, wsgitrace_result)
"""


def stand_in(
    target: Any, layer: FrameworkLayer, passes: Passes, locate: Callable[..., tuple[Any, Any]]
) -> Callable[..., Any]:
    """What a framework may call in place of ``target`` where nobody looks at what it calls.

    ``locate`` gives, from the arguments, the request, and the response where it exists already.
    """

    def stands_for(*args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = __tracebackhide__ = True
        span = None
        response = None
        if passes.active:
            try:
                request, response = locate(*args)
                span = passes.enter(layer, None, request, response)
            except Exception as error:  # noqa: BLE001 -- promise 2
                passes.fault(error)
        try:
            result = target(*args, **kwargs)
        except BaseException as error:
            if span is None:
                drop_frame(error)
            else:
                passes.failed(span, error, response)
            raise
        if span is not None:
            passes.leave(span, result, response)
        return result

    return stands_for


def async_stand_in(
    target: Any, layer: FrameworkLayer, passes: Passes, locate: Callable[..., tuple[Any, Any]]
) -> Callable[..., Any]:
    """The same for a coroutine function."""

    async def stands_for(*args: Any, **kwargs: Any) -> Any:
        __traceback_hide__ = __tracebackhide__ = True
        span = None
        response = None
        if passes.active:
            try:
                request, response = locate(*args)
                span = passes.enter(layer, None, request, response)
            except Exception as error:  # noqa: BLE001 -- promise 2
                passes.fault(error)
        try:
            result = await target(*args, **kwargs)
        except BaseException as error:
            if span is None:
                drop_frame(error)
            else:
                passes.failed(span, error, response)
            raise
        if span is not None:
            passes.leave(span, result, response)
        return result

    return stands_for
