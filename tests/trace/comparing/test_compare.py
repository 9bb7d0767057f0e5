"""Two exchanges compared: the verdict, and the one thing that was planted is the one that is named."""

import pytest
from hypothesis import HealthCheck, given, settings

from tests.support.stories import STORIES
from tests.support.strategies import exchanges
from tests.support.streams import Exchange
from wsgitrace.events import FrameworkChanges, Opaque, to_headers
from wsgitrace.trace.comparing import Noise, compare, learn, read_rule

RELAXED = settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.too_slow])

JSON = [("Content-Type", "application/json")]


def shop(**plant):
    """A request through three layers and an application; what is planted is the only thing that differs."""
    exchange = Exchange("POST", "/cart", body=b"sku=A-17", tick=plant.get("tick", 0.02))
    with exchange.call("shop.Session") as session:
        session.environ["shop.session"] = plant.get("session", "9f3c")
        session.environ["shop.object"] = Opaque("shop.Basket", identity=plant.get("identity", 7))
        session.environ["shop.began"] = plant.get("began", 12.5)
        if plant.get("short"):
            session.start_response("302 Found", [("Location", "/login")])
            session.returns([])
            return exchange.finish().trace()
        with session.call("shop.Gate") as gate:
            if plant.get("reads"):
                gate.read(2)
            inner = gate.call("shop.Extra") if plant.get("extra") else gate
            with inner.call("shop.app", "application") as app:
                app.read()
                if "raises" in plant:
                    app.raises(plant["raises"], "no luck")
                else:
                    app.start_response(plant.get("status", "200 OK"), [*JSON, ("X-Total", plant.get("total", "3"))])
                    app.returns([plant.get("first", b'{"ok": true,'), plant.get("second", b' "time": 1}')])
            if plant.get("extra"):
                inner.returns(inner=app)
            if "raises" in plant:
                gate.start_response("500 Internal Server Error", JSON)
                gate.returns([b"{}"])
        if "after" in plant:
            session.environ["shop.after"] = plant["after"]
        if "date" in plant or "header" in plant:
            session.start_response("200 OK", [*JSON, ("Date", plant.get("date", "Mon")), *plant.get("header", [])])
    return exchange.finish().trace()


PLANTS = [
    ({"session": "0000"}, "same", "Session", ["environ shop.session"]),
    ({"after": 1}, "same", "Session", ["environ shop.after"]),
    ({"reads": True}, "same", "Gate", []),
    ({"extra": True}, "same", "Extra", ["layer Extra"]),
    ({"short": True}, "differs", "Session", []),
    ({"status": "404 Not Found"}, "differs", "shop.app", ["status "]),
    ({"total": "4"}, "differs", "shop.app", ["header X-Total"]),
    ({"second": b' "time": 2}'}, "differs", "shop.app", ["body "]),
    ({"raises": "KeyError"}, "differs", "shop.app", []),
    ({"header": [("X-New", "1")]}, "differs", "Session", []),
]


@pytest.mark.parametrize(("plant", "verdict", "layer", "named"), PLANTS, ids=[next(iter(each[0])) for each in PLANTS])
def test_the_one_thing_planted_is_the_one_that_is_named(plant, verdict, layer, named):
    found = compare(shop(), shop(**plant))
    assert found.verdict == verdict
    assert found.divergence is not None
    assert found.divergence.layer == layer.rpartition(".")[2]
    assert [f"{each.where} {each.name}" for each in found.divergence.differences] == named
    back = compare(shop(**plant), shop())
    assert (back.verdict, back.divergence.layer) == (found.verdict, found.divergence.layer)


def test_a_bug_in_the_middle_is_named_by_its_layer_and_event():
    found = compare(shop(raises="KeyError"), shop(raises="ValueError"))
    assert found.verdict == "same"
    assert [(each.one, each.other) for each in found.divergence.differences] == [
        ("KeyError: no luck", "ValueError: no luck")
    ]
    chunk = compare(shop(), shop(second=b' "time": 2}')).divergence
    assert (chunk.one.index, chunk.other.index) == (1, 1)


@pytest.mark.parametrize("plant", [{"identity": 8}, {"tick": 5}], ids=["another object", "another time"])
def test_what_nobody_can_see_is_no_difference(plant):
    found = compare(shop(), shop(**plant))
    assert (found.verdict, found.way.verdict, found.notes) == ("same", "same", ())


def test_a_clock_read_by_a_layer_is_noise():
    found = compare(shop(), shop(began=13.5))
    assert (found.verdict, found.way.verdict) == ("same", "noise")
    assert [(each.name, each.noise) for _, each in found.way.noise] == [("shop.began", "a reading of a clock")]


def test_volatile_fields_are_noise_and_are_told():
    found = compare(shop(date="Mon"), shop(date="Tue"))
    assert found.verdict == "noise"
    assert {each.name: each.noise for each in found.outcome.headers} == {"Date": "the clock"}
    assert found.divergence is None


def test_what_is_ignored_does_not_count_anywhere():
    noise = Noise((read_rule("body:$.time"), read_rule("environ:shop.sess*"), read_rule("header:x-*")))
    found = compare(shop(), shop(second=b' "time": 22}', session="1", total="4"), noise)
    assert (found.verdict, found.way.verdict, found.divergence) == ("noise", "noise", None)


def test_noise_is_learnt_from_two_replays_and_nothing_else_is():
    plain = compare(shop(second=b' "time": 1}', total="1"), shop(second=b' "time": 2}', total="2"))
    noise = Noise().also(learn(plain.outcome, plain.way))
    assert sorted(map(str, noise.rules)) == ["body:$.time", "header:x-total"]
    assert compare(shop(), shop(second=b' "time": 7}', total="9"), noise).verdict == "noise"
    assert compare(shop(), shop(status="500 Oh"), noise).verdict == "differs"
    assert learn(compare(shop(), shop(status="500 Oh")).outcome) == ()


def test_a_views_length_of_a_body_that_is_noise_is_noise():
    def answered(random: str):
        body = f'{{"random": {random}}}'.encode()
        fields = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        exchange = Exchange("GET", "/")
        with exchange.call("flask.app.Flask", "application") as app:
            with app.call("shop.views.dice", "framework") as view:
                exchange.put(FrameworkChanges, view.span, when="out", status="200 OK", headers=to_headers(fields))
                view.returns([])
            app.start_response("200 OK", fields)
            app.returns([body])
        return exchange.finish().trace()

    found = compare(answered("0.123"), answered("0.5"), Noise((read_rule("body:$.random"),)))
    assert (found.verdict, found.divergence) == ("noise", None)
    plain = compare(answered("0.123"), answered("0.5"))
    assert plain.divergence is not None
    assert plain.divergence.layer == "dice"


def test_requests_that_differ_are_told_apart_from_their_responses():
    one, other = STORIES["page"](), Exchange("GET", "/other")
    found = compare(one.trace(), other.trace())
    assert ("target", "/cart", "/other") in [(each.name, each.one, each.other) for each in found.request]


def test_what_was_not_recorded_is_told_and_no_divergence():
    whole, broken = STORIES["streaming"](over=True).trace(), STORIES["streaming"](3).trace()
    found = compare(whole, broken)
    assert found.divergence is None
    assert any("is not over" in note for note in found.notes)


@RELAXED
@given(exchanges())
def test_an_exchange_compared_with_itself_is_the_same(exchange):
    found = compare(exchange.trace(), exchange.trace())
    assert (found.verdict, found.way.verdict, found.request) == ("same", "same", ())
    assert all(pair.one is not None and pair.other is not None for pair in found.pairs.all)


@RELAXED
@given(exchanges(), exchanges())
def test_verdicts_do_not_depend_on_which_is_which(one, other):
    there, back = compare(one.trace(), other.trace()), compare(other.trace(), one.trace())
    assert (there.verdict, there.way.verdict) == (back.verdict, back.way.verdict)
    assert {pair.one.id for pair in there.pairs.all if pair.one} == {span.id for span in one.trace().spans}
    assert {pair.other.id for pair in there.pairs.all if pair.other} == {span.id for span in other.trace().spans}
