"""Lending the terminal to pdb: the screen is put away meanwhile, and drawn again when it is given back."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Final

from textual.app import SuspendNotSupported
from textual.widgets import Input

from wsgitrace.safetext import safe
from wsgitrace.supervisor.relay import Relay
from wsgitrace.tui.hangup import abandon_terminal
from wsgitrace.tui.painting import label
from wsgitrace.tui.screens.commands import Commands
from wsgitrace.tui.suspending import put_away

if TYPE_CHECKING:
    from wsgitrace.events import Debugged
    from wsgitrace.supervisor.holding import Hold
    from wsgitrace.supervisor.relay import Outcome
    from wsgitrace.tui.app import WsgitraceApp

__all__ = ["Lending"]

ASKED: Final = "c: the request goes on · q: back to the screen, and it stays held"
"""What leads out of pdb where ``breakpoint()`` called for it."""

LOOKED: Final = "c, q: back to the screen, and it stays held · once stepped (n, s), c lets it go on"
"""The same where the user wanted to look at a request that is held."""

ALWAYS: Final = "ctrl+\\ takes the terminal back, whatever runs"


class Lending:
    """Gives the terminal to one request after the other. Everything else of the screen waits."""

    def __init__(self, app: WsgitraceApp) -> None:
        self._app = app
        self._given: set[tuple[int, int]] = set()
        """Requests, with the event, that have had it: none gets it twice unless the user says so."""

    def look(self) -> None:
        """Give it to who has asked for it first, unless the user is typing something else."""
        waiting = [hold for hold in self._app.feed.status().holds if hold.asks and not self._had(hold)]
        if waiting and isinstance(self._app.screen, Commands) and not isinstance(self._app.focused, Input):
            self.give(min(waiting, key=lambda hold: hold.since).number)

    def _had(self, hold: Hold) -> bool:
        return (hold.number, hold.event) in self._given

    def give(self, number: int) -> None:
        """Have pdb look at a held request, until it is left, its process dies, or the user wants the terminal."""
        hold = next((hold for hold in self._app.feed.status().holds if hold.number == number), None)
        asked = hold is not None and hold.asks and not self._had(hold)
        if hold is not None:
            self._given.add((number, hold.event))
        try:
            outcome, answer = put_away(self._app, lambda: self._relay(number, asked=asked))
        except (SuspendNotSupported, OSError) as problem:
            self._say(f"The terminal cannot be given to pdb: {problem}", failed=True)
            return
        for each in outcome.signals:
            signal.raise_signal(each)
        if outcome.gone and not outcome.signals:
            self._app.signalled(signal.SIGHUP)
        if answer is not None:
            self._say(f"pdb in request {number} has ended. {answer.text}", failed=answer.failed)
        elif outcome.taken_back:
            self._say(f"The terminal was taken back from pdb in request {number}.")

    def _relay(self, number: int, *, asked: bool) -> tuple[Outcome, Debugged | None]:
        """The terminal is ours, as it was before the screen."""
        answers: list[Debugged] = []
        relay = Relay()

        def ended(answer: Debugged) -> None:
            answers.append(answer)
            relay.end()

        try:
            self._introduce(relay, number, asked=asked)
            self._app.feed.debug(number, relay.name, ended)
            outcome = relay.run(lambda: self._app.feed.interrupt(number))
        finally:
            relay.close()
        if outcome.gone:
            # Drawn on it is once more, before the app ends.
            abandon_terminal()
        return outcome, answers[0] if answers else None

    def _introduce(self, relay: Relay, number: int, *, asked: bool) -> None:
        summary = self._app.feed.capture.summary(number)
        what = "" if summary is None else f", {summary.method} {self._app.shown.target(summary.target)}"
        lines = (f"pdb in request {number}{what}", ASKED if asked else LOOKED, ALWAYS)
        relay.say("".join(f"{safe(line)}\n" for line in lines))

    def _say(self, text: str, *, failed: bool = False) -> None:
        self._app.notify(str(label(text)), severity="error" if failed else "information", markup=False, timeout=6)
