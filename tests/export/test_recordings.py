"""What a HAR brings along of layers: it comes back as it was, without its secrets, and nothing in it is believed."""

from __future__ import annotations

import gzip
import json

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.export.conftest import summary_of
from tests.support import stories
from tests.support.har_types import check_har
from tests.support.recorded import record_stories
from tests.support.strategies import exchanges
from tests.support.streams import Exchange
from wsgitrace.capture import Capture
from wsgitrace.cli.importing import command
from wsgitrace.events import Called, Opaque, decode_events
from wsgitrace.events import HeadReceived as Head
from wsgitrace.export import read_har, take
from wsgitrace.export.har import entry_object, har_file
from wsgitrace.export.masked_events import masked_events
from wsgitrace.redact import Masker, Names
from wsgitrace.trace import Trace

MASKERS = {"masked": Masker(Names()), "revealed": Masker.revealing()}
PATIENT = settings(deadline=None, max_examples=30, derandomize=True, suppress_health_check=list(HealthCheck))
SECRET = "open-sesame-4711"


def entry_of(trace, masker, row=None):
    return entry_object(take(summary_of(row or trace), trace, masker, app="shop:app"))


def har_of(*entries):
    return "".join(har_file(entries)).encode()


def trace_of(har):
    """The trace of the one exchange that a HAR holds."""
    (exchange,) = har.exchanges
    frames = exchange.frames
    events = decode_events(frames[1].data, frames[1].count)
    return Trace.from_events([*exchange.recorded.layers, *events])


@PATIENT
@given(exchanges())
def test_whatever_was_recorded_comes_back(exchange):
    trace = exchange.trace()
    for masker in MASKERS.values():
        entry = entry_of(trace, masker)
        data = har_of(entry)
        check_har(data)
        har = read_har(data, "")
        assert har.left_out == {}
        again = trace_of(har)
        assert again.events == tuple(masked_events(trace.events, masker))
        assert again.layers == trace.layers
        assert entry_of(again, masker, row=trace) == entry


@pytest.mark.parametrize("how", MASKERS)
def test_every_story_is_valid_and_comes_back(how):
    for name, tell in stories.STORIES.items():
        trace = tell().trace()
        if trace.head is None:
            continue  # refused: no request was received that could be told of
        entry = entry_of(trace, MASKERS[how])
        data = har_of(entry)
        check_har(data)
        again = trace_of(read_har(data, ""))
        assert entry_of(again, MASKERS[how], row=trace) == entry, name


HOSTS = st.sampled_from(["a", "a.test:8000", "[::1]:80", "[1.2.3.4]", "[:.:]", "a b", "a:x", "", "\xff", "u@a", "a/b"])
TARGETS = st.text("ab/.%2F?&=#'\"{}[]()$`!~;:@\\|^é ÿ*", max_size=12)


@PATIENT
@example("a", "http://[bad/", "GET")
@example("a", "//", "GET")
@example("[:.:]", "/", "GET")
@example("a", "*", "OPTIONS")
@example("a", "a:443", "CONNECT")
@example("a", "/%zz%", "GET")
@given(HOSTS, TARGETS, st.sampled_from(["GET", "CONNECT", "m-search"]))
def test_whatever_was_asked_for_gives_a_url(request_of, host, target, method):
    raw = f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode("latin-1")
    for masker in MASKERS.values():
        entry = entry_object(request_of(raw, masker=masker))
        check_har(har_of(entry))
        del entry["_wsgitrace"]
        if masker.reveals and target.strip(" ") == target:
            (exchange,) = read_har(har_of({**entry, "_wsgitrace": {}}), "").exchanges
            (head, *_) = decode_events(exchange.frames[1].data, exchange.frames[1].count)
            assert head.raw.split(b"\r\n")[0] == raw.split(b"\r\n")[0]


def form(body, *, coding="", items=None):
    """A form that is sent, and an answer with what it said."""
    headers = [
        ("Host", "shop.test"),
        ("Cookie", f"sid={SECRET}"),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ]
    coded = [("Content-Encoding", coding)] if coding else []
    exchange = Exchange("POST", f"/?token={SECRET}&a=1", headers=[*headers, *coded], body=body)
    with exchange.call("shop.Session") as session:
        session.environ["shop.password"] = SECRET
        with session.call("shop.Shop", "application") as call:
            call.read(9)
            call.read()
            call.start_response("200 OK", [("Content-Type", "text/plain"), ("Set-Cookie", f"sid={SECRET}")])
            call.returns(items or [b"pass", b"word=" + SECRET.encode(), b"\nand more"])
    exchange.finish()
    return exchange.trace()


@pytest.mark.parametrize(
    "trace",
    [
        form(b"a=1&password=" + SECRET.encode()),
        form(b"password=x&a=1"),
        form(gzip.compress(b"a=1&password=" + SECRET.encode(), mtime=0), coding="gzip"),
        form(b"\x8b\x02\x80" + bytes(range(200)), coding="br"),
        form(b"a=1", items=[b"password=", SECRET.encode()[:5], SECRET.encode()[5:]]),
    ],
    ids=["form", "shorter", "gzip", "brotli", "answer"],
)
def test_no_secret_is_in_it_and_masking_twice_changes_nothing(trace):
    masker = MASKERS["masked"]
    entry = entry_of(trace, masker)
    data = har_of(entry)
    check_har(data)
    again = trace_of(read_har(data, ""))
    everything = data + repr(again.events).encode() + again.request_body.data + again.response_body.data
    assert SECRET.encode() not in everything
    assert gzip.compress(b"a=1&password=" + SECRET.encode(), mtime=0) not in everything
    assert entry_of(again, masker, row=trace) == entry
    assert trace.request_body.complete
    if again.request_body.complete:
        assert again.head.content_length == len(again.request_body.data)
    assert again.response_body.complete
    assert b"<redacted 16 #" in again.response_body.data


def test_a_number_that_is_none_is_written_as_json_can():
    head, *rest = form(b"a=1").events
    events = [head, *rest]
    index = next(index for index, event in enumerate(events) if isinstance(event, Called))
    events[index] = Called(**{
        **{name: getattr(events[index], name) for name in Called.__struct_fields__},
        "environ": {**events[index].environ, "shop.rate": float("nan")},
    })  # fmt: skip
    data = har_of(entry_of(Trace.from_events(events), MASKERS["revealed"]))
    assert b"NaN" not in data
    again = trace_of(read_har(data, ""))
    assert again.events[index].environ["shop.rate"] == Opaque("float", "nan")


def changed(entry, change):
    entry = json.loads(json.dumps(entry))
    change(entry, entry["_wsgitrace"])
    return entry


WRONG = {
    "another version": (lambda _, ours: ours.update(recording=2), "it is of version 2, and 1 is known here"),
    "edited": (lambda entry, _: entry["request"].update(url="http://a/"), "request or response were changed since"),
    "no events": (lambda _, ours: ours.pop("event_list"), "missing required field `event_list`"),
    "an unknown event": (lambda _, ours: ours["event_list"].append(["pickle", 1]), "pickle"),
    "a type": (lambda _, ours: ours["event_list"][0].__setitem__(1, "x"), "Expected `int`, got `str`"),
    "a huge number": (lambda _, ours: ours["event_list"][0].__setitem__(1, 2**70), "it is none of ours"),
    "a position": (lambda _, ours: ours["event_list"][0].__setitem__(1, -1), "an event has a position that none has"),
    "a huge time": (lambda _, ours: ours["event_list"][0].__setitem__(4, 2**80), "it is none of ours"),
    "a layer": (lambda _, ours: ours["layer_list"][0].__setitem__(1, 2**40), "a layer has an id that no layer has"),
    "a status": (lambda _, ours: ours.update(status=2**40), "status"),
    "a number": (lambda _, ours: ours.update(number=2**62), "number"),
    "a worker": (lambda _, ours: ours.update(worker=10**6), "worker"),
    "a date": (lambda _, ours: ours.update(time="yesterday"), "Invalid isoformat string"),
    "depth": (lambda _, ours: ours.update(event_list=json.loads("[" * 900 + "]" * 900)), "it is none of ours"),
    "a list": (lambda entry, _: entry.update(_wsgitrace=[1, 2]), "it is none of ours"),
}


@pytest.mark.parametrize(("change", "why"), WRONG.values(), ids=list(WRONG))
def test_what_is_not_ours_is_left_out_and_told(change, why, tmp_path):
    entry = entry_of(stories.page().trace(), MASKERS["revealed"])
    path = tmp_path / "hostile.har"
    path.write_bytes(har_of(changed(entry, change)))
    done = CliRunner().invoke(command, [str(path)])
    assert done.exit_code == 0, done.output
    first, second = done.output.splitlines()
    assert first.endswith("1 request in " + str(path.with_suffix(".wtrace")) + ".")
    assert "log.entries[0]._wsgitrace is left out, and with it what layers did: " in second
    assert why in second
    with Capture.open(path.with_suffix(".wtrace")) as capture:
        assert [span.name for span in Trace.from_events(capture.events(1)).spans] == ["server"]


def test_a_block_of_somebody_else_is_none_of_our_business():
    entry = entry_of(stories.page().trace(), MASKERS["revealed"])
    entry["_wsgitrace"] = {"app": "other:app", "note": "mine"}
    har = read_har(har_of(entry), "")
    assert (har.left_out, har.app) == ({}, "other:app")


def test_recordings_of_two_captures_in_one_file_keep_their_own_layers(tmp_path):
    one, other = tmp_path / "one.wtrace", tmp_path / "other.wtrace"
    record_stories(one, ("page", "upload"))
    record_stories(other, ("failing", "page", "hello"))
    entries = []
    for path in (one, other):
        with Capture.open(path) as capture:
            for summary in sorted(capture.page(), key=lambda each: each.number):
                trace = Trace.from_events(capture.events(summary.number))
                entries.append(entry_object(take(summary, trace, MASKERS["revealed"])))
    both = tmp_path / "both.har"
    both.write_bytes(har_of(*entries))
    assert CliRunner().invoke(command, [str(both)]).exit_code == 0
    with Capture.open(both.with_suffix(".wtrace")) as capture:
        for number, entry in enumerate(entries, 1):
            names = [span.name for span in Trace.from_events(capture.events(number)).spans]
            assert names == [each["name"] for each in entry["_wsgitrace"]["passes"]]


def test_numbers_stay_and_what_they_refer_to(tmp_path):
    entries = [entry_of(stories.hello().trace(), MASKERS["revealed"]) for _ in range(2)]
    for entry, number, original in zip(entries, (7, 12), (None, 7), strict=True):
        entry["_wsgitrace"] |= {"number": number, "replay_of": original, "worker": 3, "pinned": number == 12}
    path = tmp_path / "some.har"
    path.write_bytes(har_of(*entries))
    assert CliRunner().invoke(command, [str(path)]).exit_code == 0
    with Capture.open(path.with_suffix(".wtrace")) as capture:
        found = [(row.number, row.replay_of, row.worker, row.pinned) for row in capture.page()]
    assert found == [(12, 7, 3, True), (7, None, 3, False)]


def test_a_head_is_masked_as_a_head():
    raw = f"GET /reset?token={SECRET}&b=2 HTTP/1.1\r\nHost: a\r\nX-Api-Key: {SECRET}\r\n\r\n".encode()
    (event,) = masked_events([Head(0, 0, 0, 0, raw=raw, peer="")], MASKERS["masked"])
    lines = event.raw.split(b"\r\n")
    assert len(lines[0].split(b" ")) == 3
    assert lines[0].startswith(b"GET /reset?token=%3Credacted%2016%20%23")
    assert SECRET.encode() not in event.raw
    assert masked_events([event], MASKERS["masked"]) == [event]
