"""``wsgitrace replay``: a bug planted in one layer is named, CI systems can read it, and what cannot be run is told."""

from __future__ import annotations

import itertools
import json
import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.etree import ElementTree as ET

import pytest

from tests.support import stories
from tests.support.commands import WSGITRACE, Serving
from tests.support.planted import SECRET, leaks
from tests.support.scripted_feed import START, ScriptedFeed
from tests.support.streams import Exchange
from tests.support.waiting import PATIENCE
from wsgitrace.capture import Capture
from wsgitrace.events import Edited
from wsgitrace.trace import Trace

SHOP = """
import json

class Session:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        environ["shop.session"] = environ["REMOTE_ADDR"] + environ["SERVER_PORT"]
        return self.app(environ, start_response)

class Auth:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        environ["shop.user"] = USER
        return self.app(environ, start_response)

def view(environ, start_response):
    data = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", [("Content-Type", "application/json"), ("X-Total", "3")])
    return [json.dumps({"user": environ["shop.user"], "got": len(data)}).encode()]

app = Session(Auth(view))
"""


HOOK = """
def give(environ, body):
    environ["given"] = "ada" if environ["REQUEST_METHOD"] == "GET" else environ["none"]
"""


def recorded(path, *requests):
    """What the shop did when its user was ada; requests of which the body was never read are the last ones."""
    feed = ScriptedFeed(path)
    for method, target, body, read in requests:
        headers = [("Host", "shop.example")]
        exchange = Exchange(method, target, headers=headers, body=body, peer="10.0.0.7:5000")
        with exchange.call("shop.Session") as session:
            session.environ["shop.session"] = "10.0.0.78000"
            with session.call("shop.Auth") as auth:
                auth.environ["shop.user"] = "ada"
                with auth.call("shop.view", "application") as view:
                    if read:
                        view.read(len(body))
                    view.start_response("200 OK", [("Content-Type", "application/json"), ("X-Total", "3")])
                    answer = json.dumps({"user": "ada", "got": len(body)}).encode()
                    view.returns([answer])
        exchange.response_head([("Date", "Mon"), ("Content-Length", str(len(answer)))])
        feed.add(exchange.finish())
    feed.close()
    return path


GOOD, BAD = (("--app", "shop:app", "--app-dir", name) for name in ("good", "bad"))

REQUESTS = [("GET", "/cart?a=1", b"", True), ("POST", "/cart", b"sku=A-17", True), ("POST", "/photo", b"x" * 9, False)]


@pytest.fixture
def shop(tmp_path):
    """A recording, and an application in the working directory."""
    path = recorded(tmp_path / "shop.wtrace", *REQUESTS)
    for name, user in (("good", "ada"), ("bad", "nobody")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "shop.py").write_text(SHOP.replace("USER", repr(user)))
    return path


def test_what_still_works_matches_and_what_is_not_recorded_whole_is_told(shop, verb, tmp_path):
    code, out, err = verb("replay", shop, *GOOD, "--yes", "--layers", "-o", tmp_path / "new.wtrace")
    assert code == 0, out + err
    lines = out.splitlines()
    assert [line[:15] for line in lines] == ["≈ #1 GET /cart?", "≈ #2 POST /cart", "- #3 POST /phot"]
    assert "not replayed: the body of request 3 is not recorded whole: nothing of 9 bytes was read" in lines[2]
    assert "3 requests: 2 the same but for noise, 1 not replayed" in err
    with Capture.open(tmp_path / "new.wtrace") as capture:
        assert [(row.replay_of, row.target, row.peer) for row in capture.page()] == [
            (2, "/cart", "10.0.0.7:5000"),
            (1, "/cart?a=1", "10.0.0.7:5000"),
        ]


def test_what_differs_is_told_without_its_secrets(shop, verb, tmp_path):
    source = tmp_path / "bad" / "shop.py"
    secret = f'"nobody", "password": "{SECRET}"'
    source.write_text(SHOP.replace("USER", "None").replace('"user": environ["shop.user"]', f'"user": {secret}'))
    for form in ("--diff", "--json"):
        code, out, _ = verb("replay", shop, *BAD, "--yes", form)
        assert code == 1
        assert "nobody" in out or form == "--json"
        assert leaks(out) == []


def test_a_bug_in_one_layer_is_named_with_its_event(shop, verb, tmp_path):
    report = tmp_path / "report.xml"
    code, out, _ = verb("replay", shop, *BAD, "--yes", "--diff", "--junit", report)
    assert code == 1
    parted = out.partition("FIRST DIVERGENCE  ")[2].splitlines()
    assert parted[0].startswith("shop.Auth (")
    assert [line.split() for line in parted[1:3]] == [
        ["A", "environ", "shop.user:", "ada"],
        ["B", "environ", "shop.user:", "nobody"],
    ]
    suite = ET.parse(report).getroot().find("testsuite")
    counts = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "3", "failures": "2", "errors": "0", "skipped": "1"}
    cases = suite.findall("testcase")
    assert [[child.tag for child in case] for case in cases] == [["failure"], ["failure"], ["skipped"]]
    assert cases[0].get("name") == "#1 GET /cart?a=1"
    assert "Auth" in cases[0].find("failure").get("message")
    assert "shop.user: nobody" in cases[0].find("failure").text


def test_many_at_once_are_told_as_json(shop, verb):
    code, out, _ = verb("replay", shop, "id:1", *GOOD, "-n", "6", "-j", "3", "--json")
    assert code == 0
    found = json.loads(out)
    assert (found["number"], found["verdict"], len(found["replays"])) == (1, "noise", 6)
    assert {each["verdict"] for each in found["replays"]} == {"noise"}
    assert sorted(each["replay"] for each in found["replays"]) == list(range(1, 7))


def test_a_copy_is_edited_and_the_original_stays(shop, verb):
    before = shop.read_bytes()
    edits = ("--edit", "query:a=2", "--edit", "method=PUT", "--edit", "body=12345")
    code, out, err = verb("replay", shop, "id:1", *GOOD, "--yes", "--diff", *edits)
    assert code == 1, err
    assert out.startswith("✗ #1 GET /cart?a=1 as PUT /cart?a=2  200")
    assert "$.got: 0 → 5" in out
    code, out, err = verb(
        "replay",
        shop,
        "id:1",
        *GOOD,
        "--edit",
        "header:Host=a b",
        "--edit",
        "peer=x:1",
        "--json",
        "--edit",
        "header:Absent-",
    )
    found = json.loads(out)
    assert (code, found["sent"]["target"], found["replays"][0]["failure"]) == (1, "/cart?a=1", "")
    assert "Host is host[:port]" in found["sent"]["refused"]
    assert "#1 was sent although a server refuses it: Host is host[:port]" in err
    assert "--edit header:Absent- removed nothing: no request has that.\n" in err
    assert shop.read_bytes() == before


def test_watched_requests_run_again_after_each_save(shop, tmp_path):
    with Serving([*WSGITRACE, "replay", str(shop), "id:1", *GOOD, "--watch", "--json"], cwd=tmp_path) as watching:
        assert next_round(watching, "pass")
        deadline = time.monotonic() + PATIENCE
        while not next_round(watching, "changed", seconds=2):
            assert time.monotonic() < deadline, watching.errors
            # Once more: a file that is saved before it is looked at is not noticed.
            (tmp_path / "good" / "shop.py").write_text(SHOP.replace("USER", "'nobody'"))
        assert watching.stop(signal.SIGINT) == 1, "that of the last time"
        assert "they are run again when a file is saved (ctrl+c ends)." in "".join(watching.errors)


def next_round(watching, fate, seconds=PATIENCE):
    """Whether a request has come to this, within some seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if watching.output and json.loads(watching.output[-1])["fate"] == fate:
            return True
        time.sleep(0.02)
    return False


def test_an_edit_that_is_none_is_pointed_at(shop, verb):
    code, out, err = verb("replay", shop, "id:1", *GOOD, "--edit", "query:a=1", "--edit", "metod=PUT")
    assert (code, out) == (2, "")
    assert err.splitlines()[1:] == ["    metod=PUT", "    ^^^^^"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--app", "shop:app"), "2 requests of 3 may change something (POST 2): give --yes"),
        (("method:GET",), "nowhere to run it: give --app APP"),
        (("method:GET", "--app", "shop:app", "--url", "http://x"), "--app and --url are both given"),
        (("method:GET", "--url", "http://127.0.0.1:8000/shop"), "says more than scheme, host and port"),
        (("method:GET", "--url", "ftp://127.0.0.1"), "is no URL of a server"),
        (("path:/nowhere", "--app", "shop:app"), "there is nothing to replay"),
        (("method:GET", "--app", "shop:app", "--ignore", "body:x"), "'body:x' is no rule"),
        (("id:1", "--app", "shop:app", "--edit", "method=PUT"), "request 1 may change something (PUT): give --yes"),
        (("id:1", "--url", "http://127.0.0.1:1", "--junit", "gone/r.xml"), "--junit gone/r.xml: a file cannot be"),
        (("id:1", "--url", "http://127.0.0.1:1", "--edit", "peer=x:1"), "that of the new connection"),
        (("id:1", "--url", "http://127.0.0.1:1", "--watch"), "it is for --app"),
        (("id:1", "--url", "http://127.0.0.1:1", "--skip", "Auth"), "--skip is done in the application's own process"),
        (("id:1", "--app", "shop:app", "--timing", "original", "-n", "2"), "runs each once, when it ran then"),
        (("id:1", "--app", "shop:app", "--clock", "original", "-j", "2"), "runs one request at a time"),
        (("id:1", "--app", "shop:app", "--prepare", "sign"), "a function is written MODULE:FUNCTION, as in hooks:sign"),
    ],
    ids=[
        *("unsafe", "nowhere", "both", "path", "scheme", "nothing", "rule", "edited", "junit", "peer", "watch"),
        *("skip", "timing", "clock", "prepare"),
    ],
)
def test_what_cannot_be_is_one_sentence(shop, verb, arguments, words):
    code, out, err = verb("replay", shop, *arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


def test_a_layer_is_skipped_a_breakpoint_holds_and_a_hook_changes_it_first(shop, verb, tmp_path):
    source = tmp_path / "good" / "shop.py"
    source.write_text(SHOP.replace("USER", 'environ["given"]'))
    (tmp_path / "good" / "hooks.py").write_text(HOOK)
    otherwise = ("--skip", "Session", "--prepare", "hooks:give", "--timing", "original", "--break", "layer:Auth")
    code, out, err = verb("replay", shop, *GOOD, "--yes", *otherwise, "-o", tmp_path / "new.wtrace")
    lines = out.splitlines()
    assert (code, lines[0][:19]) == (0, "≈ #1 GET /cart?a=1 "), out + err
    assert lines[1].startswith("- #2 POST /cart  not replayed: hooks:give raised KeyError: 'none' (hooks.py:")
    assert "held #1 GET /cart?a=1 by layer:Auth\n  called shop.Auth" in err
    with Capture.open(tmp_path / "new.wtrace") as capture:
        refused, run = capture.page()
        found = Trace.from_events(capture.events(run.number))
        assert [(edit.what, edit.name) for edit in found.recording.of(Edited)] == [
            ("environ", "given"),
            ("layer", "shop.Session"),
        ]
        assert (refused.how, refused.layers, refused.replay_of) == ("refused", 0, 2)


def test_what_depends_on_the_time_comes_as_it_did_with_the_clock_set(shop, verb, tmp_path):
    pytest.importorskip("time_machine")
    now = f"'ada' if abs(__import__('time').time() - {START // 10**9}) < 60 else 'late'"
    (tmp_path / "good" / "shop.py").write_text(SHOP.replace("USER", now))
    code, out, err = verb("replay", shop, "id:1", *GOOD, "--clock", "original")
    assert code == 0, out + err


class Answers(BaseHTTPRequestHandler):
    """Another server with the same application."""

    user = "ada"

    def do_GET(self):
        self.do_POST()

    def do_POST(self):
        got = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.dumps({"user": self.user, "got": len(got)}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Total", "3" if self.headers["Host"] == "shop.example" else "another host")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


def test_over_http_the_head_is_the_recorded_one_and_another_server_is_noise(shop, verb, server, monkeypatch):
    code, out, err = verb("replay", shop, "--url", server, "--yes")
    assert code == 0, out
    assert "the client's address and the scheme are those of the new connection" in err
    timed = ("id:1", "--url", server, "--json", "--timing", "original")
    assert "Server (another server's own)" in verb("replay", shop, *timed)[1]
    monkeypatch.setattr(Answers, "user", "nobody")
    code, out, _ = verb("replay", shop, "--url", server, "--yes", "--diff")
    assert code == 1
    assert '~ $.user: "ada" → "nobody"' in out


def test_what_goes_wrong_now_and_then_is_not_learnt_as_noise(shop, verb, server, monkeypatch):
    users = itertools.cycle(["ada", "nobody"])
    monkeypatch.setattr(Answers, "user", property(lambda _: next(users)))
    code, out, _ = verb("replay", shop, "id:1", "--url", server, "-n", 6)
    assert (code, "3 of 6: the responses differ: body" in out) == (1, True), out


def test_a_server_that_is_not_there_is_a_difference(shop, verb, server):
    code, out, _ = verb("replay", shop, "id:1", "--url", "http://127.0.0.1:1")
    assert code == 1
    assert out.startswith("✗ #1 GET /cart?a=1  200  no response: Connection refused\n")


def test_an_application_that_cannot_be_imported_is_told(shop, verb, tmp_path):
    (tmp_path / "broken.py").write_text("1 / 0\n")
    code, out, err = verb("replay", shop, "id:1", "--app", "broken:app")
    assert (code, out) == (3, "")
    assert "ZeroDivisionError" in err


def test_cookies_of_the_run_take_the_place_of_recorded_ones(verb, tmp_path, server, monkeypatch):
    seen = []

    def answer(self):
        seen.append(self.headers["Cookie"])
        self.send_response(200)
        self.send_header("Set-Cookie", f"sid=new{len(seen)}; Path=/")
        self.end_headers()

    monkeypatch.setattr(Answers, "do_GET", answer)
    feed = ScriptedFeed(tmp_path / "page.wtrace")
    for _ in range(2):
        feed.add(stories.page())
    feed.close()
    verb("replay", tmp_path / "page.wtrace", "--url", server, "--no-learn", "--fresh-cookies")
    verb("replay", tmp_path / "page.wtrace", "--url", server, "--no-learn")
    assert seen == ["sid=9f3c", "sid=new1", "sid=9f3c", "sid=9f3c"]


def test_secrets_stay_masked(verb, tmp_path, server):
    feed = ScriptedFeed(tmp_path / "page.wtrace")
    feed.add(stories.page("/cart?token=hunter2hunter2"))
    feed.close()
    _, out, _ = verb("replay", tmp_path / "page.wtrace", "--url", server, "--diff", "--junit", tmp_path / "r.xml")
    for text in (out, (tmp_path / "r.xml").read_text()):
        assert "hunter2" not in text
        assert "sid=9f3c" not in text
