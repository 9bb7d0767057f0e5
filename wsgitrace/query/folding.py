"""Text compared without case."""

from __future__ import annotations


def fold(text: str) -> str:
    """Text without case, so that a part of a text folds to a part of the folded text."""
    folded = text.casefold()
    return folded.replace("\0", "\N{SYMBOL FOR NULL}") if "\0" in folded else folded  # SQLite's tokenizer stops at one


def fold_key(name: str) -> str:
    """A name of a header, cookie or environ key as names are compared: ``REMOTE_ADDR`` and ``remote-addr`` are one."""
    return fold(name).replace("_", "-")
