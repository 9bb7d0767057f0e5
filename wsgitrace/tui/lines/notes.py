"""What is remarkable about a request, in one sign and in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wsgitrace.trace.badges import badge_texts
from wsgitrace.trace.naming import short_name
from wsgitrace.tui.units import count, duration

if TYPE_CHECKING:
    from wsgitrace.capture import Summary
    from wsgitrace.trace.badges import Badges

__all__ = ["SERVER_ERROR", "flag", "held_at", "note", "refusal"]

SERVER_ERROR: Final = 500
"""From here on a status is the server's fault (RFC 9110, 15.6)."""

_OPEN: Final = {"held": ("‖", "held"), "streaming": ("›", "accent"), "running": ("…", "accent")}
_BAD_ENDS: Final = frozenset({"cut", "worker gone"})
_ODD_ENDS: Final = frozenset({"refused", "client gone"})


def flag(row: Summary) -> tuple[str, str]:
    """One character, and its role."""
    if not row.done:
        return _OPEN[row.state]
    if (row.exception and not row.swallowed) or (row.status or 0) >= SERVER_ERROR or row.how in _BAD_ENDS:
        return "✗", "error"
    if row.swallowed or not row.closed or row.dropped or row.how in _ODD_ENDS:
        return "!", "warning"
    return ("↻", "accent") if row.replay_of is not None else (" ", "dim")


def note(row: Summary, *, view: bool = True, badges: Badges = ()) -> tuple[str, str]:
    """A few words, most important first, and the role of the first of them; without ``view`` not the view's name."""
    if row.state == "held":
        return f"at {held_at(row)}", "held"
    told: list[tuple[str, str]] = [*badge_texts(badges, duration)]
    found = [*_ends(row), *(each for each in told if each[1] != "dim"), *_origins(row), *_oddities(row)]
    # Behind what is remarkable, whose role is that of all.
    found += [each for each in told if each[1] == "dim"]
    if view and row.view:
        found.append((short_name(row.view), "dim"))
    return ", ".join(text for text, _ in found), found[0][1] if found else "dim"


def refusal(row: Summary) -> tuple[str, str]:
    """Why the server took the bytes for no request, in words, and the rule; both empty where it took them for one."""
    if row.how != "refused":
        return "", ""
    rule, colon, reason = row.note.partition(": ")
    # A rule is one word; what it was to be run again with has refused it otherwise.
    return (reason, rule) if colon and " " not in rule else (row.note, "")


def held_at(row: Summary) -> str:
    """Where it is held: the kind of event and the layer's short name."""
    kind, _, layer = row.held_at.partition(" ")
    if kind == "over":
        return "its end"
    return f"{kind} {short_name(layer)}" if layer else kind


def _ends(row: Summary) -> list[tuple[str, str]]:
    """How it went wrong."""
    found: list[tuple[str, str]] = []
    if row.how == "refused":
        reason, rule = refusal(row)
        # Without a target its place tells the reason.
        said = f"refused: {reason} {rule}" if rule else f"not run: {reason}"
        found.append((f"rule {rule}" if not row.target and rule else said, "error"))
    elif row.how in _BAD_ENDS | _ODD_ENDS:
        role = "warning" if row.how == "client gone" else "error"
        found.append((f"{row.how}: {row.note}" if row.note else row.how, role))
    if row.exception:
        name = row.exception.rpartition(".")[2]
        found.append((f"{name} swallowed", "warning") if row.swallowed else (name, "error"))
    return found


def _origins(row: Summary) -> list[tuple[str, str]]:
    """Where it came from, and who answered."""
    found: list[tuple[str, str]] = []
    if row.state == "streaming":
        found.append((f"chunk {count(row.chunks)}", "accent"))
    if row.replay_of is not None:
        found.append((f"replays {row.replay_of}", "accent"))
    if row.short_circuit:
        found.append((f"answered by {row.short_circuit.rpartition('.')[2]}", "dim"))
    return found


def _oddities(row: Summary) -> list[tuple[str, str]]:
    """What was not as it usually is."""
    found: list[tuple[str, str]] = []
    if not row.closed:
        found.append(("never closed", "warning"))
    if row.start_responses > 1:
        found.append((f"start_response ×{row.start_responses}", "dim"))
    if row.done and row.input in {"unread", "partial"}:
        found.append(("body not read" if row.input == "unread" else "body partly read", "dim"))
    if row.dropped:
        found.append((f"{count(row.dropped)} dropped", "warning"))
    if row.note and row.how == "complete":
        found.append((row.note, "dim"))
    return found
