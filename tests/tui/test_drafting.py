"""A request as the texts of a form: what is not touched is the same bytes again, secrets among them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import stories
from wsgitrace.redact import Masker, Names, Veil
from wsgitrace.replay import Draft, as_command, draft_of, rebuild
from wsgitrace.safetext import safe
from wsgitrace.tui.body_texts import KINDS
from wsgitrace.tui.drafting import DraftTexts
from wsgitrace.tui.typed_text import Typed

FILES = {"cat.jpg": b"\xff\xd8"}


def read_file(name):
    if name not in FILES:
        raise FileNotFoundError(2, "No such file or directory")
    return FILES[name]


def draft(body=b"", content_type="", *fields) -> Draft:
    trace = stories.hello().trace()
    lines = ["POST /cart?page=1&token=abc123456 HTTP/1.1", "Host: shop.example", *fields]
    lines += [f"Content-Type: {content_type}"] if content_type else []
    lines += [f"Content-Length: {len(body)}", "", ""]
    command = replace_command(rebuild(1, trace), "\r\n".join(lines).encode("latin-1"), body)
    return replace(draft_of(trace, command), body=body)


def replace_command(command, head, body):
    return type(command)(command.replay_of, head, body, command.peer, command.scheme, command.server)


def texts(one: Draft, masker=None) -> DraftTexts:
    return DraftTexts(one, Veil(masker or Masker(Names())), read_file)


def sent(one: DraftTexts, **changes):
    """Head lines and body of what is filled in; nothing is wrong with it."""
    found, flaw = one.look(replace(one.first, **changes))
    assert flaw is None, flaw
    command = as_command(found)
    return command.head.decode("latin-1").split("\r\n")[:-2], command.body


TYPES = ("", "application/json", "text/plain", "text/plain; charset=latin-1", "application/x-www-form-urlencoded")
BODIES = st.one_of(
    st.binary(max_size=60),
    st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.dictionaries(st.sampled_from(["a", "token", "é"]), st.text(max_size=8) | st.integers()).map(
        lambda found: json.dumps(found).encode()
    ),
    st.lists(st.sampled_from([b"a=1", b"password=x%20y", b"a=+", b"%zz", b"=", b"b"])).map(b"&".join),
)
VALUES = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=20)


@settings(max_examples=80)
@given(BODIES, st.sampled_from(TYPES), VALUES, st.booleans())
def test_what_is_not_touched_is_the_same_bytes(body, content_type, value, masked):
    one = draft(body, content_type, f"X-Odd:{value}", "Cookie: sid=9f3c; theme=dark")
    made = texts(one, Masker(Names()) if masked else Masker.revealing())
    found, _ = made.look(made.first)
    assert found is not None
    assert as_command(found) == one.command


@settings(max_examples=80)
@given(st.binary(max_size=40), st.booleans())
def test_any_bytes_are_shown_safely_and_come_back(data, lines):
    text = data.decode("utf-8", "surrogateescape")
    typed = Typed.of(text, lines=lines)
    assert typed.read(typed.text) == text
    assert all(safe(part) == part for line in typed.text.split("\n") for part in line.split("\t"))


def test_a_secret_is_not_shown_and_stays_unless_it_is_changed():
    one = draft(b'{"token": 12345, "qty": 1}', "application/json", "Cookie: sid=9f3c0001; theme=dark")
    made = texts(one)
    shown = f"{made.first.target}{made.first.headers}{made.first.body}"
    for secret in ("abc123456", "9f3c0001", "12345"):
        assert secret not in shown
    head, body = sent(
        made,
        target=made.first.target.replace("page=1", "page=2"),
        headers=made.first.headers.replace("; theme=", "; new=1; theme="),
        body=made.first.body.replace('"qty": 1', '"qty": 2'),
    )
    assert head[0] == "POST /cart?page=2&token=abc123456 HTTP/1.1"
    assert head[2] == "Cookie: sid=9f3c0001; new=1; theme=dark"
    assert body == b'{"token": 12345, "qty": 2}'
    _, flaw = made.look(replace(made.first, headers=f"{made.first.headers}\nX-Key: <redacted 4 #0000>"))
    assert "stands for no secret of this request" in flaw.text
    assert flaw.insist


def test_header_fields_are_added_changed_removed_and_stay_in_order():
    made = texts(draft(b"", "", "Via:a", "Via:  b", "via: a"))
    lines = made.first.headers.split("\n")
    assert lines[1:4] == ["Via:a", "Via:  b", "via: a"]
    head, _ = sent(made, headers="\n".join(["New: 1", lines[0], lines[2], "", lines[1], "Via:  c", lines[4]]))
    assert head[1:] == ["New: 1", "Host: shop.example", "Via:  b", "Via:a", "Via: c", "Content-Length: 0"]


def test_two_secrets_are_told_apart_even_where_their_marks_are_the_same(monkeypatch):
    monkeypatch.setattr("wsgitrace.redact.veil.redacted", lambda secret, _: f"<redacted {len(secret)} #ffff>")
    veil = Veil(Masker(Names()))
    marks = [veil.masker.hide(secret) for secret in ("one", "two", "one", "six")]
    assert marks == ["<redacted 3 #ffff>", "<redacted 3 #0000>", "<redacted 3 #ffff>", "<redacted 3 #0001>"]
    assert veil.lifted(" ".join(marks)) == "one two one six"


def test_json_is_laid_out_and_sent_on_one_line_again_and_what_is_wrong_with_it_is_placed():
    for body in (b'{"a":[1.00,{"b":2}],"c":"d"}', b'{"a": [1.00, {"b": 2}], "c": "d"}'):
        made = texts(draft(body, "application/json"))
        assert made.first.body.count("\n") > 5
        assert sent(made, body=made.first.body.replace("1.00", "7"))[1] == body.replace(b"1.00", b"7")
    kept = b'{"a":\n 1, "token": "x"}'
    made = texts(draft(kept, "application/json"))
    assert sent(made, body=made.first.body.replace("1", "2", 1))[1] == kept.replace(b"1", b"2", 1)
    _, flaw = made.look(replace(made.first, body=made.first.body.replace('"}', '" 1}')))
    at = made.first.body.split("\n")[1].index('"}') + 3
    assert (flaw.line, flaw.column, flaw.insist) == (2, at, True)
    assert "expecting ',' delimiter" in flaw.text


def test_the_fields_of_a_form_are_lines():
    made = texts(draft(b"user=ann+b&password=hunter2&x=%0A&a%3Db=1", "application/x-www-form-urlencoded"))
    lines = made.first.body.split("\n")
    assert [lines[0], lines[2], lines[3]] == ["user=ann b", "x=\\n", "a\\x3db=1"]
    assert "hunter2" not in lines[1]
    _, body = sent(made, body="\n".join(["new=ü&", *lines[1:], "user=bob"]))
    assert body == b"new=%C3%BC%26&password=hunter2&x=%0A&a%3Db=1&user=bob"
    _, flaw = made.look(replace(made.first, body="nonsense"))
    assert flaw.text == "Line 1 of the body: write NAME=VALUE."


PARTS = (
    b'--B\r\nContent-Disposition: form-data; name="note"\r\nX-Odd: 1\r\n\r\nhe\nllo\r\n'
    b'--B\r\nContent-Disposition: form-data; name="f"; filename="c.png"\r\nContent-Type: image/png\r\n\r\n'
    b"\x89\xff\r\n--B--\r\n"
)


def test_the_parts_of_a_multipart_form_are_lines_and_files_are_read():
    made = texts(draft(PARTS, "multipart/form-data; boundary=B"))
    assert made.first.body == "note=he\\nllo\nf=@c.png"
    assert sent(made, body="note=bye\nf=@c.png")[1] == PARTS.replace(b"he\nllo", b"bye")
    _, body = sent(made, body="f=@cat.jpg")
    assert b'filename="cat.jpg"\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8\r\n--B--' in body
    _, flaw = made.look(replace(made.first, body="f=@none"))
    assert flaw.text == "Line 1 of the body: none: No such file or directory."


@pytest.mark.parametrize(
    ("kind", "text", "file", "content_type", "body"),
    [
        ("none", "", "", None, b""),
        ("text", "hello", "", "text/plain; charset=utf-8", b"hello"),
        ("JSON", '{"a": 1}', "", "application/json", b'{"a": 1}'),
        ("form", "a=b c", "", "application/x-www-form-urlencoded", b"a=b+c"),
        ("file", "", "cat.jpg", "image/jpeg", b"\xff\xd8"),
    ],
)
def test_another_kind_of_body_gets_its_type_and_its_length(kind, text, file, content_type, body):
    one = draft(PARTS, "multipart/form-data; boundary=B")
    head, got = sent(texts(one), kind=kind, body=text, file=file)
    assert got == body
    assert f"Content-Length: {len(body)}" in head
    types = [line for line in head if line.startswith("Content-Type")]
    assert types == ([] if content_type is None else [f"Content-Type: {content_type}"])
    made = texts(one)
    meant = made.first.headers.replace("multipart/form-data; boundary=B", "text/odd")
    assert "Content-Type: text/odd" in sent(made, kind=kind, body=text, file=file, headers=meant)[0]


def test_a_new_multipart_form_gets_a_boundary():
    head, body = sent(texts(draft()), kind="multipart", body="a=1\nf=@cat.jpg")
    kind = next(line for line in head if line.startswith("Content-Type"))
    assert body.startswith(b"--" + kind.partition("boundary=")[2].encode() + b"\r\n")


@pytest.mark.parametrize(
    ("changes", "words", "insist"),
    [
        ({"method": "PO ST"}, "The method has a space", False),
        ({"target": ""}, "There is no target", False),
        ({"target": "cart"}, "neither a path", True),
        ({"headers": "Host: a\nnonsense"}, "Header line 2: write Name: value.", False),
        ({"headers": "X: 1"}, "There is no Host", True),
        ({"headers": "Host: a\nContent-Length: 9", "kind": "text", "body": "x"}, "says 9, and the body has 1", True),
        ({"kind": "file"}, "Which file?", False),
        ({"kind": "file", "file": "none"}, "none: No such file", False),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)
def test_what_is_wrong_is_said_before_it_is_sent(changes, words, insist):
    made = texts(draft())
    found, flaw = made.look(replace(made.first, **changes))
    assert words in flaw.text
    assert (flaw.insist, found is not None) == (insist, insist)


def test_every_kind_is_known():
    assert set(KINDS) == {"none", "text", "JSON", "form", "multipart", "file", "bytes"}
    assert texts(draft(b"\x89PNG\r\n\x1a\n\x00", "image/png")).first.kind == "bytes"
