"""Expressions that the user types at a held frame: evaluated there, in that thread, and told of."""

from __future__ import annotations

from _thread import start_new_thread as _start_new_thread
from time import sleep as _sleep
from typing import TYPE_CHECKING, Any, Final

from wsgitrace.events import Evaluated, to_key, to_text

if TYPE_CHECKING:
    from wsgitrace.link import Sender
    from wsgitrace.probe.parking import Parking
    from wsgitrace.probe.ticket import Ticket

PATIENCE: Final = 1.0
"""Seconds after which nobody waits any longer for a value, or for its ``repr``."""

_LONGEST: Final = 10_000


def evaluate(parking: Parking, sender: Sender, exchange: int, token: int, expression: str) -> None:
    """Have the thread of a held exchange evaluate ``expression``; the answer goes to the debugger, once."""
    answer = _Answer(sender, token)

    def job(ticket: Ticket) -> None:
        answer.give(*_value(ticket, expression))

    if not parking.have_done(exchange, job):
        answer.give("the request is not held any more", failed=True)
        return
    _start_new_thread(_give_up, (answer,))


class _Answer:
    """One answer, whoever gives it first."""

    def __init__(self, sender: Sender, token: int) -> None:
        self._sender = sender
        self._token = token
        self._given: list[bool] = []

    def give(self, text: str, failed: bool = False) -> None:  # noqa: FBT001, FBT002 -- one fact
        """Answer, unless somebody has."""
        self._given.append(failed)
        if len(self._given) == 1:
            self._sender.send(Evaluated(self._token, to_text(text[:_LONGEST]), failed))


def _give_up(answer: _Answer) -> None:
    _sleep(PATIENCE)
    answer.give(f"no answer after {PATIENCE:g} s: it is still running in the request's thread", failed=True)


def _value(ticket: Ticket, expression: str) -> tuple[str, bool]:
    """The ``repr`` of a value, or what was raised instead, and whether it was."""
    frame = ticket.frame
    names: dict[str, Any] = {"environ": ticket.span.environ}
    if frame is not None:
        # In one scope: the parts of a comprehension see no other.
        names = {**names, **frame.f_globals, **frame.f_locals}
    try:
        value = eval(compile(expression.strip(), "<wsgitrace>", "eval"), names)  # noqa: S307 -- what the user typed
        return repr(value), False
    except BaseException as error:  # noqa: BLE001 -- whatever it raises is the answer
        return _line(error), True


def _line(error: BaseException) -> str:
    try:
        return to_key(f"{type(error).__name__}: {error}")
    except Exception:  # noqa: BLE001 -- its own text failed
        return type(error).__name__
