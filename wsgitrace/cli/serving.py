"""What the serving verbs share: from settings to a listening socket, a recording and a supervisor."""

from __future__ import annotations

import ipaddress
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsgitrace import supervisor as supervising
from wsgitrace.capture import CaptureError, Choice, Writer
from wsgitrace.cli.filtering import read_setting
from wsgitrace.cli.refusal import Refusal, tell
from wsgitrace.events import Start

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator
    from pathlib import Path

    from wsgitrace.settings import Settings

__all__ = ["Service", "is_free", "listen", "serving", "start_command"]


@dataclass(frozen=True, slots=True)
class Service:
    """An application that is being served and recorded."""

    supervisor: supervising.Supervisor
    """Its supervisor, started."""
    writer: Writer
    """Its recording."""
    url: str
    """Where it is served, as a browser takes it."""


def start_command(settings: Settings, *, serve: bool = True) -> Start:
    """What the worker is told."""
    return Start(
        app=settings.app,
        directory=str(settings.app_dir.absolute()),
        factory=settings.factory,
        threads=settings.threads,
        trace=settings.trace,
        serve=serve,
        request_body=settings.request_body,
        response_body=settings.response_body,
        events=settings.events,
        queue=settings.queue,
        hold_timeout=settings.hold_timeout,
    )


def listen(settings: Settings) -> socket.socket:
    """Bind the address, before anything of the application is imported. Raises :class:`Refusal`."""
    try:
        listener = supervising.bind(settings.host, settings.port)
    except supervising.BindError as problem:
        raise Refusal(str(problem)) from None
    host = listener.getsockname()[0]
    if not ipaddress.ip_address(host.partition("%")[0]).is_loopback:
        tell(
            f"serving on {host}, not only to this machine: everybody who can reach it can use the application, and "
            f"the passwords and cookies that they send are recorded."
        )
    return listener


def is_free(settings: Settings) -> bool:
    """Whether the address can be bound now."""
    try:
        supervising.bind(settings.host, settings.port).close()
    except supervising.BindError:
        return False
    return True


def browser_url(listener: socket.socket) -> str:
    """The address as a browser on this machine takes it."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 -- compared with, not bound
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


@contextmanager
def serving(
    settings: Settings, listener: socket.socket, *, save: Path | None, reload: bool, listed: bool = False
) -> Iterator[Service]:
    """Serve and record while inside; leaving drains what is open and closes the file. Raises :class:`Refusal`.

    ``listed``: somebody will take the summaries of exchanges from the supervisor as they end.

    Where the application never came up and nothing was recorded, no new file is left behind.

    A recording that was asked for is bounded by its bytes alone, unless a count or an age was asked for too.
    """
    bounded = settings.given("keep") or save is None
    made = save is not None and not save.exists()
    try:
        only, ignore = (
            read_setting(name, text, settings.slow)
            for name, text in (("only", settings.only), ("ignore", settings.ignore))
        )
        writer = Writer.create(
            save,
            keep_exchanges=(settings.keep or None) if bounded else None,
            keep_bytes=settings.keep_bytes or None,
            keep_for=(settings.keep_for or None) if save is None or settings.given("keep_for") else None,
            redacted=settings.redact_at_capture,
            app=settings.app,
        )
    except CaptureError as problem:
        listener.close()
        raise Refusal(str(problem)) from None
    except Refusal:
        listener.close()
        raise
    if only is not None or ignore is not None:
        writer.choose(Choice(only, ignore))
    supervisor = supervising.Supervisor(
        start_command(settings),
        [listener],
        writer,
        reload=reload,
        reload_drain=settings.reload_drain,
        redact=settings.mask if settings.redact_at_capture else None,
    )
    if listed:
        _ = supervisor.summaries  # they are kept from the first time that they are asked for
    try:
        supervisor.start()
        yield Service(supervisor, writer, browser_url(listener))
    finally:
        supervisor.stop(settings.drain)
        state = supervisor.state
        never_served = bool(state.message or state.exit_reason) and not supervisor.counters.requests
        writer.close(remove=made and never_served)
        listener.close()
