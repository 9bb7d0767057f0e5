"""A comparison in words and as plain data, secrets masked. Not safe for a terminal yet."""

from __future__ import annotations

import re
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wsgitrace.events import Called
from wsgitrace.export.shown import event_text, shown_value
from wsgitrace.trace.edited import is_skipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from wsgitrace.events import Event, Value
    from wsgitrace.redact import Masker
    from wsgitrace.trace import Trace
    from wsgitrace.trace.comparing import (
        Block,
        BodyComparison,
        BodySide,
        Comparison,
        Difference,
        Divergence,
        LineDiff,
        OutcomeComparison,
        Pair,
        Rule,
        Verdict,
    )

__all__ = [
    "all_noise",
    "body_text",
    "comparison_object",
    "difference_sides",
    "divergence_place",
    "divergence_sides",
    "masked_sides",
    "noise_text",
    "outcome_object",
    "rule_text",
    "rules_text",
    "self_times",
    "source_place",
    "stands_for",
    "verdict_text",
]

_ESCAPED: Final = re.compile(r"\\(.)")
_UNESCAPED: Final = r"\1"

_STEPS: Final = re.compile(r"[A-Za-z_][\w-]*")


def verdict_text(found: OutcomeComparison) -> str:
    """One sentence without its stop: ``the responses differ: status, 2 header fields, body``."""
    if found.verdict == "same":
        return "the responses are the same"
    if found.verdict == "noise":
        return "the responses are the same but for noise"
    counted = sum(not each.noise for each in found.headers)
    parts = ["status"] if found.status else []
    parts += [f"{counted} header field{'' if counted == 1 else 's'}"] if counted else []
    parts += ["body"] if found.body.verdict == "differs" else []
    parts += ["how they ended"] if any(not each.noise for each in found.ending) else []
    return f"the responses differ: {', '.join(parts)}"


def noise_text(differences: Iterable[Difference]) -> str:
    """What does not count, and why: ``Date (the clock), $.time (ignored)``; each once."""
    said = [f"{each.name or each.where} ({each.noise})" for each in differences if each.noise]
    return ", ".join(dict.fromkeys(said))


def difference_sides(difference: Difference, masker: Masker) -> tuple[str | None, str | None]:
    """Both values as they may be shown; None where there is none."""
    return _shown(difference, difference.one, masker), _shown(difference, difference.other, masker)


def _shown(difference: Difference, value: Value, masker: Masker) -> str | None:
    if value is None:
        return None
    if difference.where == "body" and difference.name:
        secret = any(masker.secret(name) for name in _STEPS.findall(difference.name))
        return masker.hide(str(value)) if secret else masker.json(str(value))
    if difference.where in {"header", "environ", "framework"}:
        return shown_value(difference.name, value, masker)
    return masker.target(str(value)) if difference.name == "target" else masker.text(str(value))


def body_text(found: BodyComparison) -> str:
    """Both bodies in a line: ``714 bytes text/html → 72 bytes text/html``."""
    return " → ".join(_size(side) for side in (found.one, found.other))


def _size(side: BodySide) -> str:
    size = f"{side.length:,} byte{'' if side.length == 1 else 's'}"
    return f"{size} {side.content_type}".rstrip()


def masked_sides(lines: LineDiff, masker: Masker) -> tuple[Sequence[str], Sequence[str]]:
    """The lines of both texts as they may be shown: as many as there are."""
    return _masked(lines.one, masker), _masked(lines.other, masker)


def _masked(lines: Sequence[str], masker: Masker) -> Sequence[str]:
    if masker.reveals:
        return lines
    hide = masker.json if lines[:1] and lines[0][:1] in {"{", "["} else masker.markup
    whole = hide("\n".join(lines)).split("\n")
    return whole if len(whole) == len(lines) else [hide(line) for line in lines]


def divergence_place(found: Divergence) -> str:
    """The layer whose doing it was, and where it is: ``shop.Session (shop/session.py:12)``."""
    layer = found.pair.span.layer
    if layer is None or not layer.name:
        return found.layer
    return f"{layer.name} ({source_place(layer.file, layer.line)})" if layer.file else layer.name


def source_place(file: str, line: int) -> str:
    """``shop/session.py:12``: where it is run from, or installed to, says nothing new. Line 0: it is not known."""
    path = Path(file)
    if path.is_absolute() and path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    elif "site-packages" in path.parts:
        path = Path(*path.parts[path.parts.index("site-packages") + 1 :])
    return f"{path}:{line}" if line else str(path)


def divergence_sides(compared: Comparison, found: Divergence, masker: Masker) -> Iterator[tuple[str, str, str]]:
    """What they differ in, a line each: what it is about, what A did, what B did."""
    if not found.differences:
        yield "", _did(compared.one, found.one, masker), _did(compared.other, found.other, masker)
    for difference in found.differences:
        about = " ".join(part for part in (_ABOUT.get(difference.where, difference.where), difference.name) if part)
        missing = "does not run" if difference.where == "layer" else "not set" if difference.name else "nothing"
        one, other = (missing if side is None else side for side in difference_sides(difference, masker))
        yield about, one, other


_ABOUT: Final = {"input": "wsgi.input", "body": "chunk", "framework": "state", "ending": "the end"}


def _did(trace: Trace, event: Event | None, masker: Masker) -> str:
    if event is None:
        return "did nothing more"
    if isinstance(event, Called):
        return f"called {trace.span(event.span).name}"
    return event_text(event, masker)


def outcome_object(found: OutcomeComparison, masker: Masker) -> dict[str, Any]:
    """How two responses compare, as plain data."""
    body = found.body
    listed = (*found.status, *found.headers, *found.ending, *body.paths)
    return {
        "verdict": found.verdict,
        "text": verdict_text(found),
        "status": [found.one.status, found.other.status],
        "differences": [_difference(each, masker) for each in listed],
        "body": {
            "verdict": body.verdict,
            "compared_as": body.manner,
            "length": [body.one.length, body.other.length],
            "sha256": [body.one.digest, body.other.digest],
            "changed_lines": 0 if body.lines is None else sum(_height(block) for block in body.lines.changes),
        },
        "not_compared": list(body.notes),
    }


def _height(block: Block) -> int:
    return max(len(block.one), len(block.other))


def comparison_object(compared: Comparison, masker: Masker) -> dict[str, Any]:
    """A comparison as plain data: what ``wsgitrace diff --json`` prints."""
    found = outcome_object(compared.outcome, masker)
    found["not_compared"] = list(compared.notes)
    return {
        **found,
        "request": [_difference(each, masker) for each in compared.request],
        "beside": list(compared.beside),
        "layers_verdict": compared.way.verdict if compared.traced else None,
        "first_divergence": _divergence(compared, masker),
        "layers": list(_layers(compared)),
        "layer_noise": sorted({f"{each.name or each.where} ({each.noise})" for _, each in compared.way.noise}),
    }


def _difference(difference: Difference, masker: Masker) -> dict[str, Any]:
    one, other = difference_sides(difference, masker)
    return {"of": difference.where, "name": difference.name, "a": one, "b": other, "noise": difference.noise}


def _divergence(compared: Comparison, masker: Masker) -> dict[str, Any] | None:
    found = compared.divergence
    if found is None or not compared.traced:
        return None
    layer = found.pair.span.layer
    return {
        "layer": found.layer if layer is None else layer.name,
        "file": "" if layer is None else layer.file,
        "line": 0 if layer is None else layer.line,
        "pass": [None if span is None else span.id for span in (found.pair.one, found.pair.other)],
        "event": [None if event is None else event.seq for event in (found.one, found.other)],
        "what": [
            {"about": about, "a": one, "b": other} for about, one, other in divergence_sides(compared, found, masker)
        ],
    }


def _layers(compared: Comparison) -> Iterator[dict[str, Any]]:
    for pair in compared.pairs.all:
        both = (pair.one, pair.other)
        yield {
            "name": pair.span.name,
            "depth": pair.depth,
            "pass": [None if span is None else span.id for span in both],
            "skipped": [span is not None and is_skipped(span) for span in both],
            "self_ns": [None if span is None else span.self_time for span in both],
            "inclusive_ns": [None if span is None else span.inclusive for span in both],
        }


def self_times(pair: Pair, duration: Callable[[int], str]) -> tuple[str, ...]:
    """The time in each of the passes alone; ``duration``: how nanoseconds are written. ``—`` where there is none."""
    return tuple(
        "—" if span is None else "skipped" if is_skipped(span) else duration(span.self_time)
        for span in (pair.one, pair.other)
    )


def all_noise(compared: OutcomeComparison) -> Iterator[Difference]:
    """Everything in two responses that differs without counting."""
    return chain(compared.headers, compared.ending, compared.body.paths)


def rules_text(rules: Iterable[Rule], masker: Masker) -> str:
    """Rules that were learnt, as a user could write them but for what is secret: lines of bodies are in them."""
    return ", ".join(rule_text(rule, masker) for rule in rules)


def rule_text(rule: Rule, masker: Masker) -> str:
    """One rule as it may be shown."""
    if not rule.of_text:
        return str(rule)
    # What is around the part that differs is escaped as expressions are, and would not be known for what it is.
    return f"body~{masker.markup(_ESCAPED.sub(_UNESCAPED, rule.name.removeprefix('~')))}"


def stands_for(verdict: Verdict) -> str:
    """A sign for a verdict: of one cell, and told apart without colour."""
    return {"same": "=", "noise": "≈", "differs": "✗"}[verdict]
