"""``R``: the selected request, or several, run again otherwise than they were."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Final

from wsgitrace.capture import Capture, CaptureError
from wsgitrace.export import rows
from wsgitrace.query import parse
from wsgitrace.replay import SAFE, ReplayRefused, arranged, newest_cookies, prepare, starts, with_cookies
from wsgitrace.tui.repeating import MOST, Options, Series
from wsgitrace.tui.screens.confirm import ConfirmScreen
from wsgitrace.tui.screens.hunts import Hunts
from wsgitrace.tui.screens.options_form import OptionsScreen
from wsgitrace.tui.units import counted

if TYPE_CHECKING:
    from textual.timer import Timer

    from wsgitrace.capture import Summary
    from wsgitrace.events import Replay
    from wsgitrace.query import Filter
    from wsgitrace.trace import Trace

__all__ = ["Repeating"]


_AGAIN: Final = 0.05
"""Seconds between two looks at whether the next is due, where it is and cannot be sent."""


class Repeating(Hunts):
    """A screen from which requests are run again in other ways than ``r`` does."""

    _series: Series | None = None
    """What is on its way."""
    _due: Timer | None = None
    """Goes off when the next is to be sent."""
    _fresh: bool = False
    """The cookies of each are those that the newest responses have set by then."""

    def action_replay_options(self) -> None:
        """Ask how, and run it so; while several are on their way, ask whether they go on."""
        if self.refused("replay_options") or self.selected is None:
            return
        if self._series is not None:
            question = f"{self._series.progress} have ended. The others can be left."
            self.app.push_screen(ConfirmScreen("Replay", question, "send no more"), self._stop)
            return
        summary = self.selected
        try:
            trace, command = prepare(summary.number, self.feed.capture)
        except (ReplayRefused, CaptureError) as problem:
            self.say(f"{problem}.", severity="warning")
            return

        def filled_in(options: Options | None) -> None:
            if options is not None and options.which is not None:
                work = partial(self._prepare_several, options, options.which)
                self.run_worker(work, thread=True, group="replay", exclusive=True)
            elif options is not None:
                self._run_one(summary, trace, command, options)

        self.app.push_screen(OptionsScreen(command, trace, self._others(), self.feed.prepare), filled_in)

    def _others(self) -> dict[str, Filter]:
        """What can be run but the selected request, by what it is called."""
        marked = len(self.feed.capture.pinned())
        where, matches = self.let_through
        found = {f"{marked:,} marked": parse("is:marked")} if marked else {}
        if not where.everything:
            found["those shown" if matches is None else f"{matches:,} shown"] = where
        return found

    def _run_one(self, summary: Summary, trace: Trace, command: Replay, options: Options) -> None:
        if options.fresh_cookies:
            command = with_cookies(command, newest_cookies(self.feed.capture, command))
        try:
            command = arranged(command, trace, summary.wall, options.otherwise)
        except ReplayRefused as problem:
            self.say(f"{problem}.", severity="warning")
            return
        if options.times > 1:
            times, jobs = options.times, options.jobs
            self.once_asked(summary.method, lambda: self.begin_hunt(summary, trace, command, times, jobs))
        else:
            self.run_again(summary.number, summary.method, lambda: self.feed.send(command))

    # Several.

    def _prepare_several(self, options: Options, where: Filter) -> None:
        """Called in a thread: many take a while."""
        commands: list[Replay] = []
        walls: list[int] = []
        methods: list[str] = []
        left_out: list[str] = []
        with Capture.open(self.feed.capture.path) as capture:
            if "finding" in where.needs:
                from wsgitrace.supervisor import analyse  # noqa: PLC0415 -- most do without

                analyse(capture)
            for row in rows(capture, where):
                if len(commands) == MOST:
                    left_out.append(f"no more than {MOST:,} are run by one order")
                    break
                try:
                    if not row.done:
                        raise ReplayRefused(f"request {row.number} is not over")  # noqa: TRY301 -- one way to say no
                    trace, command = prepare(row.number, capture)
                    commands.append(arranged(command, trace, row.wall, options.otherwise))
                except (ReplayRefused, CaptureError) as problem:
                    left_out.append(str(problem))
                    continue
                walls.append(row.wall)
                methods.append(row.method)
        self.app.call_from_thread(self._begin_series, options, commands, walls, methods, tuple(left_out))

    def _begin_series(
        self,
        options: Options,
        commands: list[Replay],
        walls: list[int],
        methods: list[str],
        left_out: tuple[str, ...],
    ) -> None:
        if not commands:
            self.say(f"None of them can be run again: {left_out[0]}." if left_out else "There is none.")
            return

        def begin() -> None:
            timed = starts(walls) if options.otherwise.original_timing else ()
            newest = self.feed.capture.newest()
            self._series = Series(commands, options.jobs, timed, newest, time.monotonic(), left_out)
            self._fresh = options.fresh_cookies
            self.say(f"{counted(len(commands), 'request')} run again, in their order; R stops that.")
            self._go_on()

        self.once_asked(next((each for each in methods if each not in SAFE), "GET"), begin)

    def _stop(self, yes: bool | None) -> None:  # noqa: FBT001 -- the answer
        if yes and self._series is not None:
            self.say(self.shown.prose(f"Stopped: {self._series.text}"), seconds=8)
            self._series = None

    def _go_on(self) -> None:
        """Send what is due; told when all have ended."""
        series = self._series
        if series is None or not self.ready:
            return
        series.look(self.feed.capture)
        # While the application starts again, they wait for it.
        due = [] if self.feed.why_not("replay") else series.due(time.monotonic())
        for command in due:
            if not self.command(partial(self._send, command)):
                self._series = None
                return
        if series.over:
            self._series = None
            severity = "warning" if series.left_out or series.statuses["not run"] else "information"
            self.say(self.shown.prose(series.text), severity=severity, seconds=8)
            return
        wait = series.wait(time.monotonic())
        if wait is not None:
            if self._due is not None:
                self._due.stop()
            self._due = self.set_timer(wait or _AGAIN, self._go_on)

    def _send(self, command: Replay) -> None:
        if self._fresh:
            command = with_cookies(command, newest_cookies(self.feed.capture, command))
        self.feed.send(command)

    def announce_replay(self) -> int | None:
        """Also go on with what is run in their order."""
        found = super().announce_replay()
        self._go_on()
        return found

    def not_run(self, original: int, reason: str) -> None:
        """Of several it is told with what came of the others."""
        if self._series is None or not self._series.refuse(original, reason):
            super().not_run(original, reason)
