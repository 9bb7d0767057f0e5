"""Faults that cost afternoons, each solved by one command or at most five keys, on a recording of the broken demos."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.support.commands import record, verb
from tests.support.comparing import Asked, ask
from tests.support.screen import at_rest, grid, wait_for
from tests.support.scripted_feed import START, ScriptedFeed
from tests.support.streams import Exchange
from wsgitrace.capture import Capture
from wsgitrace.tui.app import WsgitraceApp
from wsgitrace.tui.file_feed import FileFeed
from wsgitrace.tui.screens.confirm import ConfirmScreen
from wsgitrace.tui.screens.main import MainScreen

if TYPE_CHECKING:
    from collections.abc import Iterator
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
    "tenant_forgotten": Asked("GET", "/tenant_forgotten"),
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


@pytest.fixture
def hook(tmp_path: Path) -> Iterator[ScriptedFeed]:
    """A webhook that came long ago, and was taken then."""
    feed = ScriptedFeed(tmp_path / "hook.wtrace")
    feed.add(hooked("200 OK", b"taken: paid\n"))
    yield feed
    feed.close()


def hooked(status: str, body: bytes) -> Exchange:
    """It comes, or comes again."""
    signed = ("X-Signed-At", str(START // 10**9))
    exchange = Exchange("POST", "/stale_hook", headers=[("Host", "shop.example"), signed], body=b"paid")
    with exchange.call("demos.broken.index.app") as app:
        with app.call("demos.broken.hooks.Signed", "application") as view:
            view.read(4)
            view.start_response(
                status, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
            )
            view.returns([body])
        app.returns(inner=view)
    exchange.response_head()
    return exchange.finish()


def said(*words: object) -> str:
    """What a verb prints, run in this process."""
    code, out, err = verb(*words)
    assert code in {0, 1}, err  # 1: something was found
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
    ("double_length", "lint FILE id:ID --fail-on hygiene", "with_banner  demos/broken/headers.py:41"),
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
    number = str(broken.numbers[name])
    assert expected in said(
        *(broken.file if word == "FILE" else word.replace("ID", number) for word in command.split())
    )


LEDGER = "3 left_square_bracket left_square_bracket z"
KEYS = [
    ("header_dropped", "w enter", "set by listing, dropped by Cache: the client never got it"),
    ("body_eaten", "", "in 12→0, breaks M15"),
    ("body_eaten", LEDGER, "Audit had read 12 bytes of it"),
    ("buffered", "", "buffered 1."),
    ("buffered", LEDGER, "10 in, 1 out, held 1."),
    ("double_length", "w enter", "appended to by with_banner"),
    ("double_length", LEDGER, "A22 must with_banner: Content-Length is given 2 times"),
    ("mangled_path", "w enter", "replaced by mount_at_api"),
    ("cookie_twice", "w enter", "appended to by with_session: the client got 2"),
    ("session_lost", "w", "it is Secure: a browser does not send it back over http"),
    ("slow", "", r"lookup\b[^\d│]+([4-9]\d\dms|[\d.]+s) "),
    ("never_closed", "", "2 never closed"),
    ("never_closed", LEDGER, "Cursor of report was never closed"),
    ("never_started", LEDGER, "generator of careful was never started"),
    ("swallowed", LEDGER, "was swallowed by Friendly"),
]


def shows(app: WsgitraceApp, expected: str) -> bool:
    """Whether a text is on the screen, or something that matches it."""
    return expected in grid(app) or (expected.startswith("lookup") and re.search(expected, grid(app)) is not None)


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
                await wait_for(lambda: at_rest(app) and shows(app, expected), f"{name}: {keys}: {expected}")  # noqa: B023 -- used at once
                while len(app.screen_stack) > 1:
                    await pilot.press("escape")
                await pilot.press("escape")
                screen.inspector.choose_tab(0)
    finally:
        capture.close()


async def test_what_fails_now_and_then_is_met_by_one_command_and_named_by_two_keys(
    broken: Recording, tmp_path: Path
) -> None:
    kept, number = tmp_path / "kept.wtrace", broken.numbers["tenant_forgotten"]
    told = said("hunt", broken.file, number, "--app", "demos.broken:app", "-n", 60, "-j", 8, "-o", kept)
    assert "KeyError in Tenants (demos/broken/races.py" in told
    assert "FIRST DIVERGENCE  demos.broken.races.Tenants" in told
    with Capture.open(kept) as capture:
        app = WsgitraceApp(FileFeed(capture, str(kept)))
        async with app.run_test(size=(120, 36)) as pilot:
            await wait_for(lambda: at_rest(app) and "60 of 60" not in grid(app) and "/tenant_forgotten" in grid(app))
            await pilot.press("M")
            await wait_for(lambda: at_rest(app) and " of 60 match" in grid(app))
            await wait_for(lambda: "Tenants ✗" in grid(app) and "KeyError" in grid(app))


async def test_a_webhook_runs_again_without_its_sender(hook: ScriptedFeed) -> None:
    pytest.importorskip("time_machine")
    again = ("replay", hook.capture.path, "id:1", "--app", "demos.broken:app", "--yes")
    assert said(*again, "--clock", "original") == "= #1 POST /stale_hook  200\n"
    app = WsgitraceApp(hook)
    async with app.run_test(size=(120, 36)) as pilot:
        await wait_for(lambda: at_rest(app) and "/stale_hook" in grid(app))
        await pilot.press("W")
        await wait_for(lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("y")
        await wait_for(lambda: "watched" in grid(app))
        hook.become(restarts=1)
        await wait_for(lambda: ("replay", 1) in hook.commands)
        hook.add(hooked("400 Bad Request", b"the signature is too old\n"), replay_of=1)
        await wait_for(lambda: "changed #2" in grid(app) or "failed #2" in grid(app))
        await pilot.press("D")
        await wait_for(lambda: "differ from Signed on" in grid(app) and "+ the signature is too old" in grid(app))
