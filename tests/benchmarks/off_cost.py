"""What holding costs a request while no breakpoint is set: with its tests at the boundaries, and with them taken out.

Of the module sources of ``wsgitrace.probe`` every ``recording.stepping`` is ``False`` in the second build, before they
are compiled: that is the one test that a boundary pays. Processes of both builds take turns. Prints microseconds of
CPU per request, the least of the rounds, and what one test costs; decides nothing.

    python -m tests.benchmarks.off_cost [rounds]
"""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import PathFinder, SourceFileLoader
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import CodeType, ModuleType

LAYERS = 10
REQUESTS = 1_000
BOUNDARIES = 3 * LAYERS
"""Called, start_response and returned, of each layer."""


class _Without(ast.NodeTransformer):
    """No exchange is ever to be held, and the compiler knows it."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        if node.attr == "stepping" and isinstance(node.ctx, ast.Load):
            return ast.copy_location(ast.Constant(value=False), node)
        return node


class _Loader(SourceFileLoader):
    def source_to_code(self, data: object, path: str, *, _optimize: int = -1) -> CodeType:  # type: ignore[override]
        tree = _Without().visit(ast.parse(data, path))  # type: ignore[arg-type]
        return compile(tree, path, "exec", dont_inherit=True, optimize=_optimize)

    def get_code(self, fullname: str) -> CodeType:
        # No file of compiled code: that is of the other build.
        return self.source_to_code(self.get_data(self.path), self.path)


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path, target)
        if fullname.startswith("wsgitrace.probe.") and spec is not None and isinstance(spec.loader, Loader):
            spec.loader = _Loader(fullname, str(spec.origin))
        return spec


def _measure() -> None:
    """In a process of its own: the microseconds of a request."""
    from tests.benchmarks.probe_cost import measure  # noqa: PLC0415 -- of the build that was chosen
    from tests.benchmarks.request_pieces import sending  # noqa: PLC0415 -- likewise
    from tests.benchmarks.stacks import stack  # noqa: PLC0415 -- likewise
    from wsgitrace.events import Start  # noqa: PLC0415 -- likewise
    from wsgitrace.probe import Probe  # noqa: PLC0415 -- likewise

    application = stack(LAYERS)
    with sending() as sender:
        probe = Probe(sender, Start(app="bench", directory=""))
        probe.find_layers(application, "bench")
        entered = probe.application(application)
        measure(entered, probe, REQUESTS // 5)
        sys.stdout.write(f"{min(measure(entered, probe, REQUESTS) for _ in range(3))}\n")
        probe.detach()


def main() -> None:
    """Take turns, and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    builds = "with", "without"
    least = dict.fromkeys(builds, float("inf"))
    for _ in range(rounds):
        for build in builds:
            command = [sys.executable, "-m", "tests.benchmarks.off_cost", "--build", build]
            told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            least[build] = min(least[build], float(told))
    more = least["with"] - least["without"]
    sys.stdout.write(
        f"{LAYERS} layers, no breakpoint: {least['with']:.1f} us a request with the tests, {least['without']:.1f} us "
        f"without; {more * 1_000 / BOUNDARIES:+.0f} ns a boundary\n"
    )


if __name__ == "__main__":
    if "--build" in sys.argv:
        if sys.argv[-1] == "without":
            sys.meta_path.insert(0, _Finder())
        _measure()
    else:
        main()
