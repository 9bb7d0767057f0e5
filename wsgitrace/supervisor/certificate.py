"""Certificates: checked before anything is served, and a self-signed one for this machine where none is given."""

from __future__ import annotations

import ipaddress
import os
import shutil
import ssl
import subprocess
import time
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from platformdirs import user_data_path

if TYPE_CHECKING:
    from pathlib import Path

_DAYS: Final = 397
"""Validity: the longest that browsers accept."""
_LASTS: Final = _DAYS * 86_400
_ENOUGH: Final = 7 * 86_400
"""Seconds of validity below which another one is made."""
_NAMES: Final = ("localhost",)
_ADDRESSES: Final = ("127.0.0.1", "::1")
_PATIENCE: Final = 30.0


class CertificateError(Exception):
    """There is no certificate to speak TLS with; the text is one sentence for the user."""


def check(cert: Path, key: Path | None, client_ca: Path | None) -> None:
    """Whether TLS can be spoken with these. Raises :class:`CertificateError`."""
    for path in filter(None, (cert, key, client_ca)):
        try:
            path.read_bytes()
        except OSError as error:
            raise CertificateError(f"{path} cannot be read: {error.strerror}") from None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        # An empty password: for a key that wants one this is an error, where OpenSSL would ask the terminal.
        context.load_cert_chain(cert, key, password=lambda: b"")
    except ssl.SSLError as error:
        raise CertificateError(_explain(error, cert, key)) from None
    if client_ca is not None:
        try:
            context.load_verify_locations(client_ca)
        except ssl.SSLError:
            raise CertificateError(f"{client_ca} holds no certificates in PEM form") from None


def _explain(error: ssl.SSLError, cert: Path, key: Path | None) -> str:
    where = key or cert
    if error.reason == "KEY_VALUES_MISMATCH":
        return f"the key in {where} is not the one of the certificate in {cert}"
    if b"ENCRYPTED" in where.read_bytes():
        return f"the key in {where} is encrypted: give one without a password, as 'openssl pkey -in KEY -out NEW' makes"
    if b"PRIVATE KEY" not in where.read_bytes():
        return f"{where} holds no private key: give it with --key"
    if b"BEGIN CERTIFICATE" not in cert.read_bytes():
        return f"{cert} holds no certificate in PEM form"
    return f"TLS cannot be spoken with {cert}: {(error.reason or str(error)).lower().replace('_', ' ')}"


def self_signed(folder: Path | None = None) -> Path:
    """A certificate and its key in one file, for localhost; made once and kept until it expires.

    It is signed by its own key and by nothing else: who trusts it trusts this server, and no authority whose key
    could sign other names. Raises :class:`CertificateError`.
    """
    folder = folder or user_data_path("wsgitrace") / "https"
    path = folder / "localhost.pem"
    if _is_good(path):
        return path
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        pem = _make()
        # 0600 from its first moment, and whole for whoever reads it meanwhile.
        spare = path.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(spare, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(pem)
        spare.replace(path)
    except OSError as error:
        raise CertificateError(f"no certificate can be kept in {folder}: {error.strerror or error}") from None
    return path


def _is_good(path: Path) -> bool:
    try:
        check(path, None, None)
        age = time.time() - path.stat().st_mtime
    except (CertificateError, OSError):
        return False
    return age < _LASTS - _ENOUGH


def _make() -> bytes:
    if find_spec("cryptography") is not None:
        return _by_cryptography()
    openssl = shutil.which("openssl")
    if openssl is not None:
        return _by_openssl(openssl)
    raise CertificateError(
        "--https makes a certificate with the package cryptography or the program openssl, and neither is here: "
        "python -m pip install 'wsgitrace[https]', or give a certificate of your own with --cert"
    )


def _by_openssl(openssl: str) -> bytes:
    names = ",".join([*(f"DNS:{name}" for name in _NAMES), *(f"IP:{address}" for address in _ADDRESSES)])
    command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-days", str(_DAYS), "-subj", "/CN=localhost", "-addext", f"subjectAltName={names}"]
    command += ["-addext", "basicConstraints=critical,CA:FALSE", "-addext", "extendedKeyUsage=serverAuth"]
    try:
        done = subprocess.run(  # noqa: S603 -- a program of the system, with words of ours
            [*command, "-keyout", "-", "-out", "-"], capture_output=True, check=True, timeout=_PATIENCE
        )
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or b""
        last = said.decode("utf-8", "replace").strip().rpartition("\n")[2] or str(error)
        raise CertificateError(f"openssl made no certificate: {last}; give one of your own with --cert") from None
    return done.stdout


def _by_cryptography() -> bytes:
    # An optional package, and a heavy one: only where a certificate is to be made.
    from cryptography import x509  # noqa: PLC0415 -- see above
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 -- see above
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 -- see above
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID  # noqa: PLC0415 -- see above

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names: list[x509.GeneralName] = [x509.DNSName(each) for each in _NAMES]
    names += [x509.IPAddress(ipaddress.ip_address(each)) for each in _ADDRESSES]
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=_DAYS))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)
