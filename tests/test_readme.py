"""The README says what is so: its verbs, options, bounds, modules and pictures are those there are."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from wsgitrace.cli.group import VERBS, wsgitrace
from wsgitrace.settings import SETTINGS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
BOUNDS = {each.name: each for each in SETTINGS if each.section == "Limits of the server" or each.name == "threads"}


def rows(begins):
    """Those of the tables that begin so, their cells without the signs of code."""
    lines = [line for line in README.splitlines() if line.startswith(begins)]
    return [[cell.strip().replace("`", "") for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def commands():
    """The command lines of ``wsgitrace`` in the blocks of code."""
    blocks = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
    parts = [part.strip().removeprefix("$ ") for block in blocks for part in re.split(r"\n|&& ", block)]
    return sorted({part for part in parts if part.startswith("wsgitrace ")})


def options_of(verb):
    command = wsgitrace.get_command(click.Context(wsgitrace), verb)
    return {name for each in command.params for name in (*each.opts, *each.secondary_opts)}


def test_every_verb_is_told_with_options_that_it_has():
    told = {cells[0].split()[1]: " ".join(cells) for cells in rows("| `wsgitrace ")}
    assert sorted(told) == sorted(VERBS)
    for verb, text in told.items():
        assert set(re.findall(r"--[a-z-]+", text)) <= options_of(verb), verb


@pytest.mark.parametrize("line", commands())
def test_a_command_has_the_options_it_is_given(line):
    _, verb, *words = shlex.split(line, comments=True)
    given = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
    assert given <= options_of(verb)


def test_the_bounds_of_the_server_are_all_told_with_their_defaults():
    told = {}
    for names, defaults, _ in rows("| `--"):
        told |= zip(re.findall(r"--([a-z-]+)", names), defaults.split(", "), strict=False)
    assert told.keys() == {setting.name.replace("_", "-") for setting in BOUNDS.values()}
    for setting in BOUNDS.values():
        shown = "none" if setting.name == "body_limit" else re.sub(r"([kMG])$", r" \1B", setting.shown_default())
        shown += " s" if setting.name.endswith(("timeout", "patience")) else ""
        assert re.match(rf"{re.escape(shown)}\b", told[setting.name.replace("_", "-")]), setting.name


def test_the_files_it_names_are_there():
    paths = re.findall(r"\]\(([\w/.-]+)\)|\b(tests/[\w/.]*\w)", README)
    modules = [f"{name.replace('.', '/')}.py" for name in re.findall(r"python -m (tests[\w.]+)", README)]
    named = {linked or told for linked, told in paths} | set(modules)
    assert len(named) > 10
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []
