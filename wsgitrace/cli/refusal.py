"""What the command line says when it will not do something."""

from __future__ import annotations

import sys
from typing import IO, Any, Final

import click

__all__ = ["IMPORT_FAILED", "USAGE", "Refusal", "tell"]

USAGE: Final = 2
"""Exit code: the command line, a setting or a file is wrong."""

IMPORT_FAILED: Final = 3
"""Exit code: the application raised while it was imported or made."""


class Refusal(click.ClickException):
    """One clear sentence for the user."""

    exit_code = USAGE

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the sentence on standard error."""
        tell(self.message, file)


def tell(sentence: str, file: IO[Any] | None = None) -> None:
    """A sentence of ours on standard error, so that standard output stays what a script reads."""
    click.echo(f"wsgitrace: {sentence}", file=file or sys.stderr)
