"""What can be wrong with a capture file."""

from __future__ import annotations


class CaptureError(Exception):
    """A capture cannot be opened, read or written; its text is one sentence for the user."""
