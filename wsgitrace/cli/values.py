"""Values of an environ as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.events import BigInt, LongText, Opaque, RawBytes, Surrogates, from_text

if TYPE_CHECKING:
    from wsgitrace.events import Value

__all__ = ["is_text", "value_text"]


def is_text(value: Value) -> bool:
    """Whether the application's own value is a string."""
    return isinstance(value, (str, Surrogates, LongText))


def value_text(value: Value) -> str:
    """A value as a reader expects it: text as it is, the rest as Python writes it. Not masked, not safe yet."""
    if isinstance(value, str | Surrogates):
        return from_text(value)
    if isinstance(value, LongText):
        start = from_text(value.start)
        return f"{start}… ({value.length - len(start):,} more characters)"
    if isinstance(value, RawBytes):
        more = value.length - len(value.data)
        return f"{value.data!r}… ({more:,} more bytes)" if more > 0 else repr(value.data)
    if isinstance(value, Opaque):
        return _opaque(value)
    return value.text if isinstance(value, BigInt) else repr(value)


def _opaque(value: Opaque) -> str:
    if value.text:
        return value.text
    short = value.type.removeprefix("builtins.")
    return f"<{short}>" if value.length is None else f"<{short} of {value.length:,}>"
