"""``wsgitrace demo``: the shop of the demos, with visitors."""

from __future__ import annotations

import importlib.util
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wsgitrace.cli.options import resolve, settings_options
from wsgitrace.cli.record import limit_options
from wsgitrace.cli.refusal import Refusal, tell
from wsgitrace.cli.run import has_screen
from wsgitrace.settings import load

if TYPE_CHECKING:
    from types import ModuleType

    from wsgitrace.settings import Settings

__all__ = ["demo", "find_demos"]

_PATIENCE = 5.0


@click.command()
@limit_options
@settings_options("host", "port", "bind", "threads", "save", "keep", "theme", "keymap", "reveal")
def demo(seconds: float | None, count: int | None, **given: Any) -> int:
    """Serve a small shop with visitors who browse it, to try things out.

    Without a terminal, or with --for or --count, it prints one line per request.
    """
    from wsgitrace.cli.addresses import is_free  # noqa: PLC0415 -- not for --help

    folder = find_demos()
    shop = folder / "shop" / "__init__.py"
    settings = resolve({**given, "app": f"{shop}:app", "app_dir": str(folder.parent), "factory": False})
    if not settings.bind and not settings.given("port") and not is_free(settings):
        # Whoever tries a demo has a server of their own running more often than not.
        tell(f"port {settings.port} is in use, so the demo takes a free one.")
        settings = load({**given, "app": f"{shop}:app", "app_dir": str(folder.parent), "factory": False, "port": 0})
    return _serve(settings, _Visitors(folder), seconds, count)


def _serve(settings: Settings, visitors: _Visitors, seconds: float | None, count: int | None) -> int:
    try:
        if has_screen() and seconds is None and count is None:
            from wsgitrace.cli.screen import run_on_screen  # noqa: PLC0415 -- only where it is used

            return run_on_screen(settings, visitors.come)
        from wsgitrace.cli.headless import Session, run_headless  # noqa: PLC0415 -- only where it is used

        session = Session(settings, settings.save, seconds=seconds, count=count, when_up=visitors.come)
        return run_headless(session)
    finally:
        visitors.go()


class _Visitors:
    """The built-in client, in a thread of its own."""

    def __init__(self, folder: Path) -> None:
        self._client = _load(folder / "client.py")
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def come(self, url: str) -> None:
        """Begin to browse."""
        self._thread = threading.Thread(
            target=self._client.browse, args=(url, self._stop), name="visitors", daemon=True
        )
        self._thread.start()

    def go(self) -> None:
        """Leave within seconds."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_PATIENCE)


def find_demos() -> Path:
    """The folder of the demos: inside an installed package, beside it in a checkout. Raises :class:`Refusal`."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "demos", package.parent / "demos"):
        if (folder / "shop" / "__init__.py").is_file() and (folder / "client.py").is_file():
            return folder
    raise Refusal(f"the demos are not installed with this wsgitrace: they should be in {package / 'demos'}.")


def _load(path: Path) -> ModuleType:
    """A file of ours as a module, from where it lies: it is data of the wheel, not part of the package."""
    spec = importlib.util.spec_from_file_location("wsgitrace_demo_client", path)
    if spec is None or spec.loader is None:
        raise Refusal(f"{path} cannot be loaded.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
