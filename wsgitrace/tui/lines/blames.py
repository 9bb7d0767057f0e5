"""Who set, changed or dropped something: the lines of the window that ``w`` opens, and what a row is about."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Final

from wsgitrace.export.blame_json import shown_of
from wsgitrace.trace.blame import Thing, environ_key
from wsgitrace.trace.blame_words import doer, place, remark, sentence, why_never_back
from wsgitrace.tui.lines.values import text_row
from wsgitrace.tui.painting import Row, Run, fit

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from wsgitrace.trace import HeaderList, Span, Trace
    from wsgitrace.trace.blame import Blame, Deed
    from wsgitrace.tui.lines.values import Shown

__all__ = ["blame_rows", "index_rows", "lost_rows", "thing_of"]

_ROLES: Final = {
    "set": "added",
    "appended": "added",
    "replaced": "changed",
    "dropped": "removed",
    "reordered": "changed",
}

_SIGNS: Final = {"set": "+", "appended": "+", "replaced": "~", "dropped": "-", "reordered": "~"}


def thing_of(row: Row | None, span: Span | None) -> Thing | None:
    """What a row of the inspector is about, of which one can ask who did it; None for none."""
    key = None if row is None else row.key
    if row is None or not isinstance(key, tuple) or not key:
        return None
    found: Thing | None = None
    match key:
        case ("status",) | ("c", "status"):
            found = Thing("status")
        case ("key" | "in" | "gone" | "since", str(name)) | ("change", _, str(name)):
            found = Thing("environ", name)
        case ("request", _, str(name)):
            found = Thing("environ", environ_key(name))
        case ("response", int(index), str()) if span is not None:
            found = _field(span.headers, index)
        case ("c", int(index)) if span is not None:
            found = Thing("resp.header", span.response_changes.headers[index].name.casefold())
        case ("header", int()) | ("given", int(), str()):
            found = Thing("resp.header", row.title.casefold())
        case ("lost", str(name)):
            found = Thing("resp.header", name)
    return found


def _field(headers: HeaderList, index: int) -> Thing | None:
    """The header field at a position; of a cookie that is set, the cookie."""
    if index >= len(headers):
        return None
    name, value = headers[index]
    if name.lower() == "set-cookie" and value.partition("=")[0].strip():
        return Thing("cookie", value.partition("=")[0].strip())
    return Thing("resp.header", name.casefold())


def blame_rows(trace: Trace, found: Blame, cells: int, shown: Shown) -> list[Row]:
    """How it went in a sentence, then each deed: what was done by whom, the value, where."""
    lines = wrap(sentence(trace, found), max(20, cells))
    rows = [text_row(line, "warning" if found.lost else "strong") for line in lines]
    names = min(24, max((len(doer(trace, deed)) for deed in found.deeds), default=0))
    for index, deed in enumerate(found.deeds):
        what = _value_runs(found.thing, deed, shown)
        who = Run(fit(doer(trace, deed), names) + "  ", "strong")
        rows += [text_row(""), *_deed_rows(found.thing, deed, index, (who, *what))]
    return rows


def _value_runs(thing: Thing, deed: Deed, shown: Shown) -> tuple[Run, ...]:
    """The value that was given, or the one that was taken away; what did not arrive struck through."""
    gone = ", ".join(shown_of(thing, value, shown.masker) for value in deed.gone)
    if deed.verb == "dropped":
        return (Run(gone, "struck"),)
    fresh = ", ".join(shown_of(thing, value, shown.masker) for value in deed.fresh or deed.after)
    before = (Run(gone, "struck"), Run(" → ", "dim")) if deed.verb == "replaced" and gone else ()
    return (*before, Run(fresh, "value" if deed.reached else "struck"))


def _deed_rows(thing: Thing, deed: Deed, index: int, what: tuple[Run, ...]) -> list[Row]:
    lead = Run(f"{_SIGNS[deed.verb]} {fit(deed.verb, 9)} ", _ROLES[deed.verb])
    row = Row((lead, *what), key=("deed", index), value=what[-1].text, title=str(thing))
    where, note = place(deed), remark(deed)
    if not where and not note:
        return [row]
    below = (Run(" " * 12), Run(where, "dim"), Run("  " if where else ""), Run(note, "warning"))
    return [row, Row(below)]


def index_rows(trace: Trace, found: Iterable[Blame]) -> list[Row]:
    """One line for each thing that somebody had a hand in; first what a client will miss."""
    blames = list(found)
    missed = {each.thing: each.lost or bool(why_never_back(trace, each)) for each in blames}
    blames.sort(key=lambda each: not missed[each.thing])
    names = min(32, max((len(str(each.thing)) for each in blames), default=0))
    rows = []
    for each in blames:
        role = "warning" if missed[each.thing] else "strong" if each.contested else "plain"
        sign = "! " if missed[each.thing] else "~ " if each.contested else "  "
        said = why_never_back(trace, each) or sentence(trace, each)
        runs = (Run(sign, role), Run(fit(str(each.thing), names) + "  ", role), Run(said, "dim"))
        rows.append(Row(runs, key=each.thing))
    return rows or [text_row("No layer set anything in this request.", "dim")]


def lost_rows(found: Sequence[Blame], width: int, shown: Shown) -> list[Row]:
    """Header fields that were set inside and never reached the client, struck through."""
    rows = []
    for each in found:
        values = [shown_of(each.thing, value, shown.masker) for deed in each.deeds for value in deed.fresh]
        text = ", ".join(values)
        key: Hashable = ("lost", each.thing.name)
        runs = (Run("- ", "removed"), Run(fit(each.thing.name, width) + "  ", "removed"), Run(text, "struck"))
        rows.append(Row(runs, key=key, value=text, title=each.thing.name))
    return rows
