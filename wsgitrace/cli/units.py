"""Quantities in lines and sentences."""

from __future__ import annotations

from wsgitrace.trace.describe import amount, duration, short_size
from wsgitrace.trace.describe import count as plural

__all__ = ["amount", "duration", "plural", "short_size"]
