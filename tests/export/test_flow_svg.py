from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from tests.support import stories
from tests.support.scenes import checkout
from tests.support.streams import Exchange
from wsgitrace.export import NotExportable
from wsgitrace.export.flow_style import TONES
from wsgitrace.export.flow_svg import as_svg
from wsgitrace.redact import Masker, Names
from wsgitrace.trace import Trace

NS = "{http://www.w3.org/2000/svg}"


def texts(svg, tag="text"):
    return [each.text for each in ET.fromstring(svg).iter(f"{NS}{tag}")]


def test_it_says_what_happened_where(taken):
    svg = as_svg(taken(checkout().trace()))
    said = texts(svg)
    assert said[0] == "#7 POST /cart/checkout  →  500 Internal Server Error  in 44.0 ms"
    assert {"ErrorPages", "Shop", "+2", "✗", "!", "38.7 ms in Shop", "+shop.session +shop.cart"} <= set(said)
    titles = texts(svg, "title")
    assert any(each.startswith("demos.shop.app.Shop  demos/shop/app.py:10  38.7") for each in titles)
    assert any(each.startswith("event 9, 42.5 ms, Shop: raised builtins.KeyError") for each in titles)


def test_every_story_is_well_formed_and_within_its_frame(taken):
    for tell in stories.STORIES.values():
        exchange = taken(tell().trace(), Masker(Names()))
        root = ET.fromstring(as_svg(exchange))
        width, height = float(root.get("width")), float(root.get("height"))
        for each in root.iter(f"{NS}text"):
            assert 0 <= float(each.get("x")) <= width
            assert 0 <= float(each.get("y")) <= height


def test_hostile_text_stays_text_and_secrets_stay_masked(taken):
    exchange = Exchange("GET", "/<script>alert(1)</script>?token=hunter22&a=\x1b[2J", headers=[("Host", "x")])
    with exchange.call("a.<b>&\u202e\"'") as layer:
        layer.errors("]]></style> password=hunter23 \x00\ufffe")
        layer.raises("a.Bad", "</text><script>")
    svg = as_svg(taken(exchange.finish().trace(), Masker(Names())))
    root = ET.fromstring(svg)
    assert not list(root.iter(f"{NS}script"))
    assert not [sign for sign in svg if not sign.isprintable() and sign != "\n"]
    assert "hunter2" not in svg


def test_a_very_long_request_has_a_picture_of_bounded_size(taken):
    exchange = Exchange("GET", "/batch")
    with exchange.call("a.Batch") as batch:
        for number in range(400):
            with batch.call(f"a.view_{number}", "application", wraps=True) as view:
                view.start_response("200 OK", [("X-Long", "x" * 500)])
                view.returns([b"x"])
    svg = as_svg(taken(exchange.finish().trace()))
    assert len(svg) < 400_000
    assert "⋮ " in svg
    assert " rows are left out here" in svg
    assert " more columns are not drawn" in svg
    assert float(ET.fromstring(svg).get("height")) < 12_000


def test_nothing_is_fetched_or_run_and_dark_has_its_own_colours(taken):
    svg = as_svg(taken(stories.page().trace()))
    assert "prefers-color-scheme:dark" in svg
    assert all(tone.light in svg and tone.dark in svg for tone in TONES.values())
    assert "url(" not in svg
    assert "href" not in svg
    assert svg.count("http") == 1


def test_what_is_not_recorded_cannot_be_drawn(taken):
    with pytest.raises(NotExportable, match="nothing of it is recorded"):
        as_svg(taken(Trace.from_events(()), None))
