"""Two requests compared, as rows: the verdict, header fields, layers, and where they part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wsgitrace.export.compared import (
    all_noise,
    body_text,
    difference_sides,
    divergence_place,
    divergence_sides,
    noise_text,
    self_times,
    stands_for,
    verdict_text,
)
from wsgitrace.trace.blame import Thing, environ_key
from wsgitrace.tui.lines.environ import key_width
from wsgitrace.tui.lines.values import heading, text_row
from wsgitrace.tui.painting import Row, Run, fit, pad_left
from wsgitrace.tui.units import clock, count, counted, duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wsgitrace.redact import Masker
    from wsgitrace.trace import Span
    from wsgitrace.trace.comparing import Comparison, Difference, OutcomeComparison, Pair, Verdict
    from wsgitrace.tui.comparing import Compared

__all__ = [
    "asked_rows",
    "compared_thing",
    "difference_rows",
    "header_rows",
    "layer_rows",
    "parted_rows",
    "verdict_rows",
]

_VERDICT_ROLES: Final[dict[Verdict, str]] = {"same": "good", "noise": "good", "differs": "error"}
"""How verdicts look."""

_TIME_CELLS: Final = 9


def verdict_rows(found: Compared, cells: int, *, volatile: bool) -> list[Row]:
    """What came of both, side by side: a line for each aspect."""
    outcome, way = found.comparison.outcome, found.comparison.way
    column = max(12, min(34, (cells - 34) // 2))
    verdict = found.comparison.verdict
    sentence = f" {stands_for(verdict)} {verdict_text(outcome)}"
    rows = [
        text_row(sentence, _VERDICT_ROLES[verdict], ("aspect", "verdict")),
        _aspect(
            "",
            f"A #{found.one.number} {clock(found.one.wall)}",
            f"B #{found.other.number} {clock(found.other.wall)}",
            "",
            column,
        ),
    ]
    status = outcome.one.status or "no response", outcome.other.status or "no response"
    rows.append(_aspect("status", *status, _sign("differs" if outcome.status else "same"), column))
    times = found.one.net_duration, found.other.net_duration
    rows.append(_aspect("time", duration(times[0]), duration(times[1]), _share(*times), column))
    body = body_text(outcome.body).split(" → ")
    rows.append(_aspect("body", body[0], body[1], _sign(outcome.body.verdict), column))
    counted_fields = [each for each in outcome.headers if not each.noise]
    said = _signs(counted_fields)
    fields = count(len(outcome.one.headers)), count(len(outcome.other.headers))
    rows.append(_aspect("headers", *fields, said or _sign("same"), column))
    if found.comparison.traced:
        layers = (_layers(found.comparison.one.spans), _layers(found.comparison.other.spans))
        parted = found.comparison.divergence
        text = f"✗ differ from {parted.layer} on" if parted is not None else _sign(way.verdict)
        rows.append(_aspect("layers", *layers, text, column))
    one, other = (text or "nothing" for text in found.comparison.beside)
    rows += [_aspect("beside", one, other, "", column)] if one != other else []
    rows += _remarks(found, volatile=volatile)
    return rows


def _aspect(name: str, one: str, other: str, said: str, column: int) -> Row:
    role = "error" if said.startswith(("✗", "+", "-", "~")) and name != "time" else "dim"
    runs = (
        Run(f" {name:<8}", "dim"),
        Run(fit(one, column) + "  ", "strong" if not name else "value"),
        Run(fit(other, column) + "  ", "strong" if not name else "value"),
        Run(said, role),
    )
    return Row(runs, key=("aspect", name))


_SAID: Final[dict[Verdict, str]] = {"same": "the same", "noise": "but for noise", "differs": "differs"}


def _sign(verdict: Verdict) -> str:
    return f"{stands_for(verdict)} {_SAID[verdict]}"


def _signs(differences: list[Difference]) -> str:
    added = sum(each.one is None for each in differences)
    removed = sum(each.other is None for each in differences)
    changed = len(differences) - added - removed
    return " ".join(f"{sign}{number}" for sign, number in (("+", added), ("-", removed), ("~", changed)) if number)


def _share(one: int | None, other: int | None) -> str:
    return f"{(other - one) / one:+.0%}" if one and other is not None else ""


def _layers(spans: tuple[Span, ...]) -> str:
    raised = next((span.exception for span in reversed(spans) if span.exception is not None and span.raised_here), None)
    what = counted(len(spans) - 1, "pass")
    return what if raised is None else f"{what}, {raised.type.removeprefix('builtins.')}"


def _remarks(found: Compared, *, volatile: bool) -> Iterator[Row]:
    """What does not count, what was asked otherwise, what was not compared."""
    noise = noise_text(all_noise(found.comparison.outcome))
    if noise:
        yield text_row(
            f" volatile {noise}" if volatile else f" volatile hidden (v): {noise}", "dim", ("aspect", "noise")
        )
    if found.learnt:
        yield text_row(
            f" learnt from replays {' and '.join(f'#{number}' for number in found.learnt)}", "dim", ("aspect", "learnt")
        )
    asked = found.comparison.request
    if asked:
        names = ", ".join(difference.name for difference in asked)
        yield text_row(f" asked otherwise: {names}", "warning", ("aspect", "asked"))
    for index, note in enumerate(found.comparison.notes):
        yield text_row(f" {note}", "warning", ("note", index))


def _difference_row(difference: Difference, width: int, masker: Masker, key: tuple[str, object]) -> Row:
    """``~ Content-Length  714 → 72``."""
    one, other = difference_sides(difference, masker)
    sign, role = ("+", "added") if one is None else ("-", "removed") if other is None else ("~", "changed")
    value = f"{one} → {other}" if one is not None and other is not None else one if other is None else other
    if difference.noise:
        sign, role = "≈", "dim"
    noise = f"  ({difference.noise})" if difference.noise else ""
    runs = (
        Run(f"{sign} ", role),
        Run(fit(difference.name or difference.where, width) + "  ", role),
        Run(value or "''", "dim" if difference.noise else "value"),
        Run(noise, "faint"),
    )
    return Row(runs, key=key, value=value, title=difference.name)


def difference_rows(
    differences: Sequence[Difference], cells: int, masker: Masker, where: str, *, volatile: bool
) -> Iterator[Row]:
    """One for each, noise only with ``volatile``; what is hidden and shown again leaves the keys of the others."""
    width = key_width((each.name for each in differences), cells)
    for index, difference in enumerate(differences):
        kind = "noise" if difference.noise else "change"
        if volatile or not difference.noise:
            yield _difference_row(difference, width, masker, (kind, (where, index)))


def compared_thing(row: Row | None, compared: Comparison) -> tuple[int, Thing | None]:
    """Which of the two requests a row is about, 0 or 1, and what of it one can ask who did it; of both, the other."""
    key = None if row is None else row.key
    parted = () if compared.divergence is None else compared.divergence.differences
    match key:
        case (_, ("header", int(index))):
            found = _listed(compared.outcome)[index]
            return int(found.other is not None), _thing(found)
        case (_, ("asked", int(index))):
            found = compared.request[index]
            return int(found.other is not None), Thing("environ", environ_key(found.name))
        case ("divergence", ("A" | "B" as side, int(index))):
            return int(side == "B"), _thing(parted[index]) if index < len(parted) else None
        case ("aspect", "status"):
            return 1, Thing("status")
    return 1, None


def _thing(difference: Difference) -> Thing | None:
    """What differs, of which one can ask who did it; None for none."""
    if difference.where == "status":
        return Thing("status")
    if difference.where == "environ":
        return Thing("environ", difference.name)
    if difference.where != "header":
        return None
    if difference.name.lower() == "set-cookie":
        value = difference.other if difference.other is not None else difference.one
        return Thing("cookie", str(value).partition("=")[0].strip())
    return Thing("resp.header", difference.name.casefold())


def _listed(outcome: OutcomeComparison) -> list[Difference]:
    """What differs in two responses beside their bodies, in the order of the rows."""
    return [*outcome.status, *outcome.headers, *outcome.ending]


def header_rows(found: Compared, cells: int, masker: Masker, *, volatile: bool) -> list[Row]:
    """Status and header fields that differ; what is the same is not repeated."""
    outcome = found.comparison.outcome
    rows = list(difference_rows(_listed(outcome), cells, masker, "header", volatile=volatile))
    hidden = 0 if volatile else sum(bool(each.noise) for each in outcome.headers)
    same = len(outcome.one.headers) - sum(each.one is not None for each in outcome.headers)
    more = f", {counted(hidden, 'volatile one')} hidden (v)" if hidden else ""
    return [*rows, text_row(f"{counted(same, 'field')} the same{more}", "dim", ("rest", "header"))]


def asked_rows(found: Compared, cells: int, masker: Masker) -> list[Row]:
    """What was asked otherwise."""
    rows = list(difference_rows(found.comparison.request, cells, masker, "asked", volatile=True))
    return rows or [text_row("The same was asked.", "dim")]


def layer_rows(found: Compared, cells: int) -> list[Row]:
    """Both trees in one, with the time in each pass alone."""
    parted = found.comparison.divergence
    width = max(16, cells - 2 * _TIME_CELLS - 12)
    head = Run(
        fit("  LAYER", width) + pad_left("SELF A", _TIME_CELLS) + pad_left("SELF B", _TIME_CELLS) + "        Δ", "dim"
    )
    rows = [Row((head,))]
    for index, pair in enumerate(found.comparison.pairs.all):
        rows.append(_layer_row(pair, index, width, parted=parted is not None and pair is parted.pair))
    return rows


def _layer_row(pair: Pair, index: int, width: int, *, parted: bool) -> Row:
    sign, role = ("-", "removed") if pair.other is None else ("+", "added") if pair.one is None else (" ", "plain")
    if parted:
        sign, role = "✗", "error"
    told = self_times(pair, duration)
    shown = "".join(pad_left(time, _TIME_CELLS) for time in told)
    times = [None if span is None else span.self_time for span in (pair.one, pair.other)]
    share = "" if "skipped" in told else _share(times[0], times[1])
    name = fit(f"{sign} {'  ' * min(pair.depth, 20)}{pair.span.name}", width)
    counts = parted or pair.one is None or pair.other is None
    key = ("change" if counts else "layer", ("layer", index))
    return Row((Run(name, role), Run(shown, "number"), Run(pad_left(share, _TIME_CELLS), "dim")), key=key)


def parted_rows(found: Compared, cells: int, masker: Masker) -> list[Row]:
    """The first divergence: whose doing, at which event, what each did."""
    compared = found.comparison
    parted = compared.divergence
    if not compared.traced:
        return [text_row("One of them was not traced: there are no layers to compare.", "dim")]
    if parted is None:
        rows = [text_row(f"{stands_for(compared.way.verdict)} Every layer did the same.", "good")]
        noise = noise_text(difference for _, difference in compared.way.noise)
        return [*rows, text_row(f"  but for {noise}", "dim")] if noise else rows
    events = [None if event is None else event.seq for event in (parted.one, parted.other)]
    rows = [heading(divergence_place(parted), ("parted", "layer"))]
    width = min(40, max(10, cells // 3))
    for index, (about, one, other) in enumerate(divergence_sides(compared, parted, masker)):
        for name, text, seq, role in (("A", one, events[0], "removed"), ("B", other, events[1], "added")):
            at = "" if seq is None else f"event {seq:,} "
            runs = (
                Run(f" {name} ", role),
                Run(f"{at:<11}", "dim"),
                Run(fit(about, width) + "  " if about else "", "key"),
                Run(text, "value"),
            )
            rows.append(Row(runs, key=("divergence", (name, index)), value=text, title=about))
    return rows
