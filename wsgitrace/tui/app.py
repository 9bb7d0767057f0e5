"""The application: its colours, its keys that work everywhere, its beginning and its end."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import App, SystemCommand
from textual.css.query import NoMatches
from textual.drivers.linux_driver import LinuxDriver

from wsgitrace.capture import CaptureError
from wsgitrace.query import SLOW
from wsgitrace.redact import Masker, Names
from wsgitrace.safetext import safe
from wsgitrace.tui.going import Columns, NamedFilters, RequestNumbers
from wsgitrace.tui.hangup import abandon_terminal, has_terminal
from wsgitrace.tui.internals import LastingDriver, panic_without_locals
from wsgitrace.tui.keyboard import KeysInOrder
from wsgitrace.tui.keymap import check_keymap, normal_keys
from wsgitrace.tui.keys import KEYS, bindings, keys_of
from wsgitrace.tui.lending import Lending
from wsgitrace.tui.lines.values import Shown
from wsgitrace.tui.painting import label
from wsgitrace.tui.screens.commands import Commands
from wsgitrace.tui.screens.confirm import ConfirmScreen
from wsgitrace.tui.screens.forming import Forming
from wsgitrace.tui.screens.help import HelpScreen
from wsgitrace.tui.screens.keeping import KeepScreen
from wsgitrace.tui.screens.main import MainScreen
from wsgitrace.tui.silence import silent_bindings, why_nothing
from wsgitrace.tui.themes import NAMES, THEMES, role_defaults
from wsgitrace.tui.widgets.too_small import LEAST, TooSmall

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping

    from textual import events
    from textual.binding import BindingType
    from textual.driver import Driver
    from textual.screen import Screen

    from wsgitrace.settings import Settings
    from wsgitrace.tui.feed import Feed

__all__ = ["POLL_SECONDS", "WsgitraceApp", "run_app"]

POLL_SECONDS = 0.05
"""How often the feed is asked whether anything changed: 20 times a second; nothing is painted when nothing did."""

TOTALS_POLLS = 20
"""Every so many polls the counters are looked at although nothing came: a rate falls by itself."""

SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
"""Signals that end the app in order, the terminal restored."""


class WsgitraceApp(KeysInOrder[int]):
    """The screen over a feed."""

    CSS_PATH = "wsgitrace.tcss"
    TITLE = "wsgitrace"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("app"), *silent_bindings()]
    COMMANDS = App.COMMANDS | {RequestNumbers, NamedFilters, Columns}
    COMMAND_PALETTE_BINDING = "f24"  # ours are : and ctrl+p, in the table of keys
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 -- declared by Textual, as it is
        (0, "-narrow"),
        (100, "-normal"),
        (160, "-wide"),
    ]
    ESCAPE_TO_MINIMIZE = False

    def __init__(
        self,
        feed: Feed,
        *,
        masker: Masker | None = None,
        theme: str = "dark",
        revealed: bool = False,
        slow: int = SLOW,
        keymap: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        self.feed = feed
        self.masker = masker or Masker(Names())
        self.revealed = revealed
        self.replays_unsafe = False
        """What may change something is run again without asking: it was asked about once."""
        self.slow = slow
        self.chosen_keys: Mapping[str, str] = keymap or {}
        """Keys that are not those of the table, by the ids of actions; as they were written."""
        self.set_keymap({name: ",".join(normal_keys(keys)) for name, keys in self.chosen_keys.items()})
        self.lending = Lending(self)
        self._version: Hashable = None
        self._polls = 0
        for each in THEMES:
            self.register_theme(each)
        self.theme = NAMES.get(theme, theme)

    def get_driver_class(self) -> type[Driver]:
        """What draws on a terminal outlives it; a driver that was asked for by the environment is taken as it is."""
        found = super().get_driver_class()
        return LastingDriver if found is LinuxDriver else found

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """What our stylesheet needs of a theme that is not ours."""
        return role_defaults(self.current_theme)

    def get_default_screen(self) -> Screen[str]:
        """The main screen is the first."""
        return MainScreen(self.feed, self.shown, self.slow)

    @property
    def shown(self) -> Shown:
        """How traffic is shown now."""
        return Shown(Masker.revealing() if self.revealed else self.masker)

    def on_mount(self) -> None:
        """Begin to look at the feed."""
        loop = asyncio.get_running_loop()
        if not self.is_headless:
            for number in SIGNALS:
                loop.add_signal_handler(number, self.signalled, number)
        self.set_interval(POLL_SECONDS, self.poll)

    def signalled(self, number: signal.Signals) -> None:
        """End in order for a signal."""
        if number == signal.SIGHUP and not has_terminal():
            abandon_terminal()
        # A shell reads 128 and the number of the signal as "ended by it".
        self.exit(128 + number, return_code=128 + number)

    def poll(self) -> None:
        """Ask the feed whether anything changed; tell the screens that show it."""
        version = self.feed.version()
        self._polls += 1
        changed = version != self._version
        if not changed and self._polls % TOTALS_POLLS:
            return
        self._version = version
        if changed:
            self.feed.keep()
        for screen in [screen for screen in self.screen_stack if isinstance(screen, Commands) and screen.ready]:
            # A screen that is being taken apart has lost some of its widgets already, and is told so last.
            with suppress(NoMatches):
                screen.feed_changed() if changed else screen.show_status()
        self.lending.look()

    def on_resize(self, event: events.Resize) -> None:
        """Below the least size say so instead of showing crumbs."""
        wide, high = LEAST
        small = event.size.width < wide or event.size.height < high
        for screen in self.screen_stack:
            for cover in screen.query(TooSmall):
                cover.set_class(small, "-shown")

    # Keys that work everywhere.

    def action_show_help(self) -> None:
        """The keys of the screen that is shown."""
        if isinstance(self.screen, Commands):
            self.push_screen(HelpScreen(self.screen))

    def action_palette(self) -> None:
        """Find an action by its name."""
        self.action_command_palette()

    def action_themes(self) -> None:
        """Choose the colours."""
        self.search_themes()

    def action_toggle_mask(self) -> None:
        """Show secrets, or mask them again."""
        self.revealed = not self.revealed
        shown = self.shown
        for screen in self.screen_stack:
            if isinstance(screen, Commands):
                screen.set_shown(shown)
        self.notify("Secrets are shown as they are." if self.revealed else "Secrets are masked.", timeout=3)

    def action_nothing(self, char: str) -> None:
        """A key without a meaning here: say so, and what it is for."""
        if isinstance(self.screen, Commands):
            self.screen.say(why_nothing(char, self.screen.place, self.chosen_keys), seconds=3)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A key that the user chose for something that works everywhere is that."""
        if action != "nothing":
            return super().check_action(action, parameters)
        return not any(parameters[0] in self.chosen_keys.get(key.id, "").split(",") for key in keys_of("app"))

    def action_help_quit(self) -> None:
        """``ctrl+c``: what a server's user presses to stop it."""
        self.action_leave()

    def action_leave(self) -> None:
        """Quit; what is held is asked about, then what is marked."""
        held = self.feed.status().held
        if not held:
            self._leave_marked()
            return
        many = f"{len(held)} requests are" if len(held) > 1 else "A request is"
        question = ConfirmScreen("Quit", f"{many} held. Quitting lets go of what is held.", "Quit")
        self.push_screen(question, lambda yes: self._leave_marked() if yes else None)

    def _leave_marked(self, file: str = "") -> None:
        """Quit; a recording that would go although something in it is marked is asked about."""
        marked = len(self.feed.capture.pinned()) if self.feed.passing else 0
        if marked:
            self.push_screen(KeepScreen(marked, file), self._keep)
        else:
            self.exit(0)

    def _keep(self, file: str | None) -> None:
        if file is None:
            return
        if not file:
            self.exit(0)
            return
        self.notify("Saving the recording …", timeout=60)
        self.run_worker(lambda: self._save(file), thread=True, exclusive=True, group="save")

    def _save(self, file: str) -> None:
        """Called in a thread: a large recording takes a while."""
        try:
            self.feed.save(Path(file).expanduser())
        except CaptureError as problem:
            self.call_from_thread(self._not_saved, file, str(problem))
            return
        self.call_from_thread(self.exit, 0, 0, f"The recording is in {safe(file)}")

    def _not_saved(self, file: str, problem: str) -> None:
        self.clear_notifications()
        self.notify(str(label(problem)), severity="error", markup=False)
        self._leave_marked(file)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every action that works on the screen, for the palette."""
        place = screen.place if isinstance(screen, Commands | Forming) else "app"
        for key in KEYS:
            if key.palette and key.place in {"app", place}:
                why = screen.why_not(key.id) if isinstance(screen, Commands | Forming) else ""
                text = f"Not now: {why}" if why else key.help
                yield SystemCommand(key.label, str(label(text)), _runner(screen, key.action))

    def _handle_exception(self, error: Exception) -> None:
        panic_without_locals(self, error)


def _runner(screen: Screen[object], action: str) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        await screen.run_action(action)

    return run


def run_app(feed: Feed, settings: Settings) -> int:
    """Show ``feed`` until the user quits. Returns the exit code: 0; 128 and a signal's number; 1: a fault of ours.

    Raises :class:`~wsgitrace.settings.SettingError` for a keymap that cannot be.
    """
    keymap = check_keymap(settings.keymap)
    masker = Masker(Names(settings.mask), feed.capture.info().salt)
    app = WsgitraceApp(
        feed,
        masker=masker,
        theme=settings.theme,
        revealed=settings.reveal,
        slow=int(settings.slow * 1e9),
        keymap=keymap,
    )
    try:
        app.run()
    finally:
        feed.close()
    sys.stdout.flush()
    return app.return_code or 0
