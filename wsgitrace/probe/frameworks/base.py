"""What the adapters have in common."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from wsgitrace.probe.foreign import mro
from wsgitrace.probe.frameworks.layers import FrameworkLayers
from wsgitrace.probe.frameworks.passes import Passes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wsgitrace.probe.exchanges import Exchanges
    from wsgitrace.probe.frameworks.state import Answer, Sources


class BaseAdapter:
    """One framework. A subclass says what its objects are; here is what they are told."""

    name = ""
    """The framework."""
    signals: frozenset[str] = frozenset()
    """Dotted names of exceptions by which its views answer."""
    prefixes: tuple[str, ...] = ()
    """See :class:`~wsgitrace.probe.frameworks.state.Terms`."""

    def __init__(self, exchanges: Exchanges) -> None:
        self.layers = FrameworkLayers(exchanges.layers)
        self.passes = Passes(self, exchanges, self.name, self.signals)

    def sources(self, request: Any) -> Sources:  # noqa: ARG002 -- for frameworks whose requests are environs
        """See :class:`~wsgitrace.probe.frameworks.state.Terms`."""
        return ()

    @abstractmethod
    def answer(self, response: Any) -> Answer | None:
        """See :class:`~wsgitrace.probe.frameworks.state.Terms`."""

    def restore(self) -> None:
        """Nothing but code was swapped."""


def instances(objects: Iterable[Any], kind: type) -> Iterator[Any]:
    """Those of ``objects`` that are of ``kind`` by their true type."""
    return (one for one in objects if kind in mro(type(one)))


def as_dict(value: Any) -> dict[Any, Any]:
    """``value`` where it is a dict, of any class; an empty one for everything else."""
    return value if dict in mro(type(value)) else {}
