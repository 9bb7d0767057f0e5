from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wsgitrace.capture import Capture, Writer, search
from wsgitrace.capture.text import LINE_LIMIT
from wsgitrace.events import Began, Ended, Progress

_PIECES = [
    "a",
    "b",
    "ab",
    "/",
    "?",
    "=",
    "%20",
    "%C3%A9",
    "é",
    "É",
    "ß",
    "SS",
    "İ",
    "ς",
    '"',
    "'",
    "*",
    "%",
    "_",
    " ",
    "\0",
]
_TARGETS = st.lists(st.sampled_from(_PIECES), max_size=12).map("".join)
_METHODS = st.sampled_from(["GET", "POST", "get", "PROPFIND", ""])
_STATUSES = st.sampled_from([200, 204, 404, 500, None])
_ENDS = st.sampled_from(["ended", "streaming", "running"])
_TEXTS = st.one_of(
    st.lists(st.sampled_from([*_PIECES, "GET", "20", "404", "pos"]), max_size=6).map("".join),
    st.sampled_from(["", "a", "get /", "00", " 404", "ab/ab", "zzz"]),
)
_EDGES = st.one_of(st.none(), st.integers(0, 40))


def _line(method, summary):
    query = summary.target.partition("?")[2]
    shown = (f"{summary.path}?{query}" if query else summary.path)[:LINE_LIMIT]
    status = "" if summary.status is None else f" {summary.status}"
    return f"{method} {shown}{status}"


def _model(summaries, before, after, limit, text):
    """The page as a list comprehension says it."""
    folded = text.casefold()
    rows = [
        each
        for each in summaries
        if (before is None or each.number < before)
        and (after is None or each.number > after)
        and folded in _line(each.method, each).casefold()
    ]
    return rows[-limit:] if after is not None and before is None else rows[:limit]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    rows=st.lists(st.tuples(_METHODS, _TARGETS, _STATUSES, _ENDS), max_size=30),
    keep=st.one_of(st.none(), st.integers(1, 20)),
    commits=st.integers(1, 10),
    step=st.sampled_from([1, 3, 50_000]),
    questions=st.lists(st.tuples(_EDGES, _EDGES, st.integers(1, 12), _TEXTS), min_size=8, max_size=25),
)
def test_pages_are_what_a_naive_model_says(rows, keep, commits, step, questions):
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "_FIRST_STEP", step)
        writer = Writer.create(Path(folder) / "x.wtrace", keep_exchanges=keep)
        worker = writer.new_worker()
        for local, (method, target, status, end) in enumerate(rows, 1):
            writer.add(worker, Began(local, local, method, target, "p"))
            if end == "ended":
                writer.add(worker, Ended(local, "complete", status, 1))
            elif end == "streaming":
                writer.add(worker, Progress(local, "streaming", status))
            if local % commits == 0:
                writer.commit()
        writer.commit()
        with Capture.open(writer.path) as capture:
            everything = capture.page(limit=1_000)
            assert [each.number for each in everything] == sorted((each.number for each in everything), reverse=True)
            assert len(everything) == capture.count() == len(rows) - writer.evicted
            for before, after, limit, text in questions:
                assert capture.page(before=before, after=after, limit=limit, text=text) == _model(
                    everything, before, after, limit, text
                ), (before, after, limit, text)
                assert capture.count(text) == len(_model(everything, None, None, 1_000, text))
        writer.close()


def test_walking_by_pages_meets_every_exchange_once(create, look):
    writer = create()
    worker = writer.new_worker()
    for local in range(1, 501):
        writer.add(worker, Began(local, local, "GET", f"/{local}", "p"))
        if local % 7:
            writer.add(worker, Ended(local, "complete", 200, 1))
    writer.commit()
    capture = look()
    for text in ("", "get", "g"):
        down, before = [], None
        while page := capture.page(before=before, limit=23, text=text):
            down += [each.number for each in page]
            before = page[-1].number
        up, after = [], 0
        while page := capture.page(after=after, limit=23, text=text):
            up = [each.number for each in page] + up
            after = page[0].number
        assert down == up == list(range(500, 0, -1))


def test_a_text_longer_than_any_line_finds_nothing(create, look):
    writer = create()
    worker = writer.new_worker()
    writer.add(worker, Began(1, 1, "GET", "/" + "x" * 10_000, "p"))
    writer.add(worker, Ended(1, "complete", 200, 1))
    writer.commit()
    capture = look()
    assert len(capture.page(text="x" * 900)) == 1
    assert capture.page(text="x" * 5_000) == []
    assert capture.page()[0].target.endswith("…")
