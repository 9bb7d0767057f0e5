"""One run of ``wsgitrace hunt``."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

from wsgitrace.cli.coming_up import NotServingError
from wsgitrace.cli.diff import DIFFERS, read_ignored
from wsgitrace.cli.editing import method_of, read_edits, say_idle
from wsgitrace.cli.hunting import beside, ground_of
from wsgitrace.cli.masking import masker_of
from wsgitrace.cli.numbered import recorded
from wsgitrace.cli.progress import say_progress
from wsgitrace.cli.recording import opened
from wsgitrace.cli.refusal import USAGE, Refusal, tell
from wsgitrace.cli.render_changes import Detail
from wsgitrace.cli.render_hunt import Report, hunt_lines, hunt_object, tally
from wsgitrace.cli.rerunning import Through
from wsgitrace.cli.sending import ask, sending
from wsgitrace.cli.style import Style
from wsgitrace.cli.units import plural
from wsgitrace.export.summary_json import dump
from wsgitrace.replay import (
    CALM,
    Destination,
    Hunt,
    Otherwise,
    Pursuit,
    ReplayRefused,
    Seen,
    arranged,
    as_command,
    edited,
    prepare,
    send_all,
)

if TYPE_CHECKING:
    from pathlib import Path

    from wsgitrace.cli.rerunning import Sender
    from wsgitrace.cli.sending import Way
    from wsgitrace.events import Replay
    from wsgitrace.redact import Masker
    from wsgitrace.replay import InWorker
    from wsgitrace.settings import Settings

__all__ = ["OPTIONS", "Wanted", "run"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for."""

    file: Path
    number: int
    times: int
    until: bool
    ignored: tuple[str, ...]
    learn: bool
    yes: bool
    as_json: bool
    edits: tuple[str, ...]
    skips: tuple[str, ...]
    clock: str


OPTIONS: Final = tuple(each.name for each in fields(Wanted) if each.name not in {"file", "number"})
"""Options of the verb by the names of their parameters."""


def run(wanted: Wanted, way: Way, settings: Settings) -> int:
    """Run it again and again; returns the exit code. Raises :class:`Refusal`."""
    noise = way.noise(read_ignored(wanted.ignored))
    edits = read_edits(wanted.edits, url=way.url)
    with opened(wanted.file) as capture:
        summary = recorded(capture, wanted.file, wanted.number)
        try:
            trace, command = prepare(summary.number, capture)
            if edits:
                draft = edited(trace, command, edits)
                say_idle([draft])
                command = as_command(draft)
            otherwise = Otherwise(wanted.skips, original_clock=wanted.clock == "original")
            command = arranged(command, trace, summary.wall, otherwise)
        except ReplayRefused as problem:
            raise Refusal(f"{problem}.") from None
        ask([summary], allowed=wanted.yes, method=method_of(edits))
        masker = masker_of(settings, capture)
    hunt = Hunt(trace, noise, wanted.times, learns=wanted.learn)
    try:
        with sending(way, settings, masker) as sender:
            began = time.monotonic()
            stopped = _go(hunt, sender, command, wanted, way)
            seconds = time.monotonic() - began
            replays = sender.worker.capture if isinstance(sender, Through) else None
            report = Report(summary, hunt, way.jobs, seconds, tuple(beside(hunt, replays)), way.output)
            _print(report, masker, as_json=wanted.as_json)
    except NotServingError as problem:
        return problem.code
    tell(f"{tally(hunt)}, in {seconds:.1f} s{f'; {stopped}' if stopped else ''}.")
    if not hunt.ended:
        return USAGE
    return DIFFERS if hunt.differs else 0


def _go(hunt: Hunt, sender: Sender, command: Replay, wanted: Wanted, way: Way) -> str:
    """Run it as often as that is wanted; returns why not, for the end of a sentence, empty where it was."""
    try:
        if isinstance(sender, Through):
            return _in_worker(hunt, sender.worker, command, wanted, way)
        return _over_http(hunt, Destination.of(way.url or ""), command, wanted, way)
    except KeyboardInterrupt:
        if hunt.calm:
            hunt.settle()
        return "stopped by ctrl+c"
    finally:
        say_progress("")


def _in_worker(hunt: Hunt, worker: InWorker, command: Replay, wanted: Wanted, way: Way) -> str:
    ended: list[NotServingError] = []

    def look() -> bool:
        _progress(hunt)
        try:
            if worker.attend is not None:
                worker.attend()
        except NotServingError as problem:  # a breakpoint was met with --on-hold exit
            ended.append(problem)
        return bool(ended)

    ground = ground_of(worker.supervisor, worker.capture.path)
    pursuit = Pursuit(ground, command, hunt, way.jobs, worker.capture.newest(), way.timeout, wanted.until)
    pursuit.run(look)
    if ended:
        raise ended[0]
    return pursuit.stopped


def _over_http(hunt: Hunt, destination: Destination, command: Replay, wanted: Wanted, way: Way) -> str:
    while hunt.done < hunt.times:
        left = hunt.times - hunt.done
        commands = [command] * (min(left, CALM) if hunt.calm else left)
        for _, found in send_all(destination, commands, 1 if hunt.calm else way.jobs, way.timeout):
            if isinstance(found, str):
                hunt.fail(found)
            else:
                hunt.take(Seen(found))
            _progress(hunt)
            if wanted.until and hunt.differs:
                return "stopped at the second kind"
    if hunt.calm:
        hunt.settle()
    return ""


def _progress(hunt: Hunt) -> None:
    say_progress(f"{hunt.done:,} of {hunt.times:,}, {plural(len(hunt.groups), 'kind')} of outcome")


def _print(report: Report, masker: Masker, *, as_json: bool) -> None:
    style = Style.of()
    detail = Detail(masker, False, style.width)  # noqa: FBT003 -- not whole
    if as_json:
        sys.stdout.write(f"{dump(hunt_object(report, detail))}\n")
        return
    for line in hunt_lines(report, style, detail):
        sys.stdout.write(f"{line}\n")
