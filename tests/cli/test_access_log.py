from __future__ import annotations

import re

import msgspec
import pytest

from wsgitrace.capture import Capture
from wsgitrace.cli.access_log import access_line, remarks
from wsgitrace.cli.style import Style, clip, pad
from wsgitrace.cli.units import amount, short_size
from wsgitrace.redact import Masker, Names

MASKER = Masker(Names())
PLAIN = Style(colour=False)
COLOURS = Style(colour=True)


@pytest.fixture
def summary(stories):
    path, numbers = stories
    with Capture.open(path) as capture:
        return capture.summary(numbers["page"])


def changed(summary, **facts):
    return msgspec.structs.replace(summary, **facts)


def test_a_line_is_in_the_common_log_format(summary):
    line = access_line(changed(summary, duration=4_123_456, held=0), PLAIN, MASKER)
    assert re.fullmatch(
        r'127\.0\.0\.1 - - \[\d\d/Nov/2025:\d\d:\d\d:\d\d [+-]\d{4}\] "GET /cart" 200 72 4\.1ms #2 7 layers', line
    )


@pytest.mark.parametrize(
    ("peer", "host"), [("[::1]:5", "::1"), ("10.0.0.1:5", "10.0.0.1"), ("/run/x.sock", "/run/x.sock"), ("", "-")]
)
def test_the_client_is_its_address(peer, host, summary):
    assert access_line(changed(summary, peer=peer), PLAIN, MASKER).startswith(f"{host} - - [")


def test_no_request_can_write_a_line_of_its_own(summary):
    line = access_line(changed(summary, target='/"x"\n127.0.0.1 - - \x1b[2J\u202e', method="G\x07T"), PLAIN, MASKER)
    assert "\n" not in line
    assert "\x1b" not in line
    assert r'"G\x07T /\x22x\x22\n127.0.0.1 - - \x1b[2J\u202e" 200' in line
    assert len(access_line(changed(summary, target="/" + "a" * 100_000), PLAIN, MASKER)) < 1200


def test_secrets_are_masked_unless_revealed(summary):
    reset = changed(summary, target="/reset?token=hunter2")
    assert "hunter2" not in access_line(reset, PLAIN, MASKER)
    assert "hunter2" in access_line(reset, PLAIN, Masker.revealing())


def test_refused_bytes_have_no_request(summary):
    line = access_line(
        changed(summary, method="", target="", status=400, how="refused", note="a bad head"), PLAIN, MASKER
    )
    assert '"-" 400' in line
    assert line.endswith("refused, a bad head")


def test_remarks_name_what_is_out_of_the_ordinary(summary):
    odd = changed(
        summary, layers=1, replay_of=4, exception="shop.Lost", swallowed=True, closed=False, how="cut", dropped=3,
        short_circuit="shop.Auth",
    )  # fmt: skip
    assert remarks(odd, MASKER) == [
        "1 layer", "replay of #4", "swallowed Lost", "answered by Auth", "never closed", "cut", "3 dropped"
    ]  # fmt: skip


def test_colour_is_put_around_safe_text_only(summary):
    line = access_line(changed(summary, target="/\x1b[31m"), COLOURS, MASKER)
    assert r"/\x1b[31m" in line
    assert "\x1b[32m200\x1b[0m" in line


@pytest.mark.parametrize(
    ("terminal", "environ", "colour"),
    [
        (True, {"TERM": "xterm"}, True),
        (True, {"TERM": "dumb"}, False),
        (True, {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (False, {"TERM": "xterm"}, False),
    ],
)
def test_colour_is_for_people_who_want_it(terminal, environ, colour, monkeypatch):
    stream = type("Stream", (), {"isatty": lambda _: terminal})()
    monkeypatch.setenv("COLUMNS", "99")
    style = Style.of(stream, environ)
    assert style.colour is colour
    assert style.width == (99 if terminal else 120)


def test_clipping_shows_that_something_is_left_out():
    assert clip("abcdef", 6) == "abcdef"
    assert clip("abcdefg", 6) == "abcde…"
    assert clip("\x1b" * 9, 6) == r"\x1b\…"
    assert pad("ab", 4) == "ab  "


def test_sizes():
    assert [amount(each) for each in (0, 1, 1023, 1024, 8_400, 3 * 2**20)] == [
        "0 bytes", "1 byte", "1,023 bytes", "1.0 kB", "8.2 kB", "3.0 MB"
    ]  # fmt: skip
    assert all(len(short_size(2**power - 1)) <= 5 for power in range(50))
