"""``wsgi.input`` and ``wsgi.errors``, observed: the same methods, the same behaviour, told of."""

from __future__ import annotations

from _thread import get_ident
from io import BytesIO
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from wsgitrace.events import ErrorsWrite, InputRead
from wsgitrace.probe.environ import bounded, stands_for
from wsgitrace.probe.exceptions import drop_frame
from wsgitrace.probe.foreign import mro, type_name
from wsgitrace.probe.misfits import note_named
from wsgitrace.probe.spans import current

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsgitrace.probe.recorder import Recording

Method = Literal["read", "readline", "readlines", "next"]

_ALSO_READS = frozenset({"read1", "readinto", "readinto1"})


class InputObserver(msgspec.Struct, eq=False, weakref=True):
    """Stands for the ``wsgi.input`` of one exchange.

    (A msgspec struct because one is made for every request.)
    """

    wsgitrace_inner: Any
    wsgitrace_recording: Recording
    wsgitrace_total: int | None
    """Announced size of the body, None when it was not."""
    wsgitrace_offset: int = 0
    """Bytes read so far."""
    wsgitrace_read: bool = False
    wsgitrace_whole: bool = False
    """True when the body is known to be at its end."""

    def read(self, *args: Any, **kwargs: Any) -> Any:
        """As the server's own."""
        return self._observed("read", self.wsgitrace_inner.read, args, kwargs)

    def readline(self, *args: Any, **kwargs: Any) -> Any:
        """As the server's own."""
        return self._observed("readline", self.wsgitrace_inner.readline, args, kwargs)

    def readlines(self, *args: Any, **kwargs: Any) -> Any:
        """As the server's own."""
        return self._observed("readlines", self.wsgitrace_inner.readlines, args, kwargs)

    def __iter__(self) -> Any:
        iterator = iter(self.wsgitrace_inner)
        return self if iterator is self.wsgitrace_inner else InputLines(self, iterator)

    def __next__(self) -> Any:
        return self._observed("next", next, (self.wsgitrace_inner,), {})

    def __enter__(self) -> Any:
        self.wsgitrace_inner.__enter__()
        return self

    def __exit__(self, *exc_info: object) -> Any:
        return self.wsgitrace_inner.__exit__(*exc_info)

    @property
    def __class__(self) -> Any:
        """That of the server's own."""
        return self.wsgitrace_inner.__class__

    @__class__.setter
    def __class__(self, value: Any) -> None:
        self.wsgitrace_inner.__class__ = value

    def __repr__(self) -> str:
        return repr(self.wsgitrace_inner)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.wsgitrace_inner, name)
        if name not in _ALSO_READS:
            return value

        def observed(*args: Any, **kwargs: Any) -> Any:
            return self._observed("read", value, args, kwargs)

        return observed

    def wsgitrace_peek(self, most: int) -> bytes | None:
        """What is still to be read, which stays so; None where that is more than ``most`` bytes, or nobody knows."""
        total = self.wsgitrace_total
        if total is None or total - self.wsgitrace_offset > most:
            return None
        data = bytes(self.wsgitrace_inner.read())
        self.wsgitrace_inner = BytesIO(data)
        return data

    def wsgitrace_state(self) -> Literal["none", "unread", "partial", "full"]:
        """How much of the body was read."""
        total = self.wsgitrace_total
        if total == 0:
            return "none"
        if self.wsgitrace_whole or (total is not None and self.wsgitrace_offset >= total):
            return "full"
        return "partial" if self.wsgitrace_read else "unread"

    def _observed(self, method: Method, call: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        recording = self.wsgitrace_recording
        if not recording.live:
            return call(*args, **kwargs)
        began = perf_counter_ns()
        try:
            result = call(*args, **kwargs)
        except StopIteration:
            self.wsgitrace_whole = True
            raise
        except BaseException as error:
            drop_frame(error)
            self._record(method, args, kwargs, None, began, type_name(type(error)))
            raise
        self._record(method, args, kwargs, result, began, "")
        return result

    def _record(  # noqa: PLR0917 -- the facts of one read
        self,
        method: Method,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        result: Any,
        began: int,
        error: str,
    ) -> None:
        recording = self.wsgitrace_recording
        if not recording.live:
            return
        span = 0
        try:
            took = perf_counter_ns() - began
            running = current.get()
            span = running.id if running is not None and running.recording is recording else 0
            asked = _asked(method, args, kwargs)
            data = _bytes_read(result, args)
            offset = self.wsgitrace_offset
            self.wsgitrace_read = True
            self.wsgitrace_offset += len(data)
            if not error and self._at_end(method, asked, len(data)):
                self.wsgitrace_whole = True
            seq = recording.seq()
            kept, stored = recording.keep_input(span, seq, data)
            recording.add(
                InputRead(
                    seq,
                    span,
                    get_ident(),
                    began - recording.began,
                    method,
                    asked,
                    len(data),
                    offset,
                    self.wsgitrace_whole,
                    kept,
                    stored,
                    took,
                    error,
                )
            )
        except Exception as fault:  # noqa: BLE001 -- promise 2
            recording.faults.contain("input", fault, recording, span)

    def _at_end(self, method: Method, asked: int | None, got: int) -> bool:
        total = self.wsgitrace_total
        if total is not None and self.wsgitrace_offset >= total:
            return True
        if method in {"read", "readlines"} and (asked is None or asked < 0):
            return True
        return got == 0 and asked != 0


class InputLines:
    """Iterates over the lines of the input where the server's own hands out an iterator of its own."""

    __slots__ = ("_inner", "_input")

    def __init__(self, observer: InputObserver, inner: Any) -> None:
        self._input = observer
        self._inner = inner

    def __iter__(self) -> InputLines:
        return self

    def __next__(self) -> Any:
        return self._input._observed("next", next, (self._inner,), {})  # noqa: SLF001 -- one thing in two classes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def _asked(method: Method, args: tuple[Any, ...], kwargs: dict[str, Any]) -> int | None:
    """The size asked for."""
    if method == "next":
        return None
    first = args[0] if args else next(iter(kwargs.values()), None)
    if type(first) is int:
        return max(min(first, 2**62), -(2**62))
    return len(first) if type(first) is bytearray or type(first) is memoryview else None


def _bytes_read(result: Any, args: tuple[Any, ...]) -> bytes:
    """The bytes that a read gave."""
    kind = type(result)
    if kind is bytes:
        return result  # type: ignore[no-any-return]
    if kind is list:
        return b"".join([line for line in result if type(line) is bytes])
    if kind is int and args and type(args[0]) in {bytearray, memoryview}:
        return bytes(memoryview(args[0]).cast("B")[:result])
    if bytes in mro(kind):
        return bytes.__getitem__(result, slice(None))
    return b""


class ErrorsObserver(msgspec.Struct, eq=False, weakref=True):
    """Stands for the ``wsgi.errors`` of one exchange."""

    wsgitrace_inner: Any
    wsgitrace_recording: Recording

    def write(self, *args: Any, **kwargs: Any) -> Any:
        """As the server's own."""
        try:
            result = self.wsgitrace_inner.write(*args, **kwargs)
        except BaseException as error:
            drop_frame(error)
            if args and type(args[0]) is not str:
                note_named(self.wsgitrace_recording, self._span(), "errors", type_name(type(args[0])))
            raise
        self._record(args)
        return result

    def writelines(self, *args: Any, **kwargs: Any) -> Any:
        """As the server's own."""
        lines = args[0] if args and type(args[0]) in {list, tuple} else None
        if lines is None and args:
            # An iterator can be gone through only once: the server's own shall have it, and we what it yields.
            return self.wsgitrace_inner.writelines(self._told(args[0]), *args[1:], **kwargs)
        result = self.wsgitrace_inner.writelines(*args, **kwargs)
        self._record(tuple(lines or ()))
        return result

    def _told(self, lines: Any) -> Any:
        for line in lines:
            self._record((line,))
            yield line

    @property
    def __class__(self) -> Any:
        """That of the server's own."""
        return self.wsgitrace_inner.__class__

    @__class__.setter
    def __class__(self, value: Any) -> None:
        self.wsgitrace_inner.__class__ = value

    def __repr__(self) -> str:
        return repr(self.wsgitrace_inner)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.wsgitrace_inner, name)

    def _record(self, texts: tuple[Any, ...]) -> None:
        recording = self.wsgitrace_recording
        if not recording.live:
            return
        try:
            span = self._span()
            text = "".join([text for text in texts if type(text) is str])
            recording.add(ErrorsWrite(recording.seq(), span, get_ident(), recording.elapsed(), bounded(text)))
        except Exception as fault:  # noqa: BLE001 -- promise 2
            recording.faults.contain("errors", fault, recording)

    def _span(self) -> int:
        """The pass that runs now."""
        running = current.get()
        return running.id if running is not None and running.recording is self.wsgitrace_recording else 0


stands_for.update({InputObserver, ErrorsObserver})
