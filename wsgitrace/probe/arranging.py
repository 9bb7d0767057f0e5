"""How a recorded request is run again otherwise than it was: layers skipped, the clock set, changed by a hook first."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from wsgitrace.events import Edited
from wsgitrace.probe.clock import Clock, why_not_set
from wsgitrace.probe.environ import rendered
from wsgitrace.probe.intervening import edit_input
from wsgitrace.probe.inward import SkipError
from wsgitrace.probe.unpatched import get_ident

if TYPE_CHECKING:
    from wsgitrace.events import Replay
    from wsgitrace.probe.alone import Alone
    from wsgitrace.probe.inward import Inward
    from wsgitrace.probe.layers import Layers
    from wsgitrace.probe.recorder import Recording
    from wsgitrace.probe.spans import Span

__all__ = ["Arrangement", "ArrangementError"]

PATIENCE: Final = 5.0
"""Seconds that other exchanges get to end, where one is to run alone."""

_MISSING: Any = object()


class ArrangementError(Exception):
    """A request cannot be run again so; the text says why, without a full stop."""


class Arrangement:
    """What is done otherwise in one exchange."""

    def __init__(self, command: Replay, hook: tuple[str, Any], alone: Alone) -> None:
        self.breakpoints = command.breakpoints
        self.skips: dict[int, Any] = {}
        """By the numbers of layers that are not run: what is called in their place."""
        self.refusal = ""
        """Why the application is not called, once that is known; empty when it is."""
        self._named, self._hook = hook
        self._alone = alone
        self._clock = None if command.clock is None else Clock(command.clock)
        self._wall = command.clock or 0
        self._is_alone = False

    @classmethod
    def of(cls, command: Replay, hook: tuple[str, Any], layers: Layers, inward: Inward, alone: Alone) -> Arrangement:
        """Find out whether it can be done. Raises :class:`ArrangementError`.

        ``hook``: the name and the function of what is to change the request first; None for no function.
        """
        made = cls(command, hook, alone)
        for name, inner in command.skips:
            number = layers.named(name)
            if number is None:
                raise ArrangementError(f"{name} cannot be skipped: no layer of that name was seen in this process yet")
            try:
                made.skips[number] = inward.callee(number, inner)
            except SkipError as problem:
                raise ArrangementError(f"{name} cannot be skipped: {problem}") from None
        if command.clock is not None and (why := why_not_set()):
            raise ArrangementError(why)
        return made

    def begin(self, recording: Recording) -> None:
        """The exchange has begun, in this thread: set the clock, once nothing else runs."""
        if self._clock is None:
            return
        others = self._alone.take(recording, PATIENCE)
        if others:
            many = "another request was" if others == 1 else f"{others} other requests were"
            self.refusal = f"with the clock set it has to run alone, and {many} still open after {PATIENCE:g} s"
            return
        self._is_alone = True
        self._clock.set()
        shown = datetime.fromtimestamp(self._wall / 1e9, UTC).isoformat(timespec="milliseconds")
        _record(recording, "clock", "", None, shown)

    def end(self) -> None:
        """The exchange is over."""
        if self._clock is not None:
            self._clock.put_back()
        if self._is_alone:
            self._is_alone = False
            self._alone.leave()

    def prepare(self, root: Span) -> None:
        """Have the hook change what the application is about to be called with; :attr:`refusal` says if it is not."""
        environ, stream = root.environ, root.recording.input
        if self._hook is None or self.refusal or environ is None or stream is None:
            return
        try:
            body = stream.wsgitrace_inner.read()
        except Exception as error:  # noqa: BLE001 -- what the server says of a body that is none
            self.refusal = f"the body cannot be read for {self._named}: {error}"
            return
        # A hook that reads the body itself takes nothing from the application.
        environ["wsgi.input"] = BytesIO(body)
        stream.wsgitrace_inner = BytesIO(body)
        before = dict.copy(environ)
        try:
            result = self._hook(environ, body)
        except Exception as error:  # noqa: BLE001 -- the user's code
            self.refusal = f"{self._named} raised {_told(error)}"
            return
        self.refusal = _why_not(result, before, environ, self._named)
        if self.refusal:
            return
        environ["wsgi.input"] = before["wsgi.input"] = stream
        _record_changes(root.recording, before, environ)
        if result is not None and bytes(result) != body:
            edit_input(root, bytes(result), mend=True)


def _why_not(result: Any, before: dict[str, Any], environ: dict[str, Any], named: str) -> str:
    """What is wrong with what a hook did; empty when nothing is."""
    if result is not None and not isinstance(result, bytes | bytearray):
        return f"{named} returned {type(result).__name__}: None, or the new body as bytes, is wanted"
    if any(type(key) is not str for key in environ):
        return f"{named} has put a key into the environ that is no str"
    gone = [key for key in before if key.startswith("wsgi.") and key not in environ]
    if gone:
        return f"{named} has removed {gone[0]} from the environ"
    if environ.get("wsgi.input") is not before.get("wsgi.input"):
        return f"{named} has put another wsgi.input into the environ: it returns the new body instead"
    return ""


def _told(error: Exception) -> str:
    """An exception of the user's code, and where it comes from."""
    name, text = type(error).__name__, " ".join(str(error).split()) if type(error).__module__ == "builtins" else ""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    where = ""
    if traceback is not None:
        where = f" ({os.path.basename(traceback.tb_frame.f_code.co_filename)}:{traceback.tb_lineno})"  # noqa: PTH119 -- text of a code
    return f"{name}: {text}{where}" if text else f"{name}{where}"


def _record_changes(recording: Recording, before: dict[str, Any], after: dict[str, Any]) -> None:
    """One event for each key that differs."""
    for key in (*after, *(key for key in before if key not in after)):
        old, new = before.get(key, _MISSING), after.get(key, _MISSING)
        if old is new or (type(old) is type(new) is str and old == new):
            continue
        _record(
            recording,
            "environ",
            key,
            None if old is _MISSING else rendered(old),
            None if new is _MISSING else rendered(new),
        )


def _record(recording: Recording, what: Any, name: str, before: Any, after: Any) -> None:
    recording.add(Edited(recording.seq(), 0, get_ident(), recording.elapsed(), what, name, before, after))
