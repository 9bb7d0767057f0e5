"""mitmproxy reads what we export, and we read what it writes of it."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from tests.support.recorded import record_stories
from wsgitrace.capture import Capture
from wsgitrace.export import LeftOut, export, format_named, read_har, rows, taken
from wsgitrace.query import parse
from wsgitrace.redact import Masker

STORIES = ("hello", "page", "upload", "buffered", "swallowed", "failing", "written")


@pytest.mark.skipif(shutil.which("mitmdump") is None, reason="mitmdump is not on the PATH")
def test_a_har_goes_through_mitmproxy(tmp_path):
    recorded, ours, theirs = tmp_path / "a.wtrace", tmp_path / "ours.har", tmp_path / "theirs.har"
    record_stories(recorded, STORIES)
    with Capture.open(recorded) as capture:
        found = taken(capture, rows(capture, parse("")), Masker.revealing())
        ours.write_bytes(b"".join(export(format_named("har"), found, LeftOut())))
    command = ["mitmdump", "-n", "-r", str(ours), "--set", f"hardump={theirs}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr

    def fields(message):
        # mitmproxy adds the lengths that are not there.
        pairs = [(field["name"], field["value"]) for field in message["headers"]]
        return sorted(pair for pair in pairs if pair[0].lower() != "content-length")

    def told(path):
        return [
            (
                entry["request"]["method"],
                entry["request"]["url"],
                entry["response"]["status"],
                fields(entry["request"]),
                fields(entry["response"]),
                entry["response"]["content"].get("text", ""),
            )
            for entry in json.loads(path.read_text())["log"]["entries"]
        ]

    assert told(theirs) == told(ours)
    assert len(read_har(theirs.read_bytes(), "").exchanges) == len(STORIES)
