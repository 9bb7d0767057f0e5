from __future__ import annotations

import itertools
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsgitrace.capture.packing import PACK_BYTES, WHOLE, Packer, unpack

_SIZES = st.one_of(st.integers(0, 300), st.integers(WHOLE - 2, WHOLE + 2), st.integers(0, PACK_BYTES + 10))


@given(st.lists(_SIZES, max_size=40))
def test_every_part_is_found_again_and_packs_are_bounded(sizes):
    rows = [(identity, 1, bytes([identity % 251]) * size) for identity, size in enumerate(sizes)]
    found = {}
    packs = list(Packer(7).pack(rows))
    for pack, parts, _ in packs:
        data = unpack(pack.data, coded=pack.coded)
        assert len(data) <= PACK_BYTES or len(parts) == 1
        for identity, count, of, offset, length in parts:
            assert (of, count) == (pack.id, 1)
            found[identity] = data[offset : offset + length]
    assert found == {identity: data for identity, _, data in rows}
    assert [pack.id for pack, *_ in packs] == list(itertools.islice(itertools.count(8), len(packs)))


def test_shares_add_up_to_what_the_pack_takes():
    rows = [(identity, 1, b"abc" * identity) for identity in range(1, 50)]
    ((pack, parts, shares),) = Packer(0).pack(rows)
    assert abs(sum(shares) - len(pack.data)) <= len(parts)


def test_a_large_part_stays_as_it_is():
    body = bytes(WHOLE)
    ((pack, *_),) = Packer(0).pack([(1, 1, body)])
    assert (pack.coded, pack.data) == (0, body)


@pytest.mark.parametrize("data", [zlib.compress(bytes(PACK_BYTES + 1)), zlib.compress(b"cut")[:-5], b"", b"nonsense"])
def test_a_pack_that_we_did_not_make_is_refused(data):
    with pytest.raises(zlib.error):
        unpack(data, coded=1)
