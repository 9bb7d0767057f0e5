"""SQL and predicate say the same of every filter about every exchange."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

import pytest

from tests.support.random_traffic import FILTERS, WORDS, random_filter, record_random
from wsgitrace.capture import Capture, Facts, search
from wsgitrace.query import FACTS, FIELDS, parse

if TYPE_CHECKING:
    from wsgitrace.query import Filter

NOW = 1_763_820_127_000_000_000

SEEDS = range(max(1, int(os.environ.get("WSGITRACE_TEST_FILTERS", "1500")) // FILTERS))
"""``WSGITRACE_TEST_FILTERS=10000 pytest tests/query/test_agreement.py``: so many filters, so many captures."""


def expected(capture: Capture, facts: list[Facts], where: Filter) -> list[int]:
    """What a predicate says, newest first."""
    return [each.summary.number for each in facts if where.matches(each)]


@pytest.mark.parametrize("seed", SEEDS)
def test_sql_and_predicate_agree(seed, tmp_path, monkeypatch):
    chance = random.Random(seed)
    monkeypatch.setattr(search, "_FIRST_STEP", chance.choice([1, 7, 4096]))
    path = record_random(tmp_path / "x.wtrace", chance, exchanges=60, now=NOW)
    hits = 0
    with Capture.open(path) as capture:
        facts = [capture.facts(summary) for summary in capture.page(limit=1_000)]
        assert len(facts) > 30
        for _ in range(FILTERS):
            text = random_filter(chance)
            where = parse(text, now=NOW)
            matching = expected(capture, facts, where)
            hits += 0 < len(matching) < len(facts)
            limit = chance.randint(1, 70)
            edge = chance.randint(0, 61)
            assert [each.number for each in capture.page(where=where, limit=1_000)] == matching, text
            assert capture.count(where=where) == len(matching), text
            below = [number for number in matching if number < edge]
            above = [number for number in matching if number > edge]
            assert [each.number for each in capture.page(where=where, before=edge, limit=limit)] == below[:limit], text
            assert [each.number for each in capture.page(where=where, after=edge, limit=limit)] == above[-limit:], text
    # Filters that everything or nothing matches would prove little.
    assert hits > FILTERS // 4


def test_the_row_tells_every_fact_that_a_field_takes_from_it(tmp_path):
    path = record_random(tmp_path / "x.wtrace", random.Random(3), exchanges=5, now=NOW)
    with Capture.open(path) as capture:
        facts = capture.facts(capture.page()[0])
        for field in FIELDS:
            if field.kind != "flag":
                assert field.source in FACTS
        row = Facts(capture.page()[0])
        for field in FIELDS:
            if field.known == "summary" and field.kind != "flag":
                assert row.get(field.source) == facts.get(field.source)
                if field.name not in {"status", "ttfb", "replay-of"}:
                    assert row.get(field.source) is not None


def test_words_are_found_as_they_always_were(tmp_path):
    path = record_random(tmp_path / "x.wtrace", random.Random(5), exchanges=60, now=NOW)
    with Capture.open(path) as capture:
        for word in WORDS:
            if word.isalnum():
                assert capture.page(where=parse(word)) == capture.page(text=word)
                assert capture.page(where=parse(f'"{word} "')) == capture.page(text=f"{word} ")
