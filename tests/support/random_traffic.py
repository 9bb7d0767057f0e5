"""Exchanges of every sort, and filters of every sort about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.capture import Writer
from wsgitrace.events import (
    Began,
    BodyPart,
    Called,
    Chunk,
    Done,
    Ended,
    Events,
    HeadReceived,
    InputRead,
    LayerFound,
    Logged,
    OutputLine,
    Progress,
    Queried,
    Released,
    ResponseHead,
    Started,
    StartResponse,
    encode_events,
)
from wsgitrace.query import ALIASES, FIELDS

if TYPE_CHECKING:
    import random
    from pathlib import Path

    from wsgitrace.events import Event

FILTERS = 150
"""Filters that a test asks of one capture."""

WORDS = (
    "a", "cart", "CART", "api", "é", "ß", "ss", "İ", "x1", "%41", "404", "200", "GET", "POST", "get", "items", "page",
    "ab", "b a", "sid", "gzip", "KeyError", "shop.Session", "json", "text", "\0", "_", "%", "wsgi",
)  # fmt: skip
"""What traffic and filters are made of."""

_METHODS = ("GET", "POST", "DELETE", "get", "PROPFIND", "")
_TYPES = ("", "text/html; charset=utf-8", "application/json", "image/png", "TEXT/CSS", "tëxt/x")
_LAYERS = ("shop.Session", "werkzeug.middleware.GZip", "shop.Shop", "é.Layer_x")
_TOTALS = ("sql", "sqltime", "sqlfailed")
_CHANGES = ("resp.header:vary", "resp.header:set-cookie", "environ:shop.user", "environ:remote_addr", "status", "body")
_REGEXES = ("^a", "ca?rt", "[0-9]+", r"\bsid", "x$", "ß", "é", ".", "s*", "(get|cart)")
_HOWS = ("complete", "complete", "client gone", "cut", "refused", "worker gone")
_THREAD = 1


def record_random(path: Path, chance: random.Random, *, exchanges: int, now: int) -> Path:
    """A capture of exchanges, some still open, some pinned, most analysed."""
    writer = Writer.create(path, keep_exchanges=None, keep_bytes=None)
    workers = [writer.new_worker() for _ in range(2)]
    writer.add(workers[0], Started(404, "shop:app", "3.11", 5))
    for worker in workers:
        for number, name in enumerate(_LAYERS, 1):
            writer.add(worker, LayerFound(number, name, "wsgi", "", 0, "test"))
    found: dict[int, list[tuple[str, str, str, int]]] = {}
    for local in range(1, exchanges + 1):
        worker = chance.choice(workers)
        number = _record(writer, worker, local, chance, now)
        if chance.random() < 0.7:
            found[number] = _findings(chance)
        if chance.random() < 0.1:
            writer.pin(number, on=True)
        if chance.random() < 0.1:
            writer.commit()
    writer.commit()
    writer.add_findings(found, (), exchanges)
    writer.commit()
    # An open writer: closing it would end what is open.
    _OPEN.append(writer)
    return path


_OPEN: list[Writer] = []


def close_all() -> None:
    """Close what :func:`record_random` opened."""
    while _OPEN:
        _OPEN.pop().close()


def _text(chance: random.Random, most: int = 4) -> str:
    return "".join(chance.choice(WORDS) for _ in range(chance.randint(0, most)))


def _record(writer: Writer, worker: int, local: int, chance: random.Random, now: int) -> int:
    target = "/" + "/".join(_text(chance, 2) for _ in range(chance.randint(0, 3)))
    if chance.random() < 0.4:
        target += f"?{_text(chance)}={_text(chance, 1)}"
    if chance.random() < 0.1:
        target += "x" * chance.choice([900, 1_020, 1_200, 5_000]) + "cart?api"
    status = chance.choice([200, 200, 204, 301, 404, 500, 503, None])
    events, parts = _events(chance, status)
    replays = chance.randint(1, 9) if chance.random() < 0.2 else None
    number = writer.add(
        worker,
        Began(local, now - chance.randint(0, 10**13), chance.choice(_METHODS), target, "127.0.0.1:5", replays),
    )
    writer.add(worker, Events(local, len(events), encode_events(events)))
    if chance.random() < 0.2:
        writer.add(worker, OutputLine("stdout", _text(chance), local))
    for part in parts:
        writer.add(worker, BodyPart(local, part[0], part[1]))
    if chance.random() < 0.2:
        state = chance.choice(["running", "streaming", "held"])
        writer.add(worker, Progress(local, state, status, 2, 3, 4, "called a.B", 5, chance.randint(0, 10**10)))
        return number
    swallowed = chance.random() < 0.2
    how = chance.choice(_HOWS)
    items = sum(isinstance(event, Chunk) and event.span == 1 for event in events)
    writer.add(
        worker,
        Ended(
            exchange=local,
            how=how,
            status=status,
            duration=chance.randint(0, 3 * 10**9),
            held=chance.choice([0, 0, 10**8]),
            first_byte=chance.choice([None, 0, 10**6, 10**9]),
            request_size=chance.choice([0, 1, 1024, 2 * 2**20]),
            response_size=chance.choice([0, 10, 5_000, 3 * 2**20]),
            chunks=items if how == "complete" else chance.randint(0, 5),
            layers=chance.randint(0, 5),
            exception=chance.choice(["", "", "KeyError", "shop.Ärger"]),
            swallowed=swallowed,
            start_responses=chance.randint(0, 3),
            input=chance.choice(["none", "unread", "partial", "full"]),
            closed=chance.random() < 0.8,
            short_circuit=chance.choice(["", "", "shop.Session"]),
            content_type=chance.choice(_TYPES),
            events=len(events),
            dropped=chance.choice([0, 0, 3]),
            note=chance.choice(["", "", "Gone ß."]),
        ),
    )
    return number


def _events(chance: random.Random, status: int | None) -> tuple[list[Event], list[tuple[int, bytes]]]:
    """Some events, and the parts of their bodies that are kept apart."""
    fields = [
        ("Host", chance.choice(["localhost:8000", "shop.example"])),
        *((chance.choice(["Accept", "X-Id", "cookie"]), _text(chance).replace("\0", "")) for _ in range(3)),
        ("Cookie", f"sid={_text(chance, 1)}; cart=1"),
    ]
    raw = "GET / HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields) + "\r\n"
    events: list[Event] = [HeadReceived(0, 0, _THREAD, 0, raw.encode(), "127.0.0.1:5")]
    parts: list[tuple[int, bytes]] = []
    for layer in range(1, chance.randint(1, 4)):
        events.append(Called(len(events), layer, chance.choice([_THREAD, 200, 404]), 1, layer - 1, layer, {}))
        if chance.random() < 0.2:
            events.append(Logged(len(events), layer, _THREAD, 1, 20, "shop", _text(chance)))
        if chance.random() < 0.2:
            statement = f"SELECT {_text(chance)}\nFROM {_text(chance, 1)}"
            events.append(Queried(len(events), layer, _THREAD, 1, "Django", "default", statement, len(statement)))
    if chance.random() < 0.4:
        data = _text(chance).encode()
        events.append(InputRead(len(events), 1, _THREAD, 2, "read", None, len(data), 0, end=True, data=data))
    headers = (
        ("Content-Type", "text/html"),
        ("Vary", _text(chance, 1)),
        ("Set-Cookie", f"sid={_text(chance, 1)}; Path=/"),
    )
    events.append(StartResponse(len(events), 1, _THREAD, 3, f"{status} X", headers))
    if status is not None:
        events.append(ResponseHead(len(events), 0, _THREAD, 4, f"{status} X", headers[:2]))
    at = 5
    for index in range(chance.randint(0, 3)):
        at += chance.choice([0, 10**6, 10**9])
        if chance.random() < 0.1:
            events.append(Released(len(events), 1, _THREAD, at, 10**6, "step"))
        data = _text(chance).encode()
        seq = len(events)
        if chance.random() < 0.2:
            events.append(Chunk(seq, 1, _THREAD, at, index, len(data), stored=False))
            parts.append((seq, data))
        else:
            events.append(Chunk(seq, 1, _THREAD, at, index, len(data), data))
            events.append(Chunk(seq + 1, 2, _THREAD, at, index, len(data), same=seq))
    events.append(Done(len(events), 0, _THREAD, 6, "complete"))
    return events, parts


def _findings(chance: random.Random) -> list[tuple[str, str, str, int]]:
    found = [("layer", layer, "", chance.randint(0, 10**8)) for layer in _LAYERS if chance.random() < 0.7]
    found += [
        ("changed", chance.choice(_LAYERS), name, 1) for name in _CHANGES for _ in range(2) if chance.random() < 0.4
    ]
    found += [("log", layer, chance.choice(["20", "30", "40", "25"]), 1) for layer in _LAYERS if chance.random() < 0.2]
    found += [(kind, "", "", chance.choice([1, 3, 200, 2 * 10**6])) for kind in _TOTALS if chance.random() < 0.4]
    found += [("repeated", layer, "", chance.choice([3, 12])) for layer in _LAYERS if chance.random() < 0.1]
    return found


def random_filter(chance: random.Random, depth: int = 0) -> str:
    """A filter that is well-formed."""
    if depth < 3 and chance.random() < 0.45:
        parts = [random_filter(chance, depth + 1) for _ in range(chance.randint(1, 3))]
        return f"({chance.choice([' ', ' AND ', ' OR ', ' OR ']).join(parts)})"
    if chance.random() < 0.2:
        return f"{chance.choice(['-', 'NOT '])}{random_filter(chance, depth + 1)}"
    if chance.random() < 0.2:
        return chance.choice([_quoted(chance), "cart", "/api", "404", "/[a-z]+t/", "'GET /'", *_aliases()])
    field = chance.choice(FIELDS)
    name = chance.choice([field.name, *field.aliases])
    if field.name == "dur" and chance.random() < 0.5:
        return f"dur@{chance.choice(['session', 'é', '=shop.Shop'])}:{_number(chance, 'duration')}"
    if field.kind in {"text", "pairs", "layer", "changed", "rule"} and chance.random() < 0.3:
        return f"{name}~{chance.choice(_REGEXES)}"
    values = [_value(chance, field) for _ in range(chance.choice([1, 1, 1, 2]))]
    return f"{name}:{','.join(values)}"


def _aliases() -> list[str]:
    return [f"{name} 404" if meaning == "status:" else name for name, meaning in ALIASES.items() if meaning[-1:] != "~"]


def _quoted(chance: random.Random) -> str:
    return f'"{_text(chance, 2) or "a"}"'


def _number(chance: random.Random, kind: str) -> str:
    unit = chance.choice(
        {"count": ["", "k"], "size": ["", "k", "M"], "duration": ["ms", "s", "us"], "status": [""]}[kind]
    )
    low = chance.choice([0, 1, 2, 3, 200, 404]) if kind != "status" else chance.choice([200, 204, 404, 500])
    return chance.choice(
        [
            f"{low}{unit}",
            f">{low}{unit}",
            f"<={low}{unit}",
            f"={low}{unit}",
            f"{low}{unit}..",
            f"1{unit}..{low + 1}{unit}",
        ]
    )


def _value(chance: random.Random, field) -> str:  # noqa: C901, PLR0911 -- one for each kind
    if field.kind == "yes":
        return chance.choice(["yes", "no"])
    if field.kind in {"since", "before"}:
        return chance.choice(["5m", "1h", "2h", "1d", "2025-11-22"])
    if field.kind in {"status", "count", "size", "duration"}:
        special = ["none", "4xx", "5xx"] if field.kind == "status" else ["none"]
        return chance.choice([*special, *(_number(chance, field.kind) for _ in range(4))])
    if field.name == "log" and chance.random() < 0.4:
        return chance.choice([">=warning", "<error", "info..error", "25", ">30", "..warning"])
    if field.name == "sql" and chance.random() < 0.6:
        return chance.choice([_number(chance, "count"), _number(chance, "duration"), '"a from"', "select"])
    if field.kind == "rule":
        return chance.choice(["must", "client", "A23", "m06", "h*", "A2*", "*"])
    if field.words and (not field.open or chance.random() < 0.7):
        value = chance.choice(field.words).value
        return f'"{value}"' if " " in value else value
    if field.kind == "pairs":
        name = chance.choice(["accept", "X-*", "sid", "cookie", "vary", "set-cookie", "host"])
        return chance.choice([name, f"{name}:{_quoted(chance)}", f"{name}={_quoted(chance)}", f"{name}=*a*"])
    if field.kind == "changed":
        return chance.choice(["vary", "SHOP.user", "environ", "REMOTE-ADDR", "status", "resp.header:*", "=body", "v*"])
    if field.kind == "layer":
        return chance.choice(["session", "GZip", "=shop.Shop", "é", "*zip", "nobody"])
    if field.name == "has":
        return chance.choice(["req.x-id", "resp.vary", "host"])
    return chance.choice([_quoted(chance), f"={_quoted(chance)}", "a*t", "=/*", "*", "cart", "/"])
