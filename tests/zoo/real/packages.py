"""pypiserver, made with Bottle: an index of packages, and uploads to it."""
# ruff: noqa: PLC0415 -- each package is imported only for its own application

from __future__ import annotations

import gzip
import io
import random
import tarfile
from typing import TYPE_CHECKING, Any

from tests.zoo.real.application import Application, client, raw

if TYPE_CHECKING:
    from pathlib import Path

SEARCH = (
    "<?xml version='1.0'?><methodCall><methodName>search</methodName><params><param><value><struct><member>"
    "<name>name</name><value><string>plum</string></value></member></struct></value></param>"
    "<param><value><string>or</string></value></param></params></methodCall>"
)


def source(name: str, version: str, size: int = 5_000) -> bytes:
    """A source distribution that is the same each time."""
    data = io.BytesIO()
    big = random.Random(version).randbytes(size)
    with tarfile.open(fileobj=data, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path, content in (("PKG-INFO", f"Name: {name}\nVersion: {version}\n".encode()), ("big", big)):
            member = tarfile.TarInfo(f"{name}-{version}/{path}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return gzip.compress(data.getvalue(), mtime=0)


def prepare(folder: Path) -> None:
    """Two packages."""
    for name in ("plum", "pear"):
        for version in ("1.0", "1.1", "2.0"):
            (folder / f"{name}-{version}.tar.gz").write_bytes(source(name, version))


def make(folder: Path) -> Any:
    """Everybody may upload."""
    import pypiserver

    return pypiserver.app(roots=[folder], password_file=".", authenticate=[], disable_fallback=True)


def use(url: str, _: Path) -> None:
    """What pip and twine do, and a person who looks around."""
    with client(url) as index:
        for path in ("/", "/simple", "/simple/", "/packages/", "/favicon.ico", "/health"):
            raw(index, "GET", path, status=404 if path == "/favicon.ico" else 200)
        for name in ("plum", "pear"):
            for target in (f"/simple/{name}/", f"/{name}", f"/{name}/json"):
                raw(index, "GET", target)
            for version in ("1.0", "1.1", "2.0"):
                raw(index, "GET", f"/packages/{name}-{version}.tar.gz")
                raw(index, "HEAD", f"/packages/{name}-{version}.tar.gz")
        for part in ("bytes=0-99", "bytes=20-29", "bytes=-7"):
            raw(index, "GET", "/packages/plum-1.0.tar.gz", status=206, headers={"Range": part})
        since = raw(index, "HEAD", "/packages/pear-1.0.tar.gz").headers["Last-Modified"]
        raw(index, "GET", "/packages/pear-1.0.tar.gz", status=304, headers={"If-Modified-Since": since})
        for version in range(8):
            fields = {":action": "file_upload", "name": "fig", "version": str(version), "protocol_version": "1"}
            file = {"content": (f"fig-{version}.tar.gz", source("fig", str(version), 3_000 * version))}
            raw(index, "POST", "/", data=fields, files=file)
            raw(index, "GET", "/simple/fig/", headers={"Accept": "application/vnd.pypi.simple.v1+html"})
        raw(index, "POST", "/", status=409, data={**fields, "version": "7"}, files=file)
        raw(index, "POST", "/", data={":action": "verify"})
        raw(index, "POST", "/", status=400, data={":action": "nonsense"})
        raw(index, "POST", "/RPC2", content=SEARCH, headers={"Content-Type": "text/xml"})
        raw(index, "GET", "/simple/none/", status=404)
        raw(index, "POST", "/", data={":action": "remove_pkg", "name": "fig", "version": "1"})
        raw(index, "GET", "/packages/fig-1.tar.gz", status=404)


APPLICATION = Application(
    ("pypiserver",),
    prepare,
    make,
    use,
    least=55,
)
