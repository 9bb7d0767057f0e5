"""What is returned, and how ``start_response`` and ``write()`` are called."""

from __future__ import annotations

import sys

from tests.lint.misbehaving.cases import TEXT, answering, around, fail, fault, plain


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
