"""Rules that show in exceptions: those by which the server refuses a response, and those that Python tells."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from wsgitrace.events import Raised, from_text
from wsgitrace.trace.lint.faults import shown
from wsgitrace.trace.refusal import broken_rule, maker
from wsgitrace.trace.rules import RULES

if TYPE_CHECKING:
    from wsgitrace.trace.lint.faults import Faults
    from wsgitrace.trace.span import Span

_LACKS: Final = re.compile(r"'(?:Input|ErrorStream)' object has no attribute '(\w+)'")
_OPTIONAL: Final = re.compile(
    r"'?(HTTP_[A-Z0-9_]+|QUERY_STRING|CONTENT_TYPE|CONTENT_LENGTH|REMOTE_(?:ADDR|HOST|USER|IDENT|PORT)|AUTH_TYPE|"
    r"PATH_TRANSLATED|SCRIPT_NAME|PATH_INFO|REQUEST_URI|wsgi\.(?:file_wrapper|input_terminated))'?"
)
_STATUS: Final = ("A08", "A09", "A10", "A11")
_ALIKE: Final = dict.fromkeys(_STATUS, _STATUS)
"""Rules of which a server names one where another says it better."""
_RETURNED: Final = frozenset({"A02", "A04"})
"""Rules of what was returned, where no item tells who made it."""
_LEAVING: Final = frozenset({"SystemExit", "KeyboardInterrupt"})
_NAMED: Final = re.compile(r" \(rule [A-Z0-9]+\)\Z")


def check_failures(faults: Faults) -> None:
    """A41, A46, A50, and every rule by which the server refuses what an application answers."""
    trace = faults.trace
    if Raised not in trace.recording.kinds:
        return
    for raised in trace.recording.of(Raised):
        rule = broken_rule(raised)
        if rule in RULES:
            if RULES[rule].blind or any(map(faults.has, _ALIKE.get(rule, (rule,)))):
                continue  # found by who made it, with more to say
            span = maker(trace, raised)
            if trace.outermost is not None and (span is trace.root or rule in _RETURNED):
                span = _who_returned(trace.outermost)
            faults.add(rule, span.id, raised.seq, _NAMED.sub("", from_text(raised.message)))
        elif raised.frames:  # where it was first seen
            _told_by_python(faults, raised)


def _who_returned(span: Span) -> Span:
    """The pass that made what the server was given: the innermost that returned the same, or something of its type."""
    owner = span.owner
    while owner.returned is not None:
        kind = owner.returned.type
        inner = [one for one in owner.children if not one.subrequest and not one.framework]
        same = [one for one in inner if one.returned is not None and one.returned.type == kind]
        if not same:
            break
        owner = same[-1].owner
    return owner


def _told_by_python(faults: Faults, raised: Raised) -> None:
    message = from_text(raised.message)
    if raised.type in _LEAVING:
        faults.add("A50", raised.span, raised.seq, f"it raised {raised.type}")
    elif raised.type == "AttributeError" and (lacks := _LACKS.fullmatch(message)):
        faults.add("A41", raised.span, raised.seq, f"it used {shown(lacks[1])} of wsgi.input or wsgi.errors")
    elif raised.type == "KeyError" and (key := _OPTIONAL.fullmatch(message)):
        faults.add("A46", raised.span, raised.seq, f"it asked for environ[{shown(key[1])}], which is not there")
