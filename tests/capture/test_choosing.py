from __future__ import annotations

import sqlite3

import pytest

from tests.support.traffic import exchange
from wsgitrace.capture import Choice
from wsgitrace.events import Began, BodyPart, Ended, Events, OutputLine
from wsgitrace.query import parse


@pytest.fixture
def choosing(create):
    """Makes a writer that keeps what two filters want, and its worker."""

    def make(only="", ignore="", **options):
        writer = create(**options)
        writer.choose(Choice(parse(only) if only else None, parse(ignore) if ignore else None))
        return writer, writer.new_worker()

    return make


def add(writer, worker, *frames):
    return [writer.add(worker, frame) for frame in frames]


def tables(path):
    """How many rows there are of what an exchange has."""
    with sqlite3.connect(path) as connection:
        names = ("exchanges", "events", "bodies", "packs")
        found = {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}
        found["search"] = connection.execute("SELECT count(*) FROM search WHERE search MATCH '\"sta\"'").fetchone()[0]
    connection.close()
    return found


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        (("", ""), [1, 2, 3, 4]),
        (("status:5xx", ""), [4]),
        (("", "path:/static"), [1, 3, 4]),
        (("method:GET", "path:/static OR status:404"), [1]),
        (("cookie:session", ""), [1, 2, 3, 4]),
        (("has:req.x-none", ""), []),
        (("resp.body:special", ""), [3]),
    ],
)
@pytest.mark.parametrize("committed", [False, True])
def test_only_what_is_wanted_is_kept(filters, kept, committed, choosing, look):
    writer, worker = choosing(*filters)
    told = []
    for local, (method, target, status) in enumerate(
        [("GET", "/", 200), ("GET", "/static/a", 200), ("GET", "/x", 404), ("POST", "/y", 500)], 1
    ):
        began, events, ended = exchange(local, local, method, target, status, body=b"special" if local == 3 else b"b")
        writer.add(worker, began)
        if committed:
            writer.commit()
        writer.add(worker, events)
        if committed:
            writer.commit()
        told.append(writer.add(worker, ended))
    writer.commit()
    capture = look()
    assert [row.number for row in reversed(capture.page())] == kept
    assert [number for number in told if number is not None] == kept
    assert capture.count() == len(kept)
    assert writer.ignored == 4 - len(kept)
    assert capture.info().lost == 0
    capture.close()
    rows = tables(writer.path)
    assert rows["exchanges"] == rows["events"] == len(kept)
    assert rows["search"] == (2 in kept)
    assert rows["packs"] <= len(kept)


def test_nothing_is_left_of_what_is_not_wanted(choosing, look):
    writer, worker = choosing(ignore="/static")
    add(writer, worker, Began(1, 1, "GET", "/static/x", "p"), BodyPart(1, 5, b"x" * 50_000))
    writer.commit()
    assert look().info().stored == 50_000
    ended = Ended(1, "complete", 200, 1)
    add(writer, worker, BodyPart(1, 5, b"y" * 50_000), ended, BodyPart(1, 6, b"late"), Events(1, 0, b""))
    add(writer, worker, OutputLine("stdout", "untied", 1))
    writer.commit()
    capture = look()
    info = capture.info()
    assert (info.exchanges, info.stored, info.lost) == (0, 0, 0)
    assert capture.output()[0].exchange is None
    assert (writer.number(worker, 1), writer.summary(worker, 1)) == (None, None)
    assert tables(writer.path)["bodies"] == 0


def test_replays_and_pinned_ones_are_kept_and_what_a_crash_cut_short(choosing, look):
    writer, worker = choosing(ignore="method:GET")
    add(writer, worker, Began(1, 1, "GET", "/replay", "p", 7), Ended(1, "complete", 200, 1))
    number = writer.add(worker, Began(2, 2, "GET", "/pinned", "p"))
    writer.pin(number)
    add(writer, worker, Ended(2, "complete", 200, 1))
    add(writer, worker, Began(3, 3, "GET", "/crash", "p"))
    assert [row.number for row in writer.worker_gone(worker, "Gone.")] == [3]
    add(writer, worker, Began(4, 4, "GET", "/normal", "p"), Ended(4, "complete", 200, 1))
    writer.commit()
    assert [row.path for row in look().page()] == ["/crash", "/pinned", "/replay"]


def test_bounds_count_only_what_is_kept(choosing, look):
    writer, worker = choosing(ignore="/static", keep_exchanges=5)
    for local in range(1, 41):
        add(writer, worker, *exchange(local, local, "GET", "/static" if local % 4 else "/"))
        writer.commit()
    assert [row.number for row in look().page()] == [40, 36, 32, 28, 24]
    assert (writer.evicted, writer.ignored) == (5, 30)
