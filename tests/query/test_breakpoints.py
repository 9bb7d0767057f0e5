from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from wsgitrace.query import KINDS, FilterError, never_matches, read_breakpoint


@dataclass
class At:
    """A moment made for a test."""

    kind: str = "called"
    layer: str = "shop.session.Session"
    exception: str = ""
    changed: tuple = ()
    facts: dict = field(default_factory=dict)
    passes: tuple = ()
    rules: tuple = ()

    def through(self):
        return self.passes

    def changes(self):
        return self.changed

    def broken(self):
        return self.rules

    def get(self, name):
        return self.facts.get(name)


CART = {"path": "/cart/add", "method": "POST", "req.header": (("Cookie", "a=1"),), "line": "POST /cart/add"}


@pytest.mark.parametrize(
    ("text", "moment", "met"),
    [
        ("layer:Session", At(), True),
        ("layer:session", At("returned"), False),
        ("layer:Session on:returned", At("returned"), True),
        ("layer:Session on:called,returned", At("returned"), True),
        ("layer:Session on:any", At("chunk"), True),
        ("layer:shop.*Sess*", At(), True),
        ("layer:Auth", At(), False),
        ("layer:Auth,Session", At(), True),
        ("layer:*", At(layer="anything"), True),
        ("layer:Auth on:chunk", At("chunk", passes=("shop.Auth",)), True),
        ("layer:Auth on:chunk", At("returned", passes=("shop.Auth",)), False),
        ("layer:Auth changed:vary", At("chunk", passes=("shop.Auth",)), False),
        ("layer:Session path~^/cart", At(facts=CART), True),
        ("layer:Session path~^/shop", At(facts=CART), False),
        ("method:POST", At(facts=CART), True),
        ("/cart", At(facts=CART), True),
        ("-method:POST", At(facts=CART), False),
        ("status:5xx", At("start_response", facts={"status": 503}), True),
        ("status:5xx", At("start_response", facts={"status": 200}), False),
        ("status:5xx", At("returned", facts={"status": 503}), False),
        ("status:5xx on:returned", At("returned", facts={"status": 503}), True),
        ("exc:KeyError", At("raised", exception="KeyError"), True),
        ("exc:KeyError", At("raised", exception="shop.errors.KeyError2"), True),
        ("exc:KeyError", At("raised", exception=""), False),
        ("exc:*", At("raised", exception="ValueError"), True),
        ("exc:*", At("raised", exception=""), False),
        ("layer:Auth exc:*", At("raised", exception="ValueError"), False),
        ("changed:vary", At("start_response", changed=(("a.Gzip", "adds", "resp.header:vary"),)), True),
        ("changed:Vary", At("start_response", changed=(("a.Gzip", "removes", "resp.header:vary"),)), True),
        ("adds:vary", At("start_response", changed=(("a.Gzip", "removes", "resp.header:vary"),)), False),
        ("adds:set-cookie", At("start_response", changed=(("a.Gzip", "adds", "resp.header:set-cookie"),)), True),
        ("layer:Gzip changed:vary", At("chunk", changed=(("a.Gzip", "adds", "resp.header:vary"),)), True),
        ("layer:Session changed:vary", At("chunk", changed=(("a.Gzip", "adds", "resp.header:vary"),)), False),
        ("changed:environ:shop.user", At(changed=(("a.Auth", "adds", "environ:shop.user"),)), True),
        ("changed:shop.user", At(changed=(("a.Auth", "adds", "environ:shop.user"),)), True),
        ("changed:status", At("start_response", changed=(("a.Auth", "changed", "status"),)), True),
        ("lint:must", At("chunk", rules=(("a.Gzip", "must:a23"),)), True),
        ("lint:A23", At("end", rules=(("a.Gzip", "must:a23"),)), True),
        ("lint:a*", At("over", rules=(("a.Gzip", "must:a23"),)), True),
        ("lint:m*", At("over", rules=(("a.Gzip", "must:a23"),)), False),
        ("lint:M06,A23", At("over", rules=(("a.Gzip", "must:a23"),)), True),
        ("lint:* layer:Gzip", At("chunk", rules=(("a.Gzip", "must:a23"),)), True),
        ("lint:* layer:Session", At("chunk", rules=(("a.Gzip", "must:a23"),)), False),
        ("lint:* on:start_response", At("chunk", rules=(("a.Gzip", "must:a23"),)), False),
        ("lint:* method:POST", At("chunk", rules=(("a.Gzip", "must:a23"),), facts=CART), True),
        ("lint:*", At("chunk"), False),
        ("changed:vary on:start_response", At("chunk", changed=(("a.Gzip", "adds", "resp.header:vary"),)), False),
    ],
)
def test_what_is_met(text, moment, met):
    assert read_breakpoint(text).matches(moment) is met


@pytest.mark.parametrize(
    ("text", "start", "says"),
    [
        ("", 0, "says where to hold"),
        ("layer:", 6, "has no value"),
        ("layer~x", 0, "takes a name"),
        ("layer:a layer:b", 8, "a list has commas"),
        ("on:strat_response", 3, "the nearest is start_response"),
        ("on:rule", 3, "lint:RULE holds where a rule is broken"),
        ("once:perhaps", 5, "yes or no"),
        ("after:x", 6, "how many times"),
        ("layer:x dur:>1s", 8, "only when the request is over"),
        ("layer:x swallowed:yes", 8, "holds at those, too"),
        ("on:called status:5xx", 10, "known from start_response on"),
        ("-layer:x", 1, "not negated"),
        ("(layer:x)", 1, "not in parentheses"),
        ("method:GET (changed:vary OR path:/)", 12, "not in parentheses"),
        ("resp.body:x", 0, "when they have passed"),
        ("exc:KeyError on:called", 16, "can only be raised"),
        ("adds:vary removes:vary", 18, "two breakpoints"),
        ("lint:must changed:vary", 5, "two breakpoints"),
        ("-lint:must", 1, "not negated"),
        ("layer:x pth:/", 8, "path"),
        ("layer:'x", 6, "not closed"),
    ],
)
def test_what_is_refused_and_where(text, start, says):
    with pytest.raises(FilterError) as refused:
        read_breakpoint(text)
    assert says in refused.value.message
    assert refused.value.start == start


def test_words_in_quotes_are_looked_for():
    found = read_breakpoint("layer:x 'on:nothing'")
    assert found.kinds == {"called"}
    assert found.matches(At(layer="x", facts={"line": "GET /on:nothing"}))


def test_modifiers():
    found = read_breakpoint("layer:x once:yes after:3")
    assert (found.once, found.after) == (True, 3)


def test_every_kind_can_be_asked_for():
    for kind in KINDS:
        assert read_breakpoint(f"on:{kind.upper().replace('_', '-')}").kinds == {kind}


LAYERS = [("server", "server"), ("shop.session.Session", "wsgi"), ("shop.mw.Locale", "framework")]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("layer:Session", ""),
        ("layer:Sesion", "none of 3 layers"),
        ("layer:Locale on:chunk", "have no chunk"),
        ("layer:Locale on:returned", ""),
        ("layer:Locale adds:vary", ""),
        ("method:GET", ""),
    ],
)
def test_what_can_never_be_met_says_so(text, why):
    said = never_matches(read_breakpoint(text), LAYERS)
    assert why in said
    assert bool(why) == bool(said)
