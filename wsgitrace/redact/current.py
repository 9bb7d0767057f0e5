"""The masking in force: what is shown or exported by this process goes through here, then through safetext."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.redact import bodies
from wsgitrace.redact.masker import Masker
from wsgitrace.redact.names import Names

if TYPE_CHECKING:
    from collections.abc import Iterable

_masker = Masker(Names())


def configure(*, names: Iterable[str] | None = None, salt: bytes | None = None) -> None:
    """Choose from now on which names are masked (:class:`Names`), or what makes the marks of this capture its own."""
    global _masker  # noqa: PLW0603 -- one choice per process, made before anything is shown
    _masker = Masker(_masker.names if names is None else Names(names), _masker.salt if salt is None else salt)


def redacted(secret: str) -> str:
    """What stands for a secret: ``<redacted 32 #a1b2>``, its length in characters and 16 bits to tell equal ones."""
    return _masker.hide(secret)


def is_secret(name: str) -> bool:
    """Whether values by this name are masked whole."""
    return _masker.names.secret(name)


def mask(name: str, value: str) -> str:
    """``value`` of a header field, an environ key or a form field called ``name``, its secrets masked.

    Names are folded: ``HTTP_X_API_KEY``, ``X-Api-Key`` and ``x_api_key`` are one. Masking twice changes nothing.
    """
    return _masker.value(name, value)


def mask_text(text: str) -> str:
    """Running text: a log line, the message of an exception, output, an event in words."""
    return _masker.text(text)


def mask_markup(text: str) -> str:
    """The text of a body that is neither JSON nor a form: plain, HTML or XML."""
    return _masker.markup(text)


def mask_target(target: str) -> str:
    """A request target or URL: its password, the secret parameters of query and fragment, tokens in its path."""
    return _masker.target(target)


def mask_path(path: str) -> str:
    """A path without its query."""
    return _masker.path(path)


def mask_head(head: str) -> str:
    """A request head as received, or what there is of one, the secrets of its target and fields masked."""
    return _masker.head(head)


def mask_form(text: str) -> str:
    """A query string or an urlencoded form, its secret parameters masked; all the rest stays as it was sent."""
    return _masker.form(text)


def mask_json(text: str) -> str:
    """JSON text, the strings and numbers of its secret members masked; works on a part of a document too."""
    return _masker.json(text)


def mask_body(data: bytes, content_type: str = "") -> bytes:
    """A body without content codings, its secrets masked; bytes that are no text stay as they are."""
    return bodies.mask_body(_masker, data, content_type)
