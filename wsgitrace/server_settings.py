"""The settings of the server: its addresses, TLS, proxies, files, limits; and what one setting is."""

# ruff: noqa: FBT003, RUF009 -- in the table a default stands beside its name, and all of them are immutable
from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final

from wsgitrace.setting_kinds import (
    BINDS,
    FILE,
    LIST,
    MODE,
    MOUNTS,
    PROXIES,
    SIZE,
    SOME_BYTES,
    SOME_TIME,
    SWITCH,
    WORD,
    Bind,
    Kind,
    Mount,
    choice,
    number,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["LIMITS", "ServerSettings", "Setting", "tunable"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One tunable as it is spelled everywhere."""

    name: str
    """Name in Python."""
    default: Any
    """Value when nothing else is said."""
    kind: Kind
    """How a value is written, and what it must be."""
    flags: tuple[str, ...]
    """Options on the command line, empty for APP; a switch's are ``--x/--no-x``."""
    help: str
    """One line for ``--help``."""
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    """What holds in place of the default in single verbs, in words, by the name of the verb."""
    section: str = ""
    """Heading that it stands under in ``--help``; empty: with the others."""

    @property
    def env(self) -> str:
        """Its environment variable."""
        return f"WSGITRACE_{self.name.upper()}"

    @property
    def key(self) -> str:
        """Its key in ``[tool.wsgitrace]``."""
        return self.name.replace("_", "-")

    def shown_default(self, verb: str = "") -> str:
        """The default as a user would write it, in the help of a verb."""
        return self.elsewhere.get(verb) or self.kind.show(self.default)


def tunable(default: Any, kind: Kind, flags: str, text: str, *, section: str = "", **elsewhere: str) -> Any:
    """A field of a table of settings; ``elsewhere``: as in :class:`Setting`, ``{}`` for the default."""
    shown = {verb: words.format(kind.show(default)) for verb, words in elsewhere.items()}
    metadata = {"kind": kind, "flags": tuple(flags.split()), "help": text, "elsewhere": shown, "section": section}
    return field(default=default, metadata=metadata)


_SERVER: Final = "Server"
_LIMITS: Final = "Limits of the server"


def _limit(default: Any, kind: Kind, flag: str, text: str) -> Any:
    return tunable(default, kind, flag, text, section=_LIMITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """How the application is served."""

    host: str = tunable("127.0.0.1", WORD, "--host", "Address to serve on.", section=_SERVER)
    port: int = tunable(8000, number(0, 65535), "--port", "Port to serve on; 0 picks a free one.", section=_SERVER)
    bind: tuple[Bind, ...] = tunable(
        (), BINDS, "-b --bind", "HOST:PORT, unix:PATH or fd://NUMBER; may be given again.", section=_SERVER
    )
    socket_mode: int = tunable(0o600, MODE, "--socket-mode", "Permissions of a unix socket.", section=_SERVER)
    cert: Path | None = tunable(None, FILE, "--cert", "Speak TLS with this certificate (PEM).", section=_SERVER)
    key: Path | None = tunable(None, FILE, "--key", "Its private key, if it is not in the same file.", section=_SERVER)
    https: bool = tunable(
        False, SWITCH, "--https", "Speak TLS with a self-signed certificate for this machine.", section=_SERVER
    )
    client_ca: Path | None = tunable(
        None, FILE, "--client-ca", "Ask clients for a certificate signed by one of these (PEM).", section=_SERVER
    )
    client_cert: str = tunable(
        "optional", choice("optional", "required"), "--client-cert", "Whether clients must have it.", section=_SERVER
    )
    trust_proxy: int | None = tunable(
        None, PROXIES, "--trust-proxy", "Proxies in front to believe; 0: drop what they say.", section=_SERVER
    )
    proxy_headers: tuple[str, ...] = tunable(
        ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"),
        LIST,
        "--proxy-headers",
        "What they are believed by; others of the same kind are dropped.",
        section=_SERVER,
    )
    static: tuple[Mount, ...] = tunable(
        (), MOUNTS, "--static", "Serve the files of FOLDER below PATH; may be given again.", section=_SERVER
    )
    threads: int = tunable(8, number(1, 1000), "--threads", "Threads that run the application.", section=_SERVER)

    max_threads: int = _limit(256, number(1, 10_000), "--max-threads", "Threads, with those that wait for clients.")
    connections_limit: int = _limit(1000, number(1, 10**6), "--connections-limit", "Open connections.")
    queue_limit: int = _limit(1024, number(1, 10**6), "--queue-limit", "Requests that wait for a thread (503 beyond).")
    queue_timeout: float = _limit(30.0, SOME_TIME, "--queue-timeout", "Time that they wait (503 after).")
    line_limit: int = _limit(16 * 2**10, SOME_BYTES, "--line-limit", "Bytes of a request line (414 beyond).")
    head_limit: int = _limit(64 * 2**10, SOME_BYTES, "--head-limit", "Bytes of a request head (431 beyond).")
    fields_limit: int = _limit(128, number(1, 10**5), "--fields-limit", "Header fields of a request (431 beyond).")
    head_timeout: float = _limit(20.0, SOME_TIME, "--head-timeout", "Time for a whole request head (408 after).")
    idle_timeout: float = _limit(65.0, SOME_TIME, "--idle-timeout", "Time between two requests of a connection.")
    body_limit: int = _limit(0, SIZE, "--body-limit", "Bytes of a request body (413 beyond). 0: no bound.")
    body_timeout: float = _limit(60.0, SOME_TIME, "--body-timeout", "Time for the next byte of a body (408 after).")
    spool_limit: int = _limit(2**30, SOME_BYTES, "--spool-limit", "Bytes of a body kept until they are asked for.")
    spool_patience: float = _limit(0.5, SOME_TIME, "--spool-patience", "Time for more of a chunked body to come.")
    trailer_limit: int = _limit(8 * 2**10, SOME_BYTES, "--trailer-limit", "Bytes of the trailers of a chunked body.")
    reader_timeout: float = _limit(60.0, SOME_TIME, "--reader-timeout", "Time that a client may take no byte.")
    linger_limit: int = _limit(4 * 2**20, SOME_BYTES, "--linger-limit", "Bytes thrown away of a refused client.")
    linger_timeout: float = _limit(2.0, SOME_TIME, "--linger-timeout", "Time that this goes on.")

    @property
    def binds(self) -> tuple[Bind, ...]:
        """Where to serve."""
        return self.bind or (Bind(self.host, self.port),)

    @property
    def limits(self) -> dict[str, float]:
        """The bounds by name; those that are not to be enforced are left out."""
        return {name: value for name in LIMITS if (value := getattr(self, name))}


LIMITS: Final = tuple(each.name for each in fields(ServerSettings) if each.metadata["section"] == _LIMITS)
"""The settings that are bounds of the server; the server's options have the same names."""
