"""Options of the command line, made from the table of settings."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

import click

from wsgitrace.cli.refusal import tell
from wsgitrace.settings import SETTINGS, Setting, Settings, load, unknown_variables

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["ALSO", "Serving", "resolve", "settings_options"]

ALSO: Final = (
    "Each option is also an environment variable, as in WSGITRACE_PORT=8001, and a key of [tool.wsgitrace] in "
    "pyproject.toml, as in hold-timeout = 60. The command line wins over the environment, that over the file."
)
"""What ``--help`` of the serving verbs ends with."""


class Serving(click.Command):
    """A command with many options: in ``--help`` they stand under the headings of their settings."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options."""
        headings = {setting.name: setting.section for setting in SETTINGS}
        sections: dict[str, list[tuple[str, str]]] = {"": []}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                sections.setdefault(headings.get(parameter.name or "", ""), []).append(record)
        for heading, records in sections.items():
            with formatter.section(heading or "Options"):
                formatter.write_dl(records)


def settings_options(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command the options of these settings; its parameters receive text, and None where nothing is given."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        # Decorators apply from the bottom up: the last setting first.
        for setting in reversed([each for each in SETTINGS if each.name in names]):
            function = _option(setting, function.__name__)(function)
        return function

    unknown = set(names) - {setting.name for setting in SETTINGS}
    if unknown:
        raise ValueError(f"no such settings: {unknown}")
    return decorate


def _option(setting: Setting, verb: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    text = setting.help
    if not setting.flags:
        return click.argument(setting.name, required=False, metavar=f"[{setting.name.upper()}]")
    if not setting.kind.metavar:
        pair = "/" in setting.flags[0]
        shown = f"  [{setting.shown_default(verb)}]" if pair else ""
        return click.option(*setting.flags, setting.name, is_flag=True, default=None, help=text + shown)
    default = setting.shown_default(verb)
    shown = f"  [{default}]" if default not in {"", "."} else ""
    metavar, many = setting.kind.metavar, setting.kind.many
    return click.option(*setting.flags, setting.name, type=str, metavar=metavar, multiple=many, help=text + shown)


def resolve(given: Mapping[str, Any]) -> Settings:
    """The settings in force, given what click parsed. Raises :class:`wsgitrace.settings.SettingError`."""
    settings = load(given)
    for sentence in unknown_variables(os.environ):
        tell(sentence)
    return settings
