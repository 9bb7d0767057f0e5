"""WsgiDAV: files by WebDAV."""
# ruff: noqa: PLC0415 -- each package is imported only for its own application

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.zoo.real.application import Application, client, raw

if TYPE_CHECKING:
    from pathlib import Path

LOCK = (
    '<?xml version="1.0"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope>'
    "<D:locktype><D:write/></D:locktype><D:owner>ada</D:owner></D:lockinfo>"
)
PATCH = (
    '<?xml version="1.0"?><D:propertyupdate xmlns:D="DAV:"><D:set><D:prop>'
    '<Z:colour xmlns:Z="urn:zoo">green {}</Z:colour></D:prop></D:set></D:propertyupdate>'
)
ASK = (
    '<?xml version="1.0"?><D:propfind xmlns:D="DAV:"><D:prop><D:getcontentlength/><D:displayname/></D:prop>'
    "</D:propfind>"
)


def prepare(folder: Path) -> None:
    """A few files."""
    (folder / "notes").mkdir()
    (folder / "big.bin").write_bytes(bytes(range(256)) * 2048)
    (folder / "notes" / "first.txt").write_text("first\n" * 300)


def make(folder: Path) -> Any:
    """Readable and writable by everybody."""
    from wsgidav.wsgidav_app import WsgiDAVApp

    return WsgiDAVApp(
        {
            "provider_mapping": {"/": {"root": str(folder), "readonly": False}},
            "simple_dc": {"user_mapping": {"*": True}},
            "http_authenticator": {"domain_controller": None},
            "logging": {"enable": False},
            "lock_storage": True,
            "property_manager": True,
            "verbose": 0,
        }
    )


def use(url: str, _: Path) -> None:
    """Everything that WebDAV has, and ranges of files."""
    with client(url) as dav:
        for path in ("/", "/notes", "/big.bin"):
            raw(dav, "OPTIONS", path)
            for depth in ("0", "1"):
                raw(dav, "PROPFIND", path, status=207, headers={"Depth": depth})
        raw(dav, "PROPFIND", "/", status=207, headers={"Depth": "infinity", "Content-Type": "text/xml"}, content=ASK)
        for start in range(0, 500_000, 50_000):
            raw(dav, "GET", "/big.bin", status=206, headers={"Range": f"bytes={start}-{start + 999}"})
        raw(dav, "GET", "/big.bin", status=206, headers={"Range": "bytes=-100"})
        raw(dav, "GET", "/big.bin", status=416, headers={"Range": "bytes=900000-"})
        # Not by its ETags: they hold the number of the file in the file system, which a copy has not.
        old = {"If-Unmodified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"}
        raw(dav, "GET", "/big.bin", status=412, headers=old)
        raw(dav, "HEAD", "/big.bin")
        raw(dav, "GET", "/big.bin", status=412, headers={"If-Match": '"another"'})
        raw(dav, "GET", "/big.bin")
        _write(dav)
        _lock(dav, url)


def _write(dav: Any) -> None:
    for number in range(8):
        raw(dav, "MKCOL", f"/notes/{number}", status=201)
        raw(dav, "PUT", f"/notes/{number}/caf%C3%A9.txt", status=201, content=f"{number} é\n" * 500 * number)
        chunks = (bytes([number]) * 3_000 for _ in range(number + 1))
        raw(dav, "PUT", f"/notes/{number}/chunked.bin", status=201, content=chunks)
        raw(dav, "GET", f"/notes/{number}/chunked.bin", headers={"Accept-Encoding": "identity"})
        raw(dav, "HEAD", f"/notes/{number}/caf%C3%A9.txt")
        raw(dav, "PROPPATCH", f"/notes/{number}/caf%C3%A9.txt", status=207, content=PATCH.format(number))
    raw(dav, "MKCOL", "/notes/1", status=405)
    raw(dav, "PUT", "/nowhere/a.txt", status=409, content="a")
    raw(dav, "GET", "/notes/absent.txt", status=404)


def _lock(dav: Any, url: str) -> None:
    for number in range(4):
        there = {"Destination": f"{url}/notes/copy-{number}.txt"}
        raw(dav, "COPY", f"/notes/{number}/caf%C3%A9.txt", status=201, headers=there)
        there = {"Destination": f"{url}/notes/moved-{number}.txt", "Overwrite": "F"}
        raw(dav, "MOVE", f"/notes/copy-{number}.txt", status=201, headers=there)
        raw(dav, "LOCK", f"/notes/moved-{number}.txt", headers={"Timeout": "Second-600"}, content=LOCK)
        raw(dav, "PUT", f"/notes/moved-{number}.txt", status=423, content="locked out")
        raw(dav, "PROPFIND", f"/notes/moved-{number}.txt", status=207, headers={"Depth": "0"})
        raw(dav, "DELETE", f"/notes/{number}", status=204)
        raw(dav, "GET", f"/notes/{number}/", status=404)


APPLICATION = Application(
    ("wsgidav",),
    prepare,
    make,
    use,
    least=105,
    noise=(
        "header:last-modified",  # a file written by a replay is a newer one
        "header:lock-token",  # each lock has one of its own
        "body~opaquelocktoken:[0-9a-fx-]+",
        "body~ - 2\\d{3}-[\\d :.-]+$",  # below its error pages
        "body~<(?:\\w+:)?(?:getlastmodified|creationdate|getetag|timeout|quota-[a-z-]+)>[^<]*",
    ),
)
