"""How a comparison is told: where a layer is."""

from __future__ import annotations

from pathlib import Path

import pytest

from wsgitrace.export.compared import source_place


@pytest.mark.parametrize(
    ("file", "line", "told"),
    [
        (Path.cwd() / "shop" / "session.py", 12, "shop/session.py:12"),
        (Path("/opt/venv/lib/python3.11/site-packages/flask/app.py"), 1529, "flask/app.py:1529"),
        (Path("/srv/shop.py"), 3, "/srv/shop.py:3"),
        (Path("/srv/shop.py"), 0, "/srv/shop.py"),
    ],
    ids=["below where it runs", "installed", "elsewhere", "no line"],
)
def test_the_place_of_a_layer_leaves_out_what_says_nothing_new(file, line, told):
    assert source_place(str(file), line) == told
