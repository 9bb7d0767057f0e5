"""Status and header fields."""

from __future__ import annotations

from tests.lint.misbehaving.cases import CASES, TEXT, Case, around

HEADS = {
    "status_of_bytes": ("A08", b"200 OK", [TEXT]),
    "status_beyond_latin_1": ("A08", "200 \u2713", [TEXT]),
    "status_without_number": ("A09", "OK", [TEXT]),
    "status_with_two_spaces": ("A09", "200  OK", [TEXT]),
    "status_with_space_before": ("A09", " 200 OK", [TEXT]),
    "status_below_200": ("A10", "102 Processing", [TEXT]),
    "status_of_two_digits": ("A09", "99 Low", [TEXT]),
    "status_with_line_end": ("A11", "200 OK\r\nX-A: b", [TEXT]),
    "headers_as_tuple": ("A12", "200 OK", (TEXT,)),
    "header_as_list": ("A13", "200 OK", [list(TEXT)]),
    "header_of_three": ("A13", "200 OK", [("X-A", "b", "c")]),
    "name_of_bytes": ("A14", "200 OK", [TEXT, (b"X-A", "b")]),
    "value_of_int": ("A14", "200 OK", [TEXT, ("Content-Length", 5)]),
    "name_with_space": ("A15", "200 OK", [TEXT, ("X A", "b")]),
    "name_with_colon": ("A15", "200 OK", [TEXT, ("X-A:", "b")]),
    "value_with_line_end": ("A16", "200 OK", [TEXT, ("X-A", "b\r\nSet-Cookie: c=d")]),
    "value_with_delete": ("A16", "200 OK", [TEXT, ("X-A", "b\x7f")]),
    "value_beyond_latin_1": ("A17", "200 OK", [TEXT, ("X-A", "\u2713")]),
    "value_with_space": ("A18", "200 OK", [TEXT, ("X-A", " b ")]),
    "status_as_header": ("A19", "200 OK", [TEXT, ("Status", "200")]),
    "connection": ("A20", "200 OK", [TEXT, ("Connection", "close")]),
    "transfer_encoding": ("A20", "200 OK", [TEXT, ("Transfer-Encoding", "identity")]),
    "length_in_words": ("A22", "200 OK", [TEXT, ("Content-Length", "+5")]),
    "length_twice": ("A22", "200 OK", [TEXT, ("Content-Length", "5"), ("content-length", "5")]),
    "length_too_small": ("A23", "200 OK", [TEXT, ("Content-Length", "3")]),
    "length_too_large": ("A23", "200 OK", [TEXT, ("Content-Length", "9")]),
    "body_of_204": ("A24", "204 No Content", []),
    "length_of_204": ("A24", "204 No Content", [("Content-Length", "5")]),
    "body_of_304": ("A25", "304 Not Modified", []),
    "type_of_304": ("A27", "304 Not Modified", [TEXT]),
    "type_twice": ("A28", "200 OK", [TEXT, TEXT]),
    "date_twice": (
        "A28",
        "200 OK",
        [TEXT, ("Date", "Sun, 06 Nov 1994 08:49:37 GMT"), ("date", "Mon, 07 Nov 1994 08:49:37 GMT")],
    ),
    "location_twice": ("A28", "302 Found", [TEXT, ("Location", "/a"), ("Location", "/b")]),
    "etag_without_quotes": ("A29", "200 OK", [TEXT, ("ETag", "abc")]),
    "etag_weak_in_lower_case": ("A29", "200 OK", [TEXT, ("ETag", 'w/"abc"')]),
}


def _headed(name, rule, status, headers):
    def make():
        def faulty(environ, start_response):
            start_response(status, headers)
            return [] if name in {"length_of_204", "type_of_304"} else [b"plain"]

        return around(faulty)

    CASES[name] = Case(name, make, frozenset({rule}))


for _name, (_rule, _status, _headers) in HEADS.items():
    _headed(_name, _rule, _status, _headers)
