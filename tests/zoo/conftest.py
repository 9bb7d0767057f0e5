"""The whole zoo is visited when it is asked for; without, only a few of its animals."""

from __future__ import annotations

from tests.zoo.animals import ZOO


def pytest_collection_modifyitems(config, items):
    """Leave out what takes long, unless the command names the zoo."""
    if any("zoo" in str(argument) for argument in config.args):
        return
    left_out = [item for item in items if "/zoo/" in str(item.path) and not _always(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def _always(item):
    name = getattr(item, "callspec", None) and item.callspec.params.get("name")
    return name in ZOO and ZOO[name].always
