"""Values of environs and headers as text: masked unless revealed, quoted where the type would not be clear."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wsgitrace.events import BigInt, LongText, Opaque, RawBytes, Surrogates, from_text
from wsgitrace.redact import Masker, Names
from wsgitrace.tui.painting import Row, Run, fit
from wsgitrace.tui.units import count

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Sequence

    from wsgitrace.events import Value

__all__ = ["Shown", "field_row", "heading", "only_changes", "plain_key", "text_row"]


def plain_key(key: str) -> bool:
    """Whether PEP 3333 asks for a native string under this key: then quotes would only be in the way."""
    return key.isupper() and "." not in key


@dataclass(frozen=True, slots=True)
class Shown:
    """How values are shown now."""

    masker: Masker = field(default_factory=lambda: Masker(Names()))
    """What hides secrets."""

    @property
    def revealed(self) -> bool:
        """Whether secrets are shown as they are."""
        return self.masker.reveals

    def header(self, name: str, value: str) -> str:
        """The value of a header field."""
        return self.masker.value(name, value)

    def target(self, target: str) -> str:
        """A request target."""
        return self.masker.target(target)

    def path(self, path: str) -> str:
        """A path, or a route."""
        return self.masker.path(path)

    def prose(self, text: str) -> str:
        """Running text: a line of output, the message of an exception, an event in words."""
        return self.masker.text(text)

    def markup(self, text: str) -> str:
        """The text of a body that is neither JSON nor a form."""
        return self.masker.markup(text)

    def value(self, key: str, value: Value) -> str:
        """An environ value: strings of CGI keys as they are, all else as Python would write it."""
        if isinstance(value, (str, Surrogates)):
            text = self.masker.value(key, from_text(value))
            return text if plain_key(key) and text else repr(text)
        if isinstance(value, LongText):
            if not self.revealed and self.masker.secret(key):
                return f"<redacted {value.length}>"
            start = self.masker.value(key, from_text(value.start))
            return f"{start if plain_key(key) else repr(start)}… ({count(value.length)} characters)"
        return self._object(key, value)

    def _object(self, key: str, value: Opaque | RawBytes | BigInt | float | None) -> str:
        if isinstance(value, RawBytes):
            if not self.revealed and self.masker.secret(key):
                return f"<redacted {value.length}>"
            return repr(value.data) + (f"… ({count(value.length)} bytes)" if value.length > len(value.data) else "")
        if isinstance(value, BigInt):
            return value.text
        if isinstance(value, Opaque):
            if not value.text:
                length = "" if value.length is None else f" of {value.length}"
                return f"<{value.type}{length}>"
            return self.masker.hide(value.text) if self.masker.secret(key) else self.prose(value.text)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return self.masker.hide(str(value)) if number and not self.revealed and self.masker.secret(key) else repr(value)


def field_row(  # noqa: PLR0917 -- one line of a table
    sign: str, role: str, name: str, value: str, width: int, key: Hashable, *, struck: bool = False
) -> Row:
    """A name and its value: ``+ shop.user            <User>``."""
    return Row(
        (
            Run(f"{sign} ", role),
            Run(fit(name, width) + "  ", role if sign.strip() else "key"),
            Run(value, "dim" if struck else "value"),
        ),
        key=key,
        value=value,
        title=name,
    )


def heading(text: str, key: Hashable = None, *, fold: Hashable = None, note: str = "", folded: bool = False) -> Row:
    """A line above a group; with ``fold`` it can be folded."""
    sign = ("▸ " if folded else "▾ ") if fold is not None else ""
    return Row((Run(sign, "dim"), Run(text, "heading"), Run(f"  {note}" if note else "", "dim")), key=key, fold=fold)


def text_row(text: str, role: str = "plain", key: Hashable = None) -> Row:
    """A line of plain text."""
    return Row((Run(text, role),), key=key)


def only_changes(rows: Sequence[Row], kinds: Collection[str]) -> list[Row]:
    """The rows whose keys begin with one of ``kinds``, each group of them below its heading."""
    found = [text_row("changes only: v shows everything", "dim")]
    above: Row | None = None
    for row in rows:
        if any(run.role == "heading" for run in row.runs):
            above = row
        if isinstance(row.key, tuple) and row.key and row.key[0] in kinds:
            found += [above] if above is not None and above is not row else []
            found.append(row)
            above = None
    return found if len(found) > 1 else [text_row("Nothing is changed here: v shows everything.", "dim")]
