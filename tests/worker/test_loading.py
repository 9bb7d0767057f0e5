from __future__ import annotations

import re
import sys

import pytest

from wsgitrace.worker.importing import LoadError
from wsgitrace.worker.loading import load
from wsgitrace.worker.target import UsageError

APP = """
def app(environ, start_response):
    start_response("200 OK", [])
    return [b"app"]
"""
OTHER = APP.replace("app", "site")
FACTORY = """
def make(name="x", *, debug=False):
    def made(environ, start_response):
        return [name.encode()]
    made.debug = debug
    return made
"""


def name_of(folder, text, **options):
    return load(text, str(folder), **options).name


def refusal(folder, text, **options):
    with pytest.raises(UsageError) as caught:
        load(text, str(folder), **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def failure(folder, text, **options):
    with pytest.raises(LoadError) as caught:
        load(text, str(folder), **options)
    assert "\n" not in str(caught.value)
    return caught.value


def test_module_and_attribute(folder):
    folder.write("ls_shop.py", APP + "class holder:\n    inner = app\n")
    assert name_of(folder, "ls_shop:app") == "ls_shop:app"
    assert name_of(folder, "ls_shop:holder.inner") == "ls_shop:holder.inner"


@pytest.mark.parametrize(
    ("source", "attribute"),
    [
        (OTHER + APP, "app"),
        (OTHER + APP.replace("app", "application"), "application"),
        (OTHER, "site"),
        (OTHER + "alias = site\n", "site"),
        (OTHER + "from wsgiref.simple_server import demo_app\n", "site"),
        (OTHER + "def middleware(app):\n    return app\n", "site"),
        ("class Site:\n    def __call__(self, environ, start_response):\n        return []\nsite = Site()\n", "site"),
        ("class Site:\n    def __init__(self, environ, start_response):\n        pass\n", "Site"),
        (FACTORY.replace("make(", "create_app("), "create_app"),
        (FACTORY.replace("make(", "make_app("), "make_app"),
    ],
)
def test_a_module_alone_is_searched(folder, source, attribute):
    folder.write("ls_alone.py", source)
    assert name_of(folder, "ls_alone") == f"ls_alone:{attribute}"


def test_several_applications_are_not_guessed_between(folder):
    folder.write("ls_many.py", OTHER + OTHER.replace("site", "shop"))
    assert "has several applications (site, shop): say which, as in ls_many:site" in refusal(folder, "ls_many")


def test_a_module_without_any(folder):
    folder.write("ls_none.py", "x = 1\n")
    says = refusal(folder, "ls_none")
    assert "ls_none has no application: looked for app, application, create_app, make_app, " in says
    assert "one WSGI callable by its parameters (environ, start_response)" in says


def test_a_file_by_path_is_imported_as_its_package_says(folder):
    folder.write("src/ls_pkg/__init__.py")
    folder.write("src/ls_pkg/web/__init__.py")
    folder.write("src/ls_pkg/web/site.py", "from . import other\nfrom ls_pkg import web\n" + APP)
    folder.write("src/ls_pkg/web/other.py")
    assert name_of(folder, "src/ls_pkg/web/site.py") == "ls_pkg.web.site:app"
    assert str(folder.path / "src") in sys.path


def test_a_path_without_its_ending_and_a_package_by_path(folder):
    folder.write("src/ls_slip.py", APP)
    folder.write("src/ls_slips/__init__.py", APP)
    assert name_of(folder, "src/ls_slip:app") == "ls_slip:app"
    assert name_of(folder, "src/ls_slips:app") == "ls_slips:app"


@pytest.mark.parametrize("name", ["my-shop.py", "json.py", "sys.py"])
def test_a_file_whose_name_is_taken_or_no_name_is_the_file_all_the_same(folder, name):
    folder.write(f"odd/{name}", APP + "marker = 'this one'\n")
    loaded = load(f"odd/{name}:app", str(folder))
    assert loaded.application.__globals__["marker"] == "this one"


def test_a_file_that_is_not_there_names_the_nearest(folder):
    folder.write("ls_shop.py", APP)
    assert "there is no file ls_shp.py" in refusal(folder, "ls_shp.py")
    assert refusal(folder, "ls_shp.py").endswith("did you mean ls_shop.py?")


def test_a_factory_with_literals(folder):
    folder.write("ls_make.py", FACTORY)
    loaded = load("ls_make:make('y', debug=True)", str(folder))
    assert loaded.application({}, None) == [b"y"]
    assert loaded.application.debug
    assert load("ls_make:make", str(folder), factory=True).application({}, None) == [b"x"]


def test_a_function_that_takes_no_environ_is_called_and_one_line_says_so(folder):
    folder.write("ls_make.py", FACTORY.replace('name="x", ', "").replace("name.encode()", "b''"))
    loaded = load("ls_make:make", str(folder))
    assert callable(loaded.application)
    assert "was called to make the application" in loaded.note


@pytest.mark.parametrize("call", ["make(1, 2)", "make(colour='red')"])
def test_wrong_factory_arguments_are_the_users_slip(folder, call):
    folder.write("ls_make.py", FACTORY)
    message = refusal(folder, f"ls_make:{call}")
    assert message.startswith("ls_make:make(name='x', *, debug=False) does not take the arguments it was given:")


def test_a_missing_argument_without_a_signature_to_ask(folder):
    folder.write("ls_make.py", "import functools\nmake = functools.partial(int, base=3)\n")
    assert "does not take the arguments" in refusal(folder, "ls_make:make(1, 2, 3, 4)")


def test_a_type_error_inside_the_factory_is_the_applications(folder):
    folder.write("ls_make.py", "def make():\n    return len(3)\n")
    failed = failure(folder, "ls_make:make()")
    assert str(failed) == "calling ls_make:make() raised TypeError: object of type 'int' has no len()"
    assert 'ls_make.py", line 2, in make' in failed.traceback
    assert "wsgitrace" not in failed.traceback.replace(str(folder), "")


@pytest.mark.parametrize(
    ("returned", "says"),
    [("None", "returned is None"), ("{}", "returned is of type dict"), ("__import__('json')", "returned is a module")],
)
def test_a_factory_that_returns_no_application(folder, returned, says):
    folder.write("ls_make.py", f"def make():\n    return {returned}\n")
    assert says in refusal(folder, "ls_make:make()")


def test_what_is_not_callable(folder):
    folder.write("ls_value.py", "app = {}\nasync def scope(scope, receive, send):\n    pass\n")
    assert refusal(folder, "ls_value:app") == "ls_value:app is of type dict and cannot be called"
    assert "is an ASGI application" in refusal(folder, "ls_value:scope")


def test_a_middleware_in_place_of_an_application(folder):
    folder.write("ls_wrong.py", "def middleware(app):\n    return app\n")
    assert "cannot be called with (environ, start_response)" in refusal(folder, "ls_wrong:middleware")


def test_a_class_in_place_of_its_instance(folder):
    folder.write(
        "ls_class.py",
        """
class C:
    def __call__(self, environ, start_response):
        start_response("200 OK", [])
        return [b"C"]

class D(C):
    def __init__(self, name="d"):
        self.name = name

class PerRequest:
    def __init__(self, environ, start_response):
        self.start = start_response

    def __iter__(self):
        self.start("200 OK", [])
        yield b"per request"

made = C()
""",
    )
    for kind in ("C", "D"):
        assert refusal(folder, f"ls_class:{kind}").endswith(f"write the call that makes one, as in ls_class:{kind}()")
    assert name_of(folder, "ls_class:C()") == "ls_class:C"
    assert name_of(folder, "ls_class:made") == "ls_class:made"
    assert name_of(folder, "ls_class:PerRequest") == "ls_class:PerRequest"


def test_a_decorated_application_is_called_not_what_it_wraps(folder):
    folder.write(
        "ls_decorated.py",
        """
        import functools
        def responder(function):
            @functools.wraps(function)
            def call(environ, start_response):
                return function(environ)(environ, start_response)
            return call
        @responder
        def app(request):
            return None
        """,
    )
    assert name_of(folder, "ls_decorated:app") == "ls_decorated:app"
    assert name_of(folder, "ls_decorated") == "ls_decorated:app"


def test_the_swapped_reading_runs_where_only_it_resolves(folder):
    folder.write("ls_swap.py", APP)
    loaded = load("app:ls_swap", str(folder))
    assert loaded.name == "ls_swap:app"
    assert loaded.note == "app:ls_swap was read as ls_swap:app: the module comes first."


def test_the_first_reading_wins_where_both_resolve(folder):
    folder.write("ls_one.py", APP.replace("app", "ls_two"))
    folder.write("ls_two.py", APP.replace("app", "ls_one"))
    assert name_of(folder, "ls_one:ls_two") == "ls_one:ls_two"
    assert not load("ls_one:ls_two", str(folder)).note


def test_the_complaint_is_about_the_first_reading(folder):
    folder.write("ls_bad.py", "raise RuntimeError\n")
    assert "there is no module 'ap'" in refusal(folder, "ap:ls_bad")


def test_no_such_module_names_the_nearest(folder):
    folder.write("ls_shop.py", APP)
    assert refusal(folder, "ls_shpo:app").endswith("did you mean 'ls_shop'?")
    folder.write("ls_pack/__init__.py")
    folder.write("ls_pack/views.py", APP)
    message = refusal(folder, "ls_pack.view:app")
    assert message == "there is no module 'view' in the package ls_pack; did you mean 'ls_pack.views'?"


def test_a_dot_in_place_of_the_colon(folder):
    folder.write("ls_shop.py", APP)
    assert "did you mean ls_shop:app?" in refusal(folder, "ls_shop.app")


def test_no_such_attribute_names_the_nearest_or_what_there_is(folder):
    folder.write("ls_shop.py", OTHER)
    assert refusal(folder, "ls_shop:siet") == "ls_shop has no attribute 'siet'; did you mean 'site'?"
    assert refusal(folder, "ls_shop:xyzzy") == "ls_shop has no attribute 'xyzzy'; what it has is site"


def test_an_exception_in_the_import_is_the_applications(folder):
    folder.write("ls_fails.py", "import ls_inner\n" + APP)
    inner = folder.write("ls_inner.py", "def f():\n    raise KeyError('COLOUR')\nf()\n")
    failed = failure(folder, "ls_fails:app")
    assert str(failed) == "importing ls_fails raised KeyError: 'COLOUR'"
    assert failed.traceback.startswith("Traceback (most recent call last):\n")
    assert "importlib" not in failed.traceback
    assert str(inner) in failed.files
    assert not any("importlib" in name for name in failed.files)


@pytest.mark.parametrize(
    ("source", "missing"),
    [
        ("import no_such_thing_here\n", "no_such_thing_here"),
        ("import ls_fails.inner\n", "ls_fails.inner"),
        ("import json.nothing\n", "json.nothing"),
    ],
)
def test_a_missing_module_inside_is_not_a_missing_app(folder, source, missing):
    folder.write("ls_fails.py", source)
    failed = failure(folder, "ls_fails:app")
    assert f"importing ls_fails needs the module {missing!r}" in str(failed)


def test_another_active_environment_is_named(folder, monkeypatch):
    folder.write("ls_fails.py", "import no_such_thing_here\n")
    monkeypatch.setenv("VIRTUAL_ENV", "/srv/venv")
    assert "run `/srv/venv/bin/python -m pip install wsgitrace`" in str(failure(folder, "ls_fails"))
    assert "/srv/venv is active but" in refusal(folder, "zzz_nothing_like_it_qq")


def test_a_syntax_error_is_shown_with_its_file(folder):
    path = folder.write("ls_syntax.py", "def app(:\n")
    failed = failure(folder, "ls_syntax")
    assert "SyntaxError" in str(failed)
    assert str(path) in failed.files


def test_a_module_that_exits_did_not_load(folder):
    folder.write("ls_exits.py", "import sys\nsys.exit(3)\n")
    assert str(failure(folder, "ls_exits")) == "importing ls_exits ended in sys.exit(3)"


def test_an_exception_whose_text_fails(folder):
    folder.write("ls_odd.py", "class Odd(Exception):\n    def __str__(self):\n        raise ValueError\nraise Odd\n")
    assert str(failure(folder, "ls_odd")) == "importing ls_odd raised Odd"


def test_a_module_getattr_that_fails(folder):
    folder.write("ls_lazy.py", "def __getattr__(name):\n    raise RuntimeError(name)\n")
    assert str(failure(folder, "ls_lazy:app")) == "looking up app in ls_lazy raised RuntimeError: app"


def test_nothing_named_goes_by_the_folder(folder):
    assert re.search(r"no application was named, and .* has no pyproject.toml", refusal(folder, ""))
    folder.write("app.py", APP)
    assert name_of(folder, "") == "app:app"
    folder.write("wsgi.py", APP.replace("app", "application"))
    assert name_of(folder, "") == "wsgi:application"
    folder.write("pyproject.toml", '[tool.wsgitrace]\napp = "ls_named:site"\n')
    folder.write("ls_named.py", OTHER)
    loaded = load("", str(folder))
    assert loaded.name == "ls_named:site"
    assert loaded.note == "APP is ls_named:site, from pyproject.toml."


def test_a_broken_pyproject_says_so(folder):
    folder.write("pyproject.toml", "[tool.wsgitrace\n")
    assert "pyproject.toml cannot be read" in refusal(folder, "")
    folder.write("pyproject.toml", "[tool.wsgitrace]\napp = 3\n")
    assert "must be text" in refusal(folder, "")


def test_a_manage_py_that_names_no_settings(folder):
    folder.write("manage.py", "print('hello')\n")
    assert "names no settings module" in refusal(folder, "")
