"""Undoing content codings and character sets for a preview, however hostile the bytes.

Nothing here raises for what the bytes are, and no input makes more output than it was allowed.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

CODINGS_LIMIT = 4
"""Content codings on top of each other that are undone."""

MEMBERS_LIMIT = 64
"""Members of one gzip stream that are read."""

CHARSETS = re.compile(
    r"utf-?(8|16|32)(-?(le|be|sig))?|(us-?)?ascii|latin-?\d+|iso-?8859-\d+(-[ei])?|(cp|windows-?|ibm)\d{3,4}|koi8-[rut]"
    r"|mac-?(roman|cyrillic|greek|turkish|latin2|iceland)|(shift-?jis|sjis)(-?(2004|x0213))?|euc-?(jp|kr|jis-2004)"
    r"|iso-?2022-(jp|kr)(-\w+)?|gb-?(2312|k|18030)|big5(-?hkscs)?|hz|johab|tis-?620"
)
"""Character sets that are looked up; Python knows codecs (``zlib``, ``idna``) that no stranger should choose."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """Bytes without their content codings."""

    data: bytes
    """The bytes, at most as many as were allowed."""
    codings: tuple[str, ...] = ()
    """The codings undone, in the order undone."""
    cut: bool = False
    """True when there is more than was allowed."""
    note: str = ""
    """What went wrong, one sentence without a full stop; empty when nothing did."""
    packed: bool = False
    """True when a content coding is left that is not undone: nobody can tell what is in the bytes."""


def decode_content(data: bytes, codings: str, limit: int) -> Decoded:
    """Undo a ``Content-Encoding``, giving ``limit`` bytes at most."""
    names = [name.strip().lower() for name in codings.split(",")]
    names = [name for name in names if name not in {"", "identity"}]
    undone: list[str] = []
    cut = False
    for name in reversed(names[-CODINGS_LIMIT:]):
        if name not in {"gzip", "x-gzip", "deflate"}:
            # A HAR has every coding undone, those too that cannot be done again here.
            told = "by its fields, but text as it stands" if looks_like_text(data) else "is not decoded here"
            return _as_left(data, limit, undone, f"{name} {told}")
        unpacked, more, error = _inflate(data, limit, raw=name == "deflate")
        if error:
            return _as_left(data, limit, undone, f"not valid {name}: {error}")
        data = unpacked
        undone.append(name)
        cut = cut or more
    if len(names) > CODINGS_LIMIT:
        return _as_left(data, limit, undone, f"only {CODINGS_LIMIT} of {len(names)} codings are undone")
    note = "" if not cut else f"only the first {limit:,} bytes are decoded"
    return Decoded(data[:limit], tuple(undone), cut or len(data) > limit, note)


def _as_left(data: bytes, limit: int, undone: list[str], note: str) -> Decoded:
    """Bytes that a coding is left of, unless they are text all the same."""
    return Decoded(data[:limit], tuple(undone), len(data) > limit, note, packed=not looks_like_text(data))


def _inflate(data: bytes, limit: int, *, raw: bool) -> tuple[bytes, bool, str]:
    """Up to ``limit`` bytes, whether there are more, and what is wrong (then the bytes are as they came)."""
    try:
        return (*_members(data, limit, zlib.MAX_WBITS | 32), "")
    except zlib.error as error:
        # RFC 9110, 8.4.1.2: some send "deflate" without the zlib wrapper.
        if raw:
            try:
                return (*_members(data, limit, -zlib.MAX_WBITS), "")
            except zlib.error:
                pass
        return data[:limit], len(data) > limit, str(error)


def _members(data: bytes, limit: int, bits: int) -> tuple[bytes, bool]:
    out = b""
    for _ in range(MEMBERS_LIMIT):
        unpacker = zlib.decompressobj(bits)
        try:
            out += unpacker.decompress(data, limit - len(out) + 1)
        except zlib.error:
            if out:
                return out[:limit], True
            raise
        data = unpacker.unused_data
        if len(out) > limit or not unpacker.eof or not data.strip(b"\0"):
            break
    return out[:limit], len(out) > limit


def decode_text(data: bytes, charset: str) -> tuple[str, str, str]:
    """The text, the character set it was read in, and a note; bytes that do not fit become visible escapes."""
    note = ""
    name = charset.strip().strip("\"'").lower().replace("_", "-")
    if name and CHARSETS.fullmatch(name):
        try:
            return data.decode(name, "backslashreplace"), name, ""
        except (LookupError, UnicodeError):
            note = f"charset {name} cannot be read"
    elif name:
        note = f"charset {name[:40]} is not known"
    try:
        return data.decode("utf-8"), "utf-8", note
    except UnicodeDecodeError as error:
        if len(data) - error.start < 4 and error.reason == "unexpected end of data":  # noqa: PLR2004 -- UTF-8 takes four bytes at most
            return data[: error.start].decode() + data[error.start :].decode("utf-8", "backslashreplace"), "utf-8", note
        return data.decode("latin-1"), "latin-1", note or "not UTF-8, shown as latin-1"


def looks_like_text(data: bytes) -> bool:
    """True when bytes are UTF-8 without control characters that text does not have."""
    start = data[:4096]
    if any(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in start):  # noqa: PLR2004 -- C0
        return False
    try:
        start.decode("utf-8")
    except UnicodeDecodeError as error:
        return len(start) == 4096 and error.start > len(start) - 4  # noqa: PLR2004 -- a character cut by the look
    return True
