"""Middleware, hooks and views of frameworks, as layers inside the WSGI layer that is the framework's application.

One module for each framework, loaded only when the application has imported that framework. Database libraries have
theirs here, too: their queries are no layers, but events.
"""

from wsgitrace.probe.frameworks.adapters import Frameworks

__all__ = ["Frameworks"]
