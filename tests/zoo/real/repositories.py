"""Git over HTTP by dulwich, and Mercurial's own server: their clients clone and push, in chunks and compressed."""
# ruff: noqa: PLC0415 -- each package is imported only for its own application

from __future__ import annotations

import os
import random
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from tests.zoo.real.application import Application, client, raw

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

ALONE = {
    "HGRCPATH": "", "HGUSER": "ada", "HGPLAIN": "1", "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0",
    "GIT_AUTHOR_DATE": "2025-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2025-01-01T00:00:00Z", "no_proxy": "*",
}  # fmt: skip
"""No settings of whoever runs the tests; commits that are the same each time."""
GIT = ("git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "http.postBuffer=65536")
HG = (sys.executable, "-c", "import mercurial.dispatch as d; d.run()")
HG_WEB = {b"web.push_ssl": b"false", b"web.allow-push": b"*", b"web.allow-archive": b"gz zip", b"ui.username": b"ada"}


def run(command: Iterable[str], home: Path) -> None:
    """Run a client."""
    env = {**os.environ, **ALONE, "HOME": str(home)}
    done = subprocess.run([*command], capture_output=True, env=env, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()


PAGES = """
/ shortlog log changelog graph tags bookmarks branches file/tip rev/tip file/tip/first.txt raw-file/tip/first.txt
annotate/tip/first.txt log?rev=plant archive/tip.tar.gz archive/tip.zip raw-rev/1 diff/tip/first.txt
static/style-paper.css rss-log atom-log ?cmd=capabilities ?cmd=heads ?cmd=branchmap
"""
"""Pages of Mercurial's web interface."""


def prepare_git(folder: Path) -> None:
    """An empty repository."""
    run([*GIT, "init", "-q", "--bare", "-b", "main", str(folder / "garden.git")], folder)
    run([*GIT, "-C", str(folder / "garden.git"), "config", "http.receivepack", "true"], folder)


def make_git(folder: Path) -> Any:
    """The smart protocol."""
    from dulwich.repo import Repo
    from dulwich.server import DictBackend
    from dulwich.web import make_wsgi_chain

    return make_wsgi_chain(DictBackend({"/garden.git": Repo(str(folder / "garden.git"))}))


def use_git(url: str, folder: Path) -> None:
    """Commits, pushed and pulled."""
    one, two = folder / "one", folder / "two"
    run([*GIT, "clone", "-q", f"{url}/garden.git", str(one)], folder)
    for number in range(4):
        size = 200_000 if number == 3 else 2_000
        (one / f"plant-{number}.bin").write_bytes(random.Random(number).randbytes(size))
        run([*GIT, "-C", str(one), "add", "."], folder)
        run([*GIT, "-C", str(one), "commit", "-q", "-m", f"plant {number}"], folder)
        run([*GIT, "-C", str(one), "push", "-q", "origin", "HEAD:main"], folder)
        if number == 0:
            run([*GIT, "clone", "-q", f"{url}/garden.git", str(two)], folder)
        run([*GIT, "-C", str(two), "pull", "-q", "origin", "main"], folder)
    with client(url) as web:
        for path in ("HEAD", "info/refs", "objects/info/packs"):
            raw(web, "GET", f"/garden.git/{path}")
        raw(web, "GET", "/garden.git/absent", status=404)


def prepare_hg(folder: Path) -> None:
    """A repository with one commit."""
    run([*HG, "init", str(folder / "garden")], folder)
    (folder / "garden" / "first.txt").write_text("plum\n" * 100)
    run([*HG, "-R", str(folder / "garden"), "commit", "-q", "-A", "-m", "first", "-d", "0 0"], folder)


def make_hg(folder: Path) -> Any:
    """Mercurial's web interface and its protocol."""
    os.environ |= ALONE
    from mercurial import initialization

    initialization.init()  # before anything else is imported of it
    from mercurial import ui
    from mercurial.hgweb import hgweb

    options = ui.ui.load()
    for name, value in HG_WEB.items():
        options.setconfig(*name.split(b"."), value, b"zoo")
    return hgweb(str(folder / "garden").encode(), baseui=options)


def use_hg(url: str, folder: Path) -> None:
    """Clone, push, pull, and a person who looks around."""
    one = folder / "one"
    run([*HG, "clone", "-q", url, str(one)], folder)
    for number in range(3):
        (one / f"plant-{number}.bin").write_bytes(random.Random(number).randbytes(30_000))
        run([*HG, "-R", str(one), "commit", "-q", "-A", "-m", f"plant {number}", "-d", "0 0"], folder)
        run([*HG, "-R", str(one), "push", "-q", url], folder)
    run([*HG, "clone", "-q", "--pull", url, str(folder / "two")], folder)
    with client(url) as web:
        for path in PAGES.split():
            raw(web, "GET", f"/{path.lstrip('/')}")
        raw(web, "GET", "/rev/absent", status=404)


GIT_APPLICATION = Application(("dulwich",), prepare_git, make_git, use_git, least=28, programs=("git",))

HG_APPLICATION = Application(("mercurial",), prepare_hg, make_hg, use_hg, least=50)
