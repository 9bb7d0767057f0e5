"""Telling the debugger which source files the application consists of."""

from __future__ import annotations

import os
import sys
import sysconfig
from _thread import start_new_thread as _start_new_thread
from pathlib import Path
from time import sleep as _sleep
from typing import TYPE_CHECKING

from wsgitrace.events import FilesToWatch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wsgitrace.link import Sender

_INSTALLED = {"site-packages", "dist-packages"}
_INTERVAL = 0.5
"""Seconds between two looks at how many modules are loaded: requests import, too."""


def _shipped_folders() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    folders = {paths[name] for name in ("stdlib", "platstdlib")}
    folders.add(str(Path(__file__).resolve().parent.parent))
    return tuple(os.path.realpath(folder) + os.sep for folder in sorted(folders))


_SHIPPED = _shipped_folders()


def is_the_users(path: str) -> bool:
    """True for a file that is not part of Python, of an installed package or of wsgitrace."""
    if not path or path.startswith("<") or not _INSTALLED.isdisjoint(Path(path).parts):
        return False
    return not os.path.realpath(path).startswith(_SHIPPED)


def loaded_files(more: Iterable[str] = ()) -> tuple[str, ...]:
    """Absolute paths of the user's sources among the loaded modules, and among ``more``."""
    paths = set(more)
    for module in tuple(sys.modules.values()):
        # Only the dictionary: some modules are lazy objects that import more when they are asked for an attribute.
        try:
            found = object.__getattribute__(module, "__dict__").get("__file__")
        except AttributeError:
            continue
        if isinstance(found, str):
            paths.add(found)
    return tuple(sorted({str(Path(path).absolute()) for path in paths if is_the_users(path)}))


class FileReporter:
    """Sends the list of loaded files, again whenever it has grown."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._more: tuple[str, ...] = ()
        self._modules = 0
        self._reported: tuple[str, ...] | None = None

    def start(self, more: Iterable[str] = ()) -> None:
        """Report now, and from a thread of its own whenever modules are loaded later."""
        self._more = tuple(more)
        self.report()
        _start_new_thread(self._watch, ())

    def report(self) -> None:
        """Report unless nothing changed."""
        self._modules = len(sys.modules)
        files = loaded_files(self._more)
        if files != self._reported:
            self._reported = files
            self._sender.send(FilesToWatch(files))

    def _watch(self) -> None:
        while not self._sender.broken:
            _sleep(_INTERVAL)
            if len(sys.modules) != self._modules:
                self.report()
