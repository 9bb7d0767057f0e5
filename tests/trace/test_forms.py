import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsgitrace.trace.forms import FIELDS_LIMIT, Field, form_fields, media_type, multipart_parts


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Text/HTML; Charset=UTF-8", ("text/html", {"charset": "UTF-8"})),
        ('multipart/form-data; boundary="a;b"; x=1', ("multipart/form-data", {"boundary": "a;b", "x": "1"})),
        ('form-data; name="a\\"b"', ("form-data", {"name": 'a"b'})),
        ("", ("", {})),
        ("a/b;;; =x; c", ("a/b", {})),
        ("a/b; c=1; c=2", ("a/b", {"c": "1"})),
    ],
)
def test_media_types(value, expected):
    assert media_type(value) == expected


@pytest.mark.parametrize("value", ['a;a="' * 9000, ";a=" + "\\" * 90_000, ";" * 90_000, '; a="' + '\\"' * 50_000])
def test_hostile_parameters_take_no_time(value):
    began = time.monotonic()
    media_type(value)
    assert time.monotonic() - began < 20


def test_a_form_of_too_many_fields_is_cut():
    fields, whole = form_fields(b"a=1&" * 5000)
    assert (len(fields), whole) == (FIELDS_LIMIT, False)
    assert form_fields(b"a=1&&b")[0] == (Field("a", "1"), Field("b", ""))


def parts(data, boundary="B"):
    found, whole = multipart_parts(data, boundary)
    return [(part.name, part.data, part.complete) for part in found], whole


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", ([], False)),
        (b"--B--", ([], True)),
        (b"--B", ([], False)),
        (b"preamble\r\n--B\r\n\r\nx\r\n--B--", ([("", b"x", True)], True)),
        (b"--B\nContent-Disposition: x; name=n\n\nx\n--B--", ([("n", b"x", True)], True)),
        (b"--B\r\nA: b\r\n\r\ncut", ([("", b"cut", False)], False)),
        (b"--B\r\n\r\na\r\n--B\r\n\r\nb\r\n--B--", ([("", b"a", True), ("", b"b", True)], True)),
        (b"--B\r\n\r\n--\r\n--B--", ([("", b"--", True)], True)),
    ],
)  # fmt: skip
def test_parts(data, expected):
    assert parts(data) == expected


def test_without_a_boundary_there_are_no_parts():
    assert parts(b"--\r\n\r\nx\r\n----", "") == ([], False)


def test_hostile_parts_take_no_time():
    began = time.monotonic()
    multipart_parts(b"--B\r\n" * 200_000, "B")
    multipart_parts(b"\n" * 1_000_000, "B")
    assert time.monotonic() - began < 20


@given(st.lists(st.sampled_from([b"--B", b"\r\n", b"\n", b"--", b"A: b", b"x"])).map(b"".join))
def test_any_bytes_have_parts(data):
    found, _ = multipart_parts(data, "B")
    assert sum(len(part.data) for part in found) <= len(data)
