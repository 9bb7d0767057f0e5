"""Seeing that the application's files were saved."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, TypeAlias

import watchfiles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_Saved: TypeAlias = tuple[int, int, int] | None
_SOURCE = ".py"
_POLL = 250
"""Milliseconds until a watch that was just set up is known to be, and what was saved meanwhile is looked for."""


class FileWatch:
    """Calls ``changed`` from a thread of its own when one of the watched files was saved.

    Folders are watched, not files: editors save by putting a new file in the place of the old one.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._lock = threading.Lock()
        self._files: dict[str, _Saved] = {}
        self._folders: frozenset[str] = frozenset()
        self._any_in: frozenset[str] = frozenset()
        self._again = threading.Event()
        self._missed = False
        self._stopped = False
        self._thread: threading.Thread | None = None

    def watch(self, files: Iterable[str], *, any_source_in: str | None = None, since: int | None = None) -> None:
        """Watch these files from now on, in the place of those before.

        ``any_source_in`` is a folder, and while it is given every Python file there or beside one of the files
        counts: a file that is missing yet may be the one that is saved next. ``since`` is the time (nanoseconds since
        the epoch) from which on a save is news.
        """
        known = {path: _saved(path) for path in map(os.path.realpath, files)}
        folders = {os.path.dirname(path) for path in known}  # noqa: PTH120 -- thousands of strings, and no file is touched
        if any_source_in is not None:
            folders.add(os.path.realpath(any_source_in))
        wanted = frozenset(folder for folder in folders if os.path.isdir(folder))  # noqa: PTH112 -- as above
        with self._lock:
            missed = any(self._files.get(path, saved) != saved for path, saved in known.items())
            self._files = known
            self._any_in = wanted if any_source_in is not None else frozenset()
            if wanted != self._folders:
                self._folders = wanted
                self._again.set()
        if not missed and since is not None:
            candidates = [*known, *_sources_in(self._any_in)]
            late = any((saved := _saved(path)) is not None and saved[0] >= since for path in candidates)
            # Only once in a row: an application may write one of its own files whenever it is imported.
            missed, self._missed = late and not self._missed, late
        if missed:
            self._changed()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="wsgitrace-files", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Watch nothing any more; returns when the thread has ended."""
        self._stopped = True
        self._again.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped:
            self._again.clear()
            with self._lock:
                folders = tuple(self._folders)
            if not folders:
                self._again.wait()
                continue
            try:
                self._follow(folders)
            except (OSError, RuntimeError):
                # A folder is gone, or the system has no more watches: look again a little later.
                self._again.wait(_POLL / 1000)

    def _follow(self, folders: tuple[str, ...]) -> None:
        changes = watchfiles.watch(
            *folders,
            watch_filter=None,
            stop_event=self._again,
            rust_timeout=_POLL,
            yield_on_timeout=True,
            recursive=False,
            raise_interrupt=False,
        )
        # The first turn comes without a change, once the folders are watched: what was saved before then shows here.
        first = True
        for batch in changes:
            if self._stopped:
                return
            if (batch or first) and self._is_ours({path for _, path in batch}):
                self._changed()
            first = False

    def _is_ours(self, paths: set[str]) -> bool:
        """True where a file was saved that is watched, seen by its time: a mere look at a file changes nothing."""
        found = False
        with self._lock:
            for path in self._files:
                saved = _saved(path)
                if saved != self._files[path]:
                    self._files[path] = saved
                    found = True
            if self._any_in and not found:
                found = any(self._counts(path) for path in paths)
        return found

    def _counts(self, path: str) -> bool:
        path = os.path.realpath(path)
        folder, name = os.path.split(path)
        return name.endswith(_SOURCE) and path not in self._files and folder in self._any_in


def _sources_in(folders: Iterable[str]) -> list[str]:
    found: list[str] = []
    for folder in folders:
        try:
            with os.scandir(folder) as entries:
                found += [entry.path for entry in entries if entry.name.endswith(_SOURCE)]
        except OSError:
            continue
    return found


def _saved(path: str) -> _Saved:
    """What differs after a file was saved; None where there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 -- called for every file at every change
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
