"""What TLS adds to the environ, by the names that Apache's mod_ssl gave it."""

from __future__ import annotations

from ssl import OPENSSL_VERSION, DER_cert_to_PEM_cert
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from ssl import SSLObject

_SHORT: Final = {
    "commonName": "CN",
    "countryName": "C",
    "stateOrProvinceName": "ST",
    "localityName": "L",
    "organizationName": "O",
    "organizationalUnitName": "OU",
    "title": "T",
    "initials": "I",
    "givenName": "G",
    "surname": "S",
    "description": "D",
    "userId": "UID",
    "emailAddress": "Email",
}
"""Parts of a name by mod_ssl's suffixes."""
_IN_A_NAME: Final = {"emailAddress": "emailAddress", "givenName": "GN", "surname": "SN", "domainComponent": "DC"}
"""Where RFC 2253, as OpenSSL writes it, has another word for them."""
_ESCAPED: Final = frozenset('",+\\<>;')


def tls_environ(secured: SSLObject, asked_for: str) -> dict[str, str]:
    """The variables of a connection whose handshake is over; text as bytes of UTF-8 in latin-1, as PEP 3333 has it."""
    cipher, _, bits = secured.cipher() or ("", "", 0)
    environ = {
        "HTTPS": "on",
        "SSL_PROTOCOL": secured.version() or "",
        "SSL_CIPHER": cipher,
        "SSL_CIPHER_USEKEYSIZE": str(bits),
        "SSL_SESSION_RESUMED": "Resumed" if secured.session_reused else "Initial",
        "SSL_VERSION_LIBRARY": OPENSSL_VERSION,
        "SSL_CLIENT_VERIFY": "NONE",
    }
    if asked_for:
        environ["SSL_TLS_SNI"] = asked_for
    encoded = secured.getpeercert(binary_form=True)
    # Of a client that was not asked, or has none, nothing is told.
    certificate: dict[str, Any] = secured.getpeercert() or {}
    if encoded and certificate:
        environ |= {"SSL_CLIENT_VERIFY": "SUCCESS", "SSL_CLIENT_CERT": DER_cert_to_PEM_cert(encoded)}
        environ |= _client(certificate)
    return {key: value.encode("utf-8", "surrogateescape").decode("latin-1") for key, value in environ.items()}


def _client(certificate: dict[str, Any]) -> dict[str, str]:
    found = {
        "SSL_CLIENT_M_VERSION": str(certificate.get("version", "")),
        "SSL_CLIENT_M_SERIAL": str(certificate.get("serialNumber", "")),
        "SSL_CLIENT_V_START": str(certificate.get("notBefore", "")),
        "SSL_CLIENT_V_END": str(certificate.get("notAfter", "")),
        **_name("SSL_CLIENT_S_DN", certificate.get("subject", ())),
        **_name("SSL_CLIENT_I_DN", certificate.get("issuer", ())),
    }
    counts = {"email": 0, "DNS": 0}
    for kind, value in certificate.get("subjectAltName", ()):
        if kind in counts:
            found[f"SSL_CLIENT_SAN_{kind.capitalize() if kind == 'email' else kind}_{counts[kind]}"] = value
            counts[kind] += 1
    return found


def _name(key: str, parts: Iterable[tuple[tuple[str, str], ...]]) -> dict[str, str]:
    """The whole name as RFC 2253 writes it, and each part; a repeated part as ``_1`` and on."""
    written: list[str] = []
    found: dict[str, str] = {}
    for relative in parts:
        joined: list[str] = []
        for long, value in relative:
            short = _SHORT.get(long, "")
            joined.append(f"{_IN_A_NAME.get(long, short or long)}={_escape(value)}")
            if short:
                name, nth = f"{key}_{short}", 0
                while name in found:
                    nth += 1
                    name = f"{key}_{short}_{nth}"
                found[name] = value
        written.append("+".join(joined))
    # RFC 2253 2.1: from the last to the first.
    return {key: ",".join(reversed(written)), **found}


def _escape(value: str) -> str:
    text = "".join(f"\\{letter}" if letter in _ESCAPED else letter for letter in value)
    if text.startswith(("#", " ")):
        text = "\\" + text
    return text[:-1] + "\\ " if text.endswith(" ") and len(text) > 1 else text
