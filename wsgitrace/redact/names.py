"""Which names are those of secrets."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

DEFAULT: Final = "default"
"""Stands for the names built in, in a list of names."""

_PREFIXES: Final = re.compile(r"^(?:redirect-)*(?:http-)?")

_WORDS: Final = frozenset({
    "auth", "authorization", "cookie", "credential", "credentials", "csrf", "csrftoken", "jwt", "passphrase", "passwd",
    "password", "pwd", "secret", "sessionid", "sid", "signature", "token", "xsrf",
})  # fmt: skip
"""Words between hyphens that make a name a secret's."""

_PARTS: Final = re.compile(
    r"(?:api|access|private|secret|signing|encryption|auth)-?key|secret|password|passwd|session-?(?:id|key|data)"
    r"|token(?!ize)"
)
"""What makes a name a secret's wherever it stands in it."""

_BARE: Final = frozenset({"code", "otp", "pass", "pin", "pw", "session", "sig"})
"""Names of secrets in forms and documents that mean something else in prose, as in ``code: 200``."""

_ORDINARY: Final = frozenset({"auth-type", "gateway-interface", "x-xsrf-header-name", "remote-user"})

_TOPICS: Final = frozenset({"auth", "authorization", "cookie", "csrf", "xsrf"})
"""Those of the words that name a matter as often as a secret."""

_ABOUT: Final = frozenset({
    "age", "backend", "backends", "domain", "done", "enabled", "endpoint", "exempt", "failed", "failure", "httponly",
    "method", "methods", "name", "origins", "path", "permissions", "provider", "realm", "required", "role", "roles",
    "samesite", "scheme", "secure", "type", "update", "uri", "url",
})  # fmt: skip
"""Last words of names that tell something about such a matter: ``auth.realm``, ``csrf_processing_done``."""

_HINT: Final = re.compile(r"auth|cookie|credential|[cx]srf|jwt|pass|pw|secret|sess|sid|sig|token|key", re.IGNORECASE)
"""What every one of the names built in that counts in prose has in it."""

_SEEN: Final = 4_096


def fold(name: str) -> str:
    """One spelling for ``HTTP_X_API_KEY``, ``X-Api-Key`` and ``xApiKey``."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name) if not name.isupper() else name
    return _PREFIXES.sub("", name.casefold().replace("_", "-"))


class Names:
    """A choice of names. Each of ``chosen`` is a name, ``/regex/`` over folded names, or :data:`DEFAULT`.

    Raises :class:`ValueError` for a regular expression that is none.
    """

    def __init__(self, chosen: Iterable[str] = (DEFAULT,)) -> None:
        chosen = [each.strip() for each in chosen if each.strip()]
        self.default = DEFAULT in chosen
        """The names built in are among them; so is what looks like a secret whatever its name."""
        self.none = not chosen
        """Nothing is masked."""
        patterns = [each[1:-1] for each in chosen if len(each) > 2 and each[0] == each[-1] == "/"]  # noqa: PLR2004 -- two slashes
        try:
            self._patterns = [re.compile(each, re.IGNORECASE) for each in patterns]
        except re.error as error:
            raise ValueError(f"it has a regular expression that is none ({error})") from None
        self._exact = {fold(each) for each in chosen if each != DEFAULT and each.strip("/") not in patterns}
        self._known = lru_cache(_SEEN)(self._find)

    def secret(self, name: str) -> bool:
        """Whether values by this name are masked."""
        return self._known(name)

    def may_be_in(self, text: str) -> bool:
        """False when no name in ``text`` can be that of a secret: known at once, where looking takes time."""
        return bool(self._exact or self._patterns or (self.default and _HINT.search(text)))

    def secret_in_prose(self, name: str) -> bool:
        """The same where the name stands in running text."""
        return self._known(name) and not (self.default and fold(name) in _BARE - self._exact)

    def _find(self, name: str) -> bool:
        folded = fold(name)
        if folded in self._exact or any(pattern.search(folded) for pattern in self._patterns):
            return True
        if not self.default or folded in _ORDINARY:
            return False
        if folded in _BARE or _PARTS.search(folded):
            return True
        words = [word for word in re.split(r"[-.\[\]:]+", folded) if word]
        secret = _WORDS.intersection(words)
        return bool(secret) and not (words[-1] in _ABOUT and secret <= _TOPICS)
