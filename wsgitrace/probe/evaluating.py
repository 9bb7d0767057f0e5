"""Questions about a held exchange: expressions that the user types, the ``repr`` of an object, the unread body."""

from __future__ import annotations

from _thread import start_new_thread as _start_new_thread
from time import sleep as _sleep
from typing import TYPE_CHECKING, Any, Final

from wsgitrace.events import Evaluated, to_key, to_text
from wsgitrace.probe.standing import why_not_replace_input
from wsgitrace.probe.streams import InputObserver

if TYPE_CHECKING:
    from types import FrameType

    from wsgitrace.events import Question
    from wsgitrace.link import Sender
    from wsgitrace.probe.parking import Parking
    from wsgitrace.probe.ticket import Ticket

PATIENCE: Final = 1.0
"""Seconds after which nobody waits any longer for a value, or for its ``repr``."""

_LONGEST: Final = 10_000
_MOST: Final = 2**20
"""Bytes of request body that are told of."""
_IN_ITS_THREAD: Final = "the request's thread"
_WHERE: Final = {"expression": _IN_ITS_THREAD, "input": _IN_ITS_THREAD, "local": "a thread", "environ": "a thread"}
"""Where it goes on when nobody waits any longer."""


def evaluate(  # noqa: PLR0917 -- one question, and whom it is put to
    parking: Parking, sender: Sender, exchange: int, token: int, expression: str, what: Question = "expression"
) -> None:
    """Answer a question about a held exchange; the answer goes to the debugger, once.

    Expressions are evaluated, and the request body is read, in the thread of the exchange: both may depend on it. The
    ``repr`` of an object is made in a thread of its own, so that one that takes for ever keeps nothing from going on.
    """
    answer = _Answer(sender, token)

    def job(ticket: Ticket) -> None:
        if what == "expression":
            answer.give(*_value(ticket, expression))
        elif what == "input":
            _give_input(ticket, answer)
        else:
            _start_new_thread(_give_repr, (ticket.frame, ticket.span.environ, expression, what, answer))

    if not parking.have_done(exchange, job):
        answer.give("the request is not held any more", failed=True)
        return
    _start_new_thread(_give_up, (answer, _WHERE[what]))


class _Answer:
    """One answer, whoever gives it first."""

    def __init__(self, sender: Sender, token: int) -> None:
        self._sender = sender
        self._token = token
        self._given: list[bool] = []

    def give(self, text: str, failed: bool = False, data: bytes = b"") -> None:  # noqa: FBT001, FBT002 -- one fact
        """Answer, unless somebody has."""
        self._given.append(failed)
        if len(self._given) == 1:
            self._sender.send(Evaluated(self._token, to_text(text[:_LONGEST]), failed, data))


def _give_up(answer: _Answer, where: str) -> None:
    _sleep(PATIENCE)
    answer.give(f"no answer after {PATIENCE:g} s: it is still running in {where}", failed=True)


def _give_repr(frame: FrameType | None, environ: Any, name: str, what: Question, answer: _Answer) -> None:
    """Called in a thread of its own."""
    found = environ if what == "environ" else None if frame is None else frame.f_locals
    try:
        if found is None or name not in found:
            answer.give(f"there is no {name} any more", failed=True)
            return
        answer.give(repr(found[name]))
    except BaseException as error:  # noqa: BLE001 -- whatever it raises is the answer
        answer.give(_line(error), failed=True)


def _give_input(ticket: Ticket, answer: _Answer) -> None:
    """What the client sends and nobody has read: read, and put back for whoever reads next."""
    environ = ticket.span.environ
    stream = None if environ is None else environ.get("wsgi.input")
    if type(stream) is not InputObserver:
        answer.give(why_not_replace_input(ticket.span), failed=True)
        return
    try:
        data = stream.wsgitrace_peek(_MOST)
    except Exception as error:  # noqa: BLE001 -- the client may be gone, or slow
        answer.give(_line(error), failed=True)
        return
    if data is None:
        answer.give(f"it is longer than {_MOST} bytes, or its length was not announced", failed=True)
    else:
        answer.give("", data=data)


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
