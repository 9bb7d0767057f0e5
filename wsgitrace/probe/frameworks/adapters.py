"""Which frameworks and database libraries the application has imported, and their adapters."""

from __future__ import annotations

import gc
import importlib
import sys
from _thread import allocate_lock as _allocate_lock
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wsgitrace.probe.exchanges import Exchanges

_ADAPTERS: Final = {
    "django.core.handlers.base": "django",
    "flask.app": "flask",
    "pyramid.router": "pyramid",
    "falcon.app": "falcon",
    "bottle": "bottle",
    "cherrypy._cprequest": "cherrypy",
    "sqlalchemy": "sqlalchemy",
    "django.db.backends.base.base": "django_database",
}
"""By the framework's module whose import says that it is used: the adapter's module, here."""


class Adapter(Protocol):
    """What knows one framework, or one database library."""

    def adopt(self, objects: Iterable[Any]) -> None:
        """Find what there is of it among ``objects``, report its layers and have it observed."""

    def restore(self) -> None:
        """Take back what :func:`~wsgitrace.probe.trampoline.restore_all` does not."""


class Frameworks:
    """Loads an adapter when its framework is there. Looking again costs nothing while no module is imported.

    Nothing is put into the application's import machinery: what was imported is seen afterwards.
    """

    def __init__(self, exchanges: Exchanges) -> None:
        self._exchanges = exchanges
        self._waiting = dict(_ADAPTERS)
        self._adapters: list[Adapter] = []
        self._modules = 0
        self._lock = _allocate_lock()

    def look(self) -> None:
        """Load the adapters of frameworks imported since the last look. Never raises."""
        if len(sys.modules) == self._modules or not self._lock.acquire(blocking=False):
            return
        try:
            self._modules = len(sys.modules)
            found = [module for module in self._waiting if _imported(module)]
            objects = gc.get_objects() if found else []
            for module in found:
                self._load(self._waiting.pop(module), objects)
        finally:
            self._lock.release()

    def _load(self, name: str, objects: list[Any]) -> None:
        try:
            adapter = importlib.import_module(f"wsgitrace.probe.frameworks.{name}").load(self._exchanges)
            self._adapters.append(adapter)
            adapter.adopt(objects)
        except Exception as error:  # noqa: BLE001 -- promise 2: a framework unlike the one we know is left alone
            self._exchanges.faults.contain(f"{name} adapter", error)

    def detach(self) -> None:
        """Leave every framework as it was."""
        self._waiting.clear()
        for adapter in self._adapters:
            try:
                adapter.restore()
            except Exception as error:  # noqa: BLE001 -- promise 2
                self._exchanges.faults.contain("restore", error)
        self._adapters.clear()


def _imported(name: str) -> bool:
    """True when a module is there and its import is over."""
    module = sys.modules.get(name)
    return module is not None and not getattr(getattr(module, "__spec__", None), "_initializing", False)
