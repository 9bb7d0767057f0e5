"""Every check over one trace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wsgitrace.events import Edited
from wsgitrace.trace.lint.bodies import check_bodies
from wsgitrace.trace.lint.calls import check_calls
from wsgitrace.trace.lint.closing import check_closing
from wsgitrace.trace.lint.environs import check_environs
from wsgitrace.trace.lint.failures import check_failures
from wsgitrace.trace.lint.faults import Faults
from wsgitrace.trace.lint.heads import check_heads
from wsgitrace.trace.lint.inputs import check_inputs
from wsgitrace.trace.lint.passing import check_passing
from wsgitrace.trace.lint.types_of import check_types
from wsgitrace.trace.lint.wire import check_wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsgitrace.trace.lint.faults import Broken
    from wsgitrace.trace.model import Trace

_CHECKS: Final[tuple[Callable[[Faults], None], ...]] = (
    check_environs,
    check_types,
    check_heads,
    check_calls,
    check_bodies,
    check_passing,
    check_inputs,
    check_closing,
    check_wire,
    check_failures,  # last: what the server refuses is mostly found before, with more to say about it
)


def lint(trace: Trace) -> tuple[Broken, ...]:
    """The rules that were broken in one exchange, by the events that show them.

    Each is the fault of one layer: what shows on both sides of a layer was passed on by it, not made. What goes inward
    is the outermost's that has it, what comes outward the innermost's. Nothing is reported of an exchange that the
    user edited while it was held: who made what is not known then.
    """
    if Edited in trace.recording.kinds:
        return ()
    faults = Faults(trace)
    for check in _CHECKS:
        check(faults)
    return faults.all()
