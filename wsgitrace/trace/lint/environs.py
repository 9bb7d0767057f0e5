"""The environ that each layer calls inward with: what the layer changed, and of the server's all."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import unquote_to_bytes

from wsgitrace.events import LongText, Opaque, RawBytes, Surrogates, from_text
from wsgitrace.trace.head import WIDE
from wsgitrace.trace.lint.faults import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wsgitrace.events import Called, Value
    from wsgitrace.trace.environ import Environ
    from wsgitrace.trace.head import Request
    from wsgitrace.trace.lint.faults import Faults
    from wsgitrace.trace.rules import Severity
    from wsgitrace.trace.span import Span

Fault: TypeAlias = "tuple[str, str, Severity | None]"

_CGI: Final = frozenset({"REQUEST_METHOD", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL"})
_WSGI: Final = frozenset(
    {
        "wsgi.version",
        "wsgi.url_scheme",
        "wsgi.input",
        "wsgi.errors",
        "wsgi.multithread",
        "wsgi.multiprocess",
        "wsgi.run_once",
    }
)
_REQUIRED: Final = _CGI | _WSGI
_FILLED: Final = _CGI - {"SERVER_PROTOCOL"}
_CAPITALS: Final = re.compile(r"[A-Z0-9_]+")
_PROTOCOL: Final = re.compile(r"HTTP/[0-9]\.[0-9]")
_DIGITS: Final = re.compile(r"[0-9]*")
_NO_STREAMS: Final = frozenset({"list", "tuple", "dict", "set", "frozenset", "bytearray"})
_TEXT: Final = frozenset({"_io.StringIO", "_io.TextIOWrapper"})
_BINARY: Final = frozenset({"_io.BytesIO", "_io.BufferedWriter", "_io.FileIO"})
_VERSION: Final = "(1, 0)"


def check_environs(faults: Faults) -> None:
    """S04 to S14, S16 to S24, S30, M14 and M16."""
    trace = faults.trace
    for span in faults.layers:
        called = span.record.called
        if called is None or span.parent is None:
            continue
        caller = trace.by_id[span.parent]
        served = caller.id == 0
        prefix = "for a request of its own, " if called.subrequest else ""
        changed, gone = _handed_on(span, called, caller)
        for rule, keys in (("S04", gone & _CGI), ("S06", gone & _WSGI)):
            if keys:
                faults.add(rule, caller.id, called.seq, f"{prefix}it lacks {', '.join(sorted(keys))}")
        for key, value in changed.items():
            for rule, text, severity in _faults_of(key, value, served=served):
                faults.add(rule, caller.id, called.seq, prefix + text, severity)
        if served and trace.head is not None:
            for rule, text, severity in _as_sent(span.environ, trace.head):
                faults.add(rule, caller.id, called.seq, text, severity)
        elif not called.subrequest and ("SCRIPT_NAME" in changed or "PATH_INFO" in changed):
            _look_at_path(faults, caller, span, called.seq)


def _handed_on(span: Span, called: Called, caller: Span) -> tuple[Environ, set[str]]:
    """What the caller answers for: keys that it set or changed, and those that every environ has and this has not."""
    if caller.id == 0 or called.subrequest:
        return called.environ, set(_REQUIRED - span.environ.keys())
    changes = [one for one in span.trace.environs.changes.get(caller.id, ()) if one.seq == called.seq]
    changed = {one.key: one.after for one in changes if one.kind != "removed"}
    return changed, {one.key for one in changes if one.kind == "removed"}


@lru_cache(1024)
def _faults_of(key: str, value: Value, *, served: bool) -> tuple[Fault, ...]:
    """What is wrong with one key, whatever others there are: most are the same in every request."""
    return tuple(_extension(key, value) if "." in key else _variables(key, value, served=served))


def _variables(key: str, value: Value, *, served: bool) -> Iterator[Fault]:
    if not _CAPITALS.fullmatch(key):
        if key.startswith("HTTP_"):
            yield "S19", f"there is a key {shown(key)}", None
        else:
            yield ("S21" if served else "M16"), f"there is a key {shown(key)}", None
        return
    if key in {"HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"}:
        yield "S18", f"there is a key {key}", None
    if value is None:
        yield "S22", f"{key} is None", None
    elif isinstance(value, LongText):
        return
    elif not isinstance(value, str | Surrogates):
        yield "S09", f"{key} is {_kind(value)}, not str", None
    else:
        yield from _variable(key, from_text(value))


def _variable(key: str, value: str) -> Iterator[Fault]:
    """What is wrong with one CGI variable."""
    if not value.isascii() and WIDE.search(value):
        yield "S10", f"{key} has a character beyond U+00FF", None
    if key in _FILLED and not value:
        yield "S05", f"{key} is empty", None
    elif key == "SERVER_PROTOCOL" and not _PROTOCOL.fullmatch(value):
        yield "S11", f"SERVER_PROTOCOL is {shown(value)}", None
    elif key == "SCRIPT_NAME" and value:
        if not value.startswith("/") or value == "/":
            yield "S12", f"SCRIPT_NAME is {shown(value)}", None
        elif value.endswith("/"):
            yield "S12", f"SCRIPT_NAME ends with a slash: {shown(value)}", "should"
    elif key == "PATH_INFO" and value and value != "*" and not value.startswith("/"):
        yield "S13", f"PATH_INFO is {shown(value)}", None
    elif key == "CONTENT_LENGTH" and not _DIGITS.fullmatch(value):
        yield "S16", f"CONTENT_LENGTH is {shown(value)}", None


def _extension(key: str, value: Value) -> Iterator[Fault]:
    """What is wrong with one of WSGI's own keys."""
    if key == "wsgi.version":
        if not (isinstance(value, Opaque) and value.type == "tuple" and value.text == _VERSION):
            yield "S07", f"wsgi.version is {_kind(value)}", None
    elif key == "wsgi.url_scheme":
        if value not in {"http", "https"}:
            said = shown(value) if isinstance(value, str) else _kind(value)
            yield "S08", f"wsgi.url_scheme is {said}", None
    elif key in {"wsgi.input", "wsgi.errors"}:
        stream = isinstance(value, Opaque) and value.type not in _NO_STREAMS
        if not stream:
            yield "S23", f"{key} is {_kind(value)}", None
        elif isinstance(value, Opaque) and value.type in (_TEXT if key == "wsgi.input" else _BINARY):
            yield ("S24" if key == "wsgi.input" else "S30"), f"{key} is {value.type}", None


def _kind(value: Value) -> str:
    """What sort of value it is, with its literal where that is known."""
    if isinstance(value, Opaque):
        return f"{value.type} {value.text}".rstrip()
    if isinstance(value, RawBytes):
        return "bytes"
    return "None" if value is None else type(value).__name__


def _as_sent(environ: Environ, head: Request) -> Iterator[Fault]:
    """What the server made of the request, beside the request."""
    names = {name.upper().replace("-", "_") for name, _ in head.headers}
    if environ.get("CONTENT_TYPE") and "CONTENT_TYPE" not in names:
        yield "S17", "CONTENT_TYPE is there, and the client sent none", None
    for key in environ:
        if key.startswith("HTTP_") and key[5:] not in names:
            yield "S20", f"{shown(key)} is there, and the client sent no such field", None
    version = environ.get("SERVER_PROTOCOL")
    if isinstance(version, str) and head.version and version != head.version:
        yield "S11", f"SERVER_PROTOCOL is {shown(version)}, and the client sent {shown(head.version)}", None
    path = environ.get("PATH_INFO")
    if isinstance(path, str) and not environ.get("SCRIPT_NAME") and head.path.startswith("/"):
        decoded = unquote_to_bytes(head.path.encode("latin-1", "replace")).decode("latin-1")
        if path != decoded:
            yield "S14", f"PATH_INFO is {shown(path)}, and the client asked for {shown(head.path)}", None


def _look_at_path(faults: Faults, caller: Span, span: Span, seq: int) -> None:
    """SCRIPT_NAME and PATH_INFO before and after a layer moved something from one to the other.

    A layer that changes only the path rewrites the URL, and one that changes only SCRIPT_NAME may say where the
    application is seen from outside (a proxy's X-Forwarded-Prefix): both are meant. But then the prefix is not also in
    the path.
    """
    before, after = _path(caller.environ), _path(span.environ)
    if before is None or after is None:
        return
    script, path = after
    if script != before[0] and path != before[1]:
        moved = script.startswith(before[0]) or before[0].startswith(script)
        if moved and _same("".join(before)) != _same("".join(after)):
            text = f"the path was {shown(''.join(before))}, and is {shown(script)} and {shown(path)}"
            faults.add("M14", caller.id, seq, text)
    elif script != before[0] and script.startswith(before[0]):
        added = script[len(before[0]) :].rstrip("/")
        if added and (path == added or path.startswith(f"{added}/")):
            text = f"SCRIPT_NAME became {shown(script)}, and PATH_INFO still begins with it: {shown(path)}"
            faults.add("M14", caller.id, seq, text)


def _path(environ: Environ) -> tuple[str, str] | None:
    script, path = environ.get("SCRIPT_NAME", ""), environ.get("PATH_INFO", "")
    return (script, path) if isinstance(script, str) and isinstance(path, str) else None


def _same(path: str) -> str:
    """A path without what servers and routers take for the same."""
    return re.sub("/+", "/", path).rstrip("/")
