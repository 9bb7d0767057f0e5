"""The ledgers in words: lines about who did what in order, and one sentence on what should not be.

The text is as it was recorded: whoever shows it masks it and makes it safe.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wsgitrace.events import from_text
from wsgitrace.trace.beside_words import tell_logs, tell_queries
from wsgitrace.trace.describe import amount, count, duration
from wsgitrace.trace.exceptions import Thrown, exceptions
from wsgitrace.trace.input_ledger import InputLedger, Reading, Replacing, input_ledger
from wsgitrace.trace.iteration_ledger import Closing, Returning, iteration_ledger
from wsgitrace.trace.lanes import Lane, lanes
from wsgitrace.trace.ledger_lines import Line, Told, spot
from wsgitrace.trace.refusal import broken_rule, maker
from wsgitrace.trace.start_response_ledger import Start, start_response_ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsgitrace.trace.model import Trace


def tell_input(trace: Trace) -> Told:
    """Who read the request body."""
    ledger = input_ledger(trace)
    starved = {each.seq: each for each in ledger.starved}
    lines = tuple(Line(each.span, _entry(each), each.seq in starved) for each in ledger.entries)
    verdict = ", ".join(
        f"{_name(trace, each.span)} found the body empty: {_names(trace, each.by)} had read {amount(each.eaten)} of it"
        for each in ledger.starved
    )
    return Told(lines, verdict, _input_in_short(ledger))


def _input_in_short(ledger: InputLedger) -> str:
    if not ledger:
        return "there was no body"
    of = "" if ledger.announced is None else f" of {ledger.announced:,}"
    return f"{ledger.read:,}{of} bytes were read"


def _entry(entry: Reading | Replacing) -> str:
    if isinstance(entry, Replacing):
        return f"put another wsgi.input in its place: {entry.type}"
    call = "next()" if entry.method == "next" else f"{entry.method}({'' if entry.asked is None else entry.asked})"
    times = f" ×{entry.calls}" if entry.calls > 1 else ""
    where = f", {entry.start:,} to {entry.stop:,}" if entry.got else f", at {entry.start:,}"
    left = "" if entry.left is None else f", {entry.left:,} left"
    failed = f", then failed: {entry.error}" if entry.error else ""
    return f"{call}{times} got {count(entry.got, 'byte')}{where}{left}{failed}"


def tell_start_response(trace: Trace) -> Told:
    """Every call of ``start_response``, and what the client got."""
    ledger = start_response_ledger(trace)
    lines = [Line(each.span, _start(trace, each), each.outcome in {"refused", "lost"}) for each in ledger.starts]
    sent = ledger.sent
    if sent is not None:
        whose = ", the server's own" if ledger.made_by_server else ""
        lines.append(
            Line(0, f"sent {sent.status}, {count(len(sent.headers), 'header')}{whose}", fault=ledger.made_by_server)
        )
    refused = [each for each in ledger.starts if each.outcome == "refused"]
    lost = [each for each in ledger.starts if each.outcome == "lost"]
    verdict = ""
    if refused:
        verdict = f"start_response refused what {_names(trace, [each.span for each in refused])} called it with"
    elif lost and trace.done:
        verdict = f"what {_names(trace, [each.span for each in lost])} answered never reached the client"
    elif ledger.made_by_server and trace.refused is None:
        verdict = "the server answered in place of the application"
    again = count(len(ledger.starts), "call")
    return Told(tuple(lines), verdict, f"{again}, sent {sent.status}" if sent is not None else again)


def _start(trace: Trace, start: Start) -> str:
    parts = [start.status, count(len(start.headers), "header")]
    layer = trace.by_id[start.span].layer
    if start.line and layer is not None and layer.file:
        parts.append(spot(layer.file, start.line))
    if start.lazy:
        parts.append("only when it was iterated over")
    if start.exc_info:
        parts.append(f"in place of the first, for {_short(start.exc_info)}")
    if start.outcome == "refused":
        parts.append(f"refused with {_short(start.error)}")
    elif start.outcome == "superseded":
        parts.append(f"superseded by event {start.by}")
    elif start.outcome == "taken up" and start.by is not None:
        event = trace.recording.event(start.by)
        parts.append("taken up" if event is None else f"taken up by {_name(trace, event.span)}")
    elif start.outcome == "lost":
        parts.append("never sent" if trace.done else "not sent yet")
    return ", ".join(parts)


def tell_chunks(trace: Trace) -> Told:
    """What each layer took in and gave out of the body."""
    found = lanes(trace)
    lines = tuple(Line(each.span, lane_text(each), each.buffers) for each in found)
    worst = max((each for each in found if each.buffers), key=lambda each: each.held_back, default=None)
    verdict = ""
    if worst is not None:
        what = f"{count(len(worst.taken), 'item')} in, {len(worst.given)} out, held {duration(worst.held_back)}"
        verdict = f"{_name(trace, worst.span)} buffers: {what}"
    client = found[0] if found else None
    return Told(lines, verdict, "" if client is None else f"{count(len(trace.root.items), 'chunk')} to the server")


_DOES: Final = {
    "same": "as they came",
    "split": "splits",
    "joined": "joins",
    "resliced": "cuts otherwise",
    "rewritten": "rewrites",
    "dropped": "drops",
    "made": "made here",
    "pending": "still coming",
    "unknown": "not all recorded",
}


def lane_text(lane: Lane) -> str:
    """What one lane shows, as in ``50 in, 1 out, held 4.8 s, 3.1 MB, joins``."""
    if not lane.span:
        return f"{amount(lane.bytes_given)} sent"
    if lane.change is None:
        return f"{len(lane.given)} out, {amount(lane.bytes_given)}"
    parts = [f"{len(lane.taken)} in, {len(lane.given)} out"]
    if lane.buffers:
        parts += [f"held {duration(lane.held_back)}", amount(lane.held_most)]
    parts.append(f"compresses ({lane.coding})" if lane.coding else _DOES[lane.change.kind])
    return ", ".join(parts)


def tell_iteration(trace: Trace) -> Told:
    """Who made, wrapped, exhausted, closed or lost each iterable."""
    found = iteration_ledger(trace)
    lines = tuple(Line(each.span, _returning(trace, each), bool(each.faults)) for each in found)
    faults = [f"{_short(each.type)} of {_name(trace, each.span)} {_faults(each)}" for each in found if each.faults]
    return Told(lines, "; ".join(faults), count(len(found), "iterable"))


_FAULTS: Final = {
    "never closed": "was never closed",
    "never started": "was never started: nothing of it ran, its finally included",
    "closed twice": "was closed twice",
    "closed out of order": "was closed after the layer around it",
    "used after close": "gave items after it was closed",
    "went on without client": "went on after the client had left",
}


def _faults(each: Returning) -> str:
    return ", ".join(_FAULTS[fault] for fault in each.faults)


def _returning(trace: Trace, each: Returning) -> str:
    parts = [_short(each.type) if each.length is None else f"{_short(each.type)} of {count(each.length, 'item')}"]
    if each.passed:
        parts.append(f"handed on by {_names(trace, each.passed)}")
    if each.taken_by:
        parts.append(f"taken by {_name(trace, each.taken_by)}")
    if each.length is None:
        parts.append(_ending(each))
    parts += [_closing(trace, closing) for closing in each.closings]
    if each.faults:
        parts.append(_faults(each))
    return ", ".join(parts)


def _ending(each: Returning) -> str:
    items = count(each.items, "item")
    if each.raised:
        return f"{items}, then {_short(each.raised)}"
    if each.exhausted:
        return f"{items}, to the end"
    return f"{items}, not to the end" if each.items or each.began is not None else "not iterated over"


def _closing(trace: Trace, closing: Closing) -> str:
    if not closing.by:
        return "closed by the server"
    when = {"call": " in its call", "iteration": "", "close": " in its close()", "after": ", late"}[closing.during]
    return f"closed by {_name(trace, closing.by)}{when}"


def tell_exceptions(trace: Trace) -> Told:
    """Where each exception was raised, who caught it, what it became."""
    found = exceptions(trace)
    lines = tuple(Line(each.span, _thrown(trace, each), fault=True) for each in found)
    swallowed = [each for each in found if each.swallowed and each.caught_by is not None]
    verdict = "; ".join(
        f"{_short(each.raised.type)} of {_name(trace, each.span)} was swallowed by {_name(trace, each.caught_by or 0)}"
        for each in swallowed
    )
    if not verdict and found:
        verdict = f"{_short(found[-1].raised.type)} left every layer" if found[-1].caught_by is None else ""
    return Told(lines, verdict, "" if found else "none")


def _thrown(trace: Trace, each: Thrown) -> str:
    raised = each.raised
    message = from_text(raised.message)
    during = {"next": " while it was iterated over", "close": " in close()"}.get(raised.during, "")
    parts = [f"{_short(raised.type)}{': ' + message if message else ''}{during}"]
    if broken_rule(raised):
        parts.append(f"made by {maker(trace, raised).name}")
    outer = [span for span in each.left if span != each.span]
    if outer:
        parts.append(f"left {_names(trace, outer)}")
    if each.caught_by is not None:
        parts.append(f"caught by {_name(trace, each.caught_by)}")
    became = {
        "response": f"became {each.status}",
        "exception": f"became {_short(each.other)}",
        "nothing": "nothing came of it",
        "error page": f"the server answered {each.status}",
        "cut": "the server cut the response",
        "open": "still on its way",
    }
    return ", ".join([*parts, became[each.became]])


LEDGERS: Final[dict[str, Callable[[Trace], Told]]] = {
    "input": tell_input,
    "start_response": tell_start_response,
    "chunks": tell_chunks,
    "iteration": tell_iteration,
    "exceptions": tell_exceptions,
    "logs": tell_logs,
    "queries": tell_queries,
}
"""All of them by name, in the order in which a request goes through what they are about; last what went on beside."""


def _name(trace: Trace, span: int) -> str:
    return trace.by_id[span].name if span else "the server"


def _names(trace: Trace, spans: tuple[int, ...] | list[int]) -> str:
    return ", ".join(dict.fromkeys(_name(trace, span) for span in spans))


def _short(name: str) -> str:
    """The last part of a dotted name."""
    return name.rpartition(".")[2]
