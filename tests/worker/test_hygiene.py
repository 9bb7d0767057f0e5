from __future__ import annotations

import json
import socket
import subprocess
import sys
import time

import pytest

from tests.support.waiting import until
from wsgitrace.events import Start, Started, decode_worker_frame, encode
from wsgitrace.link import Receiver, send_frame

# msgspec itself looks whether typing_extensions is there, and works without.
ALLOWED = {"msgspec", "typing_extensions", "wsgitrace"}


def modules_after(code, folder):
    source = f"import sys, json\n{code}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-P", "-c", source], capture_output=True, text=True, timeout=60, check=True, cwd=folder
    )
    return json.loads(done.stdout)


def test_msgspec_is_all_that_the_worker_imports_from_others(tmp_path):
    before = set(modules_after("", tmp_path))
    added = set(modules_after("import wsgitrace.worker.main", tmp_path)) - before
    foreign = {name.partition(".")[0] for name in added} - ALLOWED - sys.stdlib_module_names
    assert {name for name in foreign if not name.startswith("_")} == set()


def test_the_worker_imports_none_of_the_debuggers_rooms(tmp_path):
    loaded = modules_after("import wsgitrace.worker.main", tmp_path)
    rooms = {".".join(name.split(".")[:2]) for name in loaded if name.startswith("wsgitrace.")}
    assert rooms <= {f"wsgitrace.{room}" for room in ("events", "link", "marking", "probe", "server", "worker")}


def test_a_worker_that_serves_has_imported_nothing_more(serve):
    service = serve(
        """
        import json, sys
        def app(environ, start_response):
            start_response("200 OK", [])
            return [json.dumps(sorted(sys.modules)).encode()]
        """
    )
    service.phase("serving")
    service.get()
    loaded = json.loads(service.get()[1])
    foreign = {name.partition(".")[0] for name in loaded} - ALLOWED - sys.stdlib_module_names - {"served"}
    # What site-packages' .pth files import is there before the first line of ours.
    idle = subprocess.run(
        [sys.executable, "-P", "-c", "import sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    assert {name for name in foreign if not name.startswith("_")} <= set(idle.stdout.split())


def test_the_application_sees_a_plain_process(serve):
    service = serve(
        """
        import json, os, sys
        def app(environ, start_response):
            start_response("200 OK", [])
            facts = {
                "argv": sys.argv,
                "path": sys.path[0],
                "stdin": sys.stdin.read(),
                "descriptors": [fd for fd in range(3, 30) if _inheritable(fd)],
                "leader": os.getsid(0) == os.getpid(),
                "encoding": sys.stdout.encoding,
                "environment": [name for name in os.environ if name.upper().startswith(("WSGITRACE", "MALLOC"))],
            }
            return [json.dumps(facts).encode()]
        def _inheritable(fd):
            try:
                return os.get_inheritable(fd)
            except OSError:
                return False
        """
    )
    service.phase("serving")
    facts = json.loads(service.get()[1])
    assert facts == {
        "argv": ["served"],
        "path": str(service.folder),
        "stdin": "",
        "descriptors": [],
        "leader": True,
        "encoding": "utf-8",
        "environment": [],
    }


def test_breakpoint_says_one_sentence(serve):
    service = serve(
        "def app(environ, start_response):\n    breakpoint()\n    start_response('200 OK', [])\n    return []\n"
    )
    service.phase("serving")
    assert service.get()[0] == 200
    lines = until(lambda: [text for stream, text, _ in service.output() if stream == "stderr"])
    assert len(lines) == 1
    assert "served.py:2 was passed over" in lines[0]


def test_multiprocessing_by_spawn_does_not_start_a_second_worker(serve):
    service = serve(
        """
        import multiprocessing
        def double(number):
            return 2 * number
        def app(environ, start_response):
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                result = pool.map(double, [21])
            start_response("200 OK", [])
            return [str(result).encode()]
        """
    )
    service.phase("serving")
    assert service.get() == (200, b"[42]")


def test_gevent_leaves_us_alone(serve):
    pytest.importorskip("gevent")
    service = serve(
        """
        import gevent.monkey
        gevent.monkey.patch_all()
        import time, threading, queue
        def app(environ, start_response):
            time.sleep(0.01)
            box = queue.Queue()
            threading.Thread(target=box.put, args=(b"through a greenlet",)).start()
            print("printed")
            start_response("200 OK", [])
            yield box.get(timeout=10)
        """,
        reload=True,
    )
    first = service.phase("serving")
    for _ in range(3):
        assert service.get() == (200, b"through a greenlet")
        assert service.ended().how == "complete"
    until(lambda: sum(text == "printed" for _, text, _ in service.output()) == 3)
    with service.hold():
        service.supervisor.resume()
        assert service.ended().status == 200
    service.write("def app(environ, start_response):\n    start_response('200 OK', [])\n    return [b'plain']\n")
    until(lambda: service.state.pid != first.pid and service.state.phase == "serving")
    assert service.get()[1] == b"plain"


def test_django_is_found_by_its_manage_py(serve):
    pytest.importorskip("django")
    service = serve("", start={"app": ""}, prepare=_django)
    assert service.phase("serving").app == "site_of_it.wsgi:application"
    assert "the WSGI_APPLICATION of site_of_it.settings" in service.state.note
    assert service.get("/")[0] == 404


def _django(folder):
    package = folder / "site_of_it"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "urls.py").write_text("urlpatterns = []\n")
    (package / "settings.py").write_text(
        "SECRET_KEY = 'x'\nROOT_URLCONF = 'site_of_it.urls'\nALLOWED_HOSTS = ['*']\n"
        "WSGI_APPLICATION = 'site_of_it.wsgi.application'\n"
    )
    (package / "wsgi.py").write_text(
        "import os\nfrom django.core.wsgi import get_wsgi_application\n"
        "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site_of_it.settings')\napplication = get_wsgi_application()\n"
    )
    (folder / "manage.py").write_text(
        "import os, sys\ndef main():\n    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site_of_it.settings')\n"
        "    from django.core.management import execute_from_command_line\n    execute_from_command_line(sys.argv)\n"
    )


def test_the_worker_ends_by_itself_when_nobody_says_start():
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "wsgitrace.worker", "--link", str(theirs.fileno())], pass_fds=[theirs.fileno()]
        )
    ours.close()
    assert process.wait(30) == 0


def test_the_worker_reports_and_ends_where_it_is_not_to_serve(tmp_path):
    (tmp_path / "once.py").write_text("def app(environ, start_response):\n    return []\n")
    ours, theirs = socket.socketpair()
    ours.settimeout(30)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "wsgitrace.worker", "--link", str(theirs.fileno())], pass_fds=[theirs.fileno()]
        )
    with ours:
        send_frame(ours, encode(Start(app="once", directory=str(tmp_path), serve=False)))
        frames = [decode_worker_frame(frame) for frame in Receiver(ours)]
    started = [frame for frame in frames if isinstance(frame, Started)]
    assert [frame.app for frame in started] == ["once:app"]
    began = time.monotonic()
    assert process.wait(30) == 0
    assert time.monotonic() - began < 20
