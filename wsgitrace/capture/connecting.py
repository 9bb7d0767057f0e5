"""Connections to capture files: the one that writes, and those that only read."""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
import time
from typing import TYPE_CHECKING
from urllib.parse import quote

from wsgitrace import __version__
from wsgitrace.capture import ownership, schema
from wsgitrace.capture.errors import CaptureError

if TYPE_CHECKING:
    from pathlib import Path


def make(path: Path) -> None:
    """Create the file when it is missing: only its owner may read it."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        if not path.is_file():
            raise CaptureError(f"{path} is not a file.") from None
    except FileNotFoundError:
        raise CaptureError(f"{path} cannot be made: there is no folder {path.parent}.") from None


def connect_writer(path: Path) -> sqlite3.Connection:
    """A connection that writes, to an empty file or to a capture."""
    connection = sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False)
    try:
        with schema.readable(path):
            if schema.is_empty(connection):
                schema.create(connection)
                connection.executemany(
                    "INSERT INTO info VALUES (?, ?)",
                    [("created", time.time_ns()), ("version", __version__), ("salt", secrets.token_hex(16))],
                )
            else:
                _check_continuable(connection, path)
                path.chmod(0o600)
                connection.execute("PRAGMA journal_mode = WAL")
                schema.upgrade(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _check_continuable(connection: sqlite3.Connection, path: Path) -> None:
    schema.check(connection, path)
    if schema.expects_search(connection) and not schema.has_search(connection):
        raise CaptureError(
            f"{path} has a text index that SQLite {sqlite3.sqlite_version} cannot continue: save to a new file."
        )


def connect_reader(path: Path) -> sqlite3.Connection:
    """A connection that only reads. Raises :class:`CaptureError`."""
    if not path.exists():
        raise CaptureError(f"{path} does not exist.")
    if not path.is_file():
        raise CaptureError(f"{path} is not a file.")
    if path.stat().st_size == 0:
        raise CaptureError(f"{path} is empty: not a wsgitrace capture.")
    with schema.readable(path):
        try:
            return _try_connect(path, "mode=ro")
        except sqlite3.OperationalError as error:
            unmerged = path.with_name(f"{path.name}-wal")
            if unmerged.exists() and unmerged.stat().st_size:
                raise CaptureError(
                    f"{path} was never closed, and its folder cannot be written:"
                    f" copy it together with {unmerged.name} to a folder that can."
                ) from error
        # In WAL mode even reading wants side files; where they cannot be made, nobody else can write either.
        return _try_connect(path, "mode=ro&immutable=1")


def tidy(path: Path) -> None:
    """Remove the side files of a capture whose writer closed it while this reader was open: it is complete."""
    log = path.with_name(f"{path.name}-wal")
    try:
        if log.stat().st_size:
            return
        owner = ownership.Ownership.take(path, ownership.private_folder())
    except (OSError, CaptureError):  # nothing to remove, or somebody writes it
        return
    try:
        with (
            contextlib.suppress(sqlite3.Error),
            contextlib.closing(sqlite3.connect(path, isolation_level=None)) as last,
        ):
            schema.settle(last)
    finally:
        owner.release(remove=False)


def _try_connect(path: Path, options: str) -> sqlite3.Connection:
    uri = f"file:{quote(str(path.absolute()))}?{options}"
    connection = sqlite3.connect(uri, uri=True, timeout=5.0, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection
