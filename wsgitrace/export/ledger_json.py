"""The ledgers as ``wsgitrace ledger --json`` has them. The keys stay; new ones may come."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from wsgitrace.events import from_text
from wsgitrace.export.beside_json import query_objects, record_objects
from wsgitrace.export.shown import shown_fields, shown_value
from wsgitrace.trace.exceptions import exceptions
from wsgitrace.trace.input_ledger import Replacing, input_ledger
from wsgitrace.trace.iteration_ledger import iteration_ledger
from wsgitrace.trace.lanes import lanes
from wsgitrace.trace.ledger_words import LEDGERS
from wsgitrace.trace.queries import queries
from wsgitrace.trace.start_response_ledger import start_response_ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsgitrace.redact import Masker
    from wsgitrace.trace import Trace

__all__ = ["ledger_object"]


def ledger_object(trace: Trace, name: str, masker: Masker) -> dict[str, Any]:
    """The ledger of that name: its facts, the lines that are shown, and what should not be."""
    told = LEDGERS[name](trace)
    return {
        "ledger": name,
        "verdict": masker.text(told.verdict),
        "lines": [
            {
                "pass": line.span,
                "name": trace.by_id[line.span].name,
                "text": masker.text(line.text),
                "fault": line.fault,
            }
            for line in told.lines
        ],
        **_FACTS[name](trace, masker),
    }


def _input(trace: Trace, masker: Masker) -> dict[str, Any]:
    ledger = input_ledger(trace)
    return {
        "announced": ledger.announced,
        "chunked": ledger.chunked,
        "read": ledger.read,
        "unread": ledger.unread,
        "entries": [
            {"kind": "replaced", **_renamed(asdict(each))}
            if isinstance(each, Replacing)
            else {"kind": "read", **_renamed(asdict(each)), "got": each.got, "error": masker.text(each.error)}
            for each in ledger.entries
        ],
        "starved": [_renamed(asdict(each)) for each in ledger.starved],
    }


def _start_response(trace: Trace, masker: Masker) -> dict[str, Any]:
    ledger = start_response_ledger(trace)
    sent = ledger.sent
    calls = [{**_renamed(asdict(each)), "headers": shown_fields(each.headers, masker)} for each in ledger.starts]
    return {
        "calls": calls,
        "sent": None if sent is None else {"status": sent.status, "headers": shown_fields(sent.headers, masker)},
        "made_by_server": ledger.made_by_server,
    }


def _chunks(trace: Trace, _: Masker) -> dict[str, Any]:
    return {
        "lanes": [
            {
                "pass": lane.span,
                "passing": lane.passing,
                "in": [list(tick) for tick in lane.taken] if lane.span else [],
                "out": [list(tick) for tick in lane.given],
                "change": None if lane.change is None else lane.change.kind,
                "coding": lane.coding,
                "first_ns": lane.first,
                "buffers": lane.buffers,
                "held_back_ns": lane.held_back if lane.buffers else 0,
                "held_most": lane.held_most if lane.span else 0,
            }
            for lane in lanes(trace)
        ]
    }


def _iteration(trace: Trace, _: Masker) -> dict[str, Any]:
    return {"iterables": [_renamed(asdict(each)) for each in iteration_ledger(trace)]}


def _exceptions(trace: Trace, masker: Masker) -> dict[str, Any]:
    return {
        "exceptions": [
            {
                "type": each.raised.type,
                "message": masker.text(from_text(each.raised.message)),
                "during": each.raised.during,
                "seq": each.raised.seq,
                "pass": each.span,
                "left": each.left,
                "caught_by": each.caught_by,
                "became": each.became,
                "status": each.status,
                "other": each.other,
                "swallowed": each.swallowed,
                "frames": [
                    {
                        "file": from_text(frame.file),
                        "line": frame.line,
                        "function": from_text(frame.function),
                        "variables": {
                            name: shown_value(name, value, masker) for name, value in frame.variables.items()
                        },
                    }
                    for frame in each.raised.frames
                ],
            }
            for each in exceptions(trace)
        ]
    }


def _logs(trace: Trace, masker: Masker) -> dict[str, Any]:
    return {"records": record_objects(trace, masker)}


def _queries(trace: Trace, masker: Masker) -> dict[str, Any]:
    found = queries(trace)
    return {
        "count": len(found.all),
        "took_ns": found.took,
        "queries": query_objects(trace, masker),
        "alike": [
            {
                "pass": each.span,
                "statement": masker.text(each.statement),
                "times": each.times,
                "took_ns": each.took,
                "repeated": each.repeated,
                "failed": each.failed,
                "file": each.place[0],
                "line": each.place[1],
                "function": each.place[2],
                "seqs": [query.seq for query in each.queries],
            }
            for each in found.alike
        ],
    }


def _renamed(facts: dict[str, Any]) -> dict[str, Any]:
    """As everywhere in what is printed: a pass is ``pass``, a time says its unit."""
    names = {"span": "pass", "at": "at_ns", "began": "began_ns"}
    return {names.get(name, name): _plain(value) for name, value in facts.items()}


def _plain(value: object) -> object:
    if isinstance(value, tuple | list):
        return [_renamed(each) if isinstance(each, dict) else each for each in value]
    return value


_FACTS: Final[dict[str, Callable[[Trace, Masker], dict[str, Any]]]] = {
    "input": _input,
    "start_response": _start_response,
    "chunks": _chunks,
    "iteration": _iteration,
    "exceptions": _exceptions,
    "logs": _logs,
    "queries": _queries,
}
