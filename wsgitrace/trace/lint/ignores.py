"""Rules that somebody does not want to hear of."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wsgitrace.trace.lint.faults import Broken

__all__ = ["Ignores"]

EVERY = "*"
"""In the place of a rule: every rule."""


@dataclass(frozen=True, slots=True)
class Ignores:
    """Rules, and orders of layers, that are not reported."""

    of_paths: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Patterns of paths, as the shell has them, and the ids for requests of such; ``*``: every id."""

    def __bool__(self) -> bool:
        return bool(self.of_paths)

    def hide(self, rule: str, path: str) -> bool:
        """Whether a rule that was broken, or a wrong order, in a request for ``path`` is left out."""
        return any((rule in rules or EVERY in rules) and fnmatchcase(path, pattern) for pattern, rules in self.of_paths)

    def heed(self, found: Iterable[Broken], path: str) -> list[Broken]:
        """What is reported of the rules that were broken in a request for ``path``."""
        return [broken for broken in found if not self.hide(broken.rule.id, path)]
