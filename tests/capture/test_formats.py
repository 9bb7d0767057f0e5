"""Files of this format, of earlier ones and of later ones."""

from __future__ import annotations

import hashlib
import sqlite3
from typing import get_args

import msgspec
import pytest

from tests.capture.conftest import record
from wsgitrace.capture import Capture, CaptureError, Writer, schema
from wsgitrace.events import Event, Held, LayerFound, decode_events

EVENTS = {6: "201146c56a0c3668"}
"""What the events of a format look like; other formats are history."""


def looks():
    """The tags, fields and types of all that is stored as an event."""
    lines = [
        f"{kind.__struct_config__.tag} {name} {kind.__annotations__.get(name)}"
        for kind in (*get_args(Event), LayerFound)
        for name in kind.__struct_fields__
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def test_events_do_not_change_without_another_format():
    """Where this fails, files are written that other versions cannot read: CAPTURE_FORMAT goes up by one."""
    assert {schema.CAPTURE_FORMAT: looks()} == EVENTS


def _set_format(path, version):
    with sqlite3.connect(path, isolation_level=None) as connection:
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute("ALTER TABLE output DROP COLUMN span")
    connection.close()


@pytest.fixture
def before_stepping(create, path):
    """A file of format 3, whose layout lacks nothing but the passes that printed."""
    writer = create()
    record(writer, writer.new_worker(), range(1, 4))
    writer.close()
    _set_format(path, 3)
    return path


def test_a_file_from_before_stepping_is_read_as_it_is_and_continued_as_this_one(before_stepping):
    with Capture.open(before_stepping) as capture:
        assert (capture.info().format, capture.count(), bool(capture.events(2))) == (3, 3, True)
    writer = Writer.create(before_stepping)
    writer.close()
    with Capture.open(before_stepping) as capture:
        assert (capture.info().format, capture.count(), bool(capture.events(2))) == (schema.CAPTURE_FORMAT, 3, True)


def test_a_hold_from_before_stepping_tells_what_was_told_then():
    (held,) = decode_events(msgspec.msgpack.encode(["held", 7, 1, 2, 3, 6]), 1)
    assert held == Held(7, 1, 2, 3, 6)
    assert (held.breakpoint, held.locals, held.no_frame) == (0, {}, "")


@pytest.mark.parametrize("known", [1, 2, 3, 4, 5])
def test_an_earlier_version_refuses_a_file_of_this_one(known, create, path, monkeypatch):
    create().close()
    monkeypatch.setattr(schema, "CAPTURE_FORMAT", known)
    for opening in (Capture.open, Writer.create):
        with pytest.raises(CaptureError, match=rf"newer wsgitrace \(format 6, this one reads up to {known}\): upgrade"):
            opening(path)
