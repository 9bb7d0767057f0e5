"""Events, and parts of them, without the secrets in them; the bytes of bodies are left as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from msgspec.structs import replace

from wsgitrace.events import BigInt, LongText, Opaque, Queried, RawBytes, Surrogates, from_text, to_text
from wsgitrace.events.values import Frame
from wsgitrace.trace.queries import parameters
from wsgitrace.trace.statements import mask_literals

if TYPE_CHECKING:
    from wsgitrace.events import Value
    from wsgitrace.redact import Masker

__all__ = ["mask_environ", "mask_record"]

_WORDS: Final = frozenset({
    "by", "during", "hook", "how", "key", "kind", "logger", "method", "name", "peer", "rule", "scheme", "type", "what",
})  # fmt: skip
"""Fields whose values are our own words or names of things, or come from the system."""

_NAMED: Final = frozenset({"before", "after", "value"})
"""Fields whose values are what another field of the same record, its ``key`` or ``name``, is the name of."""

_R = TypeVar("_R", bound=Frame)


def mask_record(record: _R, masker: Masker) -> _R:
    """An event, or a part of one: texts, values by name, header fields and parts masked."""
    changed: dict[str, Any] = _query(record, masker) if isinstance(record, Queried) else {}
    called = getattr(record, "key", getattr(record, "name", ""))
    for field in record.__struct_fields__:
        value = changed.get(field, getattr(record, field))
        if field in _NAMED:
            changed[field] = mask_environ(masker, {called: value})[called]
        elif isinstance(value, dict):
            changed[field] = mask_environ(masker, value)
        elif isinstance(value, tuple | str | Surrogates) and field not in _WORDS:
            changed[field] = _item(value, masker)
    return replace(record, **changed) if changed else record


def _query(event: Queried, masker: Masker) -> dict[str, Any]:
    """What was written into the statement, and given apart, masked by the columns that it is for."""
    masked = [mask_environ(masker, {name: value})[name] for name, value in parameters(event)]
    pairs = zip(event.parameters, masked, strict=True)
    return {
        "statement": to_text(mask_literals(from_text(event.statement), masker.value)),
        "parameters": tuple(replace(each, value=value) for each, value in pairs),
    }


def _item(item: Any, masker: Masker) -> Any:
    match item:
        case str() | Surrogates():
            return to_text(masker.text(from_text(item)))
        case (str() | Surrogates() as name, str() | Surrogates() as value):
            return name, to_text(masker.value(from_text(name), from_text(value)))
        case tuple():
            return tuple(_item(each, masker) for each in item)
        case Frame():
            return mask_record(item, masker)
    return item


def mask_environ(masker: Masker, environ: dict[str, Value]) -> dict[str, Value]:
    """The same keys, their values masked where a name or a look says that they are secrets."""
    return {key: _value(masker, key, value) for key, value in environ.items()}


def _value(masker: Masker, key: str, value: Value) -> Value:  # noqa: PLR0911 -- one for each sort of value
    secret = masker.names.secret(key)
    match value:
        case str() | Surrogates():
            return to_text(masker.value(key, from_text(value)))
        case LongText(start=start):
            shown = masker.value(key, from_text(start))
            return to_text(shown) if secret else replace(value, start=to_text(shown))
        case RawBytes(data=data):
            text = data.decode("latin-1")
            return masker.hide(text) if secret else replace(value, data=_bytes(masker.value(key, text)))
        case Opaque(text=text):
            return replace(value, text=masker.hide(text) if secret else masker.text(text, lines=False))
        case bool() | None:
            return value
        case int() | float() | BigInt():
            return masker.hide(value.text if isinstance(value, BigInt) else str(value)) if secret else value
    return value


def _bytes(text: str) -> bytes:
    return text.encode("latin-1", "replace")
