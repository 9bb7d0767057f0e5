from __future__ import annotations

import queue
import threading

import pytest

from tests.support.served import Service
from tests.support.waiting import until
from wsgitrace.events import EnvironEdit, Evaluated, HeadersEdit, Held
from wsgitrace.query import FilterError

STACK = """
class Session:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        count = 41
        environ["shop.sid"] = "1"
        return self.app(environ, start_response)

def shop(environ, start_response):
    start_response('200 OK', [('X-Total', '5'), ('X-Coupon', environ.get('coupon', 'none'))])
    return [b'shop']

app = Session(shop)
"""

REQUEST = b"GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@pytest.fixture(autouse=True)
def _hang_up(monkeypatch):
    """Clients hang up at the end, whatever became of them."""
    clients = []
    really = Service.open

    def opened(self, request):
        clients.append(really(self, request))
        return clients[-1]

    monkeypatch.setattr(Service, "open", opened)
    yield
    for client in clients:
        client.close()


@pytest.fixture
def shop(serve):
    service = serve(STACK)
    service.phase("serving")
    return service


def answer(client):
    data = b""
    while part := client.recv(65536):
        data += part
    client.close()
    return data


def armed(service, text):
    """Arm a breakpoint, and wait until the worker knows it: commands are obeyed in order."""
    service.supervisor.add_breakpoint(text)
    known = threading.Event()
    service.supervisor.evaluate(0, "1", lambda _: known.set())
    assert known.wait(30)
    before = len(service.state.breakpoints)
    assert before
    return service.state.breakpoints[-1]


def test_a_breakpoint_holds_steps_edit_and_the_client_gets_it(shop):
    armed(shop, "layer:Session path:/cart")
    client = shop.held("/cart")
    hold_ = shop.state.holds[0]
    number = hold_.number
    assert (hold_.kind, hold_.breakpoint, hold_.gone) == ("called", 1, False)
    assert hold_.until - hold_.since > 800e9
    answers = queue.Queue()
    shop.supervisor.evaluate(
        number, "sorted(environ)[0] and [environ['REQUEST_METHOD'] for _ in range(2)]", answers.put
    )
    shop.supervisor.evaluate(number, "1 / 0", answers.put)
    first, second = answers.get(timeout=30), answers.get(timeout=30)
    assert isinstance(first, Evaluated)
    assert (first.text, first.failed) == ("['GET', 'GET']", False)
    assert (second.text, second.failed) == ("ZeroDivisionError: division by zero", True)
    shop.supervisor.step(number, "into", edits=[EnvironEdit("coupon", "FREE")])
    until(lambda: [hold.event for hold in shop.state.holds] not in ([], [hold_.event]))
    second_stop = shop.state.holds[0]
    assert second_stop.kind == "called"
    shop.supervisor.step(number, "over")
    until(lambda: [hold.kind for hold in shop.state.holds] == ["start_response"])
    shop.supervisor.resume(number, edits=[HeadersEdit((("X-Total", "0"), ("X-Coupon", "FREE")))])
    response = answer(client)
    assert b"X-Total: 0\r\n" in response
    assert b"X-Coupon: FREE\r\n" in response
    assert shop.state.breakpoints[0].hits == 1
    summary = shop.ended()
    assert 0 < summary.held <= summary.duration
    with shop.capture() as capture:
        until(lambda: (row := capture.summary(number)) is not None and row.done)
        stops = [event for event in capture.events(number) if isinstance(event, Held)]
    assert [stop.function for stop in stops] == ["Session.__call__", "shop", "shop"]
    assert stops[2].locals["environ"] is not None


def test_the_first_request_of_a_worker_is_held_however_long_its_start_takes(serve):
    service = serve(STACK, breakpoints=["layer:Session once:yes"])
    client = service.open(REQUEST % b"/")
    (hold_,) = until(lambda: service.state.holds)
    assert (hold_.kind, hold_.breakpoint) == ("called", 1)
    service.supervisor.resume()
    assert answer(client).endswith(b"shop")
    until(lambda: service.state.breakpoints[0].used_up)


def test_others_flow_while_eight_are_held_and_a_client_hangs_up(shop):
    armed(shop, "path:/cart")
    clients = [shop.held("/cart")]
    clients += [shop.open(REQUEST % b"/cart") for _ in range(7)]
    until(lambda: len(shop.state.holds) == 8)
    assert [shop.get("/free") for _ in range(25)] == [(200, b"shop")] * 25
    gone = clients.pop()
    gone.close()
    until(lambda: any(hold.gone for hold in shop.state.holds))
    assert len(shop.state.held) == 8
    shop.supervisor.resume()
    assert all(answer(client).endswith(b"shop") for client in clients)
    until(lambda: not shop.state.held)


def test_breakpoints_survive_a_reload_which_waits_for_what_is_held(serve):
    service = serve(STACK, reload=True)
    service.phase("serving")
    armed(service, "layer:Session path:/cart")
    client = service.held("/cart")
    service.write(STACK.replace("b'shop'", "b'more'"))
    until(lambda: service.state.reload_pending)
    service.supervisor.resume()
    assert answer(client).endswith(b"shop")
    service.ended()
    until(lambda: service.state.restarts == 1 and service.state.phase == "serving")
    client = service.held("/cart")
    assert service.state.breakpoints[0].hits == 2
    service.supervisor.resume()
    assert answer(client).endswith(b"more")


def test_the_list_of_breakpoints(shop):
    supervisor = shop.supervisor
    with pytest.raises(FilterError):
        supervisor.add_breakpoint("on:nothing")
    supervisor.add_breakpoint("layer:Sesion")
    supervisor.add_breakpoint("layer:Session once:yes path:/once")
    until(lambda: len(shop.state.breakpoints) == 2)
    first, second = shop.state.breakpoints
    assert first.never == "none of 3 layers known so far is called so"
    assert second.never == ""
    supervisor.switch_breakpoint(first.id, on=False)
    until(lambda: not shop.state.breakpoints[0].on)
    supervisor.change_breakpoint(shop.state.breakpoints[0].id, "layer:shop on:returned")
    until(lambda: shop.state.breakpoints[0].text == "layer:shop on:returned")
    supervisor.remove_breakpoint(shop.state.breakpoints[0].id)
    until(lambda: [one.text for one in shop.state.breakpoints] == [second.text])
    client = shop.held("/once")
    assert (shop.state.breakpoints[0].used_up, shop.state.breakpoints[0].on) == (True, False)
    supervisor.resume()
    answer(client)
    supervisor.switch_breakpoints(on=False)
    until(lambda: not shop.state.breakpoints_on)
    assert shop.get("/once") == (200, b"shop")


def test_the_bound_on_held_requests_is_told(serve):
    service = serve(STACK, start={"app": "served", "hold_limit": 1})
    service.phase("serving")
    armed(service, "path:/cart")
    client = service.held("/cart")
    assert service.get("/cart") == (200, b"shop")
    until(lambda: service.state.hold_full)
    assert service.state.hold_limit == 1
    service.supervisor.extend(service.state.holds[0].number, None)
    until(lambda: service.state.holds[0].until == 0)
    service.supervisor.resume()
    assert answer(client).endswith(b"shop")
