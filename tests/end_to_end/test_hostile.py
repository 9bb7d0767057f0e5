"""Requests that want to speak to the terminal themselves."""

from __future__ import annotations

import re
import socket
import unicodedata
from typing import TYPE_CHECKING

from tests.support.commands import wsgitrace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.end_to_end.conftest import Session

APPLICATION = r"""
import sys
from urllib.parse import unquote

def app(environ, start_response):
    said = unquote(environ["QUERY_STRING"], "latin-1")
    print("printed", said, flush=True)
    environ["wsgi.errors"].write("noted " + said + "\n")
    environ["hostile." + said[:20]] = said
    if environ["PATH_INFO"].startswith("/raise"):
        raise ValueError(said)
    body = said.encode("utf-8", "surrogateescape")
    shown = "".join(character if 0xA0 <= ord(character) or " " <= character <= "~" else "?" for character in said)
    length = str(len(body))
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Said", shown), ("Content-Length", length)])
    return [body]
"""
CLIPBOARD = "%1b]52;c;aGFja2Vk%07"
TITLE = "%1b]0;owned%1b\\"
CLEAR = "%1b[2J%1b[H%1b[31mred"
C1 = "%c2%9b31mc1%c2%9d52;c;eA==%c2%9c"
BARE_C1 = "%9b2J%9d0;bare%9c"
BIDI = "%e2%80%ae%e2%81%a6txt.exe%e2%81%a9%e2%80%ac%d8%9c"
LINES = "%0d%0a%0b%0c%e2%80%a8%e2%80%a9%c2%85"
MARKUP = "[/red][bold]x[/bold][@click=app.quit]y[/]"
PAYLOADS = (CLIPBOARD, TITLE, CLEAR, C1, BARE_C1, BIDI, LINES, MARKUP)


def send(address: tuple[str, int], request: bytes) -> bytes:
    """A request as it is, however wrong; what comes back."""
    with socket.create_connection(address, timeout=60) as sock:
        sock.sendall(request)
        sock.shutdown(socket.SHUT_WR)
        answer = b""
        while data := sock.recv(1 << 16):
            answer += data
        return answer


def requests() -> list[bytes]:
    """Every payload in every place, those that a server has to refuse included."""
    tail = b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    made = [b"GET /path/" + payload.encode() + b"?" + payload.encode() + tail + b"\r\n" for payload in PAYLOADS]
    made += [b"GET /raise?" + payload.encode() + tail + b"\r\n" for payload in PAYLOADS]
    for value in (b"\x9b31m\x9d52;c;eA==\x9c", "\u202etxt.exe \u2066".encode(), b"[/red]", b"\xff\xfe\x80"):
        made.append(b"GET /field" + tail + b"X-Field: " + value + b"\r\nCookie: a=" + value + b"\r\n\r\n")
    made.append(b"GET /long" + tail + b"X-Long: " + b"A" * 65_536 + b"\r\n\r\n")
    made.append(b"POST /body" + tail + b"Content-Length: 24\r\n\r\n\x1b]52;c;eA==\x07\x1b[2J\x1b[31mred")
    refused = (b"\x1b]52;c;eA==\x07", b"\x9b2J", b"\xe2\x80\xae")
    made += [b"GET /" + bad + b" HTTP/1.1\r\nHost: x\r\n\r\n" for bad in refused]
    made += [b"GET / HTTP/1.1\r\nHost: x\r\nX-" + bad + b": y\r\n\r\n" for bad in refused]
    made += [b"\x1b[2J\x1b]0;owned\x07\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nX: \x1b]52;c;eA==\x07\r\n\r\n"]
    return made


ESCAPE = re.compile(
    r"\x1b(?:\[([<>=?]?)[0-9;:]*(\$?[a-zA-Z@`])|\]([0-9]*)[^\x07\x1b]*(?:\x07|\x1b\\)|([=>78()][0AB]?))"
)
CUT = re.compile(rb"(?:\x1b(?:\[[<>=?]?[0-9;:]*\$?|\][^\x07\x1b]*\x1b?|[()])?|[\xc2-\xf4][\x80-\xbf]{0,2})\Z")
OURS = {"m", "H", "J", "K", "?h", "?l", "?$p", ">u", "<u", "]22", "=", ">"}


def harm(raw: bytes) -> list[str]:
    """What our screen never has: sequences that it does not need, what the payloads ask for, characters that hide."""
    # What was read may end in the middle of a sequence, or of a character: that end was neither shown nor harmful.
    text = CUT.sub(b"", raw).decode("utf-8", "backslashreplace")
    kinds = {
        f"]{match[3]}" if match[3] else f"{match[1] or ''}{match[2] or match[4]}" for match in ESCAPE.finditer(text)
    }
    found = sorted(kinds - OURS)
    found += re.findall(r"\x1b\[31m(?:red|c1)", text)
    rest = ESCAPE.sub("", text)
    return found + [
        f"U+{ord(character):04X}"
        for character in sorted(set(rest) - set("\r\n"))
        if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
    ]


def test_harm_is_seen_and_an_end_that_is_cut_is_not() -> None:
    ours = "\x1b[?1049h\x1b[38;2;1;2;3mé…\x1b]22;default\x1b\\\x1b[0m\x1b[2J\x1b[?2026$p".encode()
    for end in range(len(ours)):
        assert harm(ours[:end]) == [], ours[:end]
    assert harm(b"\x1b]52;c;aGFja2Vk\x07") == ["]52"]
    assert harm(b"\x1b]0;owned\x1b\\x") == ["]0"]
    assert harm(b"\x1b[31mred") != []
    assert harm(b"\x1b[5n.") == ["n"]
    assert harm("a\u202eb".encode()) == ["U+202E"]


def test_hostile_requests_change_only_their_own_row(start: Callable[..., Session], tmp_path: Path) -> None:
    (tmp_path / "target.py").write_text(APPLICATION)
    session = start("run", "target:app", "--port", "0", "--no-reload", columns=120, rows=40, cwd=tmp_path)
    terminal = session.terminal
    address = session.address
    for number, request in enumerate(requests(), 1):
        assert send(address, request).startswith(b"HTTP/1.1 ")
        terminal.wait_for(lambda it, number=number: re.search(rf"[^\d]{number} req|\b{number} \d\d:\d\d:\d\d", it.text))
        if number % 3 == 0:
            terminal.press("3", "]", "]", "]", "]", "]", "1")
    terminal.press("1", "g", "j", "j", "3")
    terminal.wait_for("GET")
    terminal.press("1", "s", *["right"] * 8, "]", "]")
    terminal.wait_for("event 8")
    terminal.press("escape")
    terminal.wait_for("LIVE")
    assert terminal.process.poll() is None, "[@click=app.quit] is text"
    terminal.press("q")
    assert terminal.wait() == 0
    assert harm(bytes(terminal.raw)) == []
    assert terminal.left_on() == []


def test_hostile_requests_are_lines_of_a_log(start: Callable[..., Session], tmp_path: Path) -> None:
    (tmp_path / "target.py").write_text(APPLICATION)
    count = len(requests())
    session = start("record", "target:app", "--port", "0", "-o", "x.wtrace", "--count", str(count), cwd=tmp_path)
    terminal = session.terminal
    address = session.serving
    for request in requests():
        assert send(address, request).startswith(b"HTTP/1.1 ")
    assert terminal.wait() == 0
    assert harm(bytes(terminal.raw)) == []
    # Each payload once: the odd ones where they are in a path, the even ones where they are raised.
    numbers = [*range(1, 9, 2), *range(10, 17, 2), *range(17, count + 1, 3)]
    for verb in (("ls", "x.wtrace"), *(("show", "x.wtrace", str(number)) for number in numbers)):
        shown = start(*verb, cwd=tmp_path).terminal
        assert shown.wait() == 0
        assert harm(bytes(shown.raw)) == []
    for verb in (("ls", "x.wtrace", "--json"), ("show", "x.wtrace", "1", "--json")):
        assert wsgitrace(*verb, cwd=tmp_path).stdout.isascii()
