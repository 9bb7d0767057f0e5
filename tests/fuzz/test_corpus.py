"""What the fuzzer has found so far keeps its promises."""

from __future__ import annotations

import pytest

from tests.fuzz.fuzzer import CORPUS, SEEDS, main
from tests.fuzz.properties import check


@pytest.mark.parametrize("data", SEEDS, ids=range(len(SEEDS)))
def test_seeds(data):
    check(data)


@pytest.mark.parametrize("path", sorted(CORPUS.iterdir()), ids=lambda path: path.name)
def test_findings(path):
    check(path.read_bytes())


def test_the_fuzzer_itself(capsys, tmp_path):
    """It runs, and a fraction of a second of it finds nothing wrong and much that is new."""
    assert main(0.2, seed=1, folder=tmp_path) == 0
    assert list(tmp_path.iterdir())
    assert "0 broke a promise (seed 1)" in capsys.readouterr().out
