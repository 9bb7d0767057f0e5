"""``wsgitrace layers``: an application's stack, without serving it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from wsgitrace.cli.options import resolve, settings_options
from wsgitrace.cli.refusal import tell

if TYPE_CHECKING:
    from wsgitrace.events import LayerFound, Started

__all__ = ["layers", "layers_object"]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@settings_options("app", "factory", "app_dir", "mask", "reveal")
def layers(*, as_json: bool, **given: Any) -> int:
    """Show the layers of APP as they are found, outermost first, without serving it.

    --json prints one object, in ASCII: app (module:attr as resolved), python, and layers, a list of objects with
    the keys id, name (dotted), kind (wsgi, application, framework, response), file, line, how (how it was found),
    parent (the id of the layer that holds it, or null), intercepted (false: seen only), part (of a framework's layer:
    middleware, hook, view, error handler; else empty).

    Exit codes: 0 found, 2 APP is wrong, 3 the application raised while it was imported.
    """
    from wsgitrace.cli.exchange_json import dump  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.failed_import import say_import_failed  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.masking import masker_of  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.render_layers import stack  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.serving import start_command  # noqa: PLC0415 -- not for --help
    from wsgitrace.cli.style import Style  # noqa: PLC0415 -- not for --help
    from wsgitrace.events import ImportFailed, from_text  # noqa: PLC0415 -- not for --help
    from wsgitrace.safetext import safe  # noqa: PLC0415 -- not for --help
    from wsgitrace.supervisor import inspect  # noqa: PLC0415 -- not for --help

    settings = resolve(given)
    found, outcome = inspect(start_command(settings, serve=False))
    if isinstance(outcome, ImportFailed):
        masker = masker_of(settings)
        return say_import_failed(outcome.message, from_text(outcome.traceback), masker, usage=outcome.usage)
    found = [layer for layer in found if layer.kind != "server"]
    if as_json:
        sys.stdout.write(f"{dump(layers_object(found, outcome))}\n")
        return 0
    tell(f"{safe(outcome.app)} on Python {safe(outcome.python)}")
    if outcome.note:
        tell(safe(outcome.note))
    for line in stack(found, Style.of()):
        sys.stdout.write(f"{line}\n")
    return 0


def layers_object(found: list[LayerFound], outcome: Started) -> dict[str, Any]:
    """What ``--json`` prints."""
    keys = ("id", "name", "kind", "file", "line", "how", "parent", "intercepted", "part")
    return {
        "app": outcome.app,
        "python": outcome.python,
        "layers": [{key: getattr(layer, key) for key in keys} for layer in found],
    }
