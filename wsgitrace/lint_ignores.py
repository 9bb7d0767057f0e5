"""Which broken rules a project does not want to hear of: ``[tool.wsgitrace.lint]`` of its pyproject.toml.

::

[tool.wsgitrace.lint]
ignore = ["A35", "A37"]

[tool.wsgitrace.lint.paths]
"/legacy/*" = ["A23"]
"/metrics" = ["*"]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from wsgitrace.project_files import project_folder
from wsgitrace.setting_kinds import SettingError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

__all__ = ["Ignored", "read_ignored"]

Ignored: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]
"""Patterns of paths, and the ids of rules that are not reported of requests for such."""


def read_ignored(known: Callable[[], Collection[str]], project: Path | None = None) -> Ignored:
    """What the project says; nothing where it says nothing. ``known`` gives the ids of all rules: few projects need it.

    Raises :class:`~wsgitrace.setting_kinds.SettingError`, its text one sentence, for what cannot be meant.
    """
    # Imported only here: most of what a command costs at its start is imports.
    import tomllib  # noqa: PLC0415 -- see above

    path = (project or project_folder()) / "pyproject.toml"
    try:
        tool = tomllib.loads(path.read_text("utf-8")).get("tool", {})
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise SettingError(f"{path} cannot be read: {problem}.") from None
    ours = tool.get("wsgitrace", {}) if isinstance(tool, dict) else {}
    table = ours.get("lint", {}) if isinstance(ours, dict) else {}
    if not isinstance(table, dict) or table.keys() - {"ignore", "paths"}:
        raise SettingError(f"{path}: [tool.wsgitrace.lint] has ignore, a list of rules, and a table paths.")
    if not table:
        return ()
    ids = known()
    found = [("*", table.get("ignore", []), ids, f"{path}: ignore in [tool.wsgitrace.lint]")]
    paths = table.get("paths", {})
    if not isinstance(paths, dict):
        raise SettingError(f"{path}: [tool.wsgitrace.lint.paths] gives lists of rules to paths, as in '/old/*'.")
    for pattern, rules in paths.items():
        found.append((pattern, rules, {*ids, "*"}, f"{path}: {pattern!r} in [tool.wsgitrace.lint.paths]"))
    return tuple((pattern, tuple(_rules(rules, allowed, where))) for pattern, rules, allowed, where in found if rules)


def _rules(value: Any, known: Collection[str], where: str) -> Iterator[str]:
    if not isinstance(value, list) or not all(isinstance(rule, str) for rule in value):
        raise SettingError(f"{where} must be a list of rules, as in ['A35', 'A37'].")
    for rule in value:
        if rule not in known:
            raise SettingError(f"{where} names {rule!r}, which is no rule: 'wsgitrace lint --rules' lists them.")
        yield rule
