"""Photos that visitors send with their reviews: parsing the form, and a small shelf to keep them on."""

from __future__ import annotations

import itertools
import threading
from collections import OrderedDict
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP

from .response import HttpError

SHELF = 24
KINDS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}


@dataclass(frozen=True, slots=True)
class Review:
    """What a visitor says about a plant."""

    number: int
    slug: str
    author: str
    text: str
    photo: bytes
    kind: str


class Reviews:
    """The last few reviews, newest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._kept: OrderedDict[int, Review] = OrderedDict()

    def add(self, slug: str, fields: dict[str, bytes]) -> Review:
        """Keep a review sent as a form; HttpError 415 when its photo is none of ours."""
        photo = fields.get("photo", b"")
        review = Review(
            number=next(self._numbers),
            slug=slug,
            author=fields.get("author", b"").decode("utf-8", "replace").strip()[:60] or "Somebody",
            text=fields.get("text", b"").decode("utf-8", "replace").strip()[:600],
            photo=photo,
            kind=_kind_of(photo),
        )
        with self._lock:
            self._kept[review.number] = review
            while len(self._kept) > SHELF:
                self._kept.popitem(last=False)
        return review

    def get(self, number: int) -> Review | None:
        """The review of that number, if it is still kept."""
        with self._lock:
            return self._kept.get(number)

    def of(self, slug: str) -> list[Review]:
        """The reviews of one plant, newest first."""
        with self._lock:
            return [review for review in reversed(self._kept.values()) if review.slug == slug]


def _kind_of(photo: bytes) -> str:
    """The type of a picture by its first bytes: what the client calls it is not to be trusted."""
    if not photo:
        return ""
    for magic, kind in KINDS.items():
        if photo.startswith(magic):
            return kind
    raise HttpError(415, "A photo is a PNG, a JPEG or a GIF.")


def parse_form(content_type: str, body: bytes) -> dict[str, bytes]:
    """The fields of a ``multipart/form-data`` body by name; HttpError 415 when it is something else.

    Multipart forms are MIME (RFC 7578), so the parser of the email package reads them.
    """
    if not content_type.lower().startswith("multipart/form-data"):
        raise HttpError(415, "A review is sent as multipart/form-data.")
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1")
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    if not message.is_multipart():
        raise HttpError(400, "That form has no parts.")
    fields: dict[str, bytes] = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        payload = part.get_payload(decode=True)
        if isinstance(part, Message) and isinstance(name, str) and isinstance(payload, bytes):
            fields[name] = payload
    return fields


REVIEWS = Reviews()
