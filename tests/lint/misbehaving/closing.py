"""Who closes what was returned to it."""

from __future__ import annotations

from tests.lint.misbehaving.cases import TEXT, Resource, around, fail, fault, holding


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
