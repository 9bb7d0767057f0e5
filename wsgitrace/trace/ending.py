"""Other ends for a held request, as they are typed: ``abort 503``, ``raise KeyError coupon``, ``delay 5``.

Pure, for every place where they are typed or sent.
"""

from __future__ import annotations

import builtins
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, NamedTuple

from wsgitrace.events import Answer, DropClient, Raise, Skip, to_text

if TYPE_CHECKING:
    from wsgitrace.events import End

__all__ = ["END_HINTS", "Ending", "read_ending", "why_not_end"]

END_HINTS: Final = (
    "abort STATUS          answer for this layer, as in: abort 503",
    "answer STATUS TEXT    the same with a text",
    "raise TYPE MESSAGE    an exception here, as in: raise KeyError coupon",
    "skip                  call what this layer would call, without it",
    "delay SECONDS         go on after so long",
    "drop                  close the client's connection, and go on",
)

_ANSWERS: Final = frozenset({"abort", "answer"})
_RAISES: Final = frozenset({"called", "start_response", "returned", "chunk"})
_LONGEST: Final = 3_600.0


class Ending(NamedTuple):
    """What was asked for."""

    end: End | None = None
    delay: float = 0.0


def read_ending(text: str) -> Ending:
    """What was typed. Raises ValueError, its text one sentence."""
    word, _, rest = text.strip().partition(" ")
    rest = rest.strip()
    if word in _ANSWERS:
        return Ending(_answer(rest, word))
    if word == "raise":
        name, _, message = rest.partition(" ")
        kind = getattr(builtins, name or "RuntimeError", None)
        if not (isinstance(kind, type) and issubclass(kind, Exception)):
            raise ValueError(f"{name} is no built-in exception: ValueError, KeyError, RuntimeError, TimeoutError are.")
        return Ending(Raise(name or "RuntimeError", to_text(message.strip())))
    if word == "delay":
        return Ending(delay=_seconds(rest))
    if word == "skip" and not rest:
        return Ending(Skip())
    if word == "drop" and not rest:
        return Ending(DropClient())
    raise ValueError("It begins with abort, answer, raise, skip, delay or drop.")


def why_not_end(ending: Ending, kind: str, no_skip: str) -> str:
    """Why that cannot be done at an event of ``kind``, one sentence; empty when it can.

    ``no_skip``: why the layer cannot be skipped, as told where it was held.
    """
    end = ending.end
    if isinstance(end, Answer | Skip) and kind != "called":
        return "That is for where a layer is called: this one has run. Edit its status, headers or body instead."
    if isinstance(end, Raise) and kind not in _RAISES:
        return f"Nothing can be raised at this event ({kind}): where a layer is called, calls start_response, returns."
    if isinstance(end, Skip) and no_skip:
        return f"This layer cannot be skipped: {no_skip}."
    return ""


def _answer(rest: str, word: str) -> Answer:
    found = re.fullmatch(r"([0-9]{3})(?:\s+(.*))?", rest or "500", re.DOTALL)
    if found is None:
        raise ValueError(f"{word} wants a status in three digits, as in: {word} 503.")
    code, text = int(found[1]), found[2] or ""
    reason = next((each.phrase for each in HTTPStatus if each == code), "Answer")
    body = (text or f"{code} {reason}\n").encode()
    length = str(len(body))
    headers = (("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", length))
    return Answer(f"{code} {reason}", headers, body)


def _seconds(text: str) -> float:
    try:
        seconds = float(text.removesuffix("s"))
    except ValueError:
        raise ValueError("delay wants a time in seconds, as in: delay 5.") from None
    if not 0 < seconds <= _LONGEST:
        raise ValueError("delay wants a time in seconds, up to an hour.")
    return seconds
