"""One run of ``wsgitrace replay``."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, fields
from functools import partial
from typing import TYPE_CHECKING, Final

from wsgitrace.cli.coming_up import NotServingError
from wsgitrace.cli.diff import DIFFERS, read_ignored
from wsgitrace.cli.editing import method_of, read_edits, say_idle
from wsgitrace.cli.filtering import analyse_for, read_filter
from wsgitrace.cli.masking import masker_of
from wsgitrace.cli.otherwise import check_in_worker
from wsgitrace.cli.recording import opened, summaries
from wsgitrace.cli.refusal import USAGE, Refusal, tell
from wsgitrace.cli.render_changes import Detail
from wsgitrace.cli.render_replays import junit, report_line, report_lines, report_object, tally
from wsgitrace.cli.rerunning import Report, Rerunning, Sender, Through
from wsgitrace.cli.sending import Way, ask, sending
from wsgitrace.cli.style import Style
from wsgitrace.cli.watching import report_fate, watch
from wsgitrace.export.summary_json import dump
from wsgitrace.replay import Otherwise, flaw
from wsgitrace.safetext import safe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wsgitrace.capture import Capture, Summary
    from wsgitrace.cli.signals import Stop
    from wsgitrace.redact import Masker
    from wsgitrace.replay import RequestEdit
    from wsgitrace.settings import Settings
    from wsgitrace.trace.comparing import Noise

__all__ = ["OPTIONS", "Wanted", "run"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for."""

    file: Path
    words: tuple[str, ...]
    app: str | None
    url: str | None
    times: int
    jobs: int
    full: bool
    strict: bool
    ignored: tuple[str, ...]
    learn: bool
    yes: bool
    timeout: float
    output: Path | None
    as_json: bool
    junit: Path | None
    fresh_cookies: bool
    edits: tuple[str, ...]
    skips: tuple[str, ...]
    timing: str
    clock: str
    watch: bool

    @property
    def otherwise(self) -> Otherwise:
        """What is done otherwise than then; breakpoints and the hook are the worker's own here."""
        return Otherwise(self.skips, original_clock=self.clock == "original", original_timing=self.timing == "original")


OPTIONS: Final = tuple(each.name for each in fields(Wanted) if each.name not in {"file", "words"})
"""Options of the verb by the names of their parameters."""


def check_together(wanted: Wanted, settings: Settings) -> None:
    """Raise :class:`Refusal` where options do not go together."""
    check_in_worker(wanted.url, wanted.skips, wanted.clock, wanted.jobs, settings)
    if wanted.watch and wanted.url:
        raise Refusal("--watch starts the application again when its files change: it is for --app.")
    if wanted.timing == "original" and (wanted.times > 1 or wanted.jobs > 1):
        raise Refusal("--timing original runs each once, when it ran then: leave out -n and -j.")
    if wanted.timing == "original" and wanted.fresh_cookies:
        raise Refusal("--timing original waits for no response, so there are no fresh cookies: leave one of them out.")
    if wanted.junit is not None and (wanted.junit.is_dir() or not wanted.junit.parent.is_dir()):
        raise Refusal(f"--junit {wanted.junit}: a file cannot be written there.")


def run(wanted: Wanted, settings: Settings) -> int:
    """Run what matches again; returns the exit code. Raises :class:`Refusal`."""
    noise = read_ignored(wanted.ignored)
    edits = read_edits(wanted.edits, url=wanted.url)
    where = read_filter(wanted.words, settings.slow)
    with opened(wanted.file) as capture:
        analyse_for(where, capture)
        selected = list(summaries(capture, where=where))
        if not selected:
            none = f"no request in {wanted.file} matches: there is nothing to replay. {where.advice}"
            raise Refusal(none.rstrip())
        ask(selected, allowed=wanted.yes, method=method_of(edits))
        masker = masker_of(settings, capture)
        way = Way(wanted.url, wanted.jobs, wanted.timeout, wanted.output, wanted.watch)
        try:
            with sending(way, settings, masker) as sender:
                one = _Run(wanted, capture, selected, masker, edits)
                if wanted.watch and isinstance(sender, Through):
                    return watch(sender.worker.supervisor, partial(one.go, sender, noise), masker)
                return one.go(sender, way.noise(noise))
        except NotServingError as problem:
            return problem.code


class _Run:
    """Prints as it goes."""

    def __init__(
        self,
        wanted: Wanted,
        capture: Capture,
        selected: Sequence[Summary],
        masker: Masker,
        edits: tuple[RequestEdit, ...],
    ) -> None:
        self._wanted = wanted
        self._edits = edits
        self._capture = capture
        self._selected = selected
        self._style = Style.of()
        self._detail = Detail(masker, False, self._style.width)  # noqa: FBT003 -- not whole
        self._reports: list[Report] = []

    def go(self, sender: Sender, noise: Noise, stop: Stop | None = None) -> int:
        """Run them all, or those until it is to stop; returns the exit code."""
        wanted = self._wanted
        self._reports = []
        began = time.monotonic()
        jar: dict[str, str] | None = {} if wanted.fresh_cookies else None
        rerunning = Rerunning(
            sender, noise, wanted.times, wanted.jobs, wanted.learn, wanted.strict, jar, self._edits, wanted.otherwise
        )
        for report in rerunning.reports(self._capture, self._selected):
            self._print(report)
            self._reports.append(report)
            if stop is not None and stop.asked:
                break
        seconds = time.monotonic() - began
        say_idle([report.sent for report in self._reports if report.sent is not None])
        tell(f"{tally(self._reports)}, in {seconds:.1f} s.")
        if wanted.junit is not None:
            self._write_junit(wanted.junit, seconds)
        if all(report.refused for report in self._reports):
            return USAGE
        return DIFFERS if any(not each.refused and each.verdict == "differs" for each in self._reports) else 0

    def _print(self, report: Report) -> None:
        if report.sent is not None and (why := flaw(report.sent)):
            tell(f"#{report.summary.number} was sent although a server refuses it: {safe(why)}")
        fate = report_fate(report) if self._wanted.watch else ""
        if self._wanted.as_json:
            watched = {"fate": fate or None} if self._wanted.watch else {}
            sys.stdout.write(f"{dump(report_object(report, self._detail) | watched)}\n")
        elif self._wanted.full:
            for line in report_lines(report, self._style, self._detail, fate):
                sys.stdout.write(f"{line}\n")
        else:
            sys.stdout.write(f"{report_line(report, self._style, self._detail, fate)}\n")
        sys.stdout.flush()

    def _write_junit(self, path: Path, seconds: float) -> None:
        try:
            junit(path, self._wanted.file.name, self._reports, seconds, self._detail)
        except OSError as problem:
            raise Refusal(f"--junit {path}: {problem.strerror or problem}.") from None
