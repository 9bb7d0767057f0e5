import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
GUARDED = {source for contract in CONTRACTS for source in contract["source_modules"]}
ROOMS = sorted(
    path.stem
    for path in (ROOT / "wsgitrace").iterdir()
    if not path.name.startswith("__") and (path.suffix == ".py" or (path / "__init__.py").exists())
)


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_is_held_to_its_imports(room):
    assert f"wsgitrace.{room}" in GUARDED


def test_no_contract_guards_a_room_that_is_gone():
    assert {source.split(".")[1] for source in GUARDED} <= set(ROOMS)


def test_the_top_level_is_what_the_design_says():
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("what belongs to the project is known to git alone")
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if tracked.returncode:
        pytest.skip(f"git does not tell what belongs to the project: {tracked.stderr}")
    top = {path.partition("/")[0] for path in tracked.stdout.splitlines()}
    assert {name for name in top if not name.startswith(".")} == {
        "README.md",
        "demos",
        "pyproject.toml",
        "screenshots",
        "tests",
        "wsgitrace",
    }
