"""Secrets taken out of a text that is edited, and put back into what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.redact.marks import MASKED, redacted
from wsgitrace.redact.masker import Masker

if TYPE_CHECKING:
    import re

__all__ = ["Veil"]


class Veil:
    """Masks as ``masker`` does, and knows what each mark stands for: a mark that is left alone is the secret again."""

    def __init__(self, masker: Masker) -> None:
        self._secrets: dict[str, str] = {}
        # A number stays without quotation marks, so that it is one again when it is put back.
        self.masker = Masker(masker.names, masker.salt, mark=self._mark, same_length=True)

    def _mark(self, secret: str, salt: bytes) -> str:
        mark = redacted(secret, salt)
        if mark == secret:
            return mark
        while self._secrets.setdefault(mark, secret) != secret:  # sixteen bits, and another secret has the same
            tag = (int(mark[-5:-1], 16) + 1) % 0x10000
            mark = f"{mark[:-5]}{tag:04x}>"
        return mark

    def lifted(self, text: str) -> str:
        """``text`` with the secrets in the places of their marks."""
        return MASKED.sub(self._secret, text) if self._secrets else text

    def _secret(self, match: re.Match[str]) -> str:
        return self._secrets.get(match[0], match[0])

    def foreign(self, text: str) -> str:
        """The first mark in ``text`` that stands for nothing; empty where there is none."""
        return next((match[0] for match in MASKED.finditer(text) if match[0] not in self._secrets), "")

    def filled(self, text: str) -> str:
        """``text`` with digits in the places of marks, as many: what is looked at for its form keeps its columns."""
        return MASKED.sub(lambda match: "1" * len(match[0]), text)
