"""What hides secrets in what a verb prints: made here, once, and handed to whatever writes."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from wsgitrace.redact import Masker, Names

if TYPE_CHECKING:
    from wsgitrace.capture import Capture
    from wsgitrace.settings import Settings

__all__ = ["masker_of"]


def masker_of(settings: Settings, capture: Capture | None = None) -> Masker:
    """What the settings ask for: equal secrets look equal in whatever is shown of one file, and in no other."""
    if settings.reveal:
        return Masker.revealing()
    return Masker(Names(settings.mask), secrets.token_bytes(16) if capture is None else capture.info().salt)
