"""Exchanges as other tools take them, and HAR as we take it: pure functions, but for the one that writes a file."""

from wsgitrace.export.exchange import Exchange, NotExportable, take
from wsgitrace.export.formats import FORMATS, Format, LeftOut, export, format_named, tests_with
from wsgitrace.export.har_reading import Har, HarError, Imported, read_har
from wsgitrace.export.pytest_clients import CLIENTS
from wsgitrace.export.recording_reading import Recorded
from wsgitrace.export.selection import rows, taken
from wsgitrace.export.writing import write_file

__all__ = [
    "CLIENTS",
    "FORMATS",
    "Exchange",
    "Format",
    "Har",
    "HarError",
    "Imported",
    "LeftOut",
    "NotExportable",
    "Recorded",
    "export",
    "format_named",
    "read_har",
    "rows",
    "take",
    "taken",
    "tests_with",
    "write_file",
]
