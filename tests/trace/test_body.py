import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import stories
from wsgitrace.trace import Body, preview
from wsgitrace.trace.body import kind_of, lay_out
from wsgitrace.trace.forms import Field

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x20\0\0\0\x10\x08\x06"


def look(data, content_type="", **fields):
    headers = [("content-type", content_type)] if content_type else []
    headers += [(name.replace("_", "-"), value) for name, value in fields.items()]
    return preview(Body(data, len(data)), tuple(headers))


@pytest.mark.parametrize(
    ("data", "content_type", "kind"),
    [
        (b"", "application/json", "empty"),
        (b"{}", "application/json", "json"),
        (b"{}", "application/problem+json", "json"),
        (b"{}", "application/octet-stream", "json"),
        (b'[1, "x"]', "", "json"),
        (b"[not json", "", "text"),
        (b"a=1", "application/x-www-form-urlencoded", "form"),
        (b"--x\r\n", "multipart/form-data", "multipart"),
        (b"<p>", "text/html", "text"),
        (b"<svg/>", "image/svg+xml", "text"),
        (b"x = 1", "application/javascript", "text"),
        (b"\0\1", "text/plain", "text"),
        (b"plain words", "", "text"),
        (b"\xff\xfe\0", "", "binary"),
        (b"\0" * 9, "image/png", "binary"),
        (PNG, "text/plain", "image"),
        ("ü".encode() * 2048 + b"\xc3", "", "text"),
        (b"a" * 4095 + "ü".encode(), "", "text"),
    ],
)
def test_kinds(data, content_type, kind):
    assert kind_of(data, content_type) == kind


def test_json_is_laid_out_and_its_tokens_are_left_alone():
    shown = look(b'{"b":1.10,"b":1e400,"n":123456789012345678901234567890,"s":"\\u00e9 {[,"}', "application/json")
    assert shown.text.splitlines() == [
        "{", '  "b": 1.10,', '  "b": 1e400,', '  "n": 123456789012345678901234567890,', '  "s": "\\u00e9 {[,"', "}",
    ]  # fmt: skip
    assert shown.notes == ()


def test_what_is_not_json_is_shown_as_it_came():
    shown = look(b'{"a": ', "application/json")
    assert (shown.kind, shown.text) == ("json", '{"a": ')
    assert shown.notes[0].startswith("not valid JSON: ")


@pytest.mark.parametrize(
    "text",
    ["[" * 500_000, "[" * 200_000 + "]" * 200_000, '{"a":' * 100_000, "[" * 400 + "1," * 400_000, '"' + "\\" * 900_001],
)
def test_hostile_nesting_costs_no_more_than_its_length(text):
    began = time.monotonic()
    laid_out, note = lay_out(text)
    assert note
    assert laid_out == text
    assert time.monotonic() - began < 20


def test_deep_but_honest_json_is_laid_out():
    text, note = lay_out("[" * 100 + "]" * 100)
    assert (note, len(text.splitlines())) == ("", 199)


def test_a_form_is_a_table():
    shown = look(b"name=Ada+L%C3%B6w&empty=&flag&name=2", "application/x-www-form-urlencoded")
    assert shown.fields == (Field("name", "Ada Löw"), Field("empty", ""), Field("flag", ""), Field("name", "2"))


def test_a_multipart_body_is_a_list():
    body = (
        b'--B\r\nContent-Disposition: form-data; name="note"\r\n\r\nhi\r\n'
        b'--B\r\nContent-Disposition: form-data; name="f"; filename="a \\"b\\".png"\r\nContent-Type: image/png\r\n\r\n'
        + PNG
        + b"\r\n--B--\r\n"
    )
    shown = look(body, 'multipart/form-data; boundary="B"')
    assert [(part.name, part.filename, part.content_type, part.data, part.complete) for part in shown.parts] == [
        ("note", None, "", b"hi", True),
        ("f", 'a "b".png', "image/png", PNG, True),
    ]
    assert shown.notes == ()


def test_an_image_has_a_type_and_a_size():
    shown = look(PNG, "image/png")
    assert (shown.kind, shown.image.type, shown.image.width, shown.image.height) == ("image", "PNG", 32, 16)


def test_what_is_missing_and_what_was_undone_is_said():
    trace = stories.page().trace()
    shown = preview(trace.response_body, trace.response.headers)
    assert shown.text.startswith("<!doctype html>")
    assert shown.notes == ("gzip: 72 bytes, decoded 714",)
    cut = preview(Body(b"abc", 9, "only 3 of 9 bytes were read"), (("Content-Type", "text/plain"),))
    assert cut.notes == ("only 3 of 9 bytes were read",)
    long = preview(Body(b"x" * 100, 100), (), limit=10)
    assert (long.data, long.notes) == (b"x" * 10, ("the first 10 of 100 bytes",))


def test_text_is_read_in_its_character_set():
    assert look("größe".encode("latin-1"), "text/plain; charset=iso-8859-1").text == "größe"
    assert look("größe".encode("latin-1"), "text/plain").notes == ("not UTF-8, shown as latin-1",)
    assert look(b"abc", "text/plain; charset=zlib").notes == ("charset zlib is not known",)


TYPES = st.sampled_from([
    "", "application/json", "text/html; charset=utf-16", "application/x-www-form-urlencoded; charset=gbk",
    "multipart/form-data; boundary=a", "image/png", "multipart/mixed", "text/plain; charset=\x00", ";;=;", 'a/b; c="',
])  # fmt: skip
CODINGS = st.sampled_from(["", "gzip", "deflate", "br", "gzip, gzip", "x-gzip, deflate, identity", "gzip," * 50])


@settings(deadline=None, max_examples=300)
@given(st.one_of(st.binary(), st.binary().map(PNG.__add__), st.text().map(str.encode)), TYPES, CODINGS)
def test_any_bytes_under_any_fields_have_a_preview(data, content_type, codings):
    shown = look(data, content_type, content_encoding=codings)
    assert len(shown.data) <= 2**20
