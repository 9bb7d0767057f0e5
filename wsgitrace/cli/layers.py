"""``wsgitrace layers``: an application's stack, without serving it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

import click

from wsgitrace.cli.options import resolve, settings_options
from wsgitrace.cli.refusal import tell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsgitrace.events import LayerFound, Started
    from wsgitrace.settings import Settings
    from wsgitrace.trace.ordering import Advice

__all__ = ["DIFFERENT", "layers", "layers_object"]

DIFFERENT: Final = 1
"""Exit code: the layers are not those of the file."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option(
    "--check",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Compare with a list that --json wrote; exit 1 where they differ.",
)
@settings_options("app", "factory", "app_dir", "mask", "reveal")
def layers(*, as_json: bool, check: Path | None, **given: Any) -> int:
    r"""Show the layers of APP as they are found, outermost first, without serving it.

    What exists only once a request is served is not among them: it is found by 'wsgitrace run' when it is first
    called.

    \b
    wsgitrace layers shop:app --json > layers.json
    wsgitrace layers shop:app --check layers.json

    --json prints one object, in ASCII: app (module:attr as resolved), python, and layers, a list of objects with
    the keys id, name (dotted), kind (wsgi, application, framework, response), file, line, how (how it was found),
    parent (the id of the layer that holds it, or null), intercepted (false: seen only), part (of a framework's layer:
    middleware, hook, view, error handler; else empty).

    Orders of layers that are known to go wrong, such as ProxyFix not outermost, are named by what the layers are
    called; 'wsgitrace lint' tells them by what they did. In --json they are order, a list of objects with the keys
    order, outer, inner, reason and mend.

    --check compares names, kinds, order and which layer holds which, not where their source stands, and shows what is
    gone (-) and what is new (+); with --json that goes to standard error.

    Exit codes: 0 found, 1 they differ from FILE, 2 APP or FILE is wrong, 3 the application raised while it was
    imported.
    """
    from wsgitrace.cli.check_layers import read_saved  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.failed_import import say_import_failed  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.masking import masker_of  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.serving import start_command  # noqa: PLC0415 -- not for --help
    from wsgitrace.events import ImportFailed, from_text  # noqa: PLC0415 -- not for --help
    from wsgitrace.export.summary_json import dump  # noqa: PLC0415 -- not for --help
    from wsgitrace.supervisor import inspect  # noqa: PLC0415 -- not for --help

    settings = resolve(given)
    saved = None if check is None else read_saved(check)
    found, outcome = inspect(start_command(settings, serve=False))
    if isinstance(outcome, ImportFailed):
        masker = masker_of(settings)
        return say_import_failed(outcome.message, from_text(outcome.traceback), masker, usage=outcome.usage)
    found = [layer for layer in found if layer.kind != "server"]
    advised = _advised(found, settings)
    if as_json:
        sys.stdout.write(f"{dump(layers_object(found, outcome, advised))}\n")
        return 0 if saved is None else _compare(saved, found, outcome, sys.stderr)
    return _say(found, outcome, advised, saved)


def _advised(found: list[LayerFound], settings: Settings) -> list[Advice]:
    """Orders that are known to go wrong, without those that the project does not want to hear of."""
    from wsgitrace.cli.ignoring import ignores_of  # noqa: PLC0415 -- not for --help
    from wsgitrace.trace.ordering import advise_stack  # noqa: PLC0415 -- not for --help

    ignores = ignores_of(settings.app_dir)
    return [advice for advice in advise_stack(found) if not ignores.hide(advice.order.id, "")]


def _say(found: list[LayerFound], outcome: Started, advised: list[Advice], saved: list[dict[str, Any]] | None) -> int:
    """Print them for people, or what is different from those that were saved; the exit code."""
    from wsgitrace.cli.render_layers import stack  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.render_lint import advice_lines  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.style import Style  # noqa: PLC0415 -- not for --help
    from wsgitrace.safetext import safe  # noqa: PLC0415 -- not for --help

    tell(f"{safe(outcome.app)} on Python {safe(outcome.python)}")
    if outcome.note:
        tell(safe(outcome.note))
    if saved is not None:
        return _compare(saved, found, outcome, sys.stdout)
    style = Style.of()
    for line in stack(found, style):
        sys.stdout.write(f"{line}\n")
    for index, advice in enumerate(advised):
        title = "" if index else "\nTHIS ORDER IS KNOWN TO GO WRONG\n"
        sys.stdout.write(title + "".join(f"{line}\n" for line in advice_lines(advice, style)))
    unseen = sum(not layer.intercepted for layer in found)
    if unseen:
        tell(f"{unseen} of them can be seen but not intercepted: what they change is told of the layers around them.")
    tell("layers that exist only once a request is served are found when they are first called.")
    return 0


def _compare(saved: list[dict[str, Any]], found: list[LayerFound], outcome: Started, stream: TextIO) -> int:
    """Say whether the layers are those that were saved; the exit code."""
    from wsgitrace.cli.check_layers import differences, tree  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.style import Style  # noqa: PLC0415 -- not for --help

    lines = list(differences(tree(saved), tree(layers_object(found, outcome, ())["layers"]), Style.of(stream)))
    stream.writelines(f"{line}\n" for line in lines)
    if lines:
        tell("these are not the layers that were saved; where they are right, save them anew with --json.")
        return DIFFERENT
    tell("the layers are those that were saved.")
    return 0


def layers_object(found: list[LayerFound], outcome: Started, advised: Sequence[Advice]) -> dict[str, Any]:
    """What ``--json`` prints."""
    from wsgitrace.cli.render_lint import advice_object  # noqa: PLC0415 -- not for --help

    keys = ("id", "name", "kind", "file", "line", "how", "parent", "intercepted", "part")
    return {
        "app": outcome.app,
        "python": outcome.python,
        "layers": [{key: getattr(layer, key) for key in keys} for layer in found],
        "order": [advice_object(advice) for advice in advised],
    }
