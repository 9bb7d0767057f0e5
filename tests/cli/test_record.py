from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from tests.support.commands import WSGITRACE, Serving, record, wsgitrace
from tests.support.waiting import PATIENCE
from wsgitrace.capture import Capture

APP = """
import os, time

def inner(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/exit":
        os._exit(7)
    if path == "/boom":
        raise KeyError("boom")
    print("seen", path)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Set-Cookie", "sid=hunter2")])
    return [b"hello"]

class Middleware:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        environ["shop.user"] = "ada"
        return self.app(environ, start_response)

app = Middleware(inner)
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "served.py").write_text(APP)
    return tmp_path


def kept(file):
    """The requests in a file, in their order."""
    with Capture.open(file) as capture:
        return capture.page(limit=1000)[::-1]


def get(url, path="/", headers=None):
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)
    try:
        connection.request("GET", path, headers=headers or {})
        return connection.getresponse().read()
    except (http.client.HTTPException, OSError):
        return b""  # the worker was ended by the request
    finally:
        connection.close()


@pytest.mark.parametrize("choice", ["json", "continue"])
def test_what_a_breakpoint_holds_is_told_of_and_goes_on(choice, folder):
    options = ("--break", "path:/held on:start_response", "--on-hold", choice)
    with record("served:app", folder / "s.wtrace", *options, "--count", "2", cwd=folder) as serving:
        assert get(serving.url, "/held") == b"hello"
        assert get(serving.url, "/page") == b"hello"
        assert serving.wait() == 0
    told = [json.loads(line) for line in serving.output if line.startswith("{")]
    assert [(stop["held"], stop["event"], stop["status"], stop["method"]) for stop in told] == (
        [(1, "start_response", "200 OK", "GET")] if choice == "json" else []
    )
    (held,) = [row.held for row in kept(folder / "s.wtrace") if row.path == "/held"]
    assert held > 0


@pytest.mark.smoke
def test_record_ls_and_show_tell_the_same_story(folder):
    file = folder / "s.wtrace"
    with record("served:app", file, "--count", "2", cwd=folder) as serving:
        assert get(serving.url, "/page?token=hunter2&x=1", {"Cookie": "sid=hunter2"}) == b"hello"
        get(serving.url, "/boom")
        assert serving.wait() == 0
    line = re.fullmatch(
        r"127\.0\.0\.1 - - \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "
        r'"GET /page\?token=<redacted 7 #\w{4}>&x=1" 200 5 [\d.]+ms #1 2 layers\n',
        serving.output[0],
    )
    assert line
    assert serving.output[1].endswith(" 2 layers, KeyError\n")
    assert "seen /page\n" in serving.errors
    assert re.search(r"wsgitrace: 2 requests in .*: 2xx 1, 5xx 1; .* kept in \S+s\.wtrace", serving.errors[-1])
    rows = [json.loads(row) for row in wsgitrace("ls", str(file), "--json").stdout.splitlines()]
    assert [(row["path"], row["status"]) for row in rows] == [("/page", 200), ("/boom", 500)]
    shown = wsgitrace("show", str(file), "1").stdout
    assert "environ  + shop.user  ada" in shown
    assert "hunter2" not in shown
    assert "seen /page" in shown
    assert not list(folder.glob("s.wtrace-*"))


def test_only_what_is_wanted_is_kept(folder):
    file = folder / "s.wtrace"
    options = ("--ignore", "path:/static", "--only", "set-cookie:sid OR status:5xx")
    with record("served:app", file, *options, "--count", "2", cwd=folder) as serving:
        for path in ("/static/a", "/page", "/static/b", "/boom"):
            get(serving.url, path)
        assert serving.wait() == 0
    assert [line.split()[6].strip('"') for line in serving.output] == ["/page", "/boom"]
    assert "2 more not kept, by --only or --ignore" in serving.errors[-1]
    assert [row.path for row in kept(file)] == ["/page", "/boom"]


@pytest.mark.parametrize(
    ("option", "text", "said"),
    [
        (
            "--only",
            "stattus:500",
            '--only: There is no field "stattus"; the nearest is status.\n    stattus:500\n    ^^^^^^^\n',
        ),
        ("--ignore", "changed:vary", "--ignore: what layers changed"),
    ],
)
def test_a_wrong_choice_is_said_before_anything_is_served(option, text, said, folder):
    done = wsgitrace("record", "served:app", "-o", str(folder / "s.wtrace"), "--port", "0", option, text, cwd=folder)
    assert done.returncode == 2
    assert said in done.stderr
    assert not (folder / "s.wtrace").exists()


@pytest.mark.parametrize(("source", "code"), [("", 2), ("raise KeyError(1)", 3)])
def test_an_application_that_never_came_up_leaves_no_new_file(source, code, folder):
    file = folder / "s.wtrace"
    (folder / "typo.py").write_text(source)
    done = wsgitrace("record", "typo:ap", "-o", str(file), "--port", "0", cwd=folder)
    assert done.returncode == code
    assert not list(folder.glob("s.wtrace*"))
    with record("served:app", file, "--count", "1", cwd=folder) as serving:
        get(serving.url)
        assert serving.wait() == 0
    wsgitrace("record", "typo:ap", "-o", str(file), "--port", "0", cwd=folder)
    assert len(kept(file)) == 1


def test_no_more_are_listed_than_were_asked_for(folder):
    (folder / "together.py").write_text(
        "import threading\n"
        "barrier = threading.Barrier(4)\n"
        "def app(environ, start_response):\n"
        "    barrier.wait()\n"
        "    start_response('200 OK', [])\n"
        "    return [b'hello']\n"
    )
    file = folder / "s.wtrace"
    with record("together:app", file, "--count", "1", cwd=folder) as serving:
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(get, [serving.url] * 4)) == [b"hello"] * 4
        assert serving.wait() == 0
    assert len(serving.output) == 1
    assert "wsgitrace: 3 more requests came in before the last was counted.\n" in serving.errors
    assert "wsgitrace: 1 request in " in serving.errors[-1]
    assert len(kept(file)) == 4


def test_what_comes_faster_than_it_is_listed_is_listed_all_the_same(folder):
    with record("served:app", folder / "s.wtrace", "--count", "200", cwd=folder) as serving:
        place = urlsplit(serving.url)
        with socket.create_connection((place.hostname, place.port), PATIENCE) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 200)
            assert serving.wait() == 0
    assert sorted(int(re.search(r"#(\d+) ", line)[1]) for line in serving.output) == list(range(1, 201))


def test_a_recording_is_continued(folder):
    file = folder / "s.wtrace"
    for _ in range(2):
        with record("served:app", file, "--count", "1", cwd=folder) as serving:
            get(serving.url)
            assert serving.wait() == 0
    assert len(kept(file)) == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_cleanly(number, folder):
    file = folder / "s.wtrace"
    with record("served:app", file, cwd=folder) as serving:
        get(serving.url)
        assert serving.stop(number) == 128 + number
    assert "1 request in" in serving.errors[-1]
    assert len(kept(file)) == 1


def test_a_signal_that_waited_for_the_process_to_go_on_stops_it(folder):
    # Handled when what it waits for is over: that is when the get(timeout) of CPython's SimpleQueue never returns.
    with record("served:app", folder / "s.wtrace", cwd=folder) as serving:
        get(serving.url)
        serving.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, serving.process.pid, os.WSTOPPED | os.WNOWAIT)
        time.sleep(0.3)
        serving.process.send_signal(signal.SIGTERM)
        assert serving.stop(signal.SIGCONT) == 128 + signal.SIGTERM


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
def test_a_second_signal_does_not_wait_for_what_is_open(number, code, folder):
    (folder / "stuck.py").write_text(
        "import threading\n"
        "def app(environ, start_response):\n"
        "    start_response('200 OK', [('Content-Length', '5')])\n"
        "    yield b'begun'\n"
        "    threading.Event().wait() if environ['PATH_INFO'] == '/stuck' else None\n"
    )
    with record("stuck:app", folder / "s.wtrace", "--drain", "1000", cwd=folder) as serving:
        place = urlsplit(serving.url)
        clients = [socket.create_connection((place.hostname, place.port), PATIENCE) for _ in range(2)]
        for client, path in zip(clients, (b"/stuck", b"/"), strict=True):
            client.sendall(b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % path)
            answer = b""
            while not answer.endswith(b"begun"):
                answer += client.recv(1000)
        serving.process.send_signal(number)
        assert clients[1].recv(1000) == b"", "it stops: who has no request open is told to go"
        assert serving.stop(number) == code
    for client in clients:
        client.close()


def test_it_stops_by_itself_after_a_while(folder):
    with record("served:app", folder / "s.wtrace", "--for", "0.1", cwd=folder) as serving:
        assert serving.wait() == 0
    assert "0 requests in" in serving.errors[-1]


def test_a_log_that_nobody_reads_ends_the_recording(folder):
    command = [*WSGITRACE, "record", "served:app", "--port", "0", "-o", "s.wtrace"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        url = re.search(r"http://\S+", process.stderr.readline())[0]
        process.stdout.close()
        get(url)
        assert process.wait(PATIENCE) == 128 + signal.SIGPIPE
        assert "Traceback" not in process.stderr.read()


def test_a_worker_that_ends_ends_the_recording(folder):
    with record("served:app", folder / "s.wtrace", cwd=folder) as serving:
        get(serving.url, "/exit")
        assert serving.wait() == 1
    assert any("exit code 7" in line for line in serving.errors)


@pytest.mark.parametrize("arguments", [["record", "bad:app", "--port", "0", "-o", "s.wtrace"], ["layers", "bad:app"],
                                       ["run", "bad:app", "--port", "0"]])  # fmt: skip
def test_an_application_that_raises_is_shown_and_exits_3(arguments, tmp_path):
    (tmp_path / "bad.py").write_text("def make():\n    1 / 0\nmake()\n")
    command = [*WSGITRACE, *arguments]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=PATIENCE, check=False
    )
    assert done.returncode == 3
    assert 'bad.py", line 2, in make' in done.stderr
    assert "wsgitrace/" not in done.stderr.replace(str(tmp_path), "")
    assert done.stderr.splitlines()[-1] == "wsgitrace: importing bad raised ZeroDivisionError: division by zero"


def test_an_application_that_is_not_there_exits_2(tmp_path):
    for arguments in (["record", "nowhere:app", "--port", "0", "-o", "s.wtrace"], ["layers", "nowhere:app"]):
        done = wsgitrace(*arguments, cwd=tmp_path)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
        assert "there is no module 'nowhere'" in done.stderr


def test_an_address_that_cannot_be_served_is_told_before_anything_is_imported(tmp_path):
    (tmp_path / "noisy.py").write_text("open('imported', 'w').close()\n")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = wsgitrace("record", "noisy:app", "--port", str(port), "-o", "s.wtrace", cwd=tmp_path)
    assert done.returncode == 2
    assert f"port {port} on 127.0.0.1 is in use" in done.stderr
    assert done.stderr.count("\n") == 1
    done = wsgitrace("record", "noisy:app", "--host", "192.0.2.1", "-o", "s.wtrace", cwd=tmp_path)
    assert (done.returncode, "192.0.2.1 is not an address of this machine" in done.stderr) == (2, True)
    assert not (tmp_path / "imported").exists()
    assert not (tmp_path / "s.wtrace").exists()


def test_serving_beyond_this_machine_warns(folder):
    with record("served:app", folder / "s.wtrace", "--host", "0.0.0.0", "--for", "0", cwd=folder) as serving:
        assert serving.wait() == 0
    assert serving.errors[0].startswith("wsgitrace: serving on 0.0.0.0, not only to this machine: ")


def test_settings_come_from_the_environment_and_pyproject(folder):
    (folder / "pyproject.toml").write_text('[tool.wsgitrace]\napp = "served:app"\nsave = "from-file.wtrace"\n')
    env = {"WSGITRACE_PORT": "0"}
    with Serving([*WSGITRACE, "record", "--count", "1"], cwd=folder, env=env) as serving:
        get(serving.url)
        assert serving.wait() == 0
    assert (folder / "from-file.wtrace").exists()


@pytest.mark.parametrize("term", ["dumb", "xterm-256color"])
def test_run_without_a_terminal_is_record_and_says_so(term, folder):
    with Serving([*WSGITRACE, "run", "served:app", "--port", "0"], cwd=folder, env={"TERM": term}) as serving:
        get(serving.url)
        assert serving.stop(signal.SIGINT) == 130
    assert serving.errors[0] == (
        "wsgitrace: there is no terminal to draw on, so this is 'wsgitrace record'; nothing is kept without --save "
        "FILE.\n"
    )
    assert '"GET /" 200 5' in serving.output[0]
