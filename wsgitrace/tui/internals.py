"""The one module that touches names of Textual that are not public, where its public API has no way.

Written against Textual 8.2; `tests/tui/test_internals.py` fails when one of them goes away.
"""

from __future__ import annotations

import signal
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from rich.segment import Segment, Segments
from textual.drivers.linux_driver import LinuxDriver
from textual.keys import _character_to_key

from wsgitrace.safetext import safe_lines
from wsgitrace.tui.hangup import LastingOutput, abandon_terminal

if TYPE_CHECKING:
    from textual.app import App
    from textual.screen import Screen

__all__ = ["LastingDriver", "key_of_character", "panic_without_locals", "screen_text"]


class LastingDriver(LinuxDriver):
    """Textual's driver, for terminals that may go away.

    Textual's own thread of output ends with the first write that fails; whoever writes next waits for it for ever.
    """

    def __init__(self, app: App[int], **options: Any) -> None:
        super().__init__(app, **options)
        self._file = LastingOutput(self._file, self._lost)  # type: ignore[assignment,arg-type]

    def run_input_thread(self) -> None:
        """Read keys until the end, or until there is nothing to read from."""
        try:
            super().run_input_thread()
        except OSError:
            abandon_terminal()
            self._lost()

    def _lost(self) -> None:
        """Called in a thread: end as the signal does that should have come."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._app.signalled, signal.SIGHUP)  # type: ignore[attr-defined]


def key_of_character(character: str) -> str:
    """What Textual calls the key that types a character."""
    return _character_to_key(character)


def panic_without_locals(app: App[int], error: Exception) -> None:
    """End the app for a fault of ours: exit code 1, and a traceback that shows no values.

    Textual prints the local variables of every frame; here those hold cookies and authorizations.
    """
    app._return_code = 1  # noqa: SLF001 -- see the docstring
    if app._exception is None:  # noqa: SLF001 -- what the test harness waits for
        app._exception = error  # noqa: SLF001
        app._exception_event.set()  # noqa: SLF001
    lines = traceback.format_exception(type(error), error, error.__traceback__)
    text = "\n".join(safe for line in lines for safe in safe_lines(line)) + "\n"
    app._exit_renderables.append(Segments([Segment(text)]))  # noqa: SLF001 -- printed once the terminal is restored
    app._close_messages_no_wait()  # noqa: SLF001


def screen_text(screen: Screen[object]) -> list[str]:
    """The text of every line on a screen, as painted."""
    return [strip.text for strip in screen._compositor.render_strips()]  # noqa: SLF001 -- no public way to the grid
