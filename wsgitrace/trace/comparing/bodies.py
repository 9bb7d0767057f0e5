"""Two bodies: JSON by its paths, text by its lines, all else by size and hash. Bounded: what was left out is told."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from wsgitrace.trace.body import kind_of
from wsgitrace.trace.comparing.difference import Difference, Verdict, verdict_of
from wsgitrace.trace.comparing.documents import DIFFERENCES_LIMIT, compare_documents, load, without_noise
from wsgitrace.trace.comparing.texts import MATCHED_LINES, LineDiff, compare_lines
from wsgitrace.trace.decoding import decode_content, decode_text
from wsgitrace.trace.forms import media_type
from wsgitrace.trace.head import header

if TYPE_CHECKING:
    from wsgitrace.trace.assembly import Body
    from wsgitrace.trace.comparing.noise import Noise
    from wsgitrace.trace.head import HeaderList

__all__ = ["BODY_LIMIT", "BodyComparison", "BodySide", "Manner", "compare_content"]

Manner: TypeAlias = Literal["bytes", "json", "text"]
"""How two bodies were compared."""

BODY_LIMIT: Final = 4 * 2**20
"""Bytes of a decoded body that are compared as text or JSON; larger ones are compared as bytes."""


@dataclass(frozen=True, slots=True)
class BodySide:
    """One of the two bodies."""

    length: int
    """Bytes that there were, recorded or not."""
    digest: str
    """SHA-256 of the bytes recorded, hexadecimal."""
    content_type: str
    """Main value of its Content-Type; empty where it has none."""


@dataclass(frozen=True, slots=True, eq=False)
class BodyComparison:
    """How two bodies differ."""

    verdict: Verdict
    """What it comes to."""
    manner: Manner
    """How they were compared."""
    one: BodySide
    """The one."""
    other: BodySide
    """The other."""
    paths: tuple[Difference, ...] = ()
    """JSON: what differs, by path."""
    lines: LineDiff | None = None
    """JSON as it is laid out, or text; None for bytes, and where nothing differs."""
    notes: tuple[str, ...] = ()
    """What was not compared, and what differs without counting. Sentences without stops."""


@dataclass(frozen=True, slots=True)
class _Content:
    """A body as it is compared."""

    data: bytes
    unread: str
    """Why nobody looks at what is in it; empty where somebody does."""
    charset: str
    kind: str


def compare_content(one: Body, head: HeaderList, other: Body, other_head: HeaderList, noise: Noise) -> BodyComparison:
    """Compare two bodies, each with the header fields that came with it."""
    sides = _side(one, head), _side(other, other_head)
    notes = _missing(one, "A") + _missing(other, "B")
    if why := noise.whole_body:
        differs = one.length != other.length or one.data != other.data
        return BodyComparison("noise" if differs else "same", "bytes", *sides, notes=(f"bodies do not count: {why}",))
    if one.data == other.data and one.why == other.why and not (one.missing or other.missing):
        return BodyComparison("same", "bytes", *sides)
    left, right = _content(one, head), _content(other, other_head)
    if not (one.complete and other.complete):
        return _compare_cut(one, other, sides, notes)
    if why := left.unread or right.unread:
        notes = (*notes, f"{why}: compared by size and hash, not by what is in them")
    elif left.data == right.data:
        return BodyComparison("noise", "bytes", *sides, notes=("packed in other bytes, the same unpacked",))
    elif (found := _compare_read(left, right, sides, noise)) is not None:
        return found
    return BodyComparison("differs", "bytes", *sides, notes=notes)


def _compare_read(
    left: _Content, right: _Content, sides: tuple[BodySide, BodySide], noise: Noise
) -> BodyComparison | None:
    """Compare as JSON or text; None where they are neither."""
    kinds = {left.kind, right.kind} - {"empty"}
    if not kinds <= {"json", "text", "form"}:
        return None
    texts = decode_text(left.data, left.charset)[0], decode_text(right.data, right.charset)[0]
    if left.kind == right.kind == "json":
        try:
            return _compare_json(texts, sides, noise)
        except ValueError:
            pass  # what is no JSON is a text
    lines = compare_lines(texts[0].split("\n"), texts[1].split("\n"), _folded(texts, noise))
    verdict: Verdict = "differs" if lines.changes else "noise"
    return BodyComparison(verdict, "text", *sides, lines=lines, notes=_unmatched(lines))


def _compare_json(texts: tuple[str, str], sides: tuple[BodySide, BodySide], noise: Noise) -> BodyComparison:
    one, other = map(load, texts)
    paths, all_told = compare_documents(one, other, noise)
    if not paths:
        note = "the same document, written with other spaces or another order of keys"
        return BodyComparison("noise", "json", *sides, notes=(note,))
    laid = [_laid_out(document) for document in (one, other)]
    folded = [_laid_out(without_noise(document, noise)) for document in (one, other)]
    in_step = all(len(mine) == len(theirs) for mine, theirs in zip(laid, folded, strict=True))
    lines = compare_lines(laid[0], laid[1], (folded[0], folded[1]) if in_step else None)
    notes = () if all_told else (f"the first {DIFFERENCES_LIMIT:,} paths that differ are told",)
    verdict = verdict_of(paths) if all_told else "differs"
    return BodyComparison(verdict, "json", *sides, paths, lines, (*notes, *_unmatched(lines)))


def _compare_cut(one: Body, other: Body, sides: tuple[BodySide, BodySide], notes: tuple[str, ...]) -> BodyComparison:
    """Compare as far as both are recorded from their beginning on."""
    known = min(_recorded(one), _recorded(other))
    if one.data[:known] != other.data[:known] or _other_length(one, other):
        return BodyComparison("differs", "bytes", *sides, notes=notes)
    rest = (f"the first {known:,} bytes are the same, the rest was not compared",) if known else ()
    return BodyComparison("same", "bytes", *sides, notes=(*notes, *rest))


def _other_length(one: Body, other: Body) -> bool:
    """True when the bodies are known not to be equally long. One that broke off may have been as long as the other."""
    broke_off = [body for body in (one, other) if body.why and not body.missing]
    if len(broke_off) == 1:
        return max(one.length, other.length) == broke_off[0].length != min(one.length, other.length)
    return not broke_off and one.length != other.length


def _recorded(body: Body) -> int:
    """Bytes recorded from the first on."""
    return min(body.missing[0][0], len(body.data)) if body.missing else len(body.data)


def _side(body: Body, headers: HeaderList) -> BodySide:
    content_type, _ = media_type(header(headers, "content-type") or "")
    return BodySide(body.length, sha256(body.data).hexdigest(), content_type)


def _content(body: Body, headers: HeaderList) -> _Content:
    content_type, parameters = media_type(header(headers, "content-type") or "")
    decoded = decode_content(body.data, header(headers, "content-encoding") or "", BODY_LIMIT)
    unread = f"larger than {BODY_LIMIT:,} bytes" if decoded.cut else ""
    unread = "in a coding that is not undone here" if decoded.packed else unread
    return _Content(decoded.data, unread, parameters.get("charset", ""), kind_of(decoded.data, content_type))


def _folded(texts: tuple[str, str], noise: Noise) -> tuple[list[str], list[str]]:
    return [noise.text(line) for line in texts[0].split("\n")], [noise.text(line) for line in texts[1].split("\n")]


def _laid_out(document: object) -> list[str]:
    return json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True).split("\n")


def _missing(body: Body, name: str) -> tuple[str, ...]:
    return (f"the body of {name} is not whole: {body.why}",) if body.why else ()


def _unmatched(lines: LineDiff) -> tuple[str, ...]:
    return () if lines.matched else (f"more than {MATCHED_LINES:,} lines: those between were not matched",)
