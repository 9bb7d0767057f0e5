"""Secrets masked by where they stand: header fields, cookies, URLs, queries, forms, request heads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote_plus

from wsgitrace.redact.bodies import mask_body
from wsgitrace.redact.documents import mask_json
from wsgitrace.redact.marks import redacted
from wsgitrace.redact.names import Names, fold
from wsgitrace.redact.prose import mask_markup, mask_prose

if TYPE_CHECKING:
    from collections.abc import Callable

_TARGETS: Final = frozenset({"request-uri", "raw-uri", "location", "content-location", "referer", "refresh", "link"})
"""Names whose values hold URLs; also ``*-url`` and ``*-uri``."""

_PATHS: Final = frozenset({"path-info", "script-name"})

_QUERIES: Final = frozenset({"query-string"})

_FRAGMENT: Final = re.compile(r"(#(?![0-9a-f]{4}>))")
"""Where a fragment begins; not the number sign of a mask."""

_FORM: Final = re.compile(r"[\w.%\[\]+-]{1,200}=[^\s<>{}\"'&]{0,2000}(?:&|\Z)")

_UNLIKE_A_WORD: Final = re.compile(r"(?=[^/]*[0-9])[\w.~%=+-]{12,}")
"""A path segment that may be a token."""

_KEPT: Final = "/?:@=<># ,;[]{}\"'"
"""What stays as it is where a masked value is put back into a form."""


class Masker:
    """Masks the secrets of a choice of names, none at all where that is empty. Masking twice changes nothing.

    One is made where a program decides what it shows, and handed to whatever shows it.

    ``salt`` makes the marks of equal secrets equal here and different elsewhere; ``mark`` makes them;
    ``same_length``: marks are as long as what they stand for, and nothing else changes either.
    """

    def __init__(
        self,
        names: Names,
        salt: bytes = b"",
        *,
        mark: Callable[[str, bytes], str] = redacted,
        same_length: bool = False,
    ) -> None:
        self.names = names
        self.salt = salt
        self._mark = mark
        self._same_length = same_length

    @classmethod
    def revealing(cls) -> Masker:
        """One that masks nothing."""
        return cls(Names(()))

    @property
    def reveals(self) -> bool:
        """Whether nothing is masked."""
        return self.names.none

    def secret(self, name: str) -> bool:
        """Whether values by this name are masked whole."""
        return self.names.secret(name)

    def hide(self, secret: str) -> str:
        """What stands for a secret."""
        return secret if self.names.none else self._mark(secret, self.salt)

    def value(self, name: str, value: str) -> str:  # noqa: PLR0911 -- one for each sort of value
        """``value`` of a header field, an environ key or a form field called ``name``, its secrets masked."""
        if self.names.none:
            return value
        folded = fold(name)
        if folded == "set-cookie" and self.names.default:
            return self._set_cookie(value)
        if folded in {"cookie", "cookie2"} and self.names.default:
            # RFC 6265 4.2.1: cookie-pairs are separated by "; ". Clients that send ";" alone are read alike.
            return "; ".join(self._cookie(pair.strip()) for pair in value.split(";"))
        if folded.endswith("authorization") and self.names.default:
            scheme, space, rest = value.partition(" ")
            return f"{scheme}{space}{self.hide(rest)}" if space and scheme.isalnum() else self.hide(value)
        if self.names.secret(name):
            return self.hide(value)
        if folded in _QUERIES:
            return self.form(value)
        if folded in _PATHS:
            return self.path(value)
        if folded in _TARGETS or folded.endswith(("-url", "-uri")):
            return self.target(value)
        return self.text(value, lines=False)

    def text(self, text: str, *, lines: bool = True) -> str:
        """Running text, the secrets in it masked: pairs of name and value, URLs with a password, known tokens."""
        if self.names.none or not text:
            return text
        return mask_prose(text, self.names, self.hide, lines=lines)

    def markup(self, text: str) -> str:
        """HTML, XML or plain text, or a form that does not say so."""
        if self.names.none:
            return text
        if _FORM.match(text):
            return self.form(text)
        return self.text(mask_markup(text, self.names, self.hide))

    def json(self, text: str) -> str:
        """JSON, or a part of it; it stays JSON."""
        if self.names.none:
            return text
        return mask_json(text, self.names, self.hide, self._within, quote=not self._same_length)

    def body(self, data: bytes, content_type: str = "") -> bytes:
        """A body without content codings; bytes that are no text stay as they are."""
        return mask_body(self, data, content_type)

    def target(self, target: str) -> str:
        """A request target or URL: its password, the secret parameters of query and fragment, tokens in its path."""
        if self.names.none:
            return target
        before, mark, query = target.partition("?")
        path, *fragment = _FRAGMENT.split(self.text(before, lines=False))
        shown = "".join([self.path(path), *map(self.form, fragment)])
        return f"{shown}?{''.join(map(self.form, _FRAGMENT.split(query)))}" if mark else shown

    def path(self, path: str) -> str:
        """A path, tokens masked that follow a segment by the name of a secret, as in ``/reset-password/3f9c…``."""
        if self.names.none:
            return path
        segments = path.split("/")
        for index, segment in enumerate(segments[1:], 1):
            if _UNLIKE_A_WORD.fullmatch(segment) and self.names.secret(segments[index - 1]):
                segments[index] = self.hide(segment)
        return "/".join(segments)

    def head(self, head: str) -> str:
        """A request head as received, or what there is of one."""
        if self.names.none:
            return head
        first, *fields = re.split(r"(\r?\n)", head)
        words = [self.target(word) for word in first.split(" ")]
        for index, line in enumerate(fields):
            name, colon, value = line.partition(":")
            bare = value.strip(" \t")
            if colon and bare:
                fields[index] = f"{name}:{value.replace(bare, self.value(name.strip(), bare), 1)}"
        return "".join([" ".join(words), *fields])

    def form(self, text: str) -> str:
        """A query string or an urlencoded form, its secret parameters masked; all the rest stays as it was sent."""
        if self.names.none:
            return text
        parts = re.split(r"([&;])", text)
        for index in range(0, len(parts), 2):
            name, mark, value = parts[index].partition("=")
            if mark and value:
                parts[index] = f"{name}={self.parameter(unquote_plus(name), value)}"
        return "".join(parts)

    def parameter(self, name: str, value: str) -> str:
        """The value of a form's field as it was sent, still quoted."""
        if self.names.secret(name):
            return self.hide(value)
        plain = unquote_plus(value)
        masked = self._any(plain)
        if masked == plain:
            return value
        return self.hide(value) if self._same_length else quote(masked, safe=_KEPT)

    def _any(self, text: str) -> str:
        """A value of which nothing is known: it may be a URL, JSON, or plain."""
        if text[:1] in {"{", "["}:
            return self.json(text)
        return self.target(text) if "://" in text or text.startswith("/") else self.text(text, lines=False)

    def _within(self, content: str) -> str:
        """What stands between the quotation marks of a JSON string that is no secret as a whole."""
        return self.target(content) if "://" in content[:20] else self.text(content, lines=False)

    def _cookie(self, pair: str) -> str:
        name, mark, value = pair.partition("=")
        # A pair without "=" is a cookie without a name (RFC 6265bis 5.7): all of it is value.
        return f"{name}={self.hide(value)}" if mark else self.hide(pair)

    def _set_cookie(self, value: str) -> str:
        pair, mark, attributes = value.partition(";")
        return f"{self._cookie(pair)}{mark}{attributes}"
