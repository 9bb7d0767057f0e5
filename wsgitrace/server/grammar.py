"""What requests and responses share: tokens, and the text that a line may hold (RFC 9110 5.5 and 5.6.2)."""

from __future__ import annotations

import re
from typing import Final

TCHARS: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
"""A token, as a pattern."""
TOKEN: Final = re.compile(TCHARS)
TEXT: Final = b"\t" + bytes(range(ord(" "), ord("~") + 1)) + bytes(range(0x80, 0x100))
"""Every byte that may stand within a line; what is left of lines when these are deleted is their ends."""
BAD_BYTE: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?<!\r)\n")
"""A byte that may not stand in a message head: a control character, or half of a line end."""
