import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsgitrace import events

pytestmark = pytest.mark.smoke

EVENT_TYPES = [*events.Event.__args__]
COMMAND_TYPES = [*events.Command.__args__]
WORKER_TYPES = [*events.WorkerFrame.__args__]

strings = st.text(st.characters(), max_size=20)


@given(strings)
def test_any_string_survives_the_journey(value):
    travelled = msgspec.msgpack.decode(events.encode(events.to_text(value)), type=events.Text)
    assert events.from_text(travelled) == value


@given(strings)
def test_any_environ_key_can_travel(key):
    travelled = events.to_key(key)
    assert msgspec.msgpack.decode(events.encode(travelled), type=str) == travelled
    if key.isascii():
        assert travelled == key


@given(st.lists(st.builds(events.Chunk, *[st.integers(0, 2**62)] * 6, st.binary(max_size=30)), max_size=20))
def test_batches_join_without_decoding(chunks):
    middle = len(chunks) // 2
    joined = events.encode_events(chunks[:middle]) + events.encode_events(chunks[middle:])
    assert events.decode_events(joined, len(chunks)) == chunks


def test_a_short_batch_is_refused():
    data = events.encode_events([events.Done(0, 0, 1, 2, "complete")])
    with pytest.raises(msgspec.DecodeError):
        events.decode_events(data, 2)
    with pytest.raises(msgspec.DecodeError):
        events.decode_events(data[:-1], 1)


def test_an_older_reader_skips_fields_that_a_newer_writer_added():
    newer = msgspec.msgpack.encode(["done", 7, 0, 1, 2, "complete", 0, "added later"])
    assert events.decode_events(newer, 1) == [events.Done(7, 0, 1, 2, "complete")]


@pytest.mark.parametrize("family", [EVENT_TYPES, COMMAND_TYPES, WORKER_TYPES])
def test_tags_are_unique(family):
    tags = [struct.__struct_config__.tag for struct in family]
    assert len(tags) == len(set(tags))


@pytest.mark.parametrize("struct", EVENT_TYPES + COMMAND_TYPES + WORKER_TYPES)
def test_every_struct_is_frozen_documented_and_an_array(struct):
    config = struct.__struct_config__
    assert config.frozen
    assert config.array_like
    assert struct.__doc__


@pytest.mark.parametrize("struct", EVENT_TYPES)
def test_every_exchange_event_has_its_place_and_time(struct):
    assert struct.__struct_fields__[:4] == ("seq", "span", "thread", "at")


def test_values_of_an_environ_survive():
    environ = {
        "str": "é",
        "surrogate": events.to_text("\udc80"),
        "int": -5,
        "float": 1.5,
        "none": None,
        "true": True,
        "object": events.Opaque("shop.Session", length=3, identity=9),
        "bytes": events.RawBytes(b"\xff", 1),
        "long": events.LongText("a", 10**6),
        "big": events.BigInt("-0x1fffffffffffffffff"),
    }
    called = events.Called(1, 1, 1, 1, 0, 1, environ)
    assert events.decode_events(events.encode_events([called]), 1) == [called]
