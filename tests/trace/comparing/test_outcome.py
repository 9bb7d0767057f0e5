"""Responses: header fields as multisets, bodies by what they are."""

import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wsgitrace.trace import Body
from wsgitrace.trace.comparing import Noise, Outcome, RuleError, compare_outcomes, learn, read_rule
from wsgitrace.trace.comparing.documents import compare_documents
from wsgitrace.trace.comparing.texts import compare_lines

TEXT, JSON, BYTES = "text/html; charset=utf-8", "application/json", "application/octet-stream"


def outcome(data=b"", *headers, kind=TEXT, status="200 OK", how="complete", why=""):
    return Outcome(status, (("Content-Type", kind), *headers), Body(data, len(data), why), how)


def compared(one, other, *rules):
    return compare_outcomes(one, other, Noise(tuple(map(read_rule, rules))))


def fields(one, other, *rules):
    found = compared(outcome(b"", *one), outcome(b"", *other), *rules)
    return [(each.name, each.one, each.other, bool(each.noise)) for each in found.headers]


def test_the_order_of_header_fields_does_not_count_and_their_number_does():
    assert fields([("A", "1"), ("B", "2")], [("b", "2"), ("a", "1")]) == []
    assert fields([("A", "1"), ("A", "1")], [("A", "1")]) == [("A", "1", None, False)]
    assert fields([("A", "1")], [("A", "2"), ("A", "1")]) == [("A", None, "2", False)]


def test_cookies_are_told_by_their_names_and_attributes():
    assert fields([("Set-Cookie", "sessionid=1; Path=/")], [("Set-Cookie", "sessionid=2; Path=/")])[0][-1]
    assert not fields([("Set-Cookie", "sessionid=1; Path=/")], [("Set-Cookie", "sessionid=2; Path=/a")])[0][-1]
    assert not fields([("Set-Cookie", "basket=1")], [("Set-Cookie", "basket=2")])[0][-1]
    assert fields([("Set-Cookie", "basket=1")], [("Set-Cookie", "basket=2")], "cookie:basket")[0][-1]
    two = [("Set-Cookie", "a=1"), ("Set-Cookie", "b=1")], [("Set-Cookie", "b=2"), ("Set-Cookie", "a=1")]
    assert fields(*two) == [("Set-Cookie", "b=1", "b=2", False)]


def test_a_nonce_of_a_policy_is_noise_and_the_rest_of_it_is_not():
    policy = "script-src 'nonce-{}' {}"
    name = "Content-Security-Policy"
    assert fields([(name, policy.format("a", "self"))], [(name, policy.format("b", "self"))])[0][-1]
    assert not fields([(name, policy.format("a", "self"))], [(name, policy.format("b", "x"))])[0][-1]


def test_json_is_compared_by_its_paths():
    one = outcome(json.dumps({"id": 1, "rows": [{"n": 1}, {"n": 2}], "odd key": 1}).encode(), kind=JSON)
    other = outcome(json.dumps({"rows": [{"n": 1}, {"n": 3}], "id": True}).encode(), kind=JSON)
    body = compared(one, other).body
    assert (body.verdict, body.manner) == ("differs", "json")
    assert [(each.name, each.one, each.other) for each in body.paths] == [
        ("$.id", "1", "true"),
        ("$.rows[1].n", "2", "3"),
        ('$["odd key"]', "1", None),
    ]
    assert compared(one, other, "body:$.id", "body:$..n", "body:$.odd key").body.verdict == "noise"
    assert compared(one, other, "body:$.rows[*].n").body.verdict == "differs"
    assert compared(one, other, "body").verdict == "noise"


def test_an_item_more_is_one_difference():
    paths, whole = compare_documents([1, 2, 3, 4], [1, 9, 2, 3, 4], Noise())
    assert [(each.name, each.one, each.other) for each in paths] == [("$[1]", None, "9")]
    assert whole


def test_json_written_otherwise_is_the_same_but_for_noise():
    found = compared(outcome(b'{"a": 1, "b": 2}', kind=JSON), outcome(b'{"b":2,"a":1}', kind=JSON))
    assert (found.verdict, found.body.paths) == ("noise", ())


def test_text_is_compared_by_its_lines():
    found = compared(outcome(b"one\ntwo\nthree\n"), outcome(b"one\n2\nthree\nfour\n")).body
    assert (found.verdict, found.manner) == ("differs", "text")
    assert [(block.tag, [*block.one], [*block.other]) for block in found.lines.blocks] == [
        ("equal", [0], [0]),
        ("changed", [1], [1]),
        ("equal", [2], [2]),
        ("changed", [], [3]),
        ("equal", [3], [4]),
    ]
    assert compared(outcome(b"at 10:31\nok"), outcome(b"at 10:32\nok"), r"body~\d\d:\d\d").verdict == "noise"


def test_tokens_against_forgery_are_noise_in_a_page():
    page = '<form>\n<input type="hidden" name="csrfmiddlewaretoken" value="{}">\n</form>'
    length = [("Content-Length", str(len(page)))]
    found = compared(
        outcome(page.format("a1").encode(), *length), outcome(page.format("b22").encode(), ("Content-Length", "9"))
    )
    assert found.verdict == "noise"
    assert [(each.name, each.noise) for each in found.headers] == [("Content-Length", "follows from the body")]


def test_lines_that_differ_each_time_are_learnt():
    one, other, third = (outcome(f"<p>hello</p>\n<i>took {took} ms</i>".encode()) for took in (12, 7, 33))
    rules = learn(compared(one, other))
    assert compare_outcomes(one, third, Noise(rules)).verdict == "noise"
    assert compare_outcomes(one, outcome(b"<p>bye</p>\n<i>took 1 ms</i>"), Noise(rules)).verdict == "differs"


def test_a_time_is_learnt_whole():
    one, other, third = (
        outcome(f"<a>Dav/1.2</a> - 2026-11-{time}</p>".encode())
        for time in ("23 03:08:49.2256", "23 03:08:49.2311", "22 14:01:00.0001")
    )
    rules = learn(compared(one, other))
    assert [str(rule) for rule in rules] == [r"body~^<a>Dav/1\.2</a>\ \-\ .*</p>$"]
    assert compare_outcomes(one, third, Noise(rules)).verdict == "noise"


def test_bytes_are_compared_by_size_and_hash():
    found = compared(outcome(b"\0\1\2" * 9, kind=BYTES), outcome(b"\0\1\3" * 9, kind=BYTES)).body
    assert (found.verdict, found.manner, found.one.length, found.other.length) == ("differs", "bytes", 27, 27)
    assert found.one.digest != found.other.digest


def test_bytes_that_differ_each_time_are_learnt():
    one, other, third = (outcome(bytes(range(start, start + 9)), kind=BYTES) for start in (0, 1, 2))
    (rule,) = learn(compared(one, other))
    assert str(rule) == "body"
    assert compare_outcomes(one, third, Noise((rule,))).body.notes == ("bodies do not count: two replays differ in it",)
    assert learn(compared(one, outcome(b"", kind=BYTES))) == ()
    cut = outcome(b"\0\1\2", kind=BYTES, why="closed before its end")
    assert learn(compared(one, cut)) == ()


def test_what_cannot_be_unpacked_says_so():
    one, other = (outcome(bytes([0x8B, number]), ("Content-Encoding", "br")) for number in (1, 2))
    assert compared(one, other).body.notes[0].startswith("in a coding that is not undone here: compared by size")


def test_the_same_packed_otherwise_is_noise():
    one, other = (outcome(gzip.compress(b"x" * 99, mtime=mtime), ("Content-Encoding", "gzip")) for mtime in (1, 2))
    assert compared(one, other).verdict == "noise"
    other = outcome(gzip.compress(b"y" * 99), ("Content-Encoding", "gzip"))
    assert compared(one, other).body.lines is not None


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        (outcome(b"abc", why="closed before its end"), outcome(b"abcdef"), "same"),
        (outcome(b"abx", why="closed before its end"), outcome(b"abcdef"), "differs"),
        (outcome(b"abcdef", why="closed before its end"), outcome(b"abc"), "differs"),
        (
            Outcome("200 OK", (), Body(b"abc", 9, "the limit", ((3, 6),))),
            Outcome("200 OK", (), Body(b"abc", 8, "the limit", ((3, 5),))),
            "differs",
        ),
        (
            Outcome("200 OK", (), Body(b"abc", 9, "the limit", ((3, 6),))),
            Outcome("200 OK", (), Body(b"abc", 9, "the limit", ((3, 6),))),
            "same",
        ),
    ],
    ids=["a beginning", "another beginning", "a longer beginning", "other lengths", "equally long"],
)
def test_what_is_not_recorded_is_not_compared_and_told(one, other, verdict):
    for found in (compared(one, other).body, compared(other, one).body):
        assert found.verdict == verdict
        assert found.notes


def test_a_client_that_left_is_not_the_applications_doing():
    assert compared(outcome(b"", how="client gone"), outcome(b"")).verdict == "noise"
    assert compared(outcome(b"", how="cut"), outcome(b"")).verdict == "differs"


@pytest.mark.parametrize("text", ["", "header:", "nonsense:x", "body:time", "body:$.a[", "body~(", "body:$."])
def test_what_is_no_rule_is_told_in_a_sentence(text):
    with pytest.raises(RuleError, match="is no rule: "):
        read_rule(text)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abc")))
def test_blocks_are_all_of_both_texts(one, other):
    blocks = compare_lines(one, other).blocks
    assert [line for block in blocks for line in block.one] == list(range(len(one)))
    assert [line for block in blocks for line in block.other] == list(range(len(other)))
    for block in blocks:
        if block.tag == "equal":
            assert [one[line] for line in block.one] == [other[line] for line in block.other]


DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from(["", "a"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c d"]), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, max_examples=50)
@given(DOCUMENTS, DOCUMENTS)
def test_documents_differ_exactly_where_they_do(one, other):
    assert compare_documents(one, one, Noise()) == ((), True)
    paths, _ = compare_documents(one, other, Noise())
    assert bool(paths) == (json.dumps(one, sort_keys=True) != json.dumps(other, sort_keys=True))
    assert len({each.name for each in paths}) == len(paths)
    noise = Noise(tuple(read_rule(f"body:{each.name}") for each in paths if '"' not in each.name))
    assert all(each.noise for each in compare_documents(one, other, noise)[0] if '"' not in each.name)
