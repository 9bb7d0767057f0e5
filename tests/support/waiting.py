"""Waiting for what is to become true, never for a time."""

from __future__ import annotations

from time import monotonic, sleep

__all__ = ["PATIENCE", "until"]

PATIENCE = 60.0
"""Seconds after which something is taken never to come true: many times what the slowest machine takes."""


def until(condition, what="the condition", patience=PATIENCE):
    """Wait until ``condition()`` is true; returns what it gave."""
    deadline = monotonic() + patience
    while not (result := condition()):
        assert monotonic() < deadline, f"{what} never came true"
        sleep(0.002)
    return result
