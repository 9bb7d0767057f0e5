from __future__ import annotations

import re
from pathlib import Path

import pytest

from wsgitrace.worker.target import UsageError, parse


@pytest.mark.parametrize(
    ("text", "module", "file", "attribute"),
    [
        ("shop:app", "shop", None, ("app",)),
        ("shop.web:site.app", "shop.web", None, ("site", "app")),
        ("shop", "shop", None, ()),
        ("shop/app.py", "", Path("shop/app.py"), ()),
        ("shop/app.py:site.app", "", Path("shop/app.py"), ("site", "app")),
        ("/srv/my shop/app.py:app", "", Path("/srv/my shop/app.py"), ("app",)),
        ("shop/app:app", "", Path("shop/app"), ("app",)),
        (" shop : app ", "shop", None, ("app",)),
    ],
)
def test_every_form_is_taken_apart(text, module, file, attribute):
    target = parse(text)
    assert (target.module, target.file, target.attribute) == (module, file, attribute)
    assert not target.called


def test_a_call_carries_its_literals():
    target = parse("shop:make.app('a:b', [1, 2], debug=True, level=-1)")
    assert target.called
    assert target.attribute == ("make", "app")
    assert target.args == ("a:b", [1, 2])
    assert target.kwargs == {"debug": True, "level": -1}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "APP is empty"),
        ("shop:", "nothing follows the colon"),
        ("shop:1+1", "neither a name nor a call"),
        ("shop:app[0]", "neither a name nor a call"),
        ("shop:app)(", "neither a name nor a call"),
        ("shop:make(open('/etc/passwd'))", "only literals"),
        ("shop:make(__import__('os').system('true'))", "only literals"),
        ("shop:make(**{'a': 1})", "only literals"),
        ("shop:make(debug=DEBUG)", "only literals"),
        ("shop:make()()", "neither a name nor a call"),
        ("make_app()", "write module:make_app()"),
        ("my-shop:app", "not a module name"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_sentence(text, says):
    with pytest.raises(UsageError, match=re.escape(says)) as caught:
        parse(text)
    assert "\n" not in str(caught.value)


def test_the_swapped_reading_exists_only_for_names():
    assert parse("app:shop.web").swapped().module == "shop.web"
    assert parse("app:shop.web").swapped().attribute == ("app",)
    assert parse("shop").swapped() is None
    assert parse("app:make()").swapped() is None
    assert parse("shop.py:app").swapped() is None
