"""The ``.wtrace`` file: written by one writer, read by any number of readers, while it is written and after."""

from wsgitrace.capture.choosing import Choice
from wsgitrace.capture.errors import CaptureError
from wsgitrace.capture.facts import Facts
from wsgitrace.capture.ordering import COLUMNS as ORDERS
from wsgitrace.capture.ordering import Ordering
from wsgitrace.capture.reader import Capture
from wsgitrace.capture.rows import CaptureInfo, News, OutputRow, WorkerStart
from wsgitrace.capture.search import Counted, Found
from wsgitrace.capture.summary import COLUMNS, State, Summary
from wsgitrace.capture.writer import Writer

__all__ = [
    "COLUMNS",
    "ORDERS",
    "Capture",
    "CaptureError",
    "CaptureInfo",
    "Choice",
    "Counted",
    "Facts",
    "Found",
    "News",
    "Ordering",
    "OutputRow",
    "State",
    "Summary",
    "WorkerStart",
    "Writer",
]
