"""Values of an environ without the secrets among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from wsgitrace.events import BigInt, LongText, Opaque, RawBytes, Surrogates, from_text, to_text

if TYPE_CHECKING:
    from wsgitrace.events import Value
    from wsgitrace.redact import Masker


def mask_environ(masker: Masker, environ: dict[str, Value]) -> dict[str, Value]:
    """The same keys, their values masked where a name or a look says that they are secrets."""
    return {key: _mask(masker, key, value) for key, value in environ.items()}


def _mask(masker: Masker, key: str, value: Value) -> Value:  # noqa: PLR0911 -- one for each sort of value
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
