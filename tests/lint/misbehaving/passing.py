"""What a middleware makes of the response of the layer inside it."""

from __future__ import annotations

from tests.lint.misbehaving.cases import TEXT, around, fail, fault, plain, streaming


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


@fault()
def makes_a_generator():
    def faulty(environ, start_response):
        yield from plain(environ, start_response)

    return around(faulty)
