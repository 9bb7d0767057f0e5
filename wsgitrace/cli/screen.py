"""The verbs that open the screen: over a running application, or over a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.capture import Capture
from wsgitrace.cli.addresses import listen
from wsgitrace.cli.filtering import read_kept
from wsgitrace.cli.ignoring import ignores_of
from wsgitrace.cli.recording import heed, opened
from wsgitrace.cli.serving import serving
from wsgitrace.cli.signals import quit_as_terminated
from wsgitrace.project_files import ProjectFile, project_folder
from wsgitrace.tui import run_app
from wsgitrace.tui.file_feed import FileFeed
from wsgitrace.tui.keymap import check_keymap
from wsgitrace.tui.live_feed import LiveFeed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wsgitrace.settings import Settings

__all__ = ["open_on_screen", "run_on_screen"]


def run_on_screen(settings: Settings, when_up: Callable[[str], None] | None = None) -> int:
    """Serve and watch until the user quits; returns the exit code. ``when_up`` is called with the URL."""
    check_keymap(settings.keymap)
    addresses = listen(settings)
    kept = ProjectFile(".breakpoints.json", project_folder(settings.app_dir))
    found = read_kept(kept.read(), besides=settings.breakpoints)
    with (
        serving(settings, addresses, save=settings.save, reload=settings.reload, terminal=True, kept=found) as service,
        Capture.open(service.writer.path) as capture,
    ):
        if when_up is not None:
            when_up(service.url)
        heed(capture, ignores_of(settings.app_dir).hide)
        feed = LiveFeed(
            service.supervisor,
            capture,
            service.url,
            others=service.addresses.others,
            passing=settings.save is None,
            prepare=settings.prepare,
            keep=kept.write,
        )
        with quit_as_terminated() as exit_code:
            return exit_code(run_app(feed, settings))


def open_on_screen(path: Path, settings: Settings) -> int:
    """Look at a recorded file until the user quits; returns the exit code."""
    with opened(path) as capture, quit_as_terminated() as exit_code:
        return exit_code(run_app(FileFeed(capture, str(path)), settings))
