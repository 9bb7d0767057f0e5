"""Applications and middleware with one fault each, and the rules that they break.

The layer at fault is the one that is called ``faulty`` where it is defined.
"""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass, field

TEXT = ("Content-Type", "text/plain")


@dataclass(frozen=True)
class Case:
    """One program with one fault."""

    name: str
    make: object
    """Makes it."""
    expected: frozenset
    """Ids of the rules. Those of hygiene that are broken besides do not count."""
    request: dict = field(default_factory=dict)


CASES: dict[str, Case] = {}


def fault(*expected, **request):
    """Register a program: a function that makes it."""

    def register(make):
        CASES[make.__name__] = Case(make.__name__, make, frozenset(expected), request)
        return make

    return register


def fail():
    raise ValueError("no")


def answering(*items, status="200 OK", headers=(TEXT,)):
    def faulty(environ, start_response):
        start_response(status, list(headers))
        return list(items)

    return faulty


def plain(environ, start_response):
    start_response("200 OK", [TEXT])
    return [b"plain"]


def streaming(environ, start_response):
    start_response("200 OK", [TEXT])
    yield b"one"
    yield b"two"
    yield b"three"


class Resource:
    """An iterable that must be closed."""

    def __init__(self, *items):
        self.items = items

    def __iter__(self):
        return iter(self.items)

    def close(self):
        pass


def holding(environ, start_response):
    start_response("200 OK", [TEXT])
    return Resource(b"a", b"b")


def reading(environ, start_response):
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", [TEXT])
    return [b"got %d" % len(body)]


def setting(inner=plain, /, **values):
    """A middleware that changes the environ."""

    def faulty(environ, start_response):
        for key, value in values.items():
            environ[key.replace("__", ".")] = value
        return inner(environ, start_response)

    return faulty


def around(inner=plain):
    """A middleware in good order, so that there is more than one layer to blame."""

    def passing(environ, start_response):
        def start(status, headers, exc_info=None):
            if exc_info is None:
                return start_response(status, headers)
            return start_response(status, headers, exc_info)

        return inner(environ, start)

    return passing


# -- status and headers ----------------------------------------------------------------------------------------------

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


# -- what is returned ------------------------------------------------------------------------------------------------


@fault("A02")
def returns_none():
    def faulty(environ, start_response):
        start_response("200 OK", [TEXT])

    return around(faulty)


@fault("A03", "A04")
def returns_str():
    def faulty(environ, start_response):
        start_response("200 OK", [TEXT])
        return "text"

    return around(faulty)


@fault("A04")
def yields_str():
    def faulty(environ, start_response):
        start_response("200 OK", [TEXT])
        yield "text"

    return around(faulty)


@fault("A04")
def item_of_bytearray():
    return around(answering(bytearray(b"text")))


@fault("A04")
def returns_a_dict():
    def faulty(environ, start_response):
        start_response("200 OK", [TEXT])
        return {"text": 1}

    return around(faulty)


@fault("A02")
def returns_an_object():
    def faulty(environ, start_response):
        plain(environ, start_response)
        return object()

    return around(faulty)


@fault("A05")
def starts_late():
    def faulty(environ, start_response):
        yield b"early"
        start_response("200 OK", [TEXT])
        yield b"late"

    return around(faulty)


@fault("A06")
def never_starts():
    def faulty(environ, start_response):
        return []

    return around(faulty)


@fault("A07")
def starts_by_name():
    def faulty(environ, start_response):
        start_response("200 OK", headers=[TEXT])
        return [b""]

    def renaming(environ, start_response):
        def start(status, headers, exc_info=None):
            return start_response(status, headers)

        return faulty(environ, start)

    return renaming


@fault("A21")
def chunks_by_hand():
    return around(answering(b"5\r\nplain\r\n", b"0\r\n\r\n"))


# -- start_response and write() again --------------------------------------------------------------------------------


@fault("A32")
def starts_twice():
    def faulty(environ, start_response):
        start_response("200 OK", [TEXT])
        start_response("500 Oops", [TEXT])
        return [b"plain"]

    return around(faulty)


@fault("A33")
def exc_info_of_error():
    def faulty(environ, start_response):
        try:
            fail()
        except ValueError as error:
            start_response("500 Oops", [TEXT], (error,))
        return [b"plain"]

    return faulty


@fault("A34")
def traps_what_start_response_raises():
    def faulty(environ, start_response):
        start_response("200 OK", [TEXT])
        yield b"part"
        try:
            fail()
        except ValueError:
            try:
                start_response("500 Oops", [TEXT], sys.exc_info())
            except ValueError:
                yield b" and more"

    return around(faulty)


@fault("A36")
def writes_str():
    def faulty(environ, start_response):
        start_response("200 OK", [TEXT])("text")
        return []

    return around(faulty)


@fault("A36")
def writes_late():
    def faulty(environ, start_response):
        write = start_response("200 OK", [TEXT])

        def items():
            yield b"one"
            write(b"two")

        return items()

    return around(faulty)


@fault("A37")
def writes():
    def faulty(environ, start_response):
        start_response("200 OK", [TEXT])(b"text")
        return []

    return around(faulty)


@fault("M02", "A32")
def drops_exc_info():
    def failing(environ, start_response):
        start_response("200 OK", [TEXT])
        try:
            fail()
        except ValueError:
            start_response("500 Oops", [TEXT], sys.exc_info())
        return [b"sorry"]

    def faulty(environ, start_response):
        return failing(environ, lambda status, headers, exc_info=None: start_response(status, headers))

    return faulty


@fault("M02")
def takes_no_exc_info():
    def failing(environ, start_response):
        try:
            fail()
        except ValueError:
            start_response("500 Oops", [TEXT], sys.exc_info())
        return [b"sorry"]

    def faulty(environ, start_response):
        def start(status, headers):
            return start_response(status, headers)

        return failing(environ, start)

    return faulty


# -- streams ---------------------------------------------------------------------------------------------------------


@fault("A41")
def closes_the_input():
    def faulty(environ, start_response):
        environ["wsgi.input"].close()
        return plain(environ, start_response)

    return around(faulty)


@fault("A43")
def errors_of_bytes():
    def faulty(environ, start_response):
        environ["wsgi.errors"].write(b"no")
        return plain(environ, start_response)

    return around(faulty)


@fault("A46")
def expects_a_key():
    def faulty(environ, start_response):
        start_response("200 OK", [TEXT])
        return [environ["HTTP_X_USER"].encode()]

    return around(faulty)


@fault("A50")
def exits():
    def faulty(environ, start_response):
        raise SystemExit(3)

    return around(faulty)


@fault("M15", method="POST", body=b"a=1")
def takes_the_input_away():
    def faulty(environ, start_response):
        environ["wsgi.input"].read()
        return reading(environ, start_response)

    return around(faulty)


# -- the environ -----------------------------------------------------------------------------------------------------

ENVIRONS = {
    "path_without_slash": ("S13", {"PATH_INFO": "cart"}),
    "script_name_without_slash": ("S12", {"SCRIPT_NAME": "api"}),
    "script_name_of_a_slash": ("S12", {"SCRIPT_NAME": "/"}),
    "script_name_with_slash_at_its_end": ("S12", {"SCRIPT_NAME": "/api/"}),
    "method_empty": ("S05", {"REQUEST_METHOD": ""}),
    "port_of_int": ("S09", {"SERVER_PORT": 80}),
    "user_of_none": ("S22", {"REMOTE_USER": None}),
    "user_beyond_latin_1": ("S10", {"REMOTE_USER": "\u2713"}),
    "length_with_sign": ("S16", {"CONTENT_LENGTH": "+3"}),
    "content_type_as_field": ("S18", {"HTTP_CONTENT_TYPE": "text/plain"}),
    "protocol_without_minor": ("S11", {"SERVER_PROTOCOL": "HTTP/2"}),
    "scheme_in_capitals": ("S08", {"wsgi__url_scheme": "HTTPS"}),
    "version_as_list": ("S07", {"wsgi__version": [1, 0]}),
    "input_of_bytes": ("S23", {"wsgi__input": b"a=1"}),
    "input_of_text": ("S24", {"wsgi__input": io.StringIO("a=1")}),
    "errors_in_bytes": ("S30", {"wsgi__errors": io.BytesIO()}),
    "variable_in_lower_case": ("S19", {"HTTP_x_user": "ada"}),
    "key_without_dot": ("M16", {"user": "ada"}),
}


def _environed(name, rule, values):
    CASES[name] = Case(name, lambda: around(setting(**values)), frozenset({rule}))


for _name, (_rule, _values) in ENVIRONS.items():
    _environed(_name, _rule, _values)


@fault("S06")
def drops_a_key():
    def faulty(environ, start_response):
        del environ["wsgi.errors"]
        return plain(environ, start_response)

    return around(faulty)


@fault("M01")
def environ_of_a_subclass():
    class Environ(dict):
        pass

    def faulty(environ, start_response):
        return plain(Environ(environ), start_response)

    return around(faulty)


@fault("M14", target="/api/cart")
def prefix_stays_in_the_path():
    return around(setting(SCRIPT_NAME="/api"))


@fault("M14", target="/api/cart")
def shifts_too_much():
    return around(setting(SCRIPT_NAME="/api", PATH_INFO="/art"))


# -- middleware and what is inside it --------------------------------------------------------------------------------


@fault("M04", "M06")
def drains():
    def faulty(environ, start_response):
        return [b"".join(streaming(environ, start_response))]

    return around(faulty)


@fault("M03", "M06")
def holds_items_back():
    def faulty(environ, start_response):
        yield b"".join(streaming(environ, start_response))

    return around(faulty)


@fault("M05")
def writes_items():
    def faulty(environ, start_response):
        kept = []
        items = streaming(environ, lambda status, headers, exc_info=None: kept.append(start_response(status, headers)))
        for item in items:
            kept[0](item)
        items.close()
        return []

    return around(faulty)


@fault("M06")
def forgets_close():
    def faulty(environ, start_response):
        return list(holding(environ, start_response))

    return around(faulty)


@fault("M06", method="HEAD")
def drops_an_iterable():
    def faulty(environ, start_response):
        holding(environ, start_response)
        return []

    return around(faulty)


@fault("M06")
def closes_twice():
    def faulty(environ, start_response):
        resource = holding(environ, start_response)
        items = list(resource)
        resource.close()
        resource.close()
        return items

    return around(faulty)


@fault("M09")
def iterates_after_close():
    def faulty(environ, start_response):
        resource = holding(environ, start_response)
        resource.close()
        return list(resource)

    return around(faulty)


@fault("M06")
def is_not_closed_where_it_fails():
    class Failing(Resource):
        def __iter__(self):
            yield b"part"
            fail()

    def failing(environ, start_response):
        start_response("200 OK", [TEXT])
        return Failing()

    def faulty(environ, start_response):
        yield from failing(environ, start_response)

    return around(faulty)


@fault("M08")
def wraps_in_a_class_without_close():
    class Upper:
        def __init__(self, items):
            self.items = items

        def __iter__(self):
            return (item.upper() for item in self.items)

    def faulty(environ, start_response):
        return Upper(holding(environ, start_response))

    return around(faulty)


@fault("M08")
def has_no_close():
    def faulty(environ, start_response):
        return map(bytes.upper, holding(environ, start_response))

    return around(faulty)


@fault("M11")
def keeps_the_etag():
    def tagged(environ, start_response):
        start_response("200 OK", [TEXT, ("ETag", '"1"')])
        return [b"plain"]

    def faulty(environ, start_response):
        return [item.upper() for item in tagged(environ, start_response)]

    return around(faulty)


@fault("A23")
def keeps_the_length():
    def sized(environ, start_response):
        start_response("200 OK", [TEXT, ("Content-Length", "5")])
        return [b"plain"]

    def faulty(environ, start_response):
        return [*sized(environ, start_response), b"!"]

    return around(faulty)


@fault("M18", method="HEAD")
def adds_to_head():
    def empty(environ, start_response):
        start_response("200 OK", [TEXT])
        return []

    def faulty(environ, start_response):
        return [*empty(environ, start_response), b"<!-- toolbar -->"]

    return around(faulty)


@fault("M19", "M06")
def hides_an_error():
    def failing(environ, start_response):
        start_response("200 OK", [TEXT])
        yield b"part"
        fail()

    def faulty(environ, start_response):
        try:
            yield from failing(environ, start_response)
        except ValueError:
            return

    return around(faulty)


@fault("A39", leave_after=1)
def ignores_the_end():
    def faulty(environ, start_response):
        start_response("200 OK", [TEXT])
        try:
            while True:
                yield b"x" * 65_536
        finally:
            yield b"bye"

    return around(faulty)


@fault("A40")
def fails_to_close():
    class Failing(Resource):
        def close(self):
            raise OSError("no")

    def faulty(environ, start_response):
        start_response("200 OK", [TEXT])
        return Failing(b"x")

    return around(faulty)


@fault()
def makes_a_generator():
    def faulty(environ, start_response):
        yield from plain(environ, start_response)

    return around(faulty)


# -- in good order ---------------------------------------------------------------------------------------------------


@fault()
def reads_without_size():
    def application(environ, start_response):
        environ["wsgi.input"].read()
        return plain(environ, start_response)

    return around(application)


@fault(method="PURGE")
def unknown_method():
    return around()


@fault(method="HEAD")
def length_of_head():
    return around(lambda environ, start_response: start_response("200 OK", [TEXT, ("Content-Length", "5")]) and [])


@fault()
def relative_location():
    return around(answering(status="302 Found", headers=(TEXT, ("Location", "../here"))))


@fault()
def no_content_type():
    return around(answering(b"plain", headers=()))


@fault()
def odd_token():
    return around(answering(b"plain", headers=(TEXT, ("X.Y!z", "b"))))


@fault()
def empty_item_first():
    def application(environ, start_response):
        yield b""
        start_response("200 OK", [TEXT])
        yield b"plain"

    return around(application)


@fault()
def no_length_of_204():
    return around(answering(status="204 No Content", headers=()))


@fault()
def environ_as_a_copy():
    def copying(environ, start_response):
        return plain(dict(environ, SCRIPT_NAME="/x"), start_response)

    return around(copying)


@fault(method="POST", body=b"a=1")
def puts_the_input_back():
    def careful(environ, start_response):
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        return reading({**environ, "wsgi.input": io.BytesIO(body)}, start_response)

    return around(careful)


@fault()
def error_with_exc_info():
    def application(environ, start_response):
        start_response("200 OK", [TEXT])
        try:
            fail()
        except ValueError:
            start_response("500 Oops", [TEXT], sys.exc_info())
        return [b"sorry"]

    return around(application)
