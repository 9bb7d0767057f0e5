from __future__ import annotations

import http.client
import json
import threading
import time
from urllib.parse import urlsplit

import pytest

from tests.support.commands import WSGITRACE, Serving
from tests.support.waiting import PATIENCE
from wsgitrace.cli.orders import EndOtherwise, OrderError, Step, order_help, read_id, read_order

APP = """
class Session:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        environ["shop.tenant"] = "1"
        return self.app(environ, start_response)

def shop(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [b"hello"]

app = Session(shop)
"""


class Editor:
    """A program that drives a recording."""

    def __init__(self, folder):
        (folder / "served.py").write_text(APP)
        command = [*WSGITRACE, "record", "served:app", "--port", "0", "--interactive"]
        self.serving = Serving(command, cwd=folder, talks=True)
        self.count = 0
        self.read = {}

    def send(self, line):
        self.serving.process.stdin.write(f"{line}\n")
        self.serving.process.stdin.flush()

    def ask(self, do, **more):
        """Give a command; returns its reply."""
        self.count += 1
        self.send(json.dumps({"id": self.count, "do": do, **more}))
        return self.next("reply", id=self.count)

    def value(self, **question):
        """The answer to a question; a busy machine may have given up on it before."""
        deadline = time.monotonic() + PATIENCE
        while "value" not in (told := self.ask("evaluate", **question)):
            assert time.monotonic() < deadline, told
        return told["value"]

    def next(self, kind, **wanted):
        """The next message of a kind: a reply may come before or after what it brings about."""
        deadline = time.monotonic() + PATIENCE
        while True:
            at = self.read.get(kind, 0)
            while at == len(self.serving.output):
                assert time.monotonic() < deadline, self.serving.output
                time.sleep(0.002)
            message = json.loads(self.serving.output[at])
            self.read[kind] = at + 1
            if message["type"] == kind and wanted.items() <= message.items():
                return message


def fetch(url, found):
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)
    connection.request("GET", "/cart")
    response = connection.getresponse()
    found.append((response.status, dict(response.getheaders()), response.read()))
    connection.close()


def edits_a_copy(editor, number):
    assert "the nearest is method" in editor.ask("replay", request=number, edits=["metod=PUT"])["error"]
    wrong = editor.ask("replay", request=number, edits=["header:Host-"])
    assert (wrong["ok"], wrong["can_force"]) == (False, True)
    assert editor.ask("replay", request=number, edits=["query:edited=1", "header:X-New=2"])["ok"]
    edited = next(each for each in iter(lambda: editor.next("ended"), None) if "edited" in each["target"])
    assert (edited["replay_of"], edited["target"].partition("?")[2]) == (number, "edited=1")


def runs_otherwise(editor, number):
    assert "did not go through GZip" in editor.ask("replay", request=number, skip=["GZip"])["error"]
    wrong = editor.ask("replay", request=number, prepare="nowhere:sign")["error"]
    assert wrong.startswith(f"Request {number} was not run again: prepare: there is no module 'nowhere'")
    assert editor.ask("replay", request=number, skip=["Session"], breakpoint="layer:shop on:called", prepare="")["ok"]
    held = editor.next("held")
    assert (held["event"], held["layer"].rpartition(".")[2], held["breakpoint"]) == ("called", "shop", "")
    assert "shop.tenant" not in held["environ"], "Session was not run"
    assert editor.ask("continue", request=held["request"])["ok"]
    assert editor.next("ended", request=held["request"])["replay_of"] == number


def hunts(editor, number):
    assert "2 to 100,000" in editor.ask("hunt", request=number, times=1)["error"]
    found = editor.ask("hunt", request=number, times=4, jobs=2)
    assert (found["ok"], found["stopped"], found["hunt"]["ended"]) == (True, "", 4)
    assert sum(kind["count"] for kind in found["hunt"]["kinds"]) == 4
    assert all(kind["replay"] > number for kind in found["hunt"]["kinds"])


def test_a_program_holds_steps_edits_and_lets_go(tmp_path):
    editor = Editor(tmp_path)
    with editor.serving:
        url = editor.next("worker", phase="serving")["url"]
        assert editor.ask("break", text="layer:Session")["breakpoint"]["number"] == 1
        assert "nearest" in editor.ask("break", text="on:calld")["error"]
        answers = []
        client = threading.Thread(target=fetch, args=(url, answers))
        client.start()
        held = editor.next("held")
        number = held["request"]
        assert (held["event"], held["function"], held["client_gone"]) == ("called", "Session.__call__", False)
        assert editor.value(request=number, expression="environ['PATH_INFO']") == "'/cart'"
        assert editor.value(request=number, expression="self", what="local").startswith("<served.Session")
        wrong = editor.ask("edit", request=number, what="environ", name="REQUEST_METHOD", value=None)
        assert (wrong["ok"], wrong["can_force"]) == (False, True)
        assert editor.ask("step", request=number, how="to", layer="shop")["ok"]
        assert editor.next("released")["by"] == "step"
        assert editor.next("held")["environ"]["shop.tenant"] == "1"
        assert editor.ask("look", request=number, event=held["seq"])["moment"]["layer"] == "served.Session"
        assert editor.ask("step", request=number)["ok"]
        started = editor.next("held")
        assert started["event"] == "start_response"
        assert editor.ask("edit", request=number, what="header", name="X-Edited", value="yes")["edits"] == 1
        assert not editor.ask("end", request=number, how="skip")["ok"]
        assert editor.ask("step", request=number)["ok"]
        assert editor.next("held")["event"] == "returned"
        assert editor.ask("edit", request=number, what="body", value="good bye")["edits"] == 1
        assert editor.ask("continue", request=number)["ok"]
        client.join(PATIENCE)
        (status, headers, body), *_ = answers
        assert (status, headers["X-Edited"], headers["Content-Length"], body) == (200, "yes", "8", b"good bye")
        assert editor.next("ended")["request"] == number
        assert editor.ask("show", request=number)["exchange"]["how"] == "complete", "what is over is on disk"
        assert editor.ask("continue", request=number)["error"] == f"Request {number} is not held."
        assert editor.ask("switch", on=False)["ok"]
        assert editor.ask("replay", request=number, event=started["seq"])["ok"]
        again = editor.next("held")
        assert (again["event"], again["layer"]) == ("start_response", started["layer"])
        assert editor.ask("continue", request=again["request"])["ok"]
        for run_again in (edits_a_copy, runs_otherwise, hunts):
            run_again(editor, number)
        assert editor.ask("switch", on=True)["ok"]
        editor.send("{")
        assert not editor.next("reply", id=None)["ok"]
        second = threading.Thread(target=fetch, args=(url, answers))
        second.start()
        editor.next("held")
        editor.serving.process.stdin.close()
        second.join(PATIENCE)
        assert answers[1][2] == b"hello"
        assert editor.serving.wait() == 0


def test_a_command_is_one_object_with_its_own_fields():
    assert read_order(b'{"do": "step", "request": 3}') == Step(request=3)
    assert read_order(b'{"id": "x", "do": "end", "request": 3, "how": "drop"}') == EndOtherwise(
        id="x", request=3, how="drop"
    )


@pytest.mark.parametrize(
    ("line", "word"),
    [
        (b'{"do": "fly"}', "continue"),
        (b'{"request": 1}', "continue"),
        (b'{"do": "step"}', "request"),
        (b'{"do": "step", "request": "1"}', "int"),
        (b'{"do": "step", "request": 1, "hwo": "over"}', "hwo"),
        (b"[]", "object"),
        (b"\xff", "JSON"),
        (b"[" * 100_000, "object"),
    ],
    ids=["unknown", "none", "missing", "type", "field", "array", "bytes", "deep"],
)
def test_what_is_no_command_says_why(line, word):
    with pytest.raises(OrderError) as refused:
        read_order(line)
    assert word in str(refused.value)


@pytest.mark.parametrize(
    ("line", "found"), [(b'{"id": 7, "do": 1}', 7), (b'{"id": "a"}', "a"), (b'{"id": true}', None), (b"{", None)]
)
def test_the_id_of_a_command_is_known_whatever_else_is_wrong(line, found):
    assert read_id(line) == found


def test_help_tells_of_every_command():
    told = dict(order_help())
    assert "step request [how] [layer]" in told
    assert all(told.values())
