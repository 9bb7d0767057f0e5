"""``wsgitrace run``: serve and watch."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from wsgitrace.cli.options import ALSO, Serving, resolve, settings_options
from wsgitrace.cli.refusal import tell
from wsgitrace.settings import SETTINGS

__all__ = ["has_screen", "run"]


@click.command(cls=Serving, epilog=ALSO)
@settings_options(*(setting.name for setting in SETTINGS))
def run(**given: Any) -> int:
    r"""Serve APP and watch its requests live.

    APP is what it is to gunicorn, flask and uvicorn. Without APP: the app of [tool.wsgitrace] in pyproject.toml,
    wsgi.py, app.py, or the WSGI_APPLICATION of a Django project.

    \b
    wsgitrace run shop.wsgi
    wsgitrace run shop:app --port 8001
    wsgitrace run "shop:create_app('testing')"
    wsgitrace run path/to/app.py

    Without a terminal it prints one line per request and has the exit codes that 'wsgitrace record' has.
    """
    settings = resolve(given)
    if not has_screen():
        from wsgitrace.cli.headless import Session, run_headless  # noqa: PLC0415 -- only where it is used

        kept = "" if settings.save is not None else "; nothing is kept without --save FILE"
        tell(f"there is no terminal to draw on, so this is 'wsgitrace record'{kept}.")
        return run_headless(Session(settings, settings.save, settings.reload))
    from wsgitrace.cli.screen import run_on_screen  # noqa: PLC0415 -- only where it is used

    return run_on_screen(settings)


def has_screen() -> bool:
    """Whether there is a terminal that can be drawn on."""
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
