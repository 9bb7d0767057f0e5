"""The benchmarks that say where the time goes know the functions that it goes to."""

from __future__ import annotations

import socket

from tests.benchmarks import pieces, request_pieces
from tests.benchmarks.contest import CASES
from tests.benchmarks.stacks import stack
from wsgitrace.link import Sender


def test_each_piece_is_timed_and_let_go(monkeypatch):
    monkeypatch.setattr(pieces, "ROUNDS", 1)
    monkeypatch.setattr(pieces, "REQUESTS", 2)
    monkeypatch.setattr(request_pieces, "_WARM", 2)
    watched = [*request_pieces.SYSTEM, *request_pieces.SERVER, *request_pieces.PROBE]
    before = [owner.__dict__[name] for _, owner, *names in watched for name in names]
    ours, theirs = socket.socketpair()
    with ours, theirs:
        sender = Sender(ours)
        asked = request_pieces.request_bytes(CASES["browser"])
        traced = request_pieces.where(stack(5, 2), asked, sender)
        untraced = request_pieces.where(stack(5, 2), asked, None)
        sender.close()
    assert set(traced) == {label for label, *_ in watched}
    assert set(untraced) == {label for label in traced if not label.startswith("probe")}
    assert [owner.__dict__[name] for _, owner, *names in watched for name in names] == before
    assert request_pieces.table({"one": 6.0, "two": 3.0}, 10.0)[-1].split()[-3:] == ["1.0", "us", "10.0%"]
