from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsgitrace.tui import units


@pytest.mark.parametrize(
    ("nanoseconds", "shown"),
    [
        (0, "0.00ms"),
        (61_803, "0.06ms"),
        (400_000, "0.4ms"),
        (48_200_000, "48.2ms"),
        (482_000_000, "482ms"),
        (999_999_999, "1.00s"),
        (3_410_000_000, "3.41s"),
        (59_949_000_000, "59.9s"),
        (725_000_000_000, "12m05s"),
        (11_220_000_000_000, "3h07m"),
    ],
)
def test_durations(nanoseconds, shown):
    assert units.duration(nanoseconds) == shown


@given(st.integers(0, 10**15))
def test_a_duration_never_needs_more_than_seven_cells(nanoseconds):
    assert len(units.duration(nanoseconds)) <= 7


@pytest.mark.parametrize(
    ("length", "shown"),
    [(0, "0"), (412, "412"), (8_397, "8.2k"), (14_336, "14k"), (1_572_864, "1.5M"), (5 * 2**40, "5.0T")],
)
def test_sizes(length, shown):
    assert units.size(length) == shown


@given(st.integers(0, 2**50))
def test_a_size_never_needs_more_than_five_cells(length):
    assert len(units.size(length)) <= 5


def test_elapsed_time_goes_on_in_whole_seconds():
    assert [units.elapsed(seconds * 10**9) for seconds in (0, 12, 185, 7_800)] == ["<1s", "12s", "3m05s", "2h10m"]


def test_counts():
    assert (units.count(1204), units.counted(1, "chunk"), units.counted(2, "chunk")) == ("1,204", "1 chunk", "2 chunks")
