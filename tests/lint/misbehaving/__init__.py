"""Applications and middleware with one fault each, by the part of the specification that they break."""

from tests.lint.misbehaving import closing, environs, good_order, heads, passing, returning, streams
from tests.lint.misbehaving.cases import CASES, Case

__all__ = ["CASES", "Case", "closing", "environs", "good_order", "heads", "passing", "returning", "streams"]
