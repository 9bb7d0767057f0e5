"""Containment: a fault of wsgitrace never becomes a fault of the user's request."""

from __future__ import annotations

from _thread import get_ident
from typing import TYPE_CHECKING

from wsgitrace.events import ObserverDetached, ObserverFault, to_key

if TYPE_CHECKING:
    from wsgitrace.link import Sender
    from wsgitrace.probe.recorder import Recording

_LINE = 500


class Faults:
    """Reports each observer that failed once, and detaches the exchange it failed in."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._reported: set[str] = set()

    def contain(self, hook: str, error: BaseException, recording: Recording | None = None, span: int = 0) -> None:
        """Take note that ``hook`` raised ``error``. Never raises."""
        try:
            line = to_key(f"{type(error).__name__}: {error}")[:_LINE]
            if recording is not None and recording.live:
                recording.live = False
                recording.stepping = False
                recording.note = f"observer {hook} failed, untraced from there: {line}"
                detached = ObserverDetached(recording.seq(), span, get_ident(), recording.elapsed(), hook, line)
                recording.events.append(detached)
            if hook not in self._reported:
                self._reported.add(hook)
                self._sender.send(ObserverFault(hook, line))
        except Exception:  # noqa: BLE001, S110 -- there is nobody left to tell
            pass
