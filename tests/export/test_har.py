from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from msgspec.structs import asdict

from tests.support import stories
from tests.support.har_types import check_har
from tests.support.recorded import record_stories
from wsgitrace.capture import Capture
from wsgitrace.cli.importing import command
from wsgitrace.events import decode_events
from wsgitrace.export import HarError, LeftOut, export, format_named, read_har, rows, taken
from wsgitrace.query import parse
from wsgitrace.redact import Masker, Names
from wsgitrace.trace import Trace, preview
from wsgitrace.trace.head import header

MASKERS = {"masked": Masker(Names()), "revealed": Masker.revealing()}


def har_of(path, masker):
    left_out = LeftOut()
    with Capture.open(path) as capture:
        found = taken(capture, rows(capture, parse("")), masker)
        return b"".join(export(format_named("har"), found, left_out)), left_out


def imported(data, path):
    har = path.with_suffix(".har")
    har.write_bytes(data)
    done = CliRunner().invoke(command, [str(har), "-o", str(path)])
    assert done.exit_code == 0, done.output
    return path, done.output


def standard(data):
    """What the specification knows of a HAR: what is ours is about layers, which nobody else has seen."""
    found = json.loads(data)
    for entry in found["log"]["entries"]:
        del entry["_wsgitrace"]
    return json.dumps(found).encode()


@pytest.fixture(scope="module")
def capture(tmp_path_factory):
    path = tmp_path_factory.mktemp("har") / "stories.wtrace"
    record_stories(path, tuple(name for name in stories.STORIES if name not in {"truncated", "unclosed"}))
    return path


@pytest.mark.parametrize("how", MASKERS)
def test_a_har_is_one_by_the_specification(capture, how):
    data, left_out = har_of(capture, MASKERS[how])
    assert data.isascii()
    har = check_har(data)
    assert len(har.log.entries) == left_out.written
    assert set(left_out.reasons.values()) == {"no request was received that could be read"}


@pytest.mark.parametrize("how", MASKERS)
def test_what_goes_round_comes_back_with_its_layers(capture, how, tmp_path):
    data, _ = har_of(capture, MASKERS[how])
    path, said = imported(data, tmp_path / "again.wtrace")
    assert said.count("\n") == 1
    again, left_out = har_of(path, MASKERS[how])
    assert not left_out.reasons
    for one, other in zip(json.loads(data)["log"]["entries"], json.loads(again)["log"]["entries"], strict=True):
        assert other == one


def test_what_is_read_of_an_import_is_what_is_read_of_the_original(capture, tmp_path):
    path, _ = imported(har_of(capture, MASKERS["revealed"])[0], tmp_path / "again.wtrace")
    with Capture.open(capture) as before, Capture.open(path) as after:
        for summary in after.page(limit=100):
            number = summary.number
            assert after.events(number) == before.events(number)
            assert {**asdict(summary), "stored": 0, "local": 0} == {
                **asdict(before.summary(number)), "stored": 0, "local": 0, "wall": summary.wall
            }  # fmt: skip
            texts = [[(row.text, row.stream) for row in each.output(exchange=number)] for each in (before, after)]
            assert texts[0] == texts[1]


@pytest.mark.parametrize("how", MASKERS)
def test_what_was_seen_from_outside_comes_back_too(capture, how, tmp_path):
    data = standard(har_of(capture, MASKERS[how])[0])
    path, _ = imported(data, tmp_path / "again.wtrace")
    again, left_out = har_of(path, MASKERS[how])
    assert not left_out.reasons
    before, after = json.loads(data), json.loads(standard(again))
    for one, other in zip(before["log"]["entries"], after["log"]["entries"], strict=True):
        for each in (one, other):
            # Why something is missing of a response is told in our words, and known to the one who recorded it alone.
            each["response"]["content"].pop("comment", None)
        assert other == one


def test_masked_means_masked(capture):
    data, _ = har_of(capture, MASKERS["masked"])
    assert b"sid=9f3c" not in data
    assert b"sid=<redacted 4 #" in data


def test_layers_are_told_under_our_own_name(capture):
    entries = json.loads(har_of(capture, MASKERS["masked"])[0])["log"]["entries"]
    page = next(entry for entry in entries if entry["request"]["url"].endswith("/cart"))
    assert [each["name"] for each in page["_wsgitrace"]["passes"]][:3] == ["server", "ErrorPages", "Timing"]


def entry(**changes):
    found = {
        "startedDateTime": "2025-11-22T14:02:07.123+01:00",
        "time": 12.5,
        "request": {"method": "GET", "url": "https://shop.test/a?b=1", "httpVersion": "HTTP/1.1", "headers": []},
        "response": {"status": 200, "statusText": "OK", "headers": [], "content": {"text": "hi"}, "bodySize": 2},
        "timings": {"receive": 2.5},
    }
    for path, value in changes.items():
        *parents, last = path.split("__")
        place = found
        for each in parents:
            place = place[each]
        place[last] = value
    return found


def read(*entries):
    return read_har(json.dumps({"log": {"entries": entries}}).encode(), "Imported.")


def trace_of(found):
    _, events, _ = found.exchanges[0].frames
    return Trace.from_events(decode_events(events.data, events.count))


def test_an_entry_becomes_an_exchange_seen_from_outside():
    found = read(entry())
    began, _, ended = found.exchanges[0].frames
    assert (began.method, began.target, began.wall) == ("GET", "/a?b=1", 1_763_816_527_123_000_000)
    assert (ended.status, ended.duration, ended.first_byte, ended.note) == (200, 12_500_000, 10_000_000, "Imported.")
    trace = trace_of(found)
    assert (trace.head.scheme, trace.response.status, trace.response_body.data) == ("https", "200 OK", b"hi")
    assert [span.name for span in trace.spans] == ["server"]


def test_what_a_browser_writes_of_http_2_becomes_a_head():
    headers = [{"name": ":authority", "value": "shop.test"}, {"name": "accept", "value": "*/*"}]
    trace = trace_of(read(entry(request__httpVersion="h2", request__headers=headers)))
    assert trace.head.raw == b"GET /a?b=1 HTTP/1.1\r\nHost: shop.test\r\naccept: */*\r\n\r\n"


def test_bodies_are_what_they_were():
    post = {"mimeType": "text/plain; charset=latin-1", "text": "café"}
    gzip = [{"name": "Content-Encoding", "value": "gzip"}]
    trace = trace_of(read(entry(request__postData=post, response__headers=gzip)))
    assert (trace.request_body.data, trace.head.content_length) == (b"caf\xe9", 4)
    assert trace.response_body.data.startswith(b"\x1f\x8b")
    params = [{"name": "a", "value": "1 2"}, {"name": "b", "value": "é"}]
    trace = trace_of(read(entry(request__postData={"mimeType": "x", "params": params})))
    assert trace.request_body.data == b"a=1+2&b=%C3%A9"
    content = {"text": "/wA=", "encoding": "base64"}
    assert trace_of(read(entry(response__content=content))).response_body.data == b"\xff\0"


def test_a_form_with_files_and_its_type_are_told_by_its_fields():
    params = [
        {"name": "note", "value": "é"},
        {"name": 'a"b', "fileName": "plant.txt", "contentType": "text/plain", "value": "fern"},
    ]
    for kind in ("multipart/form-data; boundary=xyz", "multipart/form-data"):
        post = {"mimeType": kind, "params": params}
        trace = trace_of(read(entry(request__headers=[], request__postData=post)))
        sent = preview(trace.request_body, trace.head.headers)
        assert header(trace.head.headers, "content-type").startswith(kind)
        assert [(part.name, part.filename, part.data.decode()) for part in sent.parts] == [
            ("note", None, "é"),
            ("a%22b", "plant.txt", "fern"),
        ]
        assert (sent.notes, trace.head.content_length) == ((), len(trace.request_body.data))


@pytest.mark.parametrize(("kind", "told"), [("application/json", "application/json"), ("x-unknown", None)])
def test_a_type_that_the_header_fields_do_not_tell_is_that_of_the_body(kind, told):
    post = {"mimeType": kind, "text": "{}"}
    assert header(trace_of(read(entry(request__postData=post))).head.headers, "content-type") == told


def test_several_cookies_in_one_field_are_fields_of_their_own():
    headers = [{"name": "Set-Cookie", "value": "a=1\nb=2"}]
    assert trace_of(read(entry(response__headers=headers))).response.headers == (
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
    )


def test_no_answer_is_no_response():
    found = read(entry(response__status=0))
    assert trace_of(found).response is None
    assert found.exchanges[0].frames[2].how == "cut"


def test_entries_that_are_no_http_are_counted():
    found = read(entry(request__url="data:text/plain,x"), entry(), entry(request__url="blob:https://a/b"))
    assert (len(found.exchanges), found.skipped) == (1, 2)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"request__url": 5}, "log.entries[0].request.url: expected `str`, got `int`"),
        ({"request__url": "http:///a"}, "log.entries[0].request.url: 'http:///a' has no host"),
        ({"request__url": "http://[::1/a"}, "log.entries[0].request.url: Invalid IPv6 URL"),
        ({"request__method": "G T"}, "log.entries[0].request.method: 'G T' is no method"),
        ({"startedDateTime": "yesterday"}, "log.entries[0].startedDateTime: 'yesterday' is no date"),
        ({"request__headers": [{"name": "a b"}]}, "log.entries[0].request.headers[0].name: 'a b' is no name"),
        (
            {"request__headers": [{"name": "a", "value": "b\r\nc: d"}]},
            "log.entries[0].request.headers[0].value: it holds a line end",
        ),
        ({"response__status": 20}, "log.entries[0].response.status: 20 has not three digits"),
        ({"request__postData": {"text": "?", "encoding": "base64"}}, "log.entries[0].request.postData.text: it is no"),
        ({"request___target": "/a\nb"}, "log.entries[0].request._target: it holds what no request target"),
    ],
    ids=["type", "host", "address", "method", "date", "name", "injection", "status", "base64", "target"],
)
def test_what_is_wrong_is_said_with_its_place(changes, place):
    with pytest.raises(HarError) as refused:
        read(entry(**changes))
    assert place in str(refused.value)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "it is no JSON"),
        (b"{", "it is no JSON"),
        (b"\xff", "it is no JSON"),
        (b"[]", "it is no HAR: the top: expected `object`, got `array`"),
        (b'{"log": {}}', "it is no HAR: log: object missing required field `entries`"),
    ],
    ids=["empty", "cut", "bytes", "list", "without entries"],
)
def test_what_is_no_har_is_refused(data, text):
    with pytest.raises(HarError) as refused:
        read_har(data, "")
    assert text in str(refused.value)


def test_a_byte_order_mark_is_skipped():
    assert read_har(b'\xef\xbb\xbf{"log": {"entries": []}}', "").exchanges == []
