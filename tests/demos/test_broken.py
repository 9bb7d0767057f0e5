from __future__ import annotations

import json
import re
import threading
import time

import pytest

import demos.broken
from demos.broken import FAULTS, app, bodies
from tests.support.wsgi_client import Client

QUIET = [name for name in FAULTS if name not in {"late_start", "str_body", "dies_midway", "answers_twice"}]


@pytest.fixture
def broken() -> Client:
    return Client(app, validate=False)


def test_the_index_lists_every_fault(broken: Client) -> None:
    page = Client(app).get("/").text
    assert re.findall(r'href="/(\w+)"', page) == list(FAULTS)
    assert broken.get("/no_such_fault").status == 404


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_an_application_of_its_own(name: str) -> None:
    assert getattr(demos.broken, name) is FAULTS[name].app


@pytest.mark.parametrize("name", QUIET)
def test_each_fault_answers(broken: Client, name: str) -> None:
    assert broken.get(f"/{name}").status in {200, 302}


def test_the_body_is_eaten(broken: Client) -> None:
    answer = broken.post("/body_eaten", b'{"items": 3}', "application/json")
    assert (answer.status, json.loads(answer.body)["got"]) == (400, 0)


def test_the_prefix_comes_twice(broken: Client) -> None:
    assert "http://127.0.0.1:8000/mangled_path/api/home" in broken.get("/mangled_path/home").text


def test_a_webhook_is_taken_while_it_is_fresh(broken: Client) -> None:
    signed = {"HTTP_X_SIGNED_AT": str(int(time.time()))}
    assert broken.call("POST", "/stale_hook", b"paid", **signed).text == "taken: paid\n"
    late = broken.call("POST", "/stale_hook", b"paid", HTTP_X_SIGNED_AT="1763820127")
    assert (late.status, late.text) == (400, "the signature is too old\n")


def test_the_session_is_for_https(broken: Client) -> None:
    assert "; Secure" in (broken.get("/session_lost").header("Set-Cookie") or "")


def test_two_visitors_are_mixed_up(broken: Client) -> None:
    answers: list[str] = []
    threads = [
        threading.Thread(target=lambda n=n: answers.append(broken.get(f"/shared_state?{n}").text)) for n in "abcd"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert any("you asked as" in answer for answer in answers)


def test_a_header_is_dropped(broken: Client) -> None:
    assert broken.get("/header_dropped").header("X-Total") is None


def test_there_are_two_lengths(broken: Client) -> None:
    answer = broken.get("/double_length")
    assert [value for name, value in answer.headers if name == "Content-Length"] == ["16", "44"]


def test_the_length_is_wrong(broken: Client) -> None:
    answer = broken.get("/wrong_length")
    assert len(answer.body) > int(answer.header("Content-Length") or 0)


def test_a_cookie_is_set_twice(broken: Client) -> None:
    fields = [value for name, value in broken.get("/cookie_twice").headers if name == "Set-Cookie"]
    assert [field.partition(";")[0] for field in fields] == ["session=ada", "session=guest"]


def test_the_stream_is_one_chunk(broken: Client) -> None:
    assert len(broken.get("/buffered").chunks) == 1


def test_connections_leak(broken: Client) -> None:
    before = bodies.Cursor.open
    broken.get("/never_closed")
    assert bodies.Cursor.open == before + 1


def test_connections_leak_only_for_head(broken: Client) -> None:
    before = bodies.Cursor.open
    broken.get("/never_started")
    assert bodies.Cursor.open == before
    broken.call("HEAD", "/never_started")
    assert bodies.Cursor.open == before + 1


def test_the_error_is_swallowed(broken: Client) -> None:
    answer = broken.get("/swallowed")
    assert (answer.header("Location"), answer.errors) == ("/swallowed/welcome", "")
    assert broken.get("/swallowed/welcome").status == 200


def test_it_dies_midway(broken: Client) -> None:
    with pytest.raises(ZeroDivisionError):
        broken.get("/dies_midway")


@pytest.mark.parametrize("name", ["late_start", "answers_twice"])
def test_start_response_comes_at_the_wrong_time(broken: Client, name: str) -> None:
    with pytest.raises(AssertionError, match="start_response"):
        broken.get(f"/{name}")


def test_text_is_not_bytes(broken: Client) -> None:
    with pytest.raises(TypeError):
        _ = broken.get("/str_body").body
