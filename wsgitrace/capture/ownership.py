"""Who writes a capture: one process at a time, known by a lock that ends with it.

The lock files lie in a folder of our own, named after the device and inode of the capture: a lock on the capture
itself would not do, because closing any descriptor of a file drops the POSIX locks that SQLite holds on it, and a
file beside it would be litter in the user's folder.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Self

import platformdirs

from wsgitrace.capture.errors import CaptureError

if TYPE_CHECKING:
    from collections.abc import Iterator

SUFFIX = ".wtrace"
"""How a capture's name ends."""

SIDE_FILES = ("-wal", "-shm", "-journal")
"""How the names of the files end that SQLite keeps beside an open one."""


def private_folder() -> Path:
    """A folder that only this user can enter: for temporary captures and locks.

    Raises :class:`CaptureError` when there is none.
    """
    candidates = (
        Path(platformdirs.user_cache_dir("wsgitrace", appauthor=False)) / "captures",
        Path(tempfile.gettempdir()) / f"wsgitrace-{os.getuid()}",  # HOME is missing or read-only
    )
    reason = ""
    for folder in candidates:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = folder.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
                reason = f"{folder} belongs to somebody else"
                continue
            folder.chmod(0o700)
            if os.access(folder, os.W_OK | os.X_OK):
                return folder
            reason = f"{folder} cannot be written"
        except OSError as error:
            reason = str(error)
    raise CaptureError(f"There is no private folder for temporary files: {reason}.")


@contextlib.contextmanager
def _doorway(folder: Path) -> Iterator[None]:
    """While inside, no other process takes or gives up a lock: so lock files can be made and removed safely."""
    descriptor = os.open(folder / "doorway", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _lock_path(folder: Path, capture: Path) -> Path:
    found = capture.stat()
    return folder / f"{found.st_dev:x}-{found.st_ino:x}.lock"


def _try_lock(path: Path) -> int | None:
    """A descriptor that holds the lock, or None when another one does."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


class Ownership:
    """The right to write one capture, held until :meth:`release` or the end of the process."""

    def __init__(self, path: Path, folder: Path, lock: Path, descriptor: int) -> None:
        self.path = path
        self._folder = folder
        self._lock = lock
        self._descriptor = descriptor

    @classmethod
    def take(cls, path: Path, folder: Path) -> Self:
        """Become the writer of an existing file. Raises :class:`CaptureError` when another process is."""
        with _doorway(folder):
            lock = _lock_path(folder, path)
            descriptor = _try_lock(lock)
        if descriptor is None:
            raise CaptureError(f"{path} is being written by another wsgitrace.")
        return cls(path, folder, lock, descriptor)

    @classmethod
    def temporary(cls, folder: Path) -> Self:
        """Make an empty file in ``folder`` and become its writer."""
        with _doorway(folder):
            descriptor, name = tempfile.mkstemp(SUFFIX, f"{os.getpid()}-", folder)  # mode 0600
            os.close(descriptor)
            path = Path(name)
            lock = _lock_path(folder, path)
            held = _try_lock(lock)
            if held is None:  # the inode of a file removed by hand while its writer still runs
                path.unlink()
                raise CaptureError(f"{folder} holds a lock that nobody can own.")
        return cls(path, folder, lock, held)

    def release(self, *, remove: bool) -> None:
        """Give up writing; ``remove`` deletes the capture too."""
        with _doorway(self._folder):
            if remove:
                _remove(self.path)
            self._lock.unlink(missing_ok=True)
            os.close(self._descriptor)


def is_written(path: Path) -> bool:
    """True when a process on this machine, of this user, is writing the capture."""
    try:
        folder = private_folder()
        with _doorway(folder):
            lock = _lock_path(folder, path)
            if not lock.exists():
                return False
            descriptor = _try_lock(lock)
    except (OSError, CaptureError):
        return False
    if descriptor is None:
        return True
    os.close(descriptor)
    return False


def sweep(folder: Path) -> int:
    """Delete the temporary captures whose writers are gone, and locks left over; returns the number of captures."""
    swept = 0
    with _doorway(folder):
        kept = set()
        for capture in folder.glob(f"*{SUFFIX}"):
            with contextlib.suppress(OSError):
                lock = _lock_path(folder, capture)
                descriptor = _try_lock(lock)
                if descriptor is None:
                    kept.add(lock)
                    continue
                _remove(capture)
                lock.unlink(missing_ok=True)
                os.close(descriptor)
                swept += 1
        for lock in set(folder.glob("*.lock")) - kept:
            with contextlib.suppress(OSError):
                descriptor = _try_lock(lock)
                if descriptor is not None:
                    lock.unlink(missing_ok=True)
                    os.close(descriptor)
    return swept


def _remove(capture: Path) -> None:
    for end in ("", *SIDE_FILES):
        capture.with_name(capture.name + end).unlink(missing_ok=True)
