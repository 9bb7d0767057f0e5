"""Applications that nobody here wrote, with the clients they are made for: under wsgitrace as under waitress."""

from __future__ import annotations

import json
import random
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.commands import record, waitress, wsgitrace
from tests.support.comparing import SERVERS_OWN, Asked, ask, tidy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.commands import Serving

pytest.importorskip("waitress")

ENDED = 128 + signal.SIGTERM


def recorded(file: Path) -> list[dict[str, object]]:
    """What ``ls`` says of a recording that has ended."""
    listed = wsgitrace("ls", str(file), "--json")
    assert listed.returncode == 0, listed.stderr
    return [json.loads(line) for line in listed.stdout.splitlines()]


def run(*command: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    """Run a client; its output."""
    done = subprocess.run(command, capture_output=True, cwd=cwd, env=env, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode("utf-8", "replace")


JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
OF_HTTPBIN = [
    Asked("GET", "/get?a=1&b=%C3%A9&a=2", {"X-Twice": "1"}),
    Asked("HEAD", "/get"),
    Asked("OPTIONS", "/get"),
    Asked("POST", "/post", JSON, b'{"a": [1, 2]}'),
    Asked("POST", "/post", FORM, b"a=1&b=2&a=3"),
    Asked("POST", "/post", {"Content-Type": "text/plain"}, b"in two chunks", chunked=True),
    Asked("PUT", "/put", {"Content-Type": "application/octet-stream"}, bytes(range(256)) * 1024),
    Asked("DELETE", "/delete"),
    Asked("PATCH", "/patch", JSON, b"{}"),
    Asked("GET", "/status/204"),
    Asked("GET", "/status/304"),
    Asked("GET", "/status/418"),
    Asked("GET", "/status/503"),
    Asked("GET", "/redirect/3"),
    Asked("GET", "/absolute-redirect/1"),
    Asked("GET", "/cookies/set?flavour=oat&size=9"),
    Asked("GET", "/cookies", {"Cookie": "flavour=oat; size=9"}),
    Asked("GET", "/basic-auth/ada/lovelace"),
    Asked("GET", "/basic-auth/ada/lovelace", {"Authorization": "Basic YWRhOmxvdmVsYWNl"}),
    Asked("GET", "/bearer", {"Authorization": "Bearer token"}),
    Asked("GET", "/gzip", {"Accept-Encoding": "gzip"}),
    Asked("GET", "/stream/5"),
    Asked("GET", "/stream-bytes/5000?seed=3&chunk_size=700"),
    Asked("GET", "/bytes/3000?seed=3"),
    Asked("GET", "/drip?duration=0.3&numbytes=6&delay=0"),
    Asked("GET", "/range/1000", {"Range": "bytes=100-299"}),
    Asked("GET", "/range/1000", {"Range": "bytes=9000-"}),
    Asked("GET", "/etag/abc", {"If-None-Match": '"abc"'}),
    Asked("GET", "/etag/abc", {"If-Match": '"other"'}),
    Asked("GET", "/cache", {"If-Modified-Since": "Sat, 01 Jan 2022 00:00:00 GMT"}),
    Asked("GET", "/encoding/utf8"),
    Asked("GET", "/image/png"),
    Asked("GET", "/response-headers?X-One=1&X-Two=a%20b"),
    Asked("GET", "/anything/caf%C3%A9/%2F/x%20y?q=%00"),
    Asked("POST", "/anything", {"Expect": "100-continue"}, b"expected"),
    Asked("GET", "/no-such-page"),
    Asked("BREW", "/get"),
]


def test_httpbin(tmp_path: Path) -> None:
    pytest.importorskip("httpbin")
    file = tmp_path / "httpbin.wtrace"
    with record("httpbin:app", file) as ours, waitress("httpbin:app") as reference:
        for asked in OF_HTTPBIN:
            assert ask(ours, asked) == ask(reference, asked), asked
        upload = ("curl", "-sS", "-T", "-", "-H", "Content-Type: text/plain")
        for server in (ours, reference):
            sent = subprocess.run(
                [*upload, f"{server.url}/put"], input=b"x" * 300_000, capture_output=True, timeout=60, check=True
            )
            assert len(json.loads(sent.stdout)["data"]) == 300_000
            assert run("curl", "-sSL", f"{server.url}/redirect/4")
        assert ours.stop() == ENDED
    rows = recorded(file)
    assert len(rows) == len(OF_HTTPBIN) + 1 + 5
    assert {row["how"] for row in rows} == {"complete"}


DAV = """
import os, logging
from wsgidav.wsgidav_app import WsgiDAVApp
app = WsgiDAVApp({
    "provider_mapping": {"/": {"root": os.environ["DAV_FOLDER"], "readonly": False}},
    "simple_dc": {"user_mapping": {"*": True}},
    "http_authenticator": {"domain_controller": None},
    "logging": {"enable": False},
    "lock_storage": True,
    "property_manager": True,
    "verbose": 0,
})
"""


def test_wsgidav(tmp_path: Path) -> None:
    pytest.importorskip("wsgidav")
    (tmp_path / "dav.py").write_text(DAV)
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    file = tmp_path / "dav.wtrace"
    (tmp_path / "big.bin").write_bytes(bytes(range(256)) * 8192)
    with (
        record("dav:app", file, cwd=tmp_path, DAV_FOLDER=str(folders[0])) as ours,
        waitress("dav:app", cwd=tmp_path, DAV_FOLDER=str(folders[1])) as reference,
    ):
        assert use_dav(ours, tmp_path) == use_dav(reference, tmp_path)
        assert ours.stop() == ENDED
    assert contents(folders[0]) == contents(folders[1])
    rows = recorded(file)
    assert {row["method"] for row in rows} >= {"PROPFIND", "PUT", "MKCOL", "MOVE", "COPY", "LOCK", "DELETE", "GET"}
    assert {row["how"] for row in rows} == {"complete"}


def use_dav(server: Serving, folder: Path) -> list[str]:
    """What a WebDAV client does, by curl."""
    curl = ("curl", "-sS", "-o", "-", "-w", "\n%{http_code}\n")
    url = server.url
    lock = (
        '<?xml version="1.0"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope>'
        "<D:locktype><D:write/></D:locktype><D:owner>ada</D:owner></D:lockinfo>"
    )
    done = [
        run(*curl, "-X", "OPTIONS", f"{url}/"),
        run(*curl, "-T", str(folder / "big.bin"), f"{url}/big.bin"),
        run(*curl, "-X", "MKCOL", f"{url}/notes"),
        run(*curl, "-d", "first", "-X", "PUT", f"{url}/notes/caf%C3%A9.txt"),
        run(*curl, "-H", "Transfer-Encoding: chunked", "-T", str(folder / "dav.py"), f"{url}/notes/chunked.py"),
        run(*curl, "-X", "PROPFIND", "-H", "Depth: 1", f"{url}/notes"),
        run(*curl, "-X", "COPY", "-H", f"Destination: {url}/copy.txt", f"{url}/notes/caf%C3%A9.txt"),
        run(*curl, "-X", "MOVE", "-H", f"Destination: {url}/moved.txt", f"{url}/copy.txt"),
        run(*curl, "-r", "1000-1999", f"{url}/big.bin"),
        run(*curl, f"{url}/moved.txt"),
        # Waitress sends its header fields in another order and case.
        "\n".join(sorted(run(*curl, "-I", f"{url}/moved.txt").lower().splitlines())),
        run(*curl, "-X", "LOCK", "-d", lock, f"{url}/moved.txt"),
        run(*curl, "-X", "PUT", "-d", "locked out", f"{url}/moved.txt"),
        run(*curl, "-X", "DELETE", f"{url}/notes"),
        run(*curl, f"{url}/notes/caf%C3%A9.txt"),
        run(*curl, f"{url}/"),
    ]
    return [without_times(answer) for answer in done]


def without_times(answer: str) -> str:
    """A WebDAV answer without what differs from one moment or server to the next."""
    kept = [
        line
        for line in tidy(answer.replace("\r\n", "\n")).split("\n")
        if not line.lower().startswith(tuple(f"{name}:" for name in SERVERS_OWN - {"content-length"}))
    ]
    text = "\n".join(kept)
    text = re.sub(r"(quota-\w+-bytes>)\d+", r"\1BYTES", text)
    text = re.sub(r"opaquelocktoken:[\w-]+", "TOKEN", text)
    text = re.sub(r"(etag>|ETag: )[^<\n]+", r"\1TAG", text, flags=re.IGNORECASE)
    return re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z?", "TIME", text)


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_django_admin(tmp_path: Path) -> None:
    pytest.importorskip("django")
    run(sys.executable, "-m", "django", "startproject", "office", cwd=tmp_path)
    project = tmp_path / "office"
    settings = project / "office" / "settings.py"
    settings.write_text(settings.read_text() + "\nALLOWED_HOSTS = ['*']\n")
    manage = (sys.executable, "manage.py")
    run(*manage, "migrate", "-v0", cwd=project)
    program = (
        "from django.contrib.auth.models import User; User.objects.create_superuser('ada', 'a@example.org', 'lovelace')"
    )
    run(*manage, "shell", "-c", program, cwd=project)
    file = tmp_path / "office.wtrace"
    with (
        record("office.wsgi:application", file, cwd=project) as ours,
        waitress("office.wsgi:application", cwd=project) as reference,
    ):
        for server in (ours, reference):
            use_admin(server.url, tmp_path / f"jar-{server is ours}")
        for target in ("/admin/login/?next=/admin/", "/admin/", "/", "/nope", "/admin/auth/user/"):
            assert ask(ours, Asked("GET", target)) == ask(reference, Asked("GET", target))
        assert ours.stop() == ENDED
    rows = recorded(file)
    assert {row["how"] for row in rows} == {"complete"}
    shown = wsgitrace("show", str(file), "1").stdout
    assert "SessionMiddleware" in shown or "WSGIHandler" in shown


def use_admin(url: str, jar: Path) -> None:
    """Log in, add a group, look at it, delete it, log out, as a person with curl would."""
    curl = ("curl", "-sS", "-b", str(jar), "-c", str(jar), "-e", f"{url}/admin/")

    def form(target: str, **fields: str) -> str:
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', run(*curl, url + target))
        assert token, target
        pairs = [
            part for pair in {"csrfmiddlewaretoken": token[1], **fields}.items() for part in ("-d", "=".join(pair))
        ]
        return run(*curl, "-L", *pairs, url + target)

    assert "Site administration" in form("/admin/login/?next=/admin/", username="ada", password="lovelace")
    assert "was added successfully" in form("/admin/auth/group/add/", name="Gärtner", _save="Save")
    listed = run(*curl, f"{url}/admin/auth/group/")
    assert "Gärtner" in listed
    number = re.search(r"/admin/auth/group/(\d+)/change/", listed)
    assert number
    assert "was deleted successfully" in form(f"/admin/auth/group/{number[1]}/delete/", post="yes")
    page = run(*curl, f"{url}/admin/")
    assert "Log out" in page
    assert "CSRF" in run(*curl, "-d", "username=ada", f"{url}/admin/login/")


GIT = """
import os
from dulwich.repo import Repo
from dulwich.server import DictBackend
from dulwich.web import make_wsgi_chain
app = make_wsgi_chain(DictBackend({"/garden.git": Repo(os.environ["GIT_FOLDER"])}))
"""


@pytest.mark.parametrize("start", [record, waitress], ids=["wsgitrace", "waitress"])
def test_git_over_http(tmp_path: Path, start: Callable[..., Serving]) -> None:
    pytest.importorskip("dulwich")
    (tmp_path / "served.py").write_text(GIT)
    bare = tmp_path / "garden.git"
    git = git_command(tmp_path)
    run(*git, "init", "-q", "--bare", "-b", "main", str(bare))
    run(*git, "-C", str(bare), "config", "http.receivepack", "true")
    file = tmp_path / "git.wtrace"
    first = [file] if start is record else []
    with start("served:app", *first, cwd=tmp_path, GIT_FOLDER=str(bare)) as server:
        url = f"{server.url}/garden.git"
        one, two = tmp_path / "one", tmp_path / "two"
        run(*git, "clone", "-q", url, str(one))
        for number in range(3):
            (one / f"plant-{number}.txt").write_text(f"{number}\n" * 40_000)
            run(*git, "-C", str(one), "add", ".")
            run(*git, "-C", str(one), "commit", "-q", "-m", f"plant {number}")
        run(*git, "-C", str(one), "push", "-q", "origin", "HEAD:main")
        run(*git, "clone", "-q", url, str(two))
        assert contents(one / "plant-2.txt") == contents(two / "plant-2.txt")
        (two / "big.bin").write_bytes(random_bytes(3_000_000))
        run(*git, "-C", str(two), "add", ".")
        run(*git, "-C", str(two), "commit", "-q", "-m", "something that git sends in chunks")
        run(*git, "-C", str(two), "push", "-q", "origin", "HEAD:main")
        run(*git, "-C", str(one), "pull", "-q", "origin", "main")
        assert (one / "big.bin").read_bytes() == (two / "big.bin").read_bytes()
        run(*git, "-C", str(bare), "fsck", "--strict")
        assert server.stop() in {ENDED, -signal.SIGTERM}
    if start is record:
        rows = recorded(file)
        assert {row["how"] for row in rows} == {"complete"}
        assert {row["status"] for row in rows} == {200}


def git_command(home: Path) -> tuple[str, ...]:
    """Git without the settings of whoever runs the tests; bodies past 64 KiB go out in chunks."""
    return (
        "env",
        f"HOME={home}",
        "GIT_CONFIG_NOSYSTEM=1",
        "GIT_TERMINAL_PROMPT=0",
        "git",
        "-c",
        "user.name=Ada",
        "-c",
        "user.email=ada@example.org",
        "-c",
        "http.postBuffer=65536",
    )  # fmt: skip -- a command line


def random_bytes(count: int) -> bytes:
    """Bytes that do not compress, the same each time."""
    return random.Random(1).randbytes(count)
