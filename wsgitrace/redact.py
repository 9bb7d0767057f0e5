"""Secrets masked: what is shown or exported of traffic goes through here, then through :mod:`wsgitrace.safetext`.

Recording keeps everything, or a replay could not log in; masking happens once, where text leaves the program. A
masked value still tells what debugging needs: that it is there, its length, and whether two of them are the same:
``<redacted 32 #a1b2>``. What names a secret without being one stays: names and attributes of cookies, the scheme of
an Authorization, the other parameters of a query.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Final

__all__ = ["is_secret", "mask", "mask_form", "mask_head", "mask_json", "mask_target", "redacted"]

_PREFIXES: Final = re.compile(r"^(?:redirect-)*(?:http-)?")

_SECRET_WORDS: Final = frozenset({
    "auth", "authorization", "cookie", "credential", "credentials", "csrf", "csrftoken", "jwt", "passphrase", "passwd",
    "password", "pwd", "secret", "sessionid", "sid", "signature", "token", "xsrf",
})  # fmt: skip
"""Words between hyphens that make a name a secret's."""

_SECRET_PARTS: Final = re.compile(
    r"(?:api|access|private|secret|signing|encryption)-?key|secret|password|passwd|session-?id|token(?!ize)|"
    r"^(?:sig|code|otp|pin)$"
)
"""What makes a name a secret's wherever it stands in it."""

_NOT_SECRET: Final = frozenset({"auth-type", "gateway-interface", "x-xsrf-header-name", "remote-user"})

_TARGETS: Final = frozenset({"request-uri", "raw-uri", "location", "content-location", "referer", "refresh", "link"})
"""Names whose values hold URLs; also ``*-url`` and ``*-uri``."""

_QUERIES: Final = frozenset({"query-string"})

_MASKED: Final = re.compile(r"<redacted \d+ #[0-9a-f]{4}>")

_USERINFO: Final = re.compile(r"(?<=://)([^/?#@\s:]*):([^/?#@\s]+)(?=@)")

_FRAGMENT: Final = re.compile(r"(#(?![0-9a-f]{4}>))")
"""Where a fragment begins; not the number sign of a mask."""

_JSON_PAIR: Final = re.compile(
    r'"((?:[^"\\]|\\.){1,100})"(\s*:\s*)(?:"((?:[^"\\]|\\.)*)(?:"|\\?\Z)|(-?[0-9][0-9.eE+-]*))'
)


def redacted(secret: str) -> str:
    """What stands for a secret: its length in characters and 16 bits by which equal ones can be told.

    Sixteen bits are enough to compare two requests and say next to nothing of a secret that is worth the name.
    """
    if not secret or _MASKED.fullmatch(secret):
        return secret
    tag = blake2b(secret.encode("utf-8", "surrogatepass"), digest_size=2).hexdigest()
    return f"<redacted {len(secret)} #{tag}>"


def mask(name: str, value: str) -> str:
    """``value`` of a header field, an environ key or a form field called ``name``, its secrets masked.

    Names are folded: ``HTTP_X_API_KEY``, ``X-Api-Key`` and ``x_api_key`` are one. Masking twice changes nothing.
    """
    folded = _fold(name)
    if folded == "set-cookie":
        return _mask_set_cookie(value)
    if folded in {"cookie", "cookie2"}:
        return "; ".join(_mask_pair(pair) for pair in _split_cookie(value))
    if folded.endswith("authorization"):
        scheme, space, rest = value.partition(" ")
        return f"{scheme}{space}{redacted(rest)}" if space and scheme.isalnum() else redacted(value)
    if folded in _QUERIES:
        return mask_form(value)
    if folded in _TARGETS or folded.endswith(("-url", "-uri")):
        return mask_target(value)
    return redacted(value) if is_secret(name) else value


def is_secret(name: str) -> bool:
    """Whether values by this name are masked whole."""
    folded = _fold(name)
    if folded in _NOT_SECRET:
        return False
    return bool(_SECRET_PARTS.search(folded)) or not _SECRET_WORDS.isdisjoint(re.split(r"[-.\[\]]+", folded))


def mask_target(target: str) -> str:
    """A request target or URL, its userinfo's password and the secret parameters of its query masked."""
    target = _USERINFO.sub(lambda match: f"{match[1]}:{redacted(match[2])}", target)
    before, mark, rest = target.partition("?")
    if not mark:
        return before
    return f"{before}?{''.join(map(mask_form, _FRAGMENT.split(rest)))}"


def mask_head(head: str) -> str:
    """A request head as received, or what there is of one, the secrets of its target and fields masked."""
    first, *fields = re.split(r"(\r?\n)", head)
    words = [mask_target(word) for word in first.split(" ")]
    for index, line in enumerate(fields):
        name, colon, value = line.partition(":")
        if colon:
            bare = value.strip(" \t")
            fields[index] = f"{name}:{value.replace(bare, mask(name.strip(), bare), 1)}" if bare else line
    return "".join([" ".join(words), *fields])


def mask_form(text: str) -> str:
    """A query string or an urlencoded form, its secret parameters masked; all the rest stays as it was sent."""
    parts = re.split(r"([&;])", text)
    for index in range(0, len(parts), 2):
        name, mark, value = parts[index].partition("=")
        if mark and is_secret(name):
            parts[index] = f"{name}={redacted(value)}"
    return "".join(parts)


def mask_json(text: str) -> str:
    """JSON text, the strings and numbers of its secret members masked; works on a part of a document too."""

    def replace(match: re.Match[str]) -> str:
        if not is_secret(match[1]):
            return match[0]
        return f'"{match[1]}"{match[2]}"{redacted(match[3] if match[3] is not None else match[4])}"'

    return _JSON_PAIR.sub(replace, text)


def _fold(name: str) -> str:
    """One spelling for ``HTTP_X_API_KEY``, ``X-Api-Key`` and ``xApiKey``."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name) if not name.isupper() else name
    return _PREFIXES.sub("", name.casefold().replace("_", "-"))


def _split_cookie(value: str) -> list[str]:
    # RFC 6265 4.2.1: cookie-pairs are separated by "; ". Clients that send ";" alone are read alike.
    return [pair.strip() for pair in value.split(";")]


def _mask_pair(pair: str) -> str:
    name, mark, value = pair.partition("=")
    # A pair without "=" is a cookie without a name (RFC 6265bis 5.7): all of it is value.
    return f"{name}={redacted(value)}" if mark else redacted(pair)


def _mask_set_cookie(value: str) -> str:
    pair, mark, attributes = value.partition(";")
    return f"{_mask_pair(pair)}{mark}{attributes}"
