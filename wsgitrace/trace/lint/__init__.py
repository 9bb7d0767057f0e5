"""The linter: rules of WSGI and HTTP, checked layer by layer on what was recorded."""

from wsgitrace.trace.lint.checking import lint
from wsgitrace.trace.lint.faults import Broken

__all__ = ["Broken", "lint"]
