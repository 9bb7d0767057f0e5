"""APP as the user writes it, taken apart. Nothing is imported or run here."""

from __future__ import annotations

import ast
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_FILE = re.compile(r"(?P<file>.+?\.py)(?::(?P<rest>.*))?", re.DOTALL)
_DOTTED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")

FORMS = "module:attr, module, path/to/app.py[:attr] or module:factory('literal')"
"""The forms of APP, for the end of a sentence."""


class UsageError(Exception):
    """APP itself is wrong; the text is one sentence for the user."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where the application is, as far as the text says."""

    text: str
    """APP as given."""
    module: str = ""
    """Dotted module name; empty when ``file`` is given."""
    file: Path | None = None
    """Path of the source, as given."""
    attribute: tuple[str, ...] = ()
    """Names to follow from the module; empty: to be found."""
    called: bool = False
    """The attribute is to be called, with:"""
    args: tuple[Any, ...] = ()
    """its positional arguments"""
    kwargs: dict[str, Any] = field(default_factory=dict)
    """and its keyword arguments."""

    @property
    def source(self) -> str:
        """The module or file, for a sentence."""
        return str(self.file) if self.file is not None else self.module

    @property
    def name(self) -> str:
        """``source:attribute``, for a sentence."""
        return ":".join(filter(None, (self.source, ".".join(self.attribute))))

    def swapped(self) -> Target | None:
        """The reading of ``X:Y`` as attribute and module; None where it cannot be one."""
        if self.file is not None or not self.attribute or self.called:
            return None
        return Target(self.text, ".".join(self.attribute), attribute=tuple(self.module.split(".")))


def parse(text: str) -> Target:
    """Take APP apart. Raises :class:`UsageError` where it has none of the known forms."""
    text = text.strip()
    if not text:
        raise UsageError(f"APP is empty: give {FORMS}")
    matched = _FILE.fullmatch(text)
    if matched is not None:
        return _with_attribute(Target(text, file=Path(matched["file"])), matched["rest"])
    module, colon, rest = text.partition(":")
    module = module.strip()
    if os.sep in module:
        # shop/wsgi:app and a folder that is a package are slips of completion in a shell.
        return _with_attribute(Target(text, file=Path(module)), rest if colon else None)
    if not _DOTTED.fullmatch(module):
        hint = f"; for a call, write module:{module}" if "(" in module else ""
        raise UsageError(f"{module!r} is not a module name{hint}: APP is {FORMS}")
    return _with_attribute(Target(text, module), rest if colon else None)


def _with_attribute(target: Target, rest: str | None) -> Target:
    if rest is None:
        return target
    rest = rest.strip()
    if not rest:
        raise UsageError(
            f"nothing follows the colon in {target.text!r}: name the application, as in {target.source}:app"
        )
    try:
        expression = ast.parse(rest, mode="eval").body
    except (SyntaxError, ValueError):
        raise UsageError(f"{rest!r} is neither a name nor a call: APP is {FORMS}") from None
    if not isinstance(expression, ast.Call):
        return _replace(target, _names(expression, rest))
    args = tuple(_literal(argument) for argument in expression.args)
    kwargs: dict[str, Any] = {}
    for keyword in expression.keywords:
        if keyword.arg is None:
            raise UsageError(f"only literals can be given to the factory, not **{ast.unparse(keyword.value)}")
        kwargs[keyword.arg] = _literal(keyword.value)
    return _replace(target, _names(expression.func, rest), called=True, args=args, kwargs=kwargs)


def _replace(
    target: Target,
    attribute: tuple[str, ...],
    *,
    called: bool = False,
    args: tuple[Any, ...] = (),
    kwargs: dict[str, Any] | None = None,
) -> Target:
    return Target(target.text, target.module, target.file, attribute, called, args, kwargs or {})


def _names(expression: ast.expr, rest: str) -> tuple[str, ...]:
    names: list[str] = []
    while isinstance(expression, ast.Attribute):
        names.append(expression.attr)
        expression = expression.value
    if not isinstance(expression, ast.Name):
        raise UsageError(f"{rest!r} is neither a name nor a call of one: APP is {FORMS}")
    names.append(expression.id)
    return tuple(reversed(names))


def _literal(expression: ast.expr) -> Any:
    try:
        return ast.literal_eval(expression)
    except (ValueError, TypeError, MemoryError, RecursionError):
        raise UsageError(
            f"only literals can be given to the factory (text, numbers, True, lists ...), not {ast.unparse(expression)}"
        ) from None
