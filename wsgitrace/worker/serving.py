"""What the server is given besides the application: TLS, proxies, files."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsgitrace.events import Serving
    from wsgitrace.server.front import Front
    from wsgitrace.server.tls import Tls


def speak_tls(serving: Serving) -> Tls | None:
    """What the server speaks TLS with; None where it does not. The debugger has checked the files.

    To be made before the application can put other classes in place of the standard library's.
    """
    if not serving.cert:
        return None
    from wsgitrace.server.tls import Tls  # noqa: PLC0415 -- the module ssl costs every start

    return Tls(
        serving.cert,
        serving.key or None,
        authorities=serving.client_ca or None,
        required=serving.client_required,
    )


def front(serving: Serving) -> Front | None:
    """What the server does before the application gets a request; None where that is nothing."""
    if serving.proxies is None and not serving.static:
        return None
    # Few ask for either, and what they need would cost every start.
    from wsgitrace.server.errors import note  # noqa: PLC0415 -- see above
    from wsgitrace.server.files import Files  # noqa: PLC0415 -- see above
    from wsgitrace.server.front import Front  # noqa: PLC0415 -- see above
    from wsgitrace.server.proxies import Proxies  # noqa: PLC0415 -- see above

    for name in Proxies.unknown(serving.proxy_headers) if serving.proxies else ():
        note(f"--proxy-headers: no proxy says anything by {name} that is understood here")
    return Front(
        proxies=None if serving.proxies is None else Proxies(serving.proxies, serving.proxy_headers),
        files=Files(serving.static) if serving.static else None,
    )
