"""How the value of a setting is written, in a terminal, a variable or a TOML file, and what it must be."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "AGE",
    "BINDS",
    "COUNT",
    "FILE",
    "FILTER",
    "FOLDER",
    "KEYMAP",
    "LINES",
    "LIST",
    "MODE",
    "MOUNTS",
    "NAMES",
    "PROXIES",
    "SECONDS",
    "SIZE",
    "SOME_BYTES",
    "SOME_TIME",
    "SWITCH",
    "WORD",
    "Bind",
    "Kind",
    "Mount",
    "SettingError",
    "choice",
    "number",
    "parse_bind",
]


class SettingError(ValueError):
    """A setting has a value it cannot have. The text is one sentence for the user that names where it came from."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of value."""

    metavar: str
    """What ``--help`` shows for it, empty for a switch."""
    convert: Callable[[Any], Any]
    """From text or a TOML value. Raises ValueError, its text the second half of a sentence."""
    show: Callable[[Any], str] = str
    """A value as a user would write it."""
    many: bool = False
    """Whether the option may be given more than once."""


_SWITCH: Final = dict.fromkeys(("1", "true", "yes", "on"), True) | dict.fromkeys(("0", "false", "no", "off"), False)
_AMOUNT: Final = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*", re.IGNORECASE | re.ASCII)
_BYTES: Final = {"": 1, "b": 1} | {
    letter + rest: 2**power for letter, power in (("k", 10), ("m", 20), ("g", 30)) for rest in ("", "b", "ib")
}
_TIME: Final = {"": 1.0, "s": 1.0, "ms": 0.001, "m": 60.0, "min": 60.0, "h": 3600.0}
_LONG_TIME: Final = _TIME | {"d": 86_400.0, "w": 7 * 86_400.0}
_MOST_BYTES: Final = 2**50
_MOST_SECONDS: Final = 7 * 86_400.0
_OLDEST: Final = 100 * 366 * 86_400.0


def _word(raw: Any) -> str:
    if not isinstance(raw, str):
        raise ValueError("it must be text")  # noqa: TRY004 -- every bad value is a ValueError here
    return raw


def _hook(raw: Any) -> str:
    text = _word(raw)
    module, colon, name = text.partition(":")
    if text and not (colon and module and all(part.isidentifier() for part in (*module.split("."), *name.split(".")))):
        raise ValueError("a function is written MODULE:FUNCTION, as in hooks:sign")
    return text


def _switch(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw.strip().lower() in _SWITCH:
        return _SWITCH[raw.strip().lower()]
    raise ValueError("it must be true or false")


def _path(raw: Any) -> Path:
    text = _word(raw)
    if not text or "\0" in text:
        raise ValueError("it must be the path of a file or folder")
    return Path(text).expanduser()


def _size(raw: Any) -> int:
    value = _amount(raw, _BYTES)
    if value is None or not 0 <= value <= _MOST_BYTES:
        raise ValueError("it must be a number of bytes, as in 65536, 64k, 10M or 1G")
    return int(value)


def _seconds(raw: Any) -> float:
    value = _amount(raw, _TIME)
    if value is None or not 0 <= value <= _MOST_SECONDS:
        raise ValueError("it must be a time in seconds up to a week, as in 2, 0.5, 500ms or 15m")
    return float(value)


def _age(raw: Any) -> float:
    value = _amount(raw, _LONG_TIME)
    if value is None or not 0 <= value <= _OLDEST:
        raise ValueError("it must be a time, as in 90, 30m, 12h, 7d or 4w")
    return float(value)


def _show_age(value: float) -> str:
    for unit in ("w", "d", "h", "m"):
        count, rest = divmod(value, _LONG_TIME[unit])
        if count and not rest and (unit != "w" or count > 1):
            return f"{count:g}{unit}"
    return f"{value:g}"


def _names(raw: Any) -> tuple[str, ...]:
    names = [part for part in _word(raw).split(",") if part.strip()] if not isinstance(raw, list | tuple) else raw
    if not all(isinstance(name, str) for name in names):
        raise ValueError("it must be a list of names")
    from wsgitrace.redact import Names  # noqa: PLC0415 -- only where it is given

    try:
        Names(names)
    except ValueError as problem:
        raise ValueError(str(problem)) from None
    return tuple(name.strip() for name in names)


def _keymap(raw: Any) -> tuple[tuple[str, str], ...]:
    pairs = [part.partition("=")[::2] for part in raw.split()] if isinstance(raw, str) else raw
    pairs = list(pairs.items()) if isinstance(pairs, dict) else pairs
    if not isinstance(pairs, list | tuple) or not all(
        isinstance(text, str) and text for pair in pairs for text in pair
    ):
        raise ValueError("it must give keys to actions, as in replay=f5 follow=F")
    return tuple((name, keys) for name, keys in pairs)


def _amount(raw: Any, units: dict[str, int] | dict[str, float]) -> float | None:
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        return raw if math.isfinite(raw) else None
    match = _AMOUNT.fullmatch(raw) if isinstance(raw, str) else None
    if match is None or match[2].lower() not in units:
        return None
    return float(match[1]) * units[match[2].lower()]


def _show_size(value: int) -> str:
    for unit, factor in (("G", 2**30), ("M", 2**20), ("k", 2**10)):
        if value and value % factor == 0:
            return f"{value // factor}{unit}"
    return str(value)


def number(least: int, most: int) -> Kind:
    """A whole number between two bounds, both allowed."""

    def convert(raw: Any) -> int:
        if isinstance(raw, str) and re.fullmatch(r"\s*[0-9_]+\s*", raw):
            try:
                raw = int(raw)
            except ValueError:  # "1__0", or more digits than Python converts
                raw = None
        if isinstance(raw, bool) or not isinstance(raw, int) or not least <= raw <= most:
            raise ValueError(f"it must be a whole number from {least} to {most}")
        return raw

    return Kind("N", convert)


def choice(*words: str) -> Kind:
    """One of a few words."""

    def convert(raw: Any) -> str:
        if raw not in words:
            raise ValueError(f"it must be one of {', '.join(words)}")
        return str(raw)

    return Kind("|".join(words), convert)


WORD: Final = Kind("TEXT", _word)
HOOK: Final = Kind("MODULE:FUNCTION", _hook)
SWITCH: Final = Kind("", _switch, lambda value: "on" if value else "off")
FILTER: Final = Kind("FILTER", _word)
FILE: Final = Kind("FILE", _path, lambda value: str(value or ""))
FOLDER: Final = Kind("FOLDER", _path)
SIZE: Final = Kind("BYTES", _size, _show_size)
SECONDS: Final = Kind("SECONDS", _seconds, lambda value: f"{value:g}")
AGE: Final = Kind("TIME", _age, _show_age)
NAMES: Final = Kind("NAMES", _names, ",".join)
KEYMAP: Final = Kind("ACTION=KEY", _keymap, lambda value: " ".join(f"{name}={keys}" for name, keys in value))
COUNT: Final = number(0, 10**12)


class Bind(NamedTuple):
    """Where to serve: a port, a unix socket, or a socket that this process was started with."""

    host: str | None = None
    port: int | None = None
    path: str = ""
    fd: int | None = None

    @property
    def is_tcp(self) -> bool:
        """Whether it is a host and a port, or one of them."""
        return not self.path and self.fd is None

    def seen_from(self, folder: Path) -> Bind:
        """The same, its path from ``folder``."""
        return self._replace(path=str(folder / self.path)) if self.path else self


class Mount(NamedTuple):
    """Files to serve."""

    prefix: str
    """The path of URLs that they are below, without a slash at its end."""
    folder: str
    """Where they are."""


def parse_bind(text: str) -> Bind:
    """What one ``--bind`` says. Raises ValueError, its text the second half of a sentence."""
    if text.startswith("unix:"):
        path = text.removeprefix("unix:")
        if not path or "\0" in path:
            raise ValueError("it must name a file, as in unix:/run/shop.sock")
        return Bind(path=str(Path(path).expanduser()))
    if text.startswith("fd:"):
        number = re.fullmatch(r"fd:(?://)?([0-9]{1,6})", text)
        if number is None:
            raise ValueError("it must be the number of a descriptor, as in fd://3")
        return Bind(fd=int(number[1]))
    bare = re.sub(r"^https?://", "", text).rstrip("/")
    match = re.fullmatch(r"(\[[0-9A-Fa-f:.%\w]+\]|[^:\[\]\s]*)(?::([0-9]{1,9}))?", bare)
    if match is None or not bare:
        raise ValueError("it must be HOST:PORT, as in 127.0.0.1:8000 or [::1]:8000, unix:PATH or fd://NUMBER")
    port = None if match[2] is None else int(match[2])
    if port is not None and port > 65535:  # noqa: PLR2004 -- the largest port of TCP
        raise ValueError("the port must be a whole number from 0 to 65535")
    return Bind(match[1].strip("[]") or None, port)


def _texts(raw: Any) -> Sequence[str]:
    parts = [raw] if isinstance(raw, str) else raw
    if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
        raise ValueError("it must be text, or a list of texts")
    return parts


def _several(raw: Any) -> list[str]:
    """Parts given one by one, or with commas between them."""
    found = [word.strip() for part in _texts(raw) for word in part.split(",") if word.strip()]
    if not found:
        raise ValueError("it must not be empty")
    return found


def _lines(raw: Any) -> tuple[str, ...]:
    """Texts given one by one, or one on each line."""
    return tuple(line.strip() for part in _texts(raw) for line in part.splitlines() if line.strip())


def _binds(raw: Any) -> tuple[Bind, ...]:
    return tuple(parse_bind(part) for part in _several(raw))


def _mounts(raw: Any) -> tuple[Mount, ...]:
    mounts = []
    for part in _several([f"{prefix}={folder}" for prefix, folder in raw.items()] if isinstance(raw, dict) else raw):
        prefix, equals, folder = part.partition("=")
        if not equals or not folder or not prefix.startswith("/"):
            raise ValueError("it must be /PATH=FOLDER, as in /assets=./public")
        mounts.append(Mount(prefix.rstrip("/"), str(Path(folder).expanduser())))
    return tuple(mounts)


def _mode(raw: Any) -> int:
    text = str(raw).removeprefix("0o") if isinstance(raw, str) else f"{raw:o}" if type(raw) is int else ""
    if re.fullmatch(r"0?[0-7]{3}", text) is None:
        raise ValueError("it must be permissions in octal digits, as in 660")
    return int(text, 8)


def _some(kind: Kind) -> Kind:
    """The same, but never nothing."""

    def convert(raw: Any) -> Any:
        value = kind.convert(raw)
        if not value:
            raise ValueError("it must be more than 0")
        return value

    return Kind(kind.metavar, convert, kind.show)


SOME_BYTES: Final = _some(SIZE)
SOME_TIME: Final = _some(SECONDS)
LINES: Final = Kind("BREAKPOINT", _lines, lambda _: "", many=True)
BINDS: Final = Kind("ADDRESS", _binds, lambda _: "", many=True)
MOUNTS: Final = Kind("PATH=FOLDER", _mounts, lambda _: "", many=True)
LIST: Final = Kind("NAMES", lambda raw: tuple(_several(raw)), ",".join)
PROXIES: Final = Kind("N", number(0, 100).convert, lambda value: "" if value is None else str(value))
MODE: Final = Kind("MODE", _mode, lambda value: f"{value:o}")
