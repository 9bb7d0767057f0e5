from tests.support import stories
from tests.support.streams import Exchange
from wsgitrace.events import Chunk, InputRead, Truncated
from wsgitrace.trace import Trace


def read(body, *sizes, announced=True, spooled=False, **facts):
    exchange = Exchange("POST", "/", body=body)
    if not announced:
        exchange.recorded[0] = exchange.recorded[0].__class__(
            0, 0, 1, 0, b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "x"
        )
        if not spooled:
            del exchange.environ["CONTENT_LENGTH"]
    with exchange.call("a.app") as app:
        for size in sizes:
            app.read(size, **facts)
        app.returns([])
    return exchange.finish().trace().request_body


def test_a_request_body_is_what_the_application_read():
    body = read(b"abcdef", 4, None)
    assert (body.data, body.length, body.complete, body.why) == (b"abcdef", 6, True, "")


def test_what_was_not_read_is_not_there():
    body = read(b"abcdef", 4)
    assert (body.data, body.length, body.complete, body.why) == (b"abcd", 6, False, "only 4 of 6 bytes were read")
    assert read(b"abcdef").why == "nothing of 6 bytes was read"
    assert read(b"abcdef", 2, announced=False).why == "only 2 bytes were read"
    assert read(b"", announced=True).complete


def test_a_chunked_body_is_complete_when_its_end_was_seen():
    assert read(b"abcdef", None, announced=False).complete
    assert read(b"abcdef", announced=False).why == "nothing was read"


def test_a_chunked_body_is_complete_when_all_was_read_that_the_server_told_of():
    assert read(b"abcdef", 6, announced=False, spooled=True).complete
    assert read(b"abcdef", 2, announced=False, spooled=True).why == "only 2 of 6 bytes were read"
    assert read(b"abcdef", announced=False, spooled=True).why == "nothing of 6 bytes was read"


def test_a_read_that_failed_says_why():
    body = read(b"abcdef", 4, error="the client is gone")
    assert body.why == "reading failed: the client is gone"


def test_reads_are_put_together_by_offset_and_overlaps_once():
    def read_at(seq, offset, data, *, stored=True):
        return InputRead(
            seq, 1, 1, 0, "read", None, len(data), offset, end=False, data=data if stored else b"", stored=stored
        )

    body = Trace.from_events([read_at(0, 4, b"ef"), read_at(1, 0, b"abc"), read_at(2, 2, b"cd")]).request_body
    assert body.data == b"abcdef"
    holed = Trace.from_events([read_at(0, 0, b"ab"), read_at(1, 2, b"cd", stored=False), read_at(2, 6, b"gh")])
    assert holed.request_body.data == b"abgh"
    assert holed.request_body.missing == ((2, 4),)
    assert holed.request_body.why == "4 bytes were not recorded"


def test_a_response_body_is_what_the_server_was_handed():
    trace = stories.page().trace()
    assert trace.response_body.data[:2] == b"\x1f\x8b"
    assert trace.span(7).body.data.startswith(b"<!doctype html>")
    assert trace.span(5).body == trace.span(7).body


def test_what_was_written_comes_before_the_items():
    trace = stories.written().trace()
    assert trace.response_body.data == b"first second"
    exchange = Exchange()
    with exchange.call("a.Outer") as outer:
        with outer.call("a.app") as app:
            app.returns([b"items"])
        outer.write(b"written ")
        outer.returns(inner=app)
    assert exchange.finish().trace().response_body.data == b"written items"


def test_a_body_past_the_limit_says_so():
    body = stories.truncated().trace().response_body
    assert (len(body.data), body.length, body.missing) == (1024, 6024, ((1024, 5000),))
    assert body.why == "recording stopped at its limit of 1,024 bytes"


def test_part_of_an_item_counts_as_far_as_it_goes():
    trace = Trace.from_events([Chunk(0, 1, 1, 0, 0, 10, b"abc", stored=True)])
    assert trace.span(1).body.data == b"abc"
    assert trace.span(1).body.missing == ((3, 7),)


def test_an_item_whose_carrier_was_lost_is_missing():
    exchange = stories.streaming(2, over=True)
    events = [event for event in exchange.events if not (isinstance(event, Chunk) and event.span == 2)]
    body = Trace.from_events(events).response_body
    assert (body.data, body.length, body.complete) == (b"", 18, False)


def test_a_chunk_may_point_at_nothing_sensible():
    for same in (0, 5, -1):
        body = Trace.from_events([Chunk(0, 1, 1, 0, 0, 3, same=same)]).span(1).body
        assert (body.data, body.length, body.complete) == (b"", 3, False)


def test_an_item_that_is_not_bytes():
    exchange = Exchange()
    exchange.call("a.app").returns([])
    exchange.recorded.append(Chunk(9, 1, 1, 0, 0, -1, stored=False))
    assert exchange.trace().span(1).body.why == "an item is not bytes"


def test_why_a_stream_has_no_end():
    assert stories.streaming().trace().response_body.why == "still coming"
    assert stories.killed().trace().response_body.why == "the exchange ended first (worker gone)"
    assert stories.gone().trace().response_body.why == "closed before its end"
    assert stories.held().trace().response_body.why == "nothing is returned yet"
    exchange = Exchange("HEAD", "/")
    app = exchange.call("a.app").returns(generator=True)
    app.close()
    assert exchange.finish().trace().response_body.why == "closed before it was iterated over"


def test_a_list_of_which_not_all_items_are_recorded():
    exchange = Exchange()
    exchange.call("a.app").returns([b"a", b"b"])
    events = [event for event in exchange.finish().events if not (isinstance(event, Chunk) and event.index == 1)]
    assert Trace.from_events(events).response_body.why == "only 1 of 2 items are recorded"


def test_a_file_that_the_server_sent_by_itself():
    exchange = Exchange()
    app = exchange.call("a.app")
    app.returns(lazy="wsgitrace.server.files.FileWrapper", closes=False)
    app.ended = True
    exchange.response_head()
    exchange.sent(4096)
    body = exchange.finish().trace().response_body
    assert (body.length, body.why) == (4096, "sent by the server as a file: its bytes are not recorded")


def test_the_limit_of_the_other_body_is_not_the_reason():
    trace = Trace.from_events([Truncated(0, 0, 1, 0, "request body", 7), Chunk(1, 1, 1, 0, 0, 3, stored=False)])
    assert trace.span(1).body.why == "3 bytes were not recorded"
