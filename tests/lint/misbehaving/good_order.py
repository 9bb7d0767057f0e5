"""In good order, though other linters complain of some."""

from __future__ import annotations

import io
import sys

from tests.lint.misbehaving.cases import TEXT, answering, around, fail, fault, plain, reading


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
