"""Whatever an event has room for, no secret in it is recorded where secrets are taken out: those of later days too."""

from __future__ import annotations

from typing import Any, get_args

import msgspec
import pytest
from msgspec import inspect

from tests.support.planted import SECRET
from wsgitrace.events import AttributeChange, Event, Events, FrameworkChanges, decode_events, encode, encode_events
from wsgitrace.export.masked_events import masked_events
from wsgitrace.redact import Masker, Names
from wsgitrace.supervisor.redaction import Redaction

HEAD = f"GET /?token={SECRET} HTTP/1.1\r\nX-Api-Key: {SECRET}\r\n\r\n".encode()

OURS = frozenset({"type", "logger", "hook", "by", "rule", "peer", "scheme", "method"})
"""Fields whose texts are names of types and the like."""

NAMED = frozenset({"before", "after", "value"})

SAME: dict[type[inspect.Type], Any] = {
    inspect.IntType: 1,
    inspect.BoolType: True,
    inspect.DictType: {"password": SECRET},
    inspect.TupleType: ("X-Api-Key", SECRET),
}
"""What is planted in a field of such a type, whatever its name."""


def planted(record: type[msgspec.Struct]) -> Any:
    """One with a secret in every field that can hold one."""
    return record(**{field.name: _planted(field.name, field.type) for field in inspect.type_info(record).fields})


def _planted(name: str, kind: inspect.Type) -> Any:  # noqa: PLR0911 -- one for each sort of field
    match kind:
        case inspect.UnionType(types=types):
            return _planted(name, next((each for each in types if isinstance(each, inspect.StrType)), types[0]))
        case inspect.StrType():
            return _text(name)
        case inspect.LiteralType(values=values):
            return values[0]
        case inspect.BytesType():
            return HEAD if name == "raw" else b""
        case inspect.VarTupleType(item_type=item):
            return (_planted(name, item),)
        case inspect.StructType(cls=cls):
            return planted(cls)
    return SAME.get(type(kind))


def _text(name: str) -> str:
    if name in NAMED:
        return SECRET
    return "password" if name in {"key", "name"} else "some" if name in OURS else f"password={SECRET}"


def masked(event: Any) -> Any:
    (frame,) = Redaction(["default"]).frames(1, Events(1, 1, encode_events([event])))
    (event,) = decode_events(frame.data, 1)
    return event


@pytest.mark.parametrize("event", get_args(Event), ids=lambda event: event.__name__)
def test_no_field_of_any_event_lets_a_secret_through(event):
    record = planted(event)
    assert SECRET.encode() not in encode(masked(record))
    exported = masked_events([record], Masker(Names()))
    assert SECRET.encode() not in encode_events(exported)
    assert masked_events(exported, Masker(Names())) == exported


def test_what_a_framework_layer_changed_is_masked_by_its_names():
    headers = (("Set-Cookie", f"session={SECRET}; Path=/"), ("Vary", "Cookie"))
    attributes = (
        AttributeChange("session.password", "changed", SECRET, 3),
        AttributeChange("g.began", "added", None, 17),
    )
    event = masked(FrameworkChanges(4, 2, 1, 5, "out", attributes, "200 OK", headers))
    assert [name for name, _ in event.headers] == ["Set-Cookie", "Vary"]
    assert event.headers[0][1].endswith("; Path=/")
    assert event.headers[1] == ("Vary", "Cookie")
    assert event.attributes[1] == attributes[1]
    assert "redacted" in event.attributes[0].before
    assert SECRET not in repr(event)
