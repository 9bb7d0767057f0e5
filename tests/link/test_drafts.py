from __future__ import annotations

import mmap

import pytest

from wsgitrace.link.drafts import SIZE, SLOT, SLOTS, Drafts, read


@pytest.fixture
def memory():
    with mmap.mmap(-1, SIZE) as shared:
        yield shared


def test_frames_of_each_slot_come_in_order(memory):
    drafts = Drafts(memory)
    first = drafts.begin(b"a")
    second = drafts.begin(b"b")
    first = drafts.add(first, b"more of a")
    assert first
    assert second
    assert list(read(memory)) == [b"a", b"more of a", b"b"]


def test_what_is_on_another_way_is_gone_and_its_slot_is_taken_again(memory):
    drafts = Drafts(memory)
    drafts.end(drafts.add(drafts.begin(b"x" * 100), b"y"))
    assert list(read(memory)) == []
    drafts.begin(b"z")
    assert list(read(memory)) == [b"z"]


def test_there_is_no_room_for_giants_nor_beyond_the_last_slot(memory):
    drafts = Drafts(memory)
    assert not drafts.begin(b"x" * SLOT)
    ends = [drafts.begin(b"%d" % number) for number in range(SLOTS)]
    assert all(ends)
    assert not drafts.begin(b"one too many")
    assert not drafts.add(ends[-1], b"x" * SLOT)
    assert list(read(memory)) == [b"%d" % number for number in range(SLOTS)]
    drafts.end(ends[0])
    assert drafts.begin(b"again")


def test_nonsense_is_not_followed(memory):
    Drafts(memory).begin(b"good")
    memory[SLOT : SLOT + 4] = b"\xff\xff\xff\xff"
    assert list(read(memory)) == [b"good"]
    memory[:] = b"\xff" * SIZE
    assert list(read(memory)) == []
