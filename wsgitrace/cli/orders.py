"""Commands of ``record --interactive``: one JSON object each, and what ``record --help`` tells of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Order", "OrderError", "order_help", "read_id", "read_order"]


class OrderError(Exception):
    """A command that cannot be done; the text is one sentence for whoever sent it."""

    def __init__(self, text: str, *, can_force: bool = False) -> None:
        super().__init__(text)
        self.can_force = can_force
        """The same with ``"force": true`` is done."""


class _Order(msgspec.Struct, frozen=True, tag_field="do", forbid_unknown_fields=True, kw_only=True):
    id: int | str | None = None
    """Repeated in the reply."""


class Break(_Order, frozen=True, tag="break"):
    """Hold what meets a breakpoint, as --break has it."""

    text: str


class Unbreak(_Order, frozen=True, tag="unbreak"):
    """Forget a breakpoint; without a number all."""

    breakpoint: int | None = None


class Switch(_Order, frozen=True, tag="switch"):
    """Let a breakpoint hold, or not; without a number all."""

    on: bool
    breakpoint: int | None = None


class HoldNext(_Order, frozen=True, tag="hold_next"):
    """Hold the next request at its first layer; "on": false takes that back."""

    on: bool = True


class Step(_Order, frozen=True, tag="step"):
    """Let a held request go on to the next event.

    "into": of any layer; "over": of this one; "out": to where it returns; "to": of the layer given.
    """

    request: int
    how: Literal["into", "over", "out", "to"] = "into"
    layer: str | None = None


class Continue(_Order, frozen=True, tag="continue"):
    """Let a held request go on; without a number all."""

    request: int | None = None


class Edit(_Order, frozen=True, tag="edit"):
    """Change something when it goes on.

    "what" is environ, status, header, body (in hand) or input (the request body not yet read). A null value removes
    the key or field "name"; "add": true adds one more field. Bytes: "value" as UTF-8, or "base64". "mend": false
    leaves the length announced as it is. "force": true does what breaks a rule.
    """

    request: int
    what: Literal["environ", "status", "header", "body", "input"]
    name: str = ""
    value: str | None = None
    base64: str | None = None
    add: bool = False
    mend: bool = True
    force: bool = False


class Undo(_Order, frozen=True, tag="undo"):
    """Take the last edit back."""

    request: int


class EndOtherwise(_Order, frozen=True, tag="end"):
    """Let it go on otherwise.

    "how" is abort STATUS, answer STATUS TEXT, raise TYPE MESSAGE, skip, delay SECONDS or drop.
    """

    request: int
    how: str
    force: bool = False


class Extend(_Order, frozen=True, tag="extend"):
    """Let it stay held so much longer; null: until told to go on."""

    request: int
    seconds: float | None


class Evaluate(_Order, frozen=True, tag="evaluate"):
    """Evaluate an expression where it is held; the reply has "value", or "raised".

    With "what" local or environ: the repr of the variable or key called "expression"; with input: the request body not
    yet read, as "base64".
    """

    request: int
    expression: str = ""
    what: Literal["expression", "local", "environ", "input"] = "expression"


class Held(_Order, frozen=True, tag="held"):
    """All that is held, as the event "held" tells of each."""


class State(_Order, frozen=True, tag="state"):
    """The worker, the breakpoints, the numbers of what is held."""


class Show(_Order, frozen=True, tag="show"):
    """A request, over or not, as 'wsgitrace show --json' prints it."""

    request: int


class Look(_Order, frozen=True, tag="look"):
    """The state as of an event of a request, over or not.

    With "way" as of where a step from that event ends: into, over, out, back, back over, back out.
    """

    request: int
    event: int
    way: Literal["", "into", "over", "out", "back", "back over", "back out"] = ""


class Replay(_Order, frozen=True, tag="replay"):
    """Run a recorded request again; what comes of it is another request. It is held once at the "event" given.

    "edits" change the copy that is run, as --edit of 'wsgitrace replay' has them. "force": true sends what a server
    refuses. "skip" names layers that are not run, "breakpoint" where this request alone is held, "prepare" a function
    as --prepare does ("": none). "clock": "original" sets the clock of the process to what it was, "timing": "original"
    sends the body as slowly as it was read, "cookies": "fresh" takes those that the newest responses have set.
    """

    request: int
    event: int | None = None
    edits: tuple[str, ...] = ()
    force: bool = False
    skip: tuple[str, ...] = ()
    breakpoint: str = ""
    prepare: str | None = None
    clock: Literal["now", "original"] = "now"
    timing: Literal["fast", "original"] = "fast"
    cookies: Literal["recorded", "fresh"] = "recorded"


class Hunt(Replay, frozen=True, tag="hunt"):
    """Run a request so many "times", "jobs" at once, as 'wsgitrace hunt' does; the rest is as for replay.

    The reply comes when it is over: "hunt" has what 'wsgitrace hunt --json' prints. Each replay tells of its end.
    """

    times: int = 50
    jobs: int = 1
    until_different: bool = False


class Restart(_Order, frozen=True, tag="restart"):
    """Start the application's process anew."""


class Stop(_Order, frozen=True, tag="stop"):
    """Let go of what is held, and end."""


Order: TypeAlias = (
    Break | Unbreak | Switch | HoldNext | Step | Continue | Edit | Undo | EndOtherwise | Extend | Evaluate | Held
    | State | Show | Look | Replay | Hunt | Restart | Stop
)  # fmt: skip
"""Any command."""

_KINDS: Final[tuple[type[_Order], ...]] = Order.__args__
_decoder: Final[msgspec.json.Decoder[Order]] = msgspec.json.Decoder(Order)


def read_order(line: bytes) -> Order:
    """Understand one line. Raises :class:`OrderError`."""
    try:
        return _decoder.decode(line)
    except msgspec.ValidationError as problem:
        text = str(problem)
        if "$.do" in text or "`do`" in text:
            text = f'"do" is one of {", ".join(_name(kind) for kind in _KINDS)}'
        raise OrderError(f"{text}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise OrderError(f"That is no JSON object on one line: {problem}.") from None


def read_id(line: bytes) -> int | str | None:
    """The id of a command, as far as there is one in what may be no command at all."""
    try:
        found = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    value = found.get("id") if isinstance(found, dict) else None
    return value if isinstance(value, int | str) and not isinstance(value, bool) else None


def order_help() -> Iterator[tuple[str, str]]:
    """Each command with its fields, and what it does."""
    for kind in _KINDS:
        fields = [field for field in msgspec.structs.fields(kind) if field.name != "id"]
        shown = " ".join(field.name if field.required else f"[{field.name}]" for field in fields)
        yield f"{_name(kind)} {shown}".strip(), " ".join((kind.__doc__ or "").split())


def _name(kind: type[_Order]) -> str:
    return str(kind.__struct_config__.tag)
