"""Events of one exchange in, everything that can be said about it out. Pure functions: no clock, socket or file."""

from wsgitrace.trace.assembly import Body
from wsgitrace.trace.body import Preview, preview
from wsgitrace.trace.describe import describe, show_value
from wsgitrace.trace.environ import EnvironChange, EnvironChanges
from wsgitrace.trace.findings import Finding, findings
from wsgitrace.trace.folding import Fold, fold
from wsgitrace.trace.head import HeaderList, Request, Response
from wsgitrace.trace.hexdump import HexRow, hexdump
from wsgitrace.trace.model import Trace
from wsgitrace.trace.progress import State
from wsgitrace.trace.response import BodyChange, HeaderChange, ResponseChanges
from wsgitrace.trace.span import Span
from wsgitrace.trace.stepping import boundaries
from wsgitrace.trace.timing import Timing
from wsgitrace.trace.unrun import Unrun, unrun

__all__ = [
    "Body",
    "BodyChange",
    "EnvironChange",
    "EnvironChanges",
    "Finding",
    "Fold",
    "HeaderChange",
    "HeaderList",
    "HexRow",
    "Preview",
    "Request",
    "Response",
    "ResponseChanges",
    "Span",
    "State",
    "Timing",
    "Trace",
    "Unrun",
    "boundaries",
    "describe",
    "findings",
    "fold",
    "hexdump",
    "preview",
    "show_value",
    "unrun",
]
