"""``wsgitrace open``: the screen over a recorded file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from wsgitrace.cli.options import resolve, settings_options
from wsgitrace.cli.refusal import Refusal
from wsgitrace.cli.run import has_screen

__all__ = ["open"]


@click.command("open")
@click.argument("file", type=click.Path(path_type=Path))
@settings_options("theme", "keymap", "slow", "reveal")
def open(file: Path, **given: Any) -> int:  # noqa: A001 -- the verb's name
    """Look at a recorded FILE, also while it is being recorded."""
    from wsgitrace.cli.recording import opened  # noqa: PLC0415 -- not for --help

    settings = resolve(given)
    with opened(file):
        # What is wrong with the file is said before anything is said of the terminal.
        pass
    if not has_screen():
        raise Refusal(f"there is no terminal to draw on; to read the file: wsgitrace ls {file}")
    from wsgitrace.cli.screen import open_on_screen  # noqa: PLC0415 -- only where it is used

    return open_on_screen(file, settings)
