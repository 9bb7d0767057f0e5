"""The zoo: small applications on real middleware from the package index, each made by one function.

The golden lists beside them name the layers of each request as a tree, in the order of their calls, after a line with
the request and, where a framework told, its route and view; at the end stands what is seen and not intercepted. Those
of Sentry, wrapt, Mercurial, WsgiDAV, Django and Pyramid were compared with what the source of these packages says is
called; the others were judged by the application beside them. Where one changes, the source has to explain the change.
"""

from __future__ import annotations

from tests.zoo import (
    application_animals,
    django_animals,
    framework_animals,
    middleware_animals,
    monitoring_animals,
    strange_animals,
)
from tests.zoo.animal import ZOO

__all__ = ["ENCLOSURES", "ZOO"]

ENCLOSURES = (
    middleware_animals,
    framework_animals,
    django_animals,
    monitoring_animals,
    application_animals,
    strange_animals,
)
"""The modules whose import fills the register."""
