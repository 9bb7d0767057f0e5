"""``wsgitrace import``: a HAR as a recorded file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from msgspec.structs import replace

from wsgitrace.cli.refusal import Refusal, tell
from wsgitrace.cli.units import plural
from wsgitrace.events import Began
from wsgitrace.safetext import safe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wsgitrace.capture import Writer
    from wsgitrace.events import LayerFound, WorkerFrame
    from wsgitrace.export import Har, Imported, Recorded

__all__ = ["command"]

_BATCH: Final = 500

_REASONS: Final = 5
"""Entries whose layers were left out that are named one by one."""


@click.command(name="import", short_help="Make a recorded file of a HAR.")
@click.argument("file", metavar="FILE.har", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="OUT.wtrace", help="[FILE with .wtrace]")
def command(file: Path, output: Path | None) -> None:
    r"""Make a recorded file of FILE.har, which a browser, a proxy such as mitmproxy, or 'wsgitrace export' wrote.

    \b
    wsgitrace import shop.har
    wsgitrace import shop.har -o from-browser.wtrace
    wsgitrace open from-browser.wtrace

    Requests that wsgitrace recorded come with their layers, under the numbers that they had. Every other entry becomes
    a request that was seen from outside: what layers did is not known, and its note says that it was imported.
    Everything that is done with recorded requests can be done with it.
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
    _tell_left_out(har)


def _tell_left_out(har: Har) -> None:
    """Which layers did not come along, on standard error."""
    for index, why in list(har.left_out.items())[:_REASONS]:
        tell(f"log.entries[{index}]._wsgitrace is left out, and with it what layers did: {safe(why)}.")
    if len(har.left_out) > _REASONS:
        tell(f"so are {len(har.left_out) - _REASONS:,} more.")


def _store(har: Har, new: Path, app: str) -> None:
    """Write a capture. Raises :class:`Refusal`."""
    from wsgitrace.capture import Writer  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.recording import refusing  # noqa: PLC0415 -- not for --help

    with refusing():
        writer = Writer.create(new, keep_exchanges=None, keep_bytes=None, app=app)
        try:
            importing = _Importing(writer)
            for index, exchange in enumerate(har.exchanges, 1):
                importing.add(exchange)
                if index % _BATCH == 0:
                    writer.commit()
        finally:
            writer.close()


class _Importing:
    """Gives exchanges and workers the numbers that they had, as far as they can have them."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._outside = 0
        self._workers: dict[int, tuple[int, dict[int, LayerFound]]] = {}
        """By the number that a worker had: its number now, and its layers."""

    def add(self, exchange: Imported) -> None:
        """Store one."""
        recorded = exchange.recorded
        if recorded is None:
            # Nobody's layers: a worker of their own, which has none.
            self._outside = self._outside or self._writer.new_worker()
            self._store(self._outside, exchange.frames)
            return
        worker = self._worker(recorded)
        kept = self._writer.continue_at(recorded.number)
        began, *rest = exchange.frames
        if not kept and isinstance(began, Began):
            # The number that it names may be another one's here.
            began = replace(began, replay_of=None)
        number = self._store(worker, (began, *rest))
        if recorded.pinned and number is not None:
            self._writer.pin(number)

    def _store(self, worker: int, frames: Iterable[WorkerFrame]) -> int | None:
        number = None
        for frame in frames:
            number = self._writer.add(worker, frame) or number
        return number

    def _worker(self, recorded: Recorded) -> int:
        """The worker that has run it. Two recordings in one file may each have had one of that number."""
        found, layers = self._workers.get(recorded.worker, (0, {}))
        new = {layer.id: layer for layer in recorded.layers if layers.get(layer.id) != layer}
        if not found or new.keys() & layers.keys():
            # Those between are workers of which nothing is left.
            while self._writer.newest_worker < recorded.worker - 1:
                self._writer.new_worker()
            found, layers = self._writer.new_worker(), {}
            new = {layer.id: layer for layer in recorded.layers}
        for layer in new.values():
            self._writer.add(found, layer)
        self._workers[recorded.worker] = found, layers | new
        return found
