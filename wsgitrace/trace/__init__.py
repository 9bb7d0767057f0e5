"""Events of one exchange in, everything that can be said about it out. Pure functions: no clock, socket or file."""

from wsgitrace.trace.assembly import Body
from wsgitrace.trace.environ import EnvironChange, EnvironChanges
from wsgitrace.trace.head import HeaderList, Request, Response
from wsgitrace.trace.model import Trace
from wsgitrace.trace.response import BodyChange, HeaderChange, ResponseChanges
from wsgitrace.trace.span import Span, State
from wsgitrace.trace.timing import Timing

__all__ = [
    "Body",
    "BodyChange",
    "EnvironChange",
    "EnvironChanges",
    "HeaderChange",
    "HeaderList",
    "Request",
    "Response",
    "ResponseChanges",
    "Span",
    "State",
    "Timing",
    "Trace",
]
