"""Watch mode: what is watched runs again after each save, and its row says how it fared."""

from __future__ import annotations

from abc import abstractmethod
from functools import partial
from typing import TYPE_CHECKING

from wsgitrace.capture import CaptureError
from wsgitrace.replay import Fate, ReplayRefused, Watch, fate_of, prepare
from wsgitrace.tui.comparing import read_compared
from wsgitrace.tui.screens.comparing import Comparing
from wsgitrace.tui.watching import watch_text

if TYPE_CHECKING:
    from wsgitrace.tui.widgets.request_list import RequestList

__all__ = ["Watching"]


class Watching(Comparing):
    """A list of requests, some of which are watched."""

    watches: dict[int, Watch]
    """What is watched, by its number."""
    _restarts: int = -1
    """Restarts of the application when it was last looked at."""

    @property
    @abstractmethod
    def list(self) -> RequestList:
        """The list."""

    def action_watch(self) -> None:
        """Watch the selected request, or no longer."""
        if self.refused("watch") or self.selected is None:
            return
        number, method = self.selected.number, self.selected.method
        if self.watches.pop(number, None) is not None:
            self.say(f"Request {number} is not watched any more.")
            self._show_watches()
            return
        try:
            prepare(number, self.feed.capture)
        except (ReplayRefused, CaptureError) as problem:
            self.say(f"{problem}.", severity="warning")
            return
        self.once_asked(method, partial(self._begin_watch, number))

    def _begin_watch(self, number: int) -> None:
        self._restarts = self.feed.status().restarts
        self.watches[number] = Watch(number)
        self.command(lambda: self.feed.pin(number, True))  # noqa: FBT003 -- as the feed has it
        self.say(f"Request {number} runs again after each restart of the application; D shows what changed.")
        self._show_watches()

    def announce_replay(self) -> int | None:
        """Also go on with what is watched."""
        if self.watches:
            self._watch_on()
        return super().announce_replay()

    def _watch_on(self) -> None:
        status = self.feed.status()
        if status.phase == "serving" and status.restarts != self._restarts:
            self._restarts = status.restarts
            for watch in self.watches.values():
                watch.newest, watch.fate = self.feed.capture.newest(), "waiting"
                self.command(partial(self.feed.replay, watch.number))
            self._show_watches()
        for watch in self.watches.values():
            replay = watch.arrived(self.feed.capture)
            if replay is not None:
                work = partial(self._compare_watched, watch.number, replay)
                self.run_worker(work, thread=True, group=f"watch-{watch.number}", exclusive=True)

    def not_run(self, original: int, reason: str) -> None:
        """What is watched waits for the next restart."""
        if original in self.watches:
            self.watches[original].fate = ""
            self._show_watches()
        super().not_run(original, reason)

    def _compare_watched(self, number: int, replay: int) -> None:
        """Called in a thread: bodies may be large."""
        masker = self.shown.masker
        try:
            found = read_compared(self.feed.capture.path, (number, replay), self.ignored.noise, masker, lambda _: None)
        except CaptureError:
            fate: Fate = ""  # one of the two is gone by now
        else:
            fate = fate_of(found.comparison.verdict, found.one, found.other)
        self.app.call_from_thread(self._take_fate, number, replay, fate)

    def _take_fate(self, number: int, replay: int, fate: Fate) -> None:
        watch = self.watches.get(number)
        if watch is None or watch.replay != replay or not self.ready:
            return
        watch.fate = fate
        self._show_watches()
        if fate:
            severity = {"pass": "information", "changed": "warning"}.get(fate, "error")
            self.say(f"Watched request {number}: {fate}.", severity=severity)

    def _show_watches(self) -> None:
        self.list.set_watched({number: watch_text(watch) for number, watch in self.watches.items()})

    def compared_with(self) -> tuple[int, int] | None:
        """A request that is watched is compared with its last replay."""
        watch = None if self.selected is None else self.watches.get(self.selected.number)
        if watch is not None and watch.replay is not None:
            return watch.number, watch.replay
        return super().compared_with()
