from __future__ import annotations

import contextlib
import http.client
import threading

import pytest

from tests.support.waiting import PATIENCE, until

APP = """
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"ANSWER"]
"""


def version(number):
    return APP.replace("ANSWER", f"version {number}") + "#" * number


@pytest.mark.smoke
def test_a_reload_restarts_only_the_worker_and_the_list_stays(serve):
    service = serve(version(1), reload=True)
    first = service.phase("serving")
    assert service.get()[1] == b"version 1"
    service.write(version(2))
    until(lambda: service.state.pid != first.pid and service.state.phase == "serving")
    assert service.get()[1] == b"version 2"
    assert [service.ended().number, service.ended().number] == [1, 2]
    assert service.state.restarts == 1
    assert service.supervisor.counters.requests == 2


def test_no_connection_is_refused_while_the_worker_is_replaced(serve):
    service = serve(version(1), reload=True)
    service.phase("serving")
    answers = []
    done = threading.Event()
    failures = []

    def browse():
        try:
            while not done.is_set():
                answers.append(service.get()[1])
        except (OSError, http.client.HTTPException) as error:
            failures.append(error)

    threads = [threading.Thread(target=browse) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for number in (2, 3, 4):
            service.write(version(number))
            until(lambda: failures or b"version %d" % number in answers[-5:])  # noqa: B023 -- used at once
    finally:
        done.set()
        for thread in threads:
            thread.join(PATIENCE)
    refused = [error for error in failures if isinstance(error, ConnectionRefusedError)]
    assert not refused
    assert not failures


def test_a_file_that_only_a_request_imports_is_watched_too(serve):
    service = serve(
        """
        def app(environ, start_response):
            import later
            start_response("200 OK", [])
            return [later.answer]
        """,
        reload=True,
    )
    later = service.folder / "later.py"
    later.write_text("answer = b'one'\n")
    first = service.phase("serving")
    assert service.get()[1] == b"one"
    until(lambda: any(name.endswith("later.py") for name in service.supervisor._keeper._sources))
    later.write_text("answer = b'two, longer'\n")
    until(lambda: service.state.pid != first.pid and service.state.phase == "serving")
    assert service.get()[1] == b"two, longer"


def test_an_exchange_that_streams_gets_its_time_at_a_reload(serve):
    service = serve(
        """
        import time
        def app(environ, start_response):
            start_response("200 OK", [("Content-Length", "10")])
            yield b"first"
            time.sleep(0.5)
            yield b"other"
        """,
        reload=True,
    )
    first = service.phase("serving")
    with service.open(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n") as client, client.makefile("rb") as response:
        until(lambda: response.readline() == b"\r\n")
        service.write(version(2))
        assert response.read(10) == b"firstother"
    assert service.ended().how == "complete"
    until(lambda: service.state.pid != first.pid and service.state.phase == "serving")


def test_nothing_is_reloaded_while_an_exchange_is_held(serve):
    service = serve(version(1), reload=True)
    first = service.phase("serving")
    with service.hold() as client:
        service.write(version(2))
        until(lambda: service.state.reload_pending)
        assert (service.state.phase, service.state.pid) == ("serving", first.pid)
        service.supervisor.resume()
        assert b"version 1" in b"".join(iter(lambda: client.recv(10_000), b""))
    until(lambda: service.state.pid != first.pid and service.state.phase == "serving")
    assert not service.state.reload_pending
    assert service.get()[1] == b"version 2"


def test_the_order_to_hold_survives_a_reload(serve):
    service = serve(version(1), reload=True)
    first = service.phase("serving")
    service.supervisor.hold_next()
    until(lambda: service.state.hold_next)
    service.write(version(2))
    until(lambda: service.state.pid != first.pid and service.state.phase == "serving")
    assert service.state.hold_next
    with service.held():
        service.supervisor.resume()
        until(lambda: not service.state.held)


def test_a_failed_import_explains_itself_and_is_tried_again_on_the_next_save(serve):
    service = serve(version(1), reload=True)
    service.phase("serving")
    service.write("import no_such_thing\n" + version(2))
    failed = service.phase("import failed")
    assert "importing served needs the module 'no_such_thing'" in failed.message
    assert 'served.py", line 1' in failed.traceback
    assert not failed.usage
    status, body = service.get()
    assert status == 503
    assert b"needs the module 'no_such_thing'" in body
    assert b"Traceback (most recent call last)" in body
    service.write(version(3))
    state = service.phase("serving")
    assert (state.message, state.traceback) == ("", "")
    assert service.get()[1] == b"version 3"


def test_a_failed_first_import_is_tried_again_when_the_missing_file_appears(serve):
    service = serve("import missing\n" + APP, reload=True)
    service.phase("import failed")
    (service.folder / "missing.py").write_text("")
    service.phase("serving")
    assert service.get()[0] == 200


def test_an_app_that_cannot_be_resolved_is_a_slip_of_usage(serve):
    service = serve(APP, start={"app": "served:ap"})
    failed = service.phase("import failed")
    assert failed.usage
    assert failed.message == "served has no attribute 'ap'; did you mean 'app'?"
    assert failed.traceback == ""


def test_without_reload_files_are_not_watched(serve):
    service = serve(version(1), reload=False)
    service.phase("serving")
    service.write(version(2))
    assert service.get()[1] == b"version 1"
    with contextlib.suppress(AttributeError):
        assert service.supervisor._keeper._files is None


def test_a_restart_by_key_lets_go_of_what_is_held(serve):
    service = serve(version(1))
    first = service.phase("serving")
    with service.hold():
        service.supervisor.restart()
        assert service.ended().status == 200
    until(lambda: service.state.pid != first.pid and service.state.phase == "serving")


def test_threads_that_would_not_end_are_named(serve):
    service = serve(
        """
        import threading
        def app(environ, start_response):
            start_response("200 OK", [("Content-Length", "5")])
            yield b"start"
            threading.Event().wait()
        """,
        reload_drain=0.1,
    )
    first = service.phase("serving")
    with service.open(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n") as client:
        until(lambda: b"start" in client.recv(1000))
        service.supervisor.restart()
        until(lambda: service.state.pid != first.pid and service.state.phase == "serving")
    assert "Threads that would not end were cut off: " in service.state.note
    assert service.ended().how in {"cut", "worker gone", "complete"}


REQUEST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"


def answer_on(client):
    response = http.client.HTTPResponse(client, method="POST")
    response.begin()
    return response.status, response.read()


def test_connections_between_two_requests_are_kept_over_a_reload(serve):
    service = serve(version(1), reload=True)
    service.phase("serving")
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(service.open(REQUEST)) for _ in range(5)]
        assert [answer_on(client) for client in clients] == [(200, b"version 1")] * 5
        for number in (2, 3):
            before = service.state.pid
            service.write(version(number))
            until(lambda before=before: service.state.pid not in {None, before})
            # The old worker is gone, the new one hardly begins, and no client would send this twice.
            for client in clients:
                client.sendall(REQUEST)
            assert [answer_on(client) for client in clients] == [(200, b"version %d" % number)] * 5
            service.phase("serving")


def test_a_connection_that_was_busy_at_a_reload_is_kept_too(serve):
    service = serve(
        """
        import time
        def app(environ, start_response):
            start_response("200 OK", [("Content-Length", "10")])
            yield b"first"
            time.sleep(0.3)
            yield b"other"
        """,
        reload=True,
    )
    first = service.phase("serving")
    with service.open(REQUEST) as client:
        until(lambda: service.supervisor.counters.open)
        service.write(version(2))
        until(lambda: service.state.phase == "reloading")
        assert answer_on(client) == (200, b"firstother")
        client.sendall(REQUEST)
        assert answer_on(client) == (200, b"version 2")
    assert service.state.pid != first.pid


def test_where_no_worker_comes_up_its_connections_are_answered_too(serve):
    service = serve(version(1), reload=True)
    first = service.phase("serving")
    with service.open(REQUEST) as client:
        assert answer_on(client) == (200, b"version 1")
        service.write("import os\nif os.path.exists('gone'): os._exit(7)\n" + version(2))
        until(lambda: service.state.pid != first.pid and service.state.phase == "serving")
        (service.folder / "gone").touch()
        service.write(f"import os\nos.path.exists({str(service.folder / 'gone')!r}) and os._exit(7)\n" + version(3))
        service.phase("gone")
        client.sendall(REQUEST)
        assert answer_on(client)[0] == 503
