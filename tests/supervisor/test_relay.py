"""Between a user's terminal and the one of pdb; here both ends of both are the test's."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import struct
import termios
import threading
import tty

import pytest

from tests.support.waiting import PATIENCE, until
from wsgitrace.supervisor.relay import Relay


class Desk:
    """A user at a terminal, a relay on it, and the program at the other end."""

    def __init__(self):
        self.user, self.terminal = pty.openpty()
        self.before = termios.tcgetattr(self.terminal)
        self.relay = Relay(self.terminal, self.terminal)
        self.program = os.open(self.relay.name, os.O_RDWR | os.O_NOCTTY)
        self.interrupts = []
        self.threads = []

    def meanwhile(self, *steps):
        """Do something while the relay runs."""
        thread = threading.Thread(target=lambda: [step() for step in steps], daemon=True)
        self.threads.append(thread)
        thread.start()

    def type(self, data):
        return lambda: (until(self.is_raw), os.write(self.user, data))

    def is_raw(self):
        return not termios.tcgetattr(self.terminal)[tty.LFLAG] & termios.ICANON

    def reads(self, into):
        return lambda: into.append(os.read(self.program, 4096))

    def says(self, data):
        return lambda: os.write(self.program, data)

    def run(self):
        outcome = self.relay.run(lambda: self.interrupts.append(1))
        for thread in self.threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()
        return outcome

    def sees(self, wanted):
        seen = b""
        while wanted not in seen:
            seen += os.read(self.user, 4096)
        return seen

    def leaves(self):
        os.close(self.program)
        self.program = -1

    def close(self):
        self.relay.close()
        for fd in (self.user, self.terminal, self.program):
            if fd >= 0:
                os.close(fd)


@pytest.fixture
def desk():
    made = Desk()
    yield made
    made.close()


def test_what_is_typed_and_shown_goes_through_to_the_last_word(desk):
    got = []
    desk.meanwhile(
        desk.says(b"(Pdb) "),
        desk.type(b"p 1\r"),
        desk.reads(got),
        desk.says(b"1\ngoodbye\n"),
        desk.leaves,
        desk.relay.end,
    )
    outcome = desk.run()
    assert got == [b"p 1\n"]
    assert (outcome.gone, outcome.taken_back, outcome.signals) == (False, False, ())
    shown = desk.sees(b"goodbye\r\n")
    assert shown.startswith(b"(Pdb) ")
    assert shown.endswith(b"1\r\ngoodbye\r\n")
    assert termios.tcgetattr(desk.terminal) == desk.before


def test_control_c_is_an_end_of_line_for_the_program_and_no_signal(desk):
    got = []
    desk.meanwhile(desk.type(b"half\x03"), desk.reads(got), desk.leaves, desk.relay.end)
    desk.run()
    assert got == [b"half\x03"]
    assert desk.interrupts == [1]


def test_the_user_can_take_the_terminal_back_from_a_program_that_does_not_read(desk):
    desk.meanwhile(desk.type(b"p 1\r\x1cmore"))
    outcome = desk.run()
    assert outcome.taken_back
    assert termios.tcgetattr(desk.terminal) == desk.before
    desk.relay.close()
    assert os.read(desk.program, 4096) == b""


def test_a_terminal_that_goes_away_ends_it(desk):
    def hang_up():
        os.close(desk.user)
        desk.user = -1

    got = []
    desk.meanwhile(desk.type(b"p 1\r"), desk.reads(got), hang_up)
    assert desk.run().gone


def test_a_signal_ends_it_and_is_left_to_be_obeyed(desk):
    obeyed = []
    before = signal.signal(signal.SIGTERM, lambda *_: obeyed.append(1))
    got = []
    try:
        desk.meanwhile(desk.type(b"x\r"), desk.reads(got), lambda: os.kill(os.getpid(), signal.SIGTERM))
        outcome = desk.run()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert outcome.signals == (signal.SIGTERM,)
    woken = signal.set_wakeup_fd(-1)
    assert woken == -1
    assert termios.tcgetattr(desk.terminal) == desk.before


def test_the_size_of_the_window_is_that_of_the_users(desk):
    fcntl.ioctl(desk.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 11, 77, 0, 0))
    handler = signal.getsignal(signal.SIGWINCH)
    desk.meanwhile(
        desk.type(b"x\r"),
        lambda: os.kill(os.getpid(), signal.SIGWINCH),
        lambda: until(lambda: termios.tcgetwinsize(desk.program) == (11, 77)),
        desk.leaves,
        desk.relay.end,
    )
    desk.run()
    assert signal.getsignal(signal.SIGWINCH) == handler
