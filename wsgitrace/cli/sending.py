"""Where recorded requests are run again: in a process of their own, or over HTTP."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from wsgitrace import supervisor as supervising
from wsgitrace.capture import Capture
from wsgitrace.cli.addresses import Addresses
from wsgitrace.cli.coming_up import NotServingError, wait_until_serving
from wsgitrace.cli.holds import Holds
from wsgitrace.cli.refusal import Refusal, tell
from wsgitrace.cli.rerunning import OverHttp, Sender, Through
from wsgitrace.cli.serving import serving
from wsgitrace.cli.signals import Stop
from wsgitrace.cli.units import plural
from wsgitrace.replay import ANOTHER_SERVER, NOT_KEPT, SAFE, Destination, InWorker, ReplayRefused
from wsgitrace.safetext import safe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from wsgitrace.capture import Summary
    from wsgitrace.cli.serving import Service
    from wsgitrace.redact import Masker
    from wsgitrace.settings import Settings
    from wsgitrace.trace.comparing import Noise

__all__ = ["Way", "ask", "sending"]


@dataclass(frozen=True, slots=True)
class Way:
    """How requests are sent."""

    url: str | None
    """The server that they go to; None: into the application of the settings."""
    jobs: int
    """So many at the same time."""
    timeout: float
    """Seconds that one may take."""
    output: Path | None
    """Where replays in an application are recorded; None: nowhere that lasts."""
    watch: bool = False
    """The application is started again when its files change; that it comes up at all is not waited for."""

    def noise(self, noise: Noise) -> Noise:
        """What does not count, and what another server does otherwise."""
        return noise.also(ANOTHER_SERVER) if self.url else noise


def ask(selected: Sequence[Summary], *, allowed: bool, method: str = "") -> None:
    """A script cannot be asked: what may change something is run only when that was allowed.

    ``method``: the one that all of them are given; empty: each has its own.
    """
    methods = (method or summary.method for summary in selected)
    unsafe = Counter(each for each in methods if each not in SAFE)
    if unsafe and not allowed:
        if len(selected) == 1:
            raise Refusal(
                f"request {selected[0].number} may change something ({safe(next(iter(unsafe)))}): "
                f"give --yes to run it again."
            )
        named = ", ".join(f"{safe(each)} {number:,}" for each, number in sorted(unsafe.items()))
        raise Refusal(
            f"{plural(unsafe.total(), 'request')} of {len(selected):,} may change something ({named}): "
            f"give --yes to run them again, or leave them out with method:GET,HEAD."
        )


@contextmanager
def sending(way: Way, settings: Settings, masker: Masker) -> Iterator[Sender]:
    """Where the requests go, up and running."""
    if way.url:
        try:
            destination = Destination.of(way.url)
        except ReplayRefused as problem:
            raise Refusal(f"--url: {problem}.") from None
        tell(f"{NOT_KEPT}.")
        yield OverHttp(destination, way.jobs, way.timeout)
        return
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="wsgitrace-"))
        # A worker serves somewhere; here nobody but this user can reach it, and nobody is told.
        listener = supervising.bind_unix(str(Path(folder) / "s"), 0o600)
        addresses = Addresses((listener,), (f"unix:{folder}",))
        service = stack.enter_context(serving(settings, addresses, save=way.output, reload=way.watch, listed=True))
        if not way.watch:
            wait_until_serving(service, masker)
        replays = stack.enter_context(Capture.open(service.writer.path))
        attend = _attend(service, replays, masker, settings.on_hold) if settings.breakpoints else None
        yield Through(InWorker(service.supervisor, replays, way.timeout, attend), way.jobs)


def _attend(service: Service, replays: Capture, masker: Masker, what: str) -> Callable[[], None]:
    """What is done about replays that a breakpoint holds."""
    stop = Stop()
    holds = Holds(service, replays, masker, stop, what)

    def look() -> None:
        holds.look(service.supervisor.state)
        if stop.asked:
            raise NotServingError(stop.code)

    return look
