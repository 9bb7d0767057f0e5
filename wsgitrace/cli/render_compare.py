"""Two exchanges compared, as lines: the verdict, what differs, where they part, how long each layer took."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from wsgitrace.cli.style import clip, pad
from wsgitrace.cli.units import duration, plural
from wsgitrace.export.compared import (
    all_noise,
    body_text,
    difference_sides,
    divergence_place,
    divergence_sides,
    masked_sides,
    noise_text,
    self_times,
    stands_for,
    verdict_text,
)
from wsgitrace.safetext import safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wsgitrace.cli.render_changes import Detail
    from wsgitrace.cli.style import Style
    from wsgitrace.trace.comparing import (
        BodyComparison,
        Comparison,
        Difference,
        LineDiff,
        OutcomeComparison,
        Verdict,
    )

    Sides: TypeAlias = tuple[Sequence[str], Sequence[str]]

__all__ = ["VERDICT_COLOURS", "comparison_lines", "divergence_lines", "outcome_lines", "verdict_line"]

VERDICT_COLOURS: Final[dict[str, str]] = {"same": "green", "noise": "green", "differs": "red"}
"""What a verdict is painted in."""

_CONTEXT: Final = 2
"""Lines shown around those that differ."""

_CHANGES: Final = 60
"""Lines of a diff, and paths of a document, that are shown unless all are asked for."""


def verdict_line(verdict: Verdict, text: str, style: Style) -> str:
    """``✗ the responses differ: status``."""
    return style.paint(f"{stands_for(verdict)} {safe(text)}", "bold", VERDICT_COLOURS[verdict])


def comparison_lines(compared: Comparison, style: Style, detail: Detail) -> Iterator[str]:
    """All of it."""
    yield verdict_line(compared.verdict, verdict_text(compared.outcome), style)
    for difference in compared.request:
        yield from _signed("asked", difference, style, detail)
    yield from outcome_lines(compared.outcome, style, detail)
    one, other = (text or "nothing" for text in compared.beside)
    if one != other:
        yield _plain("beside", f"~ {one} → {other}", style, detail, "yellow")
    if compared.traced:
        yield from divergence_lines(compared, style, detail)
        yield ""
        yield from _layers(compared, style, detail)
    if compared.notes:
        yield ""
        yield style.paint("NOTES", "bold")
        for note in compared.notes:
            yield f"  {detail.fit(note, 2)}"


def outcome_lines(found: OutcomeComparison, style: Style, detail: Detail) -> Iterator[str]:
    """What the responses differ in; nothing where they are the same."""
    for difference in (*found.status, *found.ending):
        if not difference.noise:
            yield from _signed(difference.where, difference, style, detail)
    for difference in found.headers:
        if not difference.noise:
            yield from _signed("header", difference, style, detail)
    noise = noise_text(all_noise(found))
    if noise:
        yield _plain("noise", noise, style, detail, "dim")
    if found.body.verdict == "differs":
        yield _plain("body", f"~ {body_text(found.body)}", style, detail, "yellow")
        yield from _limited(_body(found.body, style, detail), style, detail)


def _signed(label: str, difference: Difference, style: Style, detail: Detail) -> Iterator[str]:
    one, other = difference_sides(difference, detail.masker)
    name = f"{difference.name}: " if difference.name else ""
    if one is None:
        yield _plain(label, f"+ {name}{other}", style, detail, "green")
    elif other is None:
        yield _plain(label, f"- {name}{one}", style, detail, "red")
    else:
        yield _plain(label, f"~ {name}{one} → {other}", style, detail, "yellow")


def _plain(label: str, text: str, style: Style, detail: Detail, *colours: str) -> str:
    return f"  {style.paint(f'{label:8}', 'dim')} {style.paint(detail.fit(text, 11), *colours)}"


def _body(found: BodyComparison, style: Style, detail: Detail) -> Iterator[str]:
    """Paths of JSON, lines of text, hashes of all else."""
    if found.paths:
        for difference in found.paths:
            if not difference.noise:
                yield from _signed("", difference, style, detail)
    elif found.lines is not None:
        sides = masked_sides(found.lines, detail.masker)
        for number, block in enumerate(found.lines.blocks):
            if block.tag == "changed":
                yield from _hunk(number, found.lines, sides, style, detail)
    else:
        yield _plain("", f"sha256 {found.one.digest[:16]}… → {found.other.digest[:16]}…", style, detail)


def _hunk(number: int, lines: LineDiff, sides: Sides, style: Style, detail: Detail) -> Iterator[str]:
    """One block that differs, and a few lines around it."""
    one, other = sides
    block = lines.blocks[number]
    before, behind = lines.blocks[number - 1 : number] if number else (), lines.blocks[number + 1 : number + 2]
    lead = f"@@ -{block.one.start + 1},{len(block.one)} +{block.other.start + 1},{len(block.other)} @@"
    yield _plain("", lead, style, detail, "cyan")
    for line in [number for each in before for number in each.other][-_CONTEXT:]:
        yield _plain("", f"  {other[line]}", style, detail)
    for line in block.one:
        yield _plain("", f"- {one[line]}", style, detail, "red")
    for line in block.other:
        yield _plain("", f"+ {other[line]}", style, detail, "green")
    for line in [number for each in behind for number in each.other][:_CONTEXT]:
        yield _plain("", f"  {other[line]}", style, detail)


def _limited(lines: Iterator[str], style: Style, detail: Detail) -> Iterator[str]:
    shown = 0
    for line in lines:
        shown += 1
        if detail.whole or shown <= _CHANGES:
            yield line
    if not detail.whole and shown > _CHANGES:
        yield style.paint(f"           … {plural(shown - _CHANGES, 'more line')}; --all shows everything", "dim")


def divergence_lines(compared: Comparison, style: Style, detail: Detail) -> Iterator[str]:
    """Where they part first: the layer, the event, what each did."""
    found = compared.divergence
    if found is None:
        yield _plain("layers", f"{stands_for(compared.way.verdict)} every layer did the same", style, detail, "green")
        return
    events = [f"{event.seq:,}" for event in (found.one, found.other) if event is not None]
    at = events[0] if len(set(events)) == 1 else " of A, ".join(events) + (" of B" if len(events) > 1 else "")
    yield ""
    yield style.paint(f"FIRST DIVERGENCE  {detail.fit(divergence_place(found), 18)}, event {at}", "bold")
    for about, one, other in divergence_sides(compared, found, detail.masker):
        lead = f"{about}: " if about else ""
        yield _plain("A", f"{lead}{one}", style, detail, "red")
        yield _plain("B", f"{lead}{other}", style, detail, "green")


def _layers(compared: Comparison, style: Style, detail: Detail) -> Iterator[str]:
    """Both trees, a line for each pass, with the time in it alone."""
    name = max(20, min(60, detail.width - 26))
    yield style.paint(f"{'LAYERS':{name}} {'SELF A':>10} {'SELF B':>10}", "bold")
    parted = None if compared.divergence is None else compared.divergence.pair
    for pair in compared.pairs.all:
        sign = "✗" if pair is parted else "-" if pair.other is None else "+" if pair.one is None else " "
        colour = {"✗": "red", "-": "red", "+": "green"}.get(sign, "")
        text = pad(f"{sign} {'  ' * min(pair.depth, 20)}{pair.span.name}", name)
        times = " ".join(f"{time:>10}" for time in self_times(pair, duration))
        yield f"{style.paint(text, *filter(None, [colour]))} {times}"
    if compared.way.noise:
        said = noise_text(difference for _, difference in compared.way.noise)
        yield style.paint(clip(f"  noise in the layers: {said}", detail.width), "dim")
