"""What the serving verbs share: from settings to a listening socket, a recording and a supervisor."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wsgitrace import supervisor as supervising
from wsgitrace.capture import CaptureError, Choice, Writer
from wsgitrace.cli.filtering import read_breakpoints, read_setting
from wsgitrace.cli.ignoring import ignored
from wsgitrace.cli.refusal import Refusal, tell
from wsgitrace.events import Serving, Start
from wsgitrace.setting_kinds import SettingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from wsgitrace.cli.addresses import Addresses
    from wsgitrace.setting_kinds import Mount
    from wsgitrace.settings import Settings

__all__ = ["Service", "serving", "start_command"]


@dataclass(frozen=True, slots=True)
class Service:
    """An application that is being served and recorded."""

    supervisor: supervising.Supervisor
    """Its supervisor, started."""
    writer: Writer
    """Its recording."""
    addresses: Addresses
    """Where it is served."""

    @property
    def url(self) -> str:
        """Where it is served, as a browser takes it."""
        return self.addresses.url


def start_command(settings: Settings, *, serve: bool = True, terminal: bool = False) -> Start:
    """What the worker is told; ``terminal``: there is one that pdb can be given. Raises :class:`Refusal`."""
    if serve and settings.deep and sys.version_info >= (3, 12):
        running = ".".join(map(str, sys.version_info[:2]))
        raise Refusal(f"--deep is for Python 3.11: on {running} layers are seen in their first request without it.")
    return Start(
        app=settings.app,
        directory=str(settings.app_dir.absolute()),
        factory=settings.factory,
        serving=_serving(settings) if serve else Serving(),
        trace=settings.trace,
        serve=serve,
        request_body=settings.request_body,
        response_body=settings.response_body,
        events=settings.events,
        queue=settings.queue,
        hold_timeout=settings.hold_timeout,
        # Those that are held take up a thread each: some must be left to work.
        hold_limit=min(settings.hold_limit, max(1, settings.max_threads - settings.threads)),
        deep=settings.deep,
        terminal=terminal,
        prepare=settings.prepare,
        ignored=ignored(settings.app_dir),
    )


def _serving(settings: Settings) -> Serving:
    cert, key = _certificate(settings)
    return Serving(
        threads=settings.threads,
        # The threads that wait are among them: as many as work must fit in.
        limits=settings.limits | {"max_threads": max(settings.threads, settings.max_threads)},
        cert=cert,
        key=key,
        client_ca="" if settings.client_ca is None else str(settings.client_ca.absolute()),
        client_required=settings.client_cert == "required",
        proxies=settings.trust_proxy,
        proxy_headers=settings.proxy_headers,
        static=tuple((mount.prefix, str(_folder(mount))) for mount in settings.static),
    )


def _certificate(settings: Settings) -> tuple[str, str]:
    """Files of the certificate and of its key; empty without TLS. Raises :class:`Refusal`."""
    if settings.https and settings.cert is not None:
        raise Refusal("--https makes a certificate and --cert gives one: give one of them.")
    if settings.cert is None and not settings.https:
        for name in ("key", "client_ca"):
            if getattr(settings, name) is not None:
                raise Refusal(f"--{name.replace('_', '-')} is for TLS: give --cert FILE or --https too.")
        return "", ""
    try:
        cert = settings.cert or supervising.self_signed()
        supervising.check(cert, settings.key, settings.client_ca)
    except supervising.CertificateError as problem:
        raise Refusal(f"{problem}.") from None
    if settings.https:
        tell(f"browsers will ask about the certificate, which only this machine has signed; curl takes --cacert {cert}")
    return str(cert.absolute()), "" if settings.key is None else str(settings.key.absolute())


def _folder(mount: Mount) -> Path:
    folder = Path(mount.folder).absolute()
    if not folder.is_dir():
        raise Refusal(f"--static {mount.prefix or '/'}={mount.folder}: there is no such folder.")
    return folder


def _create_writer(settings: Settings, save: Path | None) -> Writer:
    """What records: bounded by its bytes alone where a file was asked for, unless a count or an age was, too."""
    only, ignore = (
        read_setting(name, text, settings.slow) for name, text in (("only", settings.only), ("ignore", settings.ignore))
    )
    writer = Writer.create(
        save,
        keep_exchanges=(settings.keep or None) if save is None or settings.given("keep") else None,
        keep_bytes=settings.keep_bytes or None,
        keep_for=(settings.keep_for or None) if save is None or settings.given("keep_for") else None,
        redacted=settings.redact_at_capture,
        app=settings.app,
    )
    if only is not None or ignore is not None:
        writer.choose(Choice(only, ignore))
    return writer


@contextmanager
def serving(
    settings: Settings,
    addresses: Addresses,
    *,
    save: Path | None,
    reload: bool,
    listed: bool = False,
    terminal: bool = False,
    kept: Sequence[tuple[str, bool]] = (),
    on_change: Callable[[], None] | None = None,
) -> Iterator[Service]:
    """Serve and record while inside; leaving drains what is open and closes the file. Raises :class:`Refusal`.

    ``listed``: somebody will take the summaries of exchanges from the supervisor as they end. ``terminal``: there is
    one that pdb can be given. ``kept``: breakpoints beside those of the settings, and whether they are on.
    ``on_change``: as the supervisor has it.

    Where the application never came up and nothing was recorded, no new file is left behind.
    """
    made = save is not None and not save.exists()
    try:
        breakpoints = [*((text, True) for text in read_breakpoints(settings.breakpoints)), *kept]
        start = start_command(settings, terminal=terminal)
        writer = _create_writer(settings, save)
    except CaptureError as problem:
        addresses.close()
        raise Refusal(str(problem)) from None
    except (Refusal, SettingError):
        addresses.close()
        raise
    supervisor = supervising.Supervisor(
        start,
        addresses.sockets,
        writer,
        reload=reload,
        on_change=on_change,
        reload_drain=settings.reload_drain,
        redact=settings.mask if settings.redact_at_capture else None,
    )
    if listed:
        _ = supervisor.summaries  # they are kept from the first time that they are asked for
    try:
        supervisor.begin_breakpoints(breakpoints)
        supervisor.start()
        yield Service(supervisor, writer, addresses)
    finally:
        supervisor.stop(settings.drain)
        state = supervisor.state
        never_served = bool(state.message or state.exit_reason) and not supervisor.counters.requests
        writer.close(remove=made and never_served)
        addresses.close()
