from __future__ import annotations

import sys
import threading

import pytest

from tests.support.answering import PassOn
from tests.support.holding import InThread, Pilot
from tests.support.pseudo_terminal import PseudoTerminal
from tests.support.waiting import until
from tests.support.wsgi_driver import environ_for
from wsgitrace.events import Debugged, Parked, Reached, Released


class Priced:
    """Adds up; may stop in the middle."""

    probe = None

    def __call__(self, environ, start_response):
        price = 5
        why = ""
        if environ["PATH_INFO"] == "/stop":
            why = self.probe.break_at(sys._getframe())
            price = price + 1
        if environ["PATH_INFO"] == "/stuck":
            for _ in iter(lambda: self.stuck, 0):
                price = 6
        self.tracing = sys.gettrace()
        start_response("200 OK", [])
        return [f"{price}{why}".encode()]


class Debugger:
    """What the debugger does: gives terminals, and hears when they are no longer needed."""

    def __init__(self, made):
        self.made = made
        self.terminal = None

    def give(self, exchange=None):
        self.terminal = PseudoTerminal()
        before = len(self.ended)
        self.made.probe.debug(exchange or self.made.probe.held[0], self.terminal.name)
        if exchange is None:
            self.start = self.terminal.wait_for("(Pdb) ")
        else:
            until(lambda: len(self.ended) > before)
        return self.terminal

    @property
    def ended(self):
        return [frame.text for frame in self.made.sender.of(Debugged)]

    def leave(self, line):
        """Type what leads out of pdb; returns what was told."""
        before = len(self.ended)
        self.terminal.type(f"{line}\n")
        until(lambda: len(self.ended) > before)
        return self.ended[-1]


@pytest.fixture
def stand(bench):
    application = Priced()
    made = bench(PassOn(application), terminal=True)
    application.probe = made.probe
    debugger = Debugger(made)
    debugger.application = application
    yield debugger
    made.probe.resume(None, "shutdown")
    if debugger.terminal is not None:
        debugger.terminal.close()


@pytest.mark.smoke
def test_a_held_request_is_looked_at_and_is_still_held_after_that(stand):
    pilot = Pilot(stand.made, "layer:Priced on:start_response")
    running = pilot.run()
    terminal = stand.give()
    assert "test_debugging.py" in stand.start
    assert "-> start_response(" in stand.start
    assert terminal.tell("p price, environ['PATH_INFO']") == "(5, '/')\n"
    assert terminal.tell("price = 7") == ""
    assert "-> return self.app(environ, start_response)" in terminal.tell("u")
    assert "wsgitrace/probe" not in terminal.tell("w")
    assert stand.leave("c") == "The request is still held."
    assert stand.made.probe.held
    assert sys.gettrace() is None
    stand.made.probe.resume()
    assert running.join().body == b"7"
    assert stand.application.tracing is None


def test_breakpoint_asks_for_pdb_and_c_lets_the_request_go_on(stand):
    pilot = Pilot(stand.made)
    running = pilot.run(PATH_INFO="/stop")
    assert stand.made.sender.of(Parked)[-1].asks
    assert pilot.held.locals["price"] == 5
    terminal = stand.give()
    assert "-> price = price + 1" in terminal.tell("n")
    assert terminal.tell("price = 40") == ""
    assert "stuck" in terminal.tell("n")
    assert terminal.tell("p price") == "41\n"
    assert stand.leave("c") == "The request goes on."
    assert running.join().body == b"41"
    assert stand.application.tracing is None
    assert [event.by for event in stand.made.sender.of_event(Reached)] == ["breakpoint()", "pdb", "pdb"]
    assert [event.by for event in stand.made.sender.of_event(Released)] == ["step", "step", "continue"]
    assert stand.made.sender.ended().held == sum(event.held for event in stand.made.sender.of_event(Released))


@pytest.mark.parametrize("how", ["q", "exit", "\x04", "hang up"])
def test_leaving_pdb_never_ends_the_request(stand, how):
    running = Pilot(stand.made).run(PATH_INFO="/stop")
    terminal = stand.give()
    terminal.tell("n")
    if how == "hang up":
        terminal.hang_up()
        until(lambda: stand.ended)
    else:
        terminal.type(how if how == "\x04" else f"{how}\n")
        until(lambda: stand.ended)
    assert stand.ended == ["The request is still held."]
    assert stand.made.probe.held
    until(lambda: not stand.made.sender.of(Parked)[-1].asks)
    terminal.close()
    terminal = stand.give()
    assert terminal.tell("p price") == "5\n"
    assert stand.leave("q") == "The request is still held."
    stand.made.probe.resume()
    assert running.join().body == b"6"


def test_stepping_past_the_end_gives_the_terminal_back(stand):
    running = Pilot(stand.made).run(PATH_INFO="/stop")
    terminal = stand.give()
    while not stand.ended:
        terminal.type("r\n")
        until(lambda: terminal.prompted or stand.ended)
    assert stand.ended == ["The request is over."]
    assert running.join().body == b"6"


def test_a_breakpoint_that_is_met_while_stepping_takes_over(stand):
    pilot = Pilot(stand.made, "layer:Priced on:start_response")
    running = pilot.run(PATH_INFO="/stop")
    terminal = stand.give()
    terminal.tell("n")
    assert stand.leave("r") == "The request is held: a breakpoint was met."
    until(lambda: pilot.stops[-1] == "start_response Priced")
    stand.made.probe.resume()
    assert running.join().body == b"6"


def test_control_c_ends_what_is_typed_and_what_runs(stand):
    running = Pilot(stand.made).run(PATH_INFO="/stop")
    terminal = stand.give()
    terminal.type("half a line\x03")
    assert "--KeyboardInterrupt--" in terminal.wait_for("(Pdb) ")
    terminal.type("[print('runs'), [None for _ in iter(int, 1)]]\n")
    terminal.wait_for("\nruns")
    stand.made.probe.interrupt(stand.made.probe.held[0])
    assert "KeyboardInterrupt" in terminal.wait_for("(Pdb) ")
    terminal.type("interact\n")
    terminal.wait_for(">>> ")
    terminal.type("print(price * 2)\n")
    assert "10" in terminal.wait_for(">>> ")
    terminal.type("\x04")
    terminal.wait_for("(Pdb) ")
    assert stand.leave("c") == "The request goes on."
    assert running.join().body == b"6"


def test_control_c_stops_a_program_that_runs(stand):
    stand.application.stuck = 1
    pilot = Pilot(stand.made, "layer:Priced on:called once:yes")
    running = pilot.run(PATH_INFO="/stuck")
    terminal = stand.give()
    while "price = 6" not in terminal.tell("n"):
        pass
    terminal.type("unt 9999\n")
    until(lambda: not stand.made.probe.held)
    stand.made.probe.interrupt(1)
    terminal.wait_for("(Pdb) ")
    stand.application.stuck = 0
    assert stand.leave("c") == "The request goes on."
    assert running.join().body == b"6"


def test_others_are_neither_traced_nor_printed_to_pdb(stand, capsys):
    running = Pilot(stand.made).run(PATH_INFO="/stop")
    terminal = stand.give()
    go, gone = threading.Event(), threading.Event()
    other = threading.Thread(target=lambda: (go.wait(30), sys.stdout.write("elsewhere"), gone.set()))
    other.start()
    stand.application.together = lambda: (go.set(), gone.wait(30), sys.stdout.write("\x1b[31mhere\n"))
    assert terminal.tell("self.together(); 0").splitlines()[0] == "\\x1b[31mhere"
    other.join()
    assert InThread(stand.made).join().body == b"5"
    assert stand.application.tracing is None
    stand.leave("c")
    running.join()
    assert "elsewhere" in capsys.readouterr().out


def test_time_in_pdb_and_on_the_way_to_it_does_not_count_towards_the_time_out(stand):
    running = Pilot(stand.made).run(PATH_INFO="/stop")
    assert stand.made.sender.of(Parked)[-1].until == 0
    for _ in range(2):
        before = stand.made.sender.of(Parked)[-1].until
        stand.give().tell("p price")
        stand.leave("q")
        until(lambda: stand.made.sender.of(Parked)[-1].until > before)  # noqa: B023 -- used at once
        stand.terminal.close()
    stand.made.probe.resume()
    assert running.join().body == b"6"


def test_where_pdb_cannot_be_it_is_said(stand):
    stand.give(exchange=99)
    assert stand.ended == ["The request is not held any more."]
    running = Pilot(stand.made, "on:called layer:Priced").run()
    stand.made.probe.debug(stand.made.probe.held[0], "/nowhere")
    until(lambda: len(stand.ended) == 2)
    assert "No such file or directory" in stand.ended[1]
    stand.made.probe.resume()
    assert running.join().body == b"5"


def test_breakpoint_is_passed_over_where_there_is_no_terminal_or_no_request(bench):
    application = Priced()
    made = bench(application)
    application.probe = made.probe
    assert b"there is no terminal" in made.serve(environ_for(PATH_INFO="/stop")).body
    assert "there is no terminal" in made.probe.break_at(sys._getframe())
    with_terminal = bench(application, terminal=True)
    assert with_terminal.probe.break_at(sys._getframe()) == "it is not in a request that is watched"
