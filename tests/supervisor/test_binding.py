from __future__ import annotations

import socket

import pytest

from wsgitrace.supervisor import BindError, bind


def test_a_free_port_is_listened_on():
    with bind("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        assert not listener.get_inheritable()
        socket.create_connection(("127.0.0.1", port), timeout=10).close()


def test_names_and_ipv6():
    with bind("localhost", 0) as listener:
        assert listener.family == socket.AF_INET
    try:
        with bind("::1", 0) as listener:
            assert listener.family == socket.AF_INET6
    except BindError:
        pytest.skip("no IPv6 here")


def test_a_port_that_was_just_left_can_be_taken_again():
    with bind("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port), timeout=10):
            listener.accept()[0].close()
    bind("127.0.0.1", port).close()


@pytest.mark.parametrize(
    ("host", "port", "says"),
    [
        ("203.0.113.7", 0, "203.0.113.7 is not an address of this machine"),
        ("no such host", 8000, "cannot be resolved"),
        ("127.0.0.1", 70_000, "70000 is not a port"),
        ("x" * 300, 8000, "cannot be resolved"),
    ],
)
def test_what_cannot_be_bound_is_one_sentence(host, port, says):
    with pytest.raises(BindError) as caught:
        bind(host, port)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_port_in_use_says_so():
    with bind("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(BindError, match=f"port {port} on 127.0.0.1 is in use by another process"):
            bind("127.0.0.1", port)


def test_a_privileged_port_says_so(monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(BindError, match="ports below 1024 need privileges"):
        bind("127.0.0.1", 80)
