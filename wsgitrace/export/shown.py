"""Values and events as they may leave the program: secrets masked. Not safe for a terminal yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.events import Edited, HeadReceived
from wsgitrace.trace.describe import describe, show_value
from wsgitrace.trace.edited import masked_edit

if TYPE_CHECKING:
    from wsgitrace.events import Event, Value
    from wsgitrace.redact import Masker
    from wsgitrace.trace import HeaderList

__all__ = ["event_text", "shown_fields", "shown_value"]


def shown_value(key: str, value: Value, masker: Masker) -> str:
    """An environ value: empty text is visible, secrets are not."""
    return masker.value(key, show_value(value)) or "''"


def shown_fields(headers: HeaderList, masker: Masker) -> list[list[str]]:
    """Header fields, secrets masked, as JSON has them."""
    return [[name, masker.value(name, value)] for name, value in headers]


def event_text(event: Event, masker: Masker) -> str:
    """One line about an event."""
    if isinstance(event, Edited):
        event = masked_edit(event, masker.value)
    text = describe(event)
    if isinstance(event, HeadReceived):
        return " ".join(map(masker.target, text.split(" ")))
    return masker.text(text)
