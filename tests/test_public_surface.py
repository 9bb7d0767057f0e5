import subprocess
import sys

import pytest

import wsgitrace


def test_the_public_names_are_these():
    assert wsgitrace.__all__ == ["Capture", "Trace", "__version__", "breakpoint", "layer"]


@pytest.mark.parametrize("name", wsgitrace.__all__)
def test_every_public_name_is_there(name):
    assert getattr(wsgitrace, name)


def test_an_unknown_name_is_missing_in_the_usual_way():
    with pytest.raises(AttributeError, match="'wsgitrace' has no attribute 'nothing'"):
        wsgitrace.nothing  # noqa: B018 -- the access is what is tested


def test_importing_the_package_loads_nothing_of_it():
    code = "import sys, wsgitrace; print([name for name in sys.modules if name.startswith('wsgitrace.')])"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[]"


def test_marking_a_layer_loads_next_to_nothing_and_changes_nothing():
    code = """
import sys, wsgitrace
def app(environ, start_response): return []
assert wsgitrace.layer("billing")(app) is app
print(sorted(name for name in sys.modules if name.startswith("wsgitrace.") or name == "msgspec"))
"""
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "['wsgitrace.marking']"


def test_a_mark_without_a_name_is_refused():
    with pytest.raises(TypeError, match="takes the name of a layer, not function"):
        wsgitrace.layer(pytest.raises)
