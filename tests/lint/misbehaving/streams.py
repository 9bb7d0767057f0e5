"""``wsgi.input`` and ``wsgi.errors``, and ways to leave a view."""

from __future__ import annotations

from tests.lint.misbehaving.cases import TEXT, around, fault, plain, reading


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
