"""The picture of a request as SVG: it scales, has its own colours for light and dark, and says more at the pointer.

Nothing in it is fetched, runs or can be clicked; its size is bounded whatever the request was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wsgitrace.export.exchange import NotExportable
from wsgitrace.export.flow_plan import HEAD, LEFT, plan
from wsgitrace.export.flow_style import STYLE
from wsgitrace.export.flow_ways import draw_spot
from wsgitrace.export.shown import event_text
from wsgitrace.export.svg import attributes, box, group, label, line, text_of, width_of
from wsgitrace.trace.describe import duration
from wsgitrace.trace.flow import CHANGES, flow, notes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wsgitrace.export.exchange import Exchange
    from wsgitrace.export.flow_plan import Plan, Spot
    from wsgitrace.trace.flow import Column, Flow

__all__ = ["as_svg"]

_BAR: Final = 8
"""Width of the bar of a pass."""

_AXIS: Final = LEFT - 26
"""Where times end."""

_MARGIN: Final = 24
"""Around everything."""


def as_svg(exchange: Exchange) -> str:
    """The picture. Raises :class:`NotExportable` where nothing is recorded that could be drawn."""
    trace = exchange.trace
    if not trace.events:
        raise NotExportable("nothing of it is recorded")
    laid = plan(flow(trace), exchange.masker)
    title, below = _title(exchange), _below(laid)
    width = max(laid.width, *(width_of(text, size) + 2 * _MARGIN for text, size in ((title, 15), *below)))
    height = laid.bottom + _MARGIN + 17 * len(below)
    size = attributes(width=width, height=height, viewBox=f"0 0 {width:.0f} {height:.0f}")
    shapes = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img"{size}>',
        f"<title>{text_of(title)}</title>",
        f"<style>{STYLE}</style>",
        box(0, 0, width, height, "ground", radius=6),
        label(_MARGIN, 32, title, "title"),
        *_lives(laid),
        *_heads(laid),
        *_rows(exchange, laid),
    ]
    for index, (text, _) in enumerate(below):
        shapes.append(label(_MARGIN, laid.bottom + 18 + 17 * index, text, "said dim"))
    return "\n".join([*shapes, "</svg>\n"])


def _title(exchange: Exchange) -> str:
    trace = exchange.trace
    status = trace.response.status if trace.response is not None else "no response"
    target = exchange.masker.target(exchange.summary.target)
    took = duration(trace.clock(trace.clock.end))
    return f"#{exchange.number} {exchange.summary.method} {target[:80]}  →  {status}  in {took}"


def _below(laid: Plan) -> list[tuple[str, float]]:
    """What the signs mean that are there, and what is not in the picture."""
    kinds = {change.kind for row in laid.flow.rows for change in row.changes}
    signs = [text for kind, text in CHANGES.items() if kind in kinds]
    lines = [" · ".join(signs)] if signs else []
    lines += notes(laid.flow)
    if laid.beyond:
        lines.append(f"{laid.beyond:,} more columns are not drawn")
    return [(text, 11.0) for text in lines]


def _lives(laid: Plan) -> Iterator[str]:
    """The line of each column, and the bars of its passes: in the call, and while the response was iterated over."""
    top, bottom = HEAD - 34, laid.bottom - 8
    rows = {spot.index: spot.y for spot in laid.spots}
    drawn = sorted(rows)
    for run in laid.runs:
        x = laid.xs[run[0]]
        yield line(x, top, x, bottom, "life")
        column = laid.flow.columns[run[0]]
        if run[0] == 0 or (column.quiet and not laid.flow.whole):
            continue
        for life in laid.flow.lives[run[0]]:
            first, returned, last = (_near(drawn, rows, at) for at in (life.first, life.returned, life.last))
            if last > returned:
                yield box(x - _BAR / 2, returned, _BAR, last - returned, "iterate", radius=2)
            yield box(x - _BAR / 2, first, _BAR, max(returned - first, 3), "call", radius=2)


def _near(drawn: list[int], rows: dict[int, float], at: int) -> float:
    """Where a row is; of one that is left out the one drawn before it."""
    found = rows.get(at)
    return found if found is not None else rows[max((each for each in drawn if each <= at), default=drawn[0])]


def _heads(laid: Plan) -> Iterator[str]:
    """The names of the columns; who the layers are and what time they took shows at the pointer."""
    y = HEAD - 52
    for run in laid.runs:
        column = laid.flow.columns[run[0]]
        if column.quiet and not laid.flow.whole:
            names = ", ".join(laid.flow.columns[each].name for each in run)
            title = f"{len(run)} that changed nothing: {names}"
            mark = label(laid.xs[run[0]], y + 16, f"⋯{len(run)}", "said dim", "middle")
            yield group(title, mark)
            continue
        name = f"↳ {column.name}" if column.subrequest else column.name
        width = width_of(name) + 18
        left = laid.xs[run[0]] - 12
        yield group(
            _about(laid.flow, column),
            box(left, y, width, 24, "panel", radius=5),
            label(left + 9, y + 16, name, "name"),
        )


def _about(drawn: Flow, column: Column) -> str:
    """A layer in full."""
    if not column.spans:
        return "the client"
    span = drawn.trace.by_id[column.spans[0]]
    layer = span.layer
    where = "" if layer is None or not layer.file else f"  {layer.file}:{layer.line}"
    took = f"{duration(drawn.self_times[column.index])} by itself"
    return f"{layer.name if layer is not None else span.name}{where}  {took}"


def _rows(exchange: Exchange, laid: Plan) -> Iterator[str]:
    """The rows with their times; the event in words shows at the pointer."""
    before = ""
    for spot in laid.spots:
        at = duration(spot.row.at)
        if spot.row.kind == "gap":
            yield from draw_spot(laid, spot)
        else:
            if at != before:
                yield label(_AXIS, spot.y + 4, at, "said dim", "end")
            before = at
            yield _row(exchange, laid, spot, at)
        if spot.left_out:
            yield label(LEFT + 14, spot.y + 28, f"⋮ {spot.left_out:,} rows are left out here", "lasted")


def _row(exchange: Exchange, laid: Plan, spot: Spot, at: str) -> str:
    row = spot.row
    event = exchange.trace.recording.event(row.seq)
    text = "" if event is None or row.kind == "more" else event_text(event, exchange.masker)
    start, end = laid.xs[row.start], laid.xs[row.end]
    hit = line(start, spot.y - 4, end if end != start else start + 12, spot.y - 4, "hit")
    title = f"event {row.seq}, {at}, {laid.flow.columns[row.by].name}: {text or spot.said}"
    return group(title, *draw_spot(laid, spot), hit)
