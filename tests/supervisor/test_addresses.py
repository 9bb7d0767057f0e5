"""Unix sockets, inherited descriptors, and the certificate that is made here."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import ssl
import stat
import sys
from pathlib import Path

import pytest

from wsgitrace.supervisor import BindError, CertificateError, bind, bind_unix, check, inherit, self_signed, unlink
from wsgitrace.supervisor.binding import passed_by_systemd


def test_a_unix_socket_has_its_mode_and_is_removed_again(tmp_path):
    path = tmp_path / "s"
    with bind_unix(str(path), 0o640) as listener:
        made = path.lstat()
        assert stat.S_IMODE(made.st_mode) == 0o640
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
        with pytest.raises(BindError, match="is in use by another process"):
            bind_unix(str(path), 0o600)
        unlink(listener, made)
        assert not path.exists()


def test_a_stale_unix_socket_is_replaced_and_the_new_one_is_not_removed_for_it(tmp_path):
    path = tmp_path / "s"
    with bind_unix(str(path), 0o600) as old:
        made = path.lstat()
        path.unlink()
        with bind_unix(str(path), 0o600):
            unlink(old, made)
            assert path.exists()
    with bind_unix(str(path), 0o600):
        assert path.exists()


@pytest.mark.parametrize(
    ("name", "says"),
    [("file", "is there already and is not a socket"), ("x" * 200, "cannot be served on"), ("no/s", "No such file")],
    ids=["file", "long", "folder"],
)
def test_where_no_unix_socket_can_be(tmp_path, name, says):
    (tmp_path / "file").write_text("precious")
    with pytest.raises(BindError, match=says):
        bind_unix(str(tmp_path / name), 0o600)
    assert (tmp_path / "file").read_text() == "precious"


def test_an_inherited_descriptor():
    with bind("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        fd = os.dup(listener.fileno())
        os.set_inheritable(fd, True)  # noqa: FBT003 -- its only argument
        with inherit(fd) as inherited:
            assert inherited.getsockname()[1] == port
            assert not os.get_inheritable(fd)


def test_descriptors_that_cannot_be_served_on(tmp_path):
    with pytest.raises(BindError, match="descriptor 987654 is not open"):
        inherit(987654)
    with (tmp_path / "x").open("wb") as file, pytest.raises(BindError, match="is not a socket"):
        inherit(file.fileno())
    with socket.socket() as deaf, pytest.raises(BindError, match="does not listen"):
        inherit(deaf.fileno())


def test_what_systemd_passes():
    environ = {"LISTEN_FDS": "2", "LISTEN_PID": str(os.getpid()), "LISTEN_FDNAMES": "a:b", "X": "y"}
    assert passed_by_systemd(environ) == (3, 4)
    assert environ == {"X": "y"}
    assert passed_by_systemd({"LISTEN_FDS": "2", "LISTEN_PID": "1"}) == ()
    assert passed_by_systemd({}) == ()


@pytest.mark.parametrize("maker", ["cryptography", "openssl"])
def test_a_certificate_is_made_once_for_this_machine(tmp_path, monkeypatch, maker):
    if maker == "cryptography":
        pytest.importorskip("cryptography", reason="cryptography is not installed")
    else:
        if not shutil.which("openssl"):
            pytest.skip("no openssl")
        monkeypatch.setattr("wsgitrace.supervisor.certificate.find_spec", lambda _: None)
    path = self_signed(tmp_path / "https")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert self_signed(tmp_path / "https").read_bytes() == path.read_bytes()
    serving, asking = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cafile=path)
    serving.load_cert_chain(path)
    pair = [(ssl.MemoryBIO(), ssl.MemoryBIO()) for _ in range(2)]
    server = serving.wrap_bio(*pair[0], server_side=True)
    client = asking.wrap_bio(*pair[1], server_hostname="127.0.0.1")
    for _ in range(3):
        for end in (client, server):
            with contextlib.suppress(ssl.SSLWantReadError):
                end.do_handshake()
            pair[0][0].write(pair[1][1].read())
            pair[1][0].write(pair[0][1].read())
    assert client.version()
    before = path.read_bytes()
    os.utime(path, (1_600_000_000, 1_600_000_000))
    assert self_signed(tmp_path / "https").read_bytes() != before


def test_where_nothing_can_make_one(tmp_path, monkeypatch):
    monkeypatch.setattr("wsgitrace.supervisor.certificate.find_spec", lambda _: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CertificateError, match=r"pip install 'wsgitrace\[https\]'"):
        self_signed(tmp_path / "https")


def test_a_certificate_is_checked_before_anything_is_served(tmp_path):
    trustme = pytest.importorskip("trustme", reason="trustme is not installed")
    authority = trustme.CA()
    one, other = authority.issue_cert("localhost"), authority.issue_cert("localhost")
    cert, key, wrong = tmp_path / "cert", tmp_path / "key", tmp_path / "wrong"
    one.cert_chain_pems[0].write_to_path(cert)
    one.private_key_pem.write_to_path(key)
    other.private_key_pem.write_to_path(wrong)
    check(cert, key, cert)
    for arguments, says in (
        ((tmp_path / "none", None, None), "cannot be read: No such file"),
        ((cert, None, None), "holds no private key: give it with --key"),
        ((cert, wrong, None), "is not the one of the certificate"),
        ((key, key, None), "holds no certificate in PEM form"),
        ((cert, key, key), "holds no certificates in PEM form"),
    ):
        with pytest.raises(CertificateError, match=says):
            check(*arguments)


def test_a_key_with_a_password_is_no_question_at_the_terminal(tmp_path):
    serialization = pytest.importorskip("cryptography.hazmat.primitives.serialization", reason="no cryptography")
    loaded = serialization.load_pem_private_key(self_signed(tmp_path).read_bytes(), None)
    encrypted = loaded.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"secret")
    )
    key = tmp_path / "key"
    key.write_bytes(encrypted)
    with pytest.raises(CertificateError, match="is encrypted: give one without a password"):
        check(tmp_path / "localhost.pem", key, None)


def test_the_whole_command_on_three_addresses(tmp_path):
    """A unix socket, a port over TLS and a descriptor; the file of the socket is gone afterwards."""
    import subprocess  # noqa: PLC0415 -- only here

    (tmp_path / "served.py").write_text(
        "def app(environ, start_response):\n"
        "    start_response('200 OK', [])\n"
        "    return [environ['wsgi.url_scheme'].encode()]\n"
    )
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "a.txt").write_text("a file")
    cert = self_signed(tmp_path / "https")
    listener = bind("127.0.0.1", 0)
    fd = listener.fileno()
    path = tmp_path / "s.sock"
    command = [sys.executable, "-m", "wsgitrace", "record", "served:app", "-o", "r.wtrace", "--count", "3"]
    command += ["-b", f"fd://{fd}", "-b", f"unix:{path}", "-b", "127.0.0.1:0", "--cert", str(cert)]
    command += ["--static", "/files=public"]
    environ = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, [str(Path.cwd()), os.environ.get("PYTHONPATH")])),
    }
    with subprocess.Popen(
        command, cwd=tmp_path, env=environ, pass_fds=[fd], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        line = process.stderr.readline()
        port = int(line.rpartition("127.0.0.1:")[2].partition("/")[0])
        assert f"unix:{path}" in line
        context = ssl.create_default_context(cafile=cert)
        addresses = [
            (socket.AF_INET, listener.getsockname(), "/"),
            (socket.AF_UNIX, str(path), "/files/a.txt"),
            (socket.AF_INET, ("127.0.0.1", port), "/"),
        ]
        bodies = []
        for family, address, target in addresses:
            with socket.socket(family) as raw:
                raw.settimeout(30)
                raw.connect(address)
                with context.wrap_socket(raw, server_hostname="localhost") as client:
                    client.sendall(f"GET {target} HTTP/1.0\r\n\r\n".encode())
                    bodies.append(b"".join(iter(lambda: client.recv(65536), b"")).partition(b"\r\n\r\n")[2])
        out, _ = process.communicate(timeout=30)
    listener.close()
    assert bodies == [b"https", b"a file", b"https"]
    assert not path.exists()
    assert len(out.splitlines()) == 3
    assert process.returncode == 0
