"""What stands in the place of a secret."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Final

MASKED: Final = re.compile(r"<redacted \d+ #[0-9a-f]{4}>")
"""A mask."""

_TAGGED: Final = 5  # a number sign and four digits


def redacted(secret: str, salt: bytes = b"") -> str:
    """``<redacted 32 #a1b2>``: its length in characters and 16 bits by which equal ones can be told.

    Sixteen bits are enough to compare two requests and say next to nothing of a secret that is worth the name.
    """
    if not secret or MASKED.fullmatch(secret):
        return secret
    return f"<redacted {len(secret)} #{_tag(secret, salt)}>"


def overwritten(secret: str, salt: bytes = b"") -> str:
    """``#a1b2*****``: as long as the secret, so that lengths and offsets around it stay true."""
    if secret.isdecimal():
        # Where a number stood there has to stand one, or the document would be none any more.
        return "1" + "0" * (len(secret) - 1)
    length = len(secret)
    return f"#{_tag(secret, salt)}".ljust(length, "*") if length >= _TAGGED else "*" * length


def _tag(secret: str, salt: bytes) -> str:
    return blake2b(secret.encode("utf-8", "surrogatepass"), digest_size=2, key=salt[:64]).hexdigest()
