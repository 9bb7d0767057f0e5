"""Faults that cost afternoons, each solved by one command or at most five keys, on a recording of the broken demos."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest
from click.testing import CliRunner

from tests.support.commands import record
from tests.support.comparing import Asked, ask
from tests.support.screen import at_rest, grid, wait_for
from wsgitrace.capture import Capture
from wsgitrace.cli.group import run_verb
from wsgitrace.tui.app import WsgitraceApp
from wsgitrace.tui.file_feed import FileFeed
from wsgitrace.tui.screens.main import MainScreen

if TYPE_CHECKING:
    from pathlib import Path

JSON = {"Content-Type": "application/json"}
REQUESTS = {
    "header_dropped": Asked("GET", "/header_dropped"),
    "body_eaten": Asked("POST", "/body_eaten", JSON, b'{"items": 3}'),
    "buffered": Asked("GET", "/buffered"),
    "double_length": Asked("GET", "/double_length"),
    "mangled_path": Asked("GET", "/mangled_path/users"),
    "cookie_twice": Asked("GET", "/cookie_twice"),
    "session_lost": Asked("GET", "/session_lost"),
    "never_closed": Asked("GET", "/never_closed"),
    "never_started": Asked("HEAD", "/never_started"),
    "slow": Asked("GET", "/slow"),
    "swallowed": Asked("GET", "/swallowed"),
}


class Recording(NamedTuple):
    """A file, and the numbers of its requests by the names of their faults."""

    file: Path
    numbers: dict[str, int]


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    file = tmp_path_factory.mktemp("stories") / "broken.wtrace"
    with record("demos.broken:app", file) as server:
        for asked in REQUESTS.values():
            ask(server, asked)
        server.stop()
    return Recording(file, {name: number for number, name in enumerate(REQUESTS, 1)})


def said(*words: object) -> str:
    """What a verb prints, run in this process."""
    with CliRunner().isolation() as streams:
        code = run_verb([str(each) for each in words])
        sys.stdout.flush()
        out = streams[0].getvalue().decode()
    assert code == 0
    return out


COMMANDS = [
    (
        "header_dropped",
        "blame FILE ID resp.header:x-total",
        "set by listing, dropped by Cache: the client never got it",
    ),
    ("body_eaten", "ledger FILE ID input", "orders found the body empty: Audit had read 12 bytes of it"),
    ("body_eaten", "ls FILE starved:*", "/body_eaten"),
    ("buffered", "ledger FILE ID chunks", "Joins buffers: 10 items in, 1 out, held 1."),
    ("buffered", "ls FILE buffered:Joins", "/buffered"),
    ("double_length", "blame FILE ID resp.header:content-length", "set by page, appended to by with_banner"),
    ("mangled_path", "blame FILE ID environ:SCRIPT_NAME", "/mangled_path → /mangled_path/api"),
    ("mangled_path", "blame FILE ID environ:SCRIPT_NAME", "before demos/broken/incoming.py:54"),
    (
        "cookie_twice",
        "blame FILE ID cookie:session",
        "set by own_session, appended to by with_session: the client got 2",
    ),
    ("session_lost", "blame FILE ID cookie:visits", "it is Secure: a browser does not send it back over http"),
    ("never_closed", "ledger FILE ID iteration", "Cursor of report was never closed"),
    ("never_closed", "ls FILE closed:no", "/never_closed"),
    ("never_started", "ledger FILE ID iteration", "generator of careful was never started"),
    ("slow", "ls FILE dur@lookup:>300ms", "/slow"),
    ("swallowed", "ledger FILE ID exceptions", "AlreadyRegisteredError of register was swallowed by Friendly"),
    ("swallowed", "ls FILE swallowed:yes", "/swallowed"),
]


@pytest.mark.parametrize(("name", "command", "expected"), COMMANDS, ids=[f"{each[0]}: {each[1]}" for each in COMMANDS])
def test_one_command_names_the_layer(broken: Recording, name: str, command: str, expected: str) -> None:
    words = {"FILE": broken.file, "ID": broken.numbers[name]}
    assert expected in said(*(words.get(word, word) for word in command.split()))


LEDGER = "3 left_square_bracket left_square_bracket z"
KEYS = [
    ("header_dropped", "w enter", "set by listing, dropped by Cache: the client never got it"),
    ("body_eaten", "", "in 12→0"),
    ("body_eaten", LEDGER, "Audit had read 12 bytes of it"),
    ("buffered", "", "buffered 1."),
    ("buffered", LEDGER, "10 in, 1 out, held 1."),
    ("double_length", "w enter", "appended to by with_banner"),
    ("mangled_path", "w enter", "replaced by mount_at_api"),
    ("cookie_twice", "w enter", "appended to by with_session: the client got 2"),
    ("never_closed", "", "2 never closed"),
    ("never_closed", LEDGER, "Cursor of report was never closed"),
    ("never_started", LEDGER, "generator of careful was never started"),
    ("swallowed", LEDGER, "was swallowed by Friendly"),
]


async def test_few_keys_name_the_layer(broken: Recording) -> None:
    """In one screen, one after the other: to open it for each would take longer than all of them."""
    capture = Capture.open(broken.file)
    app = WsgitraceApp(FileFeed(capture, str(broken.file)))
    try:
        async with app.run_test(size=(120, 36)) as pilot:
            screen = app.screen_stack[0]
            assert isinstance(screen, MainScreen)
            await wait_for(lambda: at_rest(app) and "in 12→0" in grid(app))
            for name, keys, expected in KEYS:
                screen.go_to(broken.numbers[name])
                await wait_for(lambda: at_rest(app) and f"/{name}" in str(screen.passes.border_title), name)  # noqa: B023 -- used at once
                assert len(keys.split()) <= 5
                for key in keys.split():
                    await pilot.press(key)
                await wait_for(lambda: at_rest(app) and expected in grid(app), f"{name}: {keys}: {expected}")  # noqa: B023 -- used at once
                while len(app.screen_stack) > 1:
                    await pilot.press("escape")
                await pilot.press("escape")
                screen.inspector.choose_tab(0)
    finally:
        capture.close()
