"""pdb in a worker, under a supervisor: what becomes of reloads, of the others, and of the terminal at the end."""

from __future__ import annotations

import queue

import pytest

from tests.support.pseudo_terminal import PseudoTerminal
from tests.support.waiting import until

SOURCE = """
try:
    import gevent.monkey
    gevent.monkey.patch_all()
except ImportError:
    pass
import sys

def shop(environ, start_response):
    price = 5
    if environ["PATH_INFO"] == "/stop":
        breakpoint()
        price += 1
    start_response("200 OK", [])
    return [f"{price} {sys.gettrace()} {'pdb' in sys.modules}".encode()]

app = shop
"""
REQUEST = b"GET /stop HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


class Desk:
    """Gives terminals to requests that ask for one."""

    def __init__(self, service):
        self.service = service
        self.clients = []
        self.terminals = []
        self.ended = queue.Queue()

    def stop(self):
        """A client whose request has come to ``breakpoint()``, its number, and the terminal that pdb has there."""
        client = self.service.open(REQUEST)
        self.clients.append(client)
        hold = until(lambda: next((hold for hold in self.service.state.holds if hold.asks), None))
        self.terminals.append(PseudoTerminal())
        self.service.supervisor.debug(hold.number, self.terminals[-1].name, self.ended.put)
        self.terminals[-1].wait_for("(Pdb) ")
        return client, hold.number, self.terminals[-1]

    def close(self):
        for each in (*self.clients, *self.terminals):
            each.close()


@pytest.fixture
def desk(serve):
    service = serve(SOURCE, start={"app": "served:app", "terminal": True}, reload=True)
    made = Desk(service)
    service.phase("serving")
    yield made
    made.close()


def read(client):
    data = b""
    with client:
        while part := client.recv(65536):
            data += part
    return data


def test_nothing_reloads_meanwhile_the_others_go_on_and_the_terminal_comes_back_from_a_process_that_dies(desk):
    service = desk.service
    pid = service.state.pid
    assert service.get()[1] == b"5 None False", "pdb is imported when it is asked for"
    client, number, terminal = desk.stop()
    service.write(SOURCE + "\n# saved\n")
    until(lambda: service.state.reload_pending)
    assert "price += 1" in terminal.tell("n")
    assert service.get()[1] == b"5 None True"
    terminal.tell("n")
    service.supervisor.interrupt(number)
    assert service.state.pid == pid
    assert service.state.reload_pending
    terminal.type("c\n")
    assert desk.ended.get(timeout=30).text == "The request goes on."
    assert read(client).endswith(b"6 None True")
    until(lambda: service.state.pid != pid and service.state.phase == "serving")
    summary = next(row for row in iter(service.ended, None) if row.target == "/stop")
    assert 0 < summary.held < summary.duration

    client, number, terminal = desk.stop()
    terminal.type("__import__('os')._exit(7)\n")
    answer = desk.ended.get(timeout=30)
    assert (answer.failed, answer.text) == (True, "The worker ended with exit code 7.")
    client.close()
    service.supervisor.debug(number, terminal.name, desk.ended.put)
    assert desk.ended.get(timeout=30).text == "The request is not held any more."
