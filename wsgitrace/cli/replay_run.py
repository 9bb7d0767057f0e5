"""One run of ``wsgitrace replay``."""

from __future__ import annotations

import sys
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, ClassVar, Final

from wsgitrace import supervisor as supervising
from wsgitrace.capture import Capture
from wsgitrace.cli.addresses import Addresses
from wsgitrace.cli.diff import DIFFERS, read_ignored
from wsgitrace.cli.failed_import import say_import_failed
from wsgitrace.cli.filtering import analyse_for, read_filter
from wsgitrace.cli.masking import masker_of
from wsgitrace.cli.recording import opened, summaries
from wsgitrace.cli.refusal import IMPORT_FAILED, USAGE, Refusal, tell
from wsgitrace.cli.render_changes import Detail
from wsgitrace.cli.render_replays import junit, report_line, report_lines, report_object, tally
from wsgitrace.cli.rerunning import OverHttp, Report, Rerunning, Sender, Through
from wsgitrace.cli.serving import serving
from wsgitrace.cli.style import Style
from wsgitrace.cli.units import plural
from wsgitrace.export.summary_json import dump
from wsgitrace.replay import ANOTHER_SERVER, NOT_KEPT, SAFE, Destination, InWorker, ReplayRefused
from wsgitrace.safetext import safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wsgitrace.capture import Summary
    from wsgitrace.cli.serving import Service
    from wsgitrace.redact import Masker
    from wsgitrace.settings import Settings
    from wsgitrace.trace.comparing import Noise

__all__ = ["Wanted", "run"]

_TICK: Final = 0.02
"""Seconds between looks at a worker that is about to serve."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for."""

    OPTIONS: ClassVar = (
        *("app", "url", "times", "jobs", "full", "strict", "ignored", "learn", "yes", "timeout", "output", "as_json"),
        "junit",
        "fresh_cookies",
    )
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


class _NotServingError(Exception):
    """The application does not come up; why is said already."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def run(wanted: Wanted, settings: Settings) -> int:
    """Run what matches again; returns the exit code. Raises :class:`Refusal`."""
    noise = read_ignored(wanted.ignored)
    where = read_filter(wanted.words, settings.slow)
    with opened(wanted.file) as capture:
        analyse_for(where, capture)
        selected = list(summaries(capture, where=where))
        if not selected:
            raise Refusal(f"no request in {wanted.file} matches: there is nothing to replay.")
        _ask(selected, allowed=wanted.yes)
        masker = masker_of(settings, capture)
        try:
            with _sender(wanted, settings, masker) as sender:
                return _Run(wanted, capture, selected, masker).go(sender, _with_server(noise, wanted))
        except _NotServingError as problem:
            return problem.code


def _ask(selected: Sequence[Summary], *, allowed: bool) -> None:
    """A script cannot be asked: what may change something is run only when that was allowed."""
    unsafe = Counter(summary.method for summary in selected if summary.method not in SAFE)
    if unsafe and not allowed:
        methods = ", ".join(f"{safe(method)} {number:,}" for method, number in sorted(unsafe.items()))
        raise Refusal(
            f"{plural(unsafe.total(), 'request')} of {len(selected):,} may change something ({methods}): "
            f"give --yes to run them again, or leave them out with method:GET,HEAD."
        )


def _with_server(noise: Noise, wanted: Wanted) -> Noise:
    return noise.also(ANOTHER_SERVER) if wanted.url else noise


@contextmanager
def _sender(wanted: Wanted, settings: Settings, masker: Masker) -> Iterator[Sender]:
    """Where the requests go, up and running."""
    if wanted.url:
        try:
            destination = Destination.of(wanted.url)
        except ReplayRefused as problem:
            raise Refusal(f"--url: {problem}.") from None
        tell(f"{NOT_KEPT}.")
        yield OverHttp(destination, wanted.jobs, wanted.timeout)
        return
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="wsgitrace-"))
        # A worker serves somewhere; here nobody but this user can reach it, and nobody is told.
        listener = supervising.bind_unix(str(Path(folder) / "s"), 0o600)
        addresses = Addresses((listener,), (f"unix:{folder}",))
        service = stack.enter_context(serving(settings, addresses, save=wanted.output, reload=False, listed=True))
        _wait_until_serving(service, masker)
        replays = stack.enter_context(Capture.open(service.writer.path))
        yield Through(InWorker(service.supervisor, replays, wanted.timeout), wanted.jobs)


def _wait_until_serving(service: Service, masker: Masker) -> None:
    while (state := service.supervisor.state).phase != "serving":
        if state.phase == "import failed":
            raise _NotServingError(say_import_failed(state.message, state.traceback, masker, usage=state.usage))
        if state.phase == "gone":
            tell(safe(masker.text(state.exit_reason or "the process of the application ended.")))
            raise _NotServingError(IMPORT_FAILED)
        time.sleep(_TICK)


class _Run:
    """Prints as it goes."""

    def __init__(self, wanted: Wanted, capture: Capture, selected: Sequence[Summary], masker: Masker) -> None:
        self._wanted = wanted
        self._capture = capture
        self._selected = selected
        self._style = Style.of()
        self._detail = Detail(masker, False, self._style.width)  # noqa: FBT003 -- not whole
        self._reports: list[Report] = []

    def go(self, sender: Sender, noise: Noise) -> int:
        """Run them all; returns the exit code."""
        wanted = self._wanted
        began = time.monotonic()
        jar: dict[str, str] | None = {} if wanted.fresh_cookies else None
        rerunning = Rerunning(sender, noise, wanted.times, wanted.jobs, wanted.learn, wanted.strict, jar)
        for report in rerunning.reports(self._capture, self._selected):
            self._print(report)
            self._reports.append(report)
        seconds = time.monotonic() - began
        tell(f"{tally(self._reports)}, in {seconds:.1f} s.")
        if wanted.junit is not None:
            self._write_junit(wanted.junit, seconds)
        if all(report.refused for report in self._reports):
            return USAGE
        return DIFFERS if any(not each.refused and each.verdict == "differs" for each in self._reports) else 0

    def _print(self, report: Report) -> None:
        if self._wanted.as_json:
            sys.stdout.write(f"{dump(report_object(report, self._detail))}\n")
        elif self._wanted.full:
            for line in report_lines(report, self._style, self._detail):
                sys.stdout.write(f"{line}\n")
        else:
            sys.stdout.write(f"{report_line(report, self._style, self._detail)}\n")
        sys.stdout.flush()

    def _write_junit(self, path: Path, seconds: float) -> None:
        try:
            junit(path, self._wanted.file.name, self._reports, seconds, self._detail)
        except OSError as problem:
            raise Refusal(f"--junit {path}: {problem.strerror or problem}.") from None
