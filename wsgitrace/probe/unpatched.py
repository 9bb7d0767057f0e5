"""Locks and the identity of threads as Python has them, for modules that are imported when they are needed.

By then an application may have put others in their place: ``gevent.monkey.patch_all()`` does.
"""

from __future__ import annotations

from _thread import allocate_lock, get_ident

__all__ = ["allocate_lock", "get_ident"]
