"""The terminal that the other tests here rely on, tried on scripts that need no wsgitrace."""

from __future__ import annotations

import signal
import sys

import pytest

from tests.support.terminal import Terminal

DRAWING = """
import curses, locale
locale.setlocale(locale.LC_ALL, "")
def main(screen):
    curses.mousemask(curses.ALL_MOUSE_EVENTS)
    key = 0
    while key != ord("q"):
        rows, columns = screen.getmaxyx()
        screen.erase()
        screen.addstr(1, 2, f"{columns}x{rows} h\\u00e4llo {key}")
        screen.refresh()
        key = screen.getch()
curses.wrapper(main)
print("goodbye")
raise SystemExit(7)
"""
LEAVING = """
import sys, tty, time
tty.setcbreak(0)
sys.stdout.write("\\x1b[?1049h\\x1b[?25l\\x1b[?1000;1006h\\x1b[?2004hready")
sys.stdout.flush()
time.sleep(60)
"""


def test_sees_types_resizes_and_waits() -> None:
    with Terminal([sys.executable, "-c", DRAWING], columns=60, rows=10) as terminal:
        terminal.wait_for("60x10 hällo")
        assert terminal.lines[1] == "  60x10 hällo 0"
        assert "alternate screen" in terminal.left_on()
        terminal.press("a")
        terminal.wait_for("hällo 97")
        terminal.resize(50, 8)
        # Where the signal comes just before curses waits for a key, it looks at the size only after one.
        terminal.press("b")
        terminal.wait_for("50x8 hällo")
        terminal.type("q")
        terminal.wait_for("goodbye")
        assert terminal.wait() == 7
        assert terminal.left_on() == []
        assert terminal.processes() == []


def test_notices_what_is_left_on() -> None:
    with Terminal([sys.executable, "-c", LEAVING]) as terminal:
        terminal.wait_for("ready")
        terminal.process.send_signal(signal.SIGKILL)
        assert terminal.wait() == -signal.SIGKILL
        assert terminal.left_on() == [
            "alternate screen",
            "mouse buttons",
            "mouse coordinates",
            "bracketed paste",
            "hidden cursor",
            "terminal attributes",
        ]


def test_control_c_reaches_the_command() -> None:
    with Terminal([sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]) as terminal:
        terminal.wait_for("up")
        terminal.press("ctrl+c")
        assert terminal.wait() == -signal.SIGINT
        assert "KeyboardInterrupt" in terminal.text


def test_finds_processes_that_went_away() -> None:
    sleeper = "[sys.executable, '-c', 'import time; time.sleep(60)']"
    script = f"import subprocess, sys; subprocess.Popen({sleeper}, start_new_session=True)"
    with Terminal([sys.executable, "-c", script]) as terminal:
        assert terminal.wait() == 0
        assert len(terminal.processes()) == 1
    assert terminal.processes() == []


def test_says_what_was_on_the_screen_when_waiting_was_in_vain() -> None:
    with Terminal([sys.executable, "-c", "print('something else')"]) as terminal:
        terminal.wait_for("something")
        with pytest.raises(AssertionError, match="something else"):
            terminal.wait_for("never")
