"""``wsgitrace import``: a HAR as a recorded file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from wsgitrace.cli.refusal import Refusal, tell
from wsgitrace.cli.units import plural
from wsgitrace.safetext import safe

if TYPE_CHECKING:
    from wsgitrace.export import Har

__all__ = ["command"]

_BATCH: Final = 500


@click.command(name="import", short_help="Make a recorded file of a HAR.")
@click.argument("file", metavar="FILE.har", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="OUT.wtrace", help="[FILE with .wtrace]")
def command(file: Path, output: Path | None) -> None:
    r"""Make a recorded file of FILE.har, which a browser, a proxy such as mitmproxy, or 'wsgitrace export' wrote.

    \b
    wsgitrace import shop.har
    wsgitrace import shop.har -o from-browser.wtrace
    wsgitrace open from-browser.wtrace

    Each entry becomes a request that was seen from outside: what layers did is not known, and its note says that it
    was imported. Everything that is done with recorded requests can be done with it.
    """
    from wsgitrace.export import HarError, read_har  # noqa: PLC0415 -- not for --help

    try:
        data = file.read_bytes()
    except OSError as error:
        raise Refusal(f"{file} cannot be read: {error.strerror}.") from None
    try:
        har = read_har(data, f"Imported from {safe(file.name)}.")
    except HarError as problem:
        raise Refusal(f"{file}: {safe(str(problem))}.") from None
    new = output if output is not None else file.with_suffix(".wtrace")
    if new.exists():
        raise Refusal(f"{new} exists already: give another name with -o.")
    _store(har, new, har.app or f"imported from {safe(file.name)}")
    skipped = f"; left out of it: {har.skipped:,} of other schemes than HTTP" if har.skipped else ""
    tell(f"{plural(len(har.exchanges), 'request')} in {new}{skipped}.")


def _store(har: Har, new: Path, app: str) -> None:
    """Write a capture. Raises :class:`Refusal`."""
    from wsgitrace.capture import Writer  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.recording import refusing  # noqa: PLC0415 -- not for --help

    with refusing():
        writer = Writer.create(new, keep_exchanges=None, keep_bytes=None, app=app)
        try:
            worker = writer.new_worker()
            for index, frames in enumerate(har.exchanges, 1):
                for frame in frames:
                    writer.add(worker, frame)
                if index % _BATCH == 0:
                    writer.commit()
        finally:
            writer.close()
