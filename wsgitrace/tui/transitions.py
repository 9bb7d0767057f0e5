"""Stepping as one state machine, for requests that are held and for recordings: what each key does in each state."""

from __future__ import annotations

from enum import Enum
from typing import Final, Literal, NamedTuple, TypeAlias

__all__ = ["KEYS_OF_TABLE", "TABLE", "Do", "Effect", "Key", "State", "transition"]


class State(Enum):
    """Where one stands."""

    HELD = "where the request is held"
    BEHIND = "in the past of a request that is held"
    AWAY = "on its way after a step: not held again yet, and not over"
    RUNNING = "in a request that runs, and that nobody holds"
    RECORDED = "in a request that is over"


Key: TypeAlias = Literal[
    "into", "over", "out", "cursor", "continue",
    "back_into", "back_over", "back_out", "back_continue",
    "event_next", "event_previous", "jump",
    "edit", "undo", "end", "extend", "evaluate", "again",
]  # fmt: skip
"""What one may want."""

Effect: TypeAlias = Literal["step", "resume", "move", "command", "refuse"]
"""What happens: an order to the request, a movement of the eye, a command about the hold, nothing."""


class Do(NamedTuple):
    """What a key does in a state."""

    effect: Effect
    then: tuple[State, ...]
    """The states that one may be in after it; ``move`` ends where it ends."""
    why: str = ""
    """For ``refuse``: one sentence."""


_H, _B, _A, _U, _R = State.HELD, State.BEHIND, State.AWAY, State.RUNNING, State.RECORDED
_STEP = Do("step", (_A,))
_GO = Do("resume", (_U,))
_LOOK_HELD = Do("move", (_H, _B))
_LOOK_RUNNING = Do("move", (_U,))
_LOOK_AWAY = Do("move", (_A,))
_LOOK = Do("move", (_R,))
_ABOUT = Do("command", (_H,))
_AT_PRESENT = Do("refuse", (_H,), "The request is held here: s steps on.")
_IN_THE_PAST = Do(
    "refuse", (_B,), "This is the past: c returns to where the request is held, and there it can be done."
)
_ON_ITS_WAY = Do("refuse", (_A,), "The request is on its way.")
_NOT_HELD = Do("refuse", (_U,), "The request is not held.")
_OVER = Do("refuse", (_R,), "The request is over.")

TABLE: Final[dict[tuple[State, Key], Do]] = {
    (_H, "into"): _STEP,            (_B, "into"): _LOOK_HELD,            (_R, "into"): _LOOK,
    (_H, "over"): _STEP,            (_B, "over"): _LOOK_HELD,            (_R, "over"): _LOOK,
    (_H, "out"): _STEP,             (_B, "out"): _LOOK_HELD,             (_R, "out"): _LOOK,
    (_H, "cursor"): _STEP,          (_B, "cursor"): _LOOK_HELD,          (_R, "cursor"): _LOOK,
    (_H, "continue"): _GO,          (_B, "continue"): _LOOK_HELD,        (_R, "continue"): _LOOK,
    (_H, "back_into"): _LOOK_HELD,  (_B, "back_into"): _LOOK_HELD,       (_R, "back_into"): _LOOK,
    (_H, "back_over"): _LOOK_HELD,  (_B, "back_over"): _LOOK_HELD,       (_R, "back_over"): _LOOK,
    (_H, "back_out"): _LOOK_HELD,   (_B, "back_out"): _LOOK_HELD,        (_R, "back_out"): _LOOK,
    (_H, "back_continue"): _LOOK_HELD, (_B, "back_continue"): _LOOK_HELD, (_R, "back_continue"): _LOOK,
    (_H, "event_next"): _AT_PRESENT, (_B, "event_next"): _LOOK_HELD,     (_R, "event_next"): _LOOK,
    (_H, "event_previous"): _LOOK_HELD, (_B, "event_previous"): _LOOK_HELD, (_R, "event_previous"): _LOOK,
    (_H, "jump"): _LOOK_HELD,       (_B, "jump"): _LOOK_HELD,            (_R, "jump"): _LOOK,
    (_H, "edit"): _ABOUT,           (_B, "edit"): _IN_THE_PAST,          (_R, "edit"): _OVER,
    (_H, "undo"): _ABOUT,           (_B, "undo"): _IN_THE_PAST,          (_R, "undo"): _OVER,
    (_H, "end"): _ABOUT,            (_B, "end"): _IN_THE_PAST,           (_R, "end"): _OVER,
    (_H, "extend"): _ABOUT,         (_B, "extend"): Do("command", (_B,)), (_R, "extend"): _OVER,
    (_H, "evaluate"): _ABOUT,       (_B, "evaluate"): _IN_THE_PAST,      (_R, "evaluate"): _OVER,
    (_H, "again"): _ABOUT,          (_B, "again"): Do("command", (_B,)), (_R, "again"): Do("command", (_R,)),

    (_A, "into"): _ON_ITS_WAY,      (_U, "into"): _LOOK_RUNNING,
    (_A, "over"): _ON_ITS_WAY,      (_U, "over"): _LOOK_RUNNING,
    (_A, "out"): _ON_ITS_WAY,       (_U, "out"): _LOOK_RUNNING,
    (_A, "cursor"): _ON_ITS_WAY,    (_U, "cursor"): _LOOK_RUNNING,
    (_A, "continue"): _GO,          (_U, "continue"): _LOOK_RUNNING,
    (_A, "back_into"): _LOOK_AWAY,  (_U, "back_into"): _LOOK_RUNNING,
    (_A, "back_over"): _LOOK_AWAY,  (_U, "back_over"): _LOOK_RUNNING,
    (_A, "back_out"): _LOOK_AWAY,   (_U, "back_out"): _LOOK_RUNNING,
    (_A, "back_continue"): _LOOK_AWAY, (_U, "back_continue"): _LOOK_RUNNING,
    (_A, "event_next"): _LOOK_AWAY, (_U, "event_next"): _LOOK_RUNNING,
    (_A, "event_previous"): _LOOK_AWAY, (_U, "event_previous"): _LOOK_RUNNING,
    (_A, "jump"): _LOOK_AWAY,       (_U, "jump"): _LOOK_RUNNING,
    (_A, "edit"): _ON_ITS_WAY,      (_U, "edit"): _NOT_HELD,
    (_A, "undo"): _ON_ITS_WAY,      (_U, "undo"): _NOT_HELD,
    (_A, "end"): _ON_ITS_WAY,       (_U, "end"): _NOT_HELD,
    (_A, "extend"): _ON_ITS_WAY,    (_U, "extend"): _NOT_HELD,
    (_A, "evaluate"): _ON_ITS_WAY,  (_U, "evaluate"): _NOT_HELD,
    (_A, "again"): Do("command", (_A,)), (_U, "again"): Do("command", (_U,)),
}  # fmt: skip
"""All there is to it: there is an entry for every key in every state."""


KEYS_OF_TABLE: Final[dict[str, Key]] = {
    "step_forward": "into",
    "step_over": "over",
    "step_out": "out",
    "step_cursor": "cursor",
    "step_continue": "continue",
    "step_back": "back_into",
    "step_back_over": "back_over",
    "step_back_out": "back_out",
    "step_start": "back_continue",
    "event_next": "event_next",
    "event_previous": "event_previous",
    "jump": "jump",
    "step_edit": "edit",
    "step_add": "edit",
    "step_remove": "edit",
    "step_undo": "undo",
    "step_end": "end",
    "step_more_time": "extend",
    "step_no_limit": "extend",
    "step_evaluate": "evaluate",
    "step_pdb": "evaluate",
    "step_replay_here": "again",
}
"""What keys mean to the table of transitions."""


def transition(state: State, key: Key) -> Do:
    """What a key does."""
    return TABLE[state, key]
