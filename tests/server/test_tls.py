"""TLS: the same server behind it, client certificates by mod_ssl's names, and clients that get it wrong."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess

import pytest

from wsgitrace.server.tls import Tls

trustme = pytest.importorskip("trustme", reason="trustme is not installed")


class Certificates:
    def __init__(self, folder):
        self.authority = trustme.CA()
        self.server = str(folder / "server.pem")
        self.client = str(folder / "client.pem")
        self.ca = str(folder / "ca.pem")
        self.authority.issue_cert("localhost", "127.0.0.1").private_key_and_cert_chain_pem.write_to_path(self.server)
        client = self.authority.issue_cert("eve@example.org", common_name="Eve, of \xc5ngstr\xf6m")
        client.private_key_and_cert_chain_pem.write_to_path(self.client)
        self.authority.cert_pem.write_to_path(self.ca)

    def context(self, *, client=False):
        context = ssl.create_default_context(cafile=self.ca)
        if client:
            context.load_cert_chain(self.client)
        return context


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def connect(certificates):
    """A connection over TLS, as the wire of a running server."""

    def make(running, *, client=False):
        wire = running.connect()
        wire.sock = certificates.context(client=client).wrap_socket(wire.sock, server_hostname="localhost")
        return wire

    return make


@pytest.fixture
def seen():
    def app(environ, start_response):
        seen.append(dict(environ))
        body = environ["wsgi.input"].read()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    seen = []
    app.seen = seen
    return app


def test_requests_on_one_connection(serve, certificates, connect, seen):
    running = serve(seen, tls=Tls(certificates.server))
    wire = connect(running)
    large = b"upload" * 200_000
    assert wire.get("/a").code == 200
    assert wire.get("/b", f"Content-Length: {len(large)}", method="POST", body=large).body == large
    assert wire.ask("/c").ask("/d").answer().code == wire.answer().code == 200
    environ = seen.seen[0]
    assert (environ["wsgi.url_scheme"], environ["HTTPS"], environ["SSL_CLIENT_VERIFY"]) == ("https", "on", "NONE")
    assert environ["SSL_PROTOCOL"] in {"TLSv1.2", "TLSv1.3"}
    assert (environ["SSL_CIPHER"], environ["SSL_TLS_SNI"]) == (wire.sock.cipher()[0], "localhost")
    assert not any(key.startswith("SSL_CLIENT_S_DN") for key in environ)
    assert wire.get("/", "Connection: close").code == 200
    assert wire.is_closed()


def test_what_a_client_does_not_read_waits_and_all_of_it_comes(serve, certificates, connect):
    part = bytes(range(256)) * 4096

    def application(environ, start_response):
        start_response("200 OK", [])
        return (part for _ in range(8))

    wire = connect(serve(application, tls=Tls(certificates.server)))
    assert wire.get("/").body == part * 8


def test_a_file_is_read_where_the_system_cannot_send_it(serve, certificates, connect, tmp_path):
    (tmp_path / "file").write_bytes(b"file" * 100_000)

    def application(environ, start_response):
        start_response("200 OK", [("Content-Length", "400000")])
        return environ["wsgi.file_wrapper"]((tmp_path / "file").open("rb"))

    assert connect(serve(application, tls=Tls(certificates.server))).get("/").body == b"file" * 100_000


def test_client_certificates_by_the_names_of_mod_ssl(serve, certificates, connect, seen):
    running = serve(seen, tls=Tls(certificates.server, authorities=certificates.ca))
    connect(running).get("/")
    connect(running, client=True).get("/")
    without, having = seen.seen
    assert without["SSL_CLIENT_VERIFY"] == "NONE"
    assert having["SSL_CLIENT_VERIFY"] == "SUCCESS"
    name = "Eve, of \xc5ngstr\xf6m".encode().decode("latin-1")
    assert having["SSL_CLIENT_S_DN_CN"] == name
    assert having["SSL_CLIENT_S_DN"].startswith("CN=" + name.replace(",", "\\,"))
    assert having["SSL_CLIENT_I_DN_O"].startswith("trustme")
    assert having["SSL_CLIENT_SAN_Email_0"] == "eve@example.org"
    assert having["SSL_CLIENT_CERT"].startswith("-----BEGIN CERTIFICATE-----\n")
    assert int(having["SSL_CLIENT_M_SERIAL"], 16)
    assert having["SSL_CLIENT_V_END"].endswith(" GMT")
    assert all(type(value) is str for key, value in having.items() if "." not in key)


def test_a_client_without_the_certificate_that_is_required_is_a_row(serve, certificates, connect, seen, notes):
    tls = Tls(certificates.server, authorities=certificates.ca, required=True)
    running = serve(seen, tls=tls, observer=notes)
    with pytest.raises(ssl.SSLError):
        # In TLS 1.3 the client hears of it when it reads.
        connect(running).get("/")
    raw, _, rule, reason, status, _ = notes.wait("refused")[0]
    assert (raw, rule, status) == (b"", "TLS", 0)
    assert "peer did not return a certificate" in reason
    assert connect(running, client=True).get("/").code == 200


def test_plain_text_where_tls_is_spoken_is_told_so(serve, certificates, seen, notes):
    running = serve(seen, tls=Tls(certificates.server), observer=notes)
    answer = running.connect().get("/")
    assert answer.code == 400
    assert b"ask for https://" in answer.body
    assert notes.wait("refused")[0][2] == "TLS"
    assert not seen.seen


@pytest.mark.parametrize("data", [b"\x16\x03\x01\x00\x05hello", b"\x16", b"\x16\x03\x03\xff\xff" + b"x" * 70_000])
def test_half_a_handshake_harms_nobody(serve, certificates, connect, seen, data):
    running = serve(seen, tls=Tls(certificates.server))
    broken = running.connect().send(data)
    assert connect(running).get("/").code == 200
    broken.reset()


def test_an_answer_that_was_cut_has_no_orderly_end(serve, certificates, connect, capsys):
    def application(environ, start_response):
        start_response("200 OK", [])
        yield b"begun"
        raise ValueError

    wire = connect(serve(application, tls=Tls(certificates.server)))
    wire.ask("/").head()
    assert wire.chunk() == b"begun"
    assert wire.rest() == b""


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl")
def test_curl(serve, certificates, seen):
    running = serve(seen, tls=Tls(certificates.server))
    url = f"https://127.0.0.1:{running.address[1]}/"
    command = ["curl", "-sS", "--noproxy", "*", "--max-time", "20", "--cacert", certificates.ca, url, url]
    done = subprocess.run([*command, "-d", "a=b"], capture_output=True, check=True)
    assert done.stdout == b"a=ba=b"


def test_unix_sockets_too(serve, certificates, seen, tmp_path):
    address = str(tmp_path / "s")
    running = serve(seen, family=socket.AF_UNIX, address=address, tls=Tls(certificates.server))
    wire = running.connect()
    wire.sock = certificates.context().wrap_socket(wire.sock, server_hostname="localhost")
    assert wire.get("/").code == 200
    assert (seen.seen[0]["REMOTE_ADDR"], seen.seen[0]["SERVER_PORT"]) == ("", "443")
