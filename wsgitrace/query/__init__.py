"""The filter language: one grammar for every place where requests are chosen."""

from wsgitrace.query.breakpoints import Breakpoint, Moment, Verb, never_matches, read_breakpoint
from wsgitrace.query.completion import Completion, complete
from wsgitrace.query.errors import FilterError, PlacedError
from wsgitrace.query.fields import ALIASES, AT, FACTS, FIELDS, SLOW, Fact, Field, Fields, Known, Word
from wsgitrace.query.filter import Filter, parse
from wsgitrace.query.folding import fold
from wsgitrace.query.moments import KINDS
from wsgitrace.query.needles import has_sharp_s, may_match, needles_in
from wsgitrace.query.recorded import Recorded
from wsgitrace.query.sql import HIGH, LOW, Condition, Selection, install
from wsgitrace.query.typing_breakpoints import BREAKPOINT_FIELDS, complete_breakpoint, with_names

__all__ = [
    "ALIASES",
    "AT",
    "BREAKPOINT_FIELDS",
    "FACTS",
    "FIELDS",
    "HIGH",
    "KINDS",
    "LOW",
    "SLOW",
    "Breakpoint",
    "Completion",
    "Condition",
    "Fact",
    "Field",
    "Fields",
    "Filter",
    "FilterError",
    "Known",
    "Moment",
    "PlacedError",
    "Recorded",
    "Selection",
    "Verb",
    "Word",
    "complete",
    "complete_breakpoint",
    "fold",
    "has_sharp_s",
    "install",
    "may_match",
    "needles_in",
    "never_matches",
    "parse",
    "read_breakpoint",
    "with_names",
]
