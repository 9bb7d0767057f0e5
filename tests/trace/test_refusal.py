"""Refusals explained: the clause of the rule, and the fault marked among the bytes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import wsgitrace.server
from tests.support.streams import Exchange
from wsgitrace.events import Raised, Refused
from wsgitrace.redact import Masker, Names
from wsgitrace.trace.refusal import CLAUSES, broken_rule, excerpt, maker, rule_text

HEAD = b"GET / HTTP/1.1\r\nHost : x\r\nCookie: secret=1; b=2\r\n\r\n"


def refused(raw, offset):
    return Refused(0, 0, 1, 0, raw, offset, "H12", "why", 400)


def test_every_rule_that_the_server_refuses_by_has_its_clause():
    folder = Path(wsgitrace.server.__file__).parent
    text = "".join(path.read_text("utf-8") for path in sorted(folder.glob("*.py")))
    named = set(re.findall(r'"([ASH][0-9]{2}|TLS)"', text))
    assert len(named) > 30
    assert named - set(CLAUSES) == set()


def test_a_rule_with_its_clause():
    assert rule_text("H12") == "H12 (RFC 9112, 5.1)"
    assert rule_text("Z99") == "Z99"


@pytest.mark.parametrize("offset", range(len(HEAD) + 3))
def test_the_byte_at_fault_is_the_one_that_is_marked(offset):
    part = excerpt(refused(HEAD, offset), HEAD.decode())
    before = sum(map(len, part.lines[: part.marked])) + part.column
    assert "".join(part.lines) == HEAD.decode()
    assert (part.skipped, part.left) == (0, 0)
    assert before == min(offset, len(HEAD))


def test_a_fault_in_what_is_masked_is_marked_where_that_begins():
    shown = Masker(Names()).head(HEAD.decode())
    part = excerpt(refused(HEAD, HEAD.index(b"b=2")), shown)
    line = part.lines[part.marked]
    assert line.startswith("Cookie: ")
    assert "secret=1" not in line
    assert part.column <= line.index("<redacted")


def test_only_the_lines_around_the_fault():
    raw = b"".join(b"A%d: b\r\n" % number for number in range(100))
    part = excerpt(refused(raw, raw.index(b"A50")), raw.decode())
    assert (part.skipped, part.lines[part.marked], part.column, part.left) == (38, "A50: b\r\n", 0, 45)


@pytest.mark.parametrize("raw", [b"", b"\n", b"\x16\x03\x01", b"\r", b"a\nb"])
@pytest.mark.parametrize("offset", [0, 1, 2, 99])
def test_any_bytes_at_any_offset(raw, offset):
    part = excerpt(refused(raw, offset), raw.decode("latin-1"))
    assert 0 <= part.column <= len(part.lines[part.marked])


BAD = [("Content-Type", "text/plain"), ("X-Bad", "a\nb")]
FINE = [("Content-Type", "text/plain")]
REFUSED = "wsgitrace.server.errors.ApplicationError"


def test_what_a_layer_added_is_not_blamed_on_the_application():
    exchange = Exchange()
    with exchange.call("a.Passes") as passes, passes.call("a.Adds") as adds, adds.call("a.app", wraps=True) as app:
        app.start_response("200 OK", FINE)
        adds.start_response("200 OK", BAD, refused=REFUSED)
        raised = app.raises(REFUSED, "the value of X-Bad has a control character: 'a\\nb' (rule A16)")
        adds.reraises(app)
        passes.reraises(adds)
    trace = exchange.finish().trace()
    assert broken_rule(raised) == "A16"
    assert maker(trace, raised).name == "Adds"


def test_who_adds_the_second_field_of_what_is_given_once_is_the_one():
    name, value = "Content-Length", "7"
    exchange = Exchange()
    with exchange.call("a.Adds") as adds, adds.call("a.app", wraps=True) as app:
        app.start_response("200 OK", [(name, value)])
        adds.start_response("200 OK", [(name, value), (name, value)], refused=REFUSED)
        raised = app.raises(REFUSED, f"{name} is given twice (rule A22)")
        adds.reraises(app)
    assert maker(exchange.finish().trace(), raised).name == "Adds"


def test_what_the_application_said_is_blamed_on_it_through_every_layer():
    exchange = Exchange()
    with exchange.call("a.Passes") as passes, passes.call("a.Wraps") as wraps, wraps.call("a.app", wraps=True) as app:
        app.start_response("200 OK", BAD)
        wraps.start_response("200 OK", BAD, refused=REFUSED)
        raised = app.raises(REFUSED, "the value of X-Bad has a control character: 'a\\nb' (rule A16)")
        wraps.reraises(app)
        passes.reraises(wraps)
    assert maker(exchange.finish().trace(), raised).name == "app"


def test_a_layer_that_did_not_pass_start_response_on_is_the_one():
    exchange = Exchange()
    with exchange.call("a.Passes") as passes, passes.call("a.Forgets") as forgets:
        with forgets.call("a.app", wraps=True) as app:
            app.start_response()
            app.returns([b"body"])
        forgets.returns([b"body"])
    broken = "wsgitrace.server.errors.BrokenResponseError"
    raised = exchange.put(
        Raised, 0, during="next", type=broken, message="it did not call start_response() (rule A06)", identity=1
    )
    assert maker(exchange.finish().trace(), raised).name == "Forgets"


def test_other_exceptions_name_no_rule():
    exchange = Exchange()
    with exchange.call("a.app") as app:
        raised = app.raises("ValueError", "no luck (rule A16)")
    assert broken_rule(raised) == ""
    assert maker(exchange.finish().trace(), raised).name == "app"
