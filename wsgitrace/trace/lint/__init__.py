"""The linter: rules of WSGI and HTTP, checked layer by layer on what was recorded."""

from wsgitrace.trace.lint.checking import lint
from wsgitrace.trace.lint.faults import Broken
from wsgitrace.trace.lint.ignores import Ignores
from wsgitrace.trace.lint.pairs import compare_head

__all__ = ["Broken", "Ignores", "compare_head", "lint"]
