from __future__ import annotations

from pathlib import Path

import pytest

import wsgitrace
from wsgitrace.supervisor.ending import describe, last_words


@pytest.mark.parametrize(
    ("returncode", "says"),
    [
        (0, "ended with exit code 0"),
        (3, "ended with exit code 3"),
        (-9, "was killed by SIGKILL (kill -9, or the system when memory ran out)"),
        (-11, "was killed by SIGSEGV (segmentation fault)"),
        (-15, "was killed by SIGTERM"),
        (-1000, "was killed by signal 1000"),
    ],
)
def test_what_ended_a_process(returncode, says):
    assert describe(returncode) == says


OURS = Path(wsgitrace.__file__).parent

SEGFAULT = [
    "about to /segfault",
    "",
    "Fatal Python error: Segmentation fault",
    "",
    "Thread 0x00007fb6bf467b80 (most recent call first):",
    '  File "/usr/lib/python3.11/threading.py", line 320 in wait',
    "",
    "Current thread 0x00007fb6bf467b81 (most recent call first):",
    f'  File "{OURS}/probe/boundary.py", line 5 in call',
    '  File "/srv/shop/native.py", line 12 in crash',
    '  File "/srv/shop/views.py", line 99 in view',
    "",
    "Thread 0x00007fb6bf467b82 (most recent call first):",
    '  File "/srv/shop/other.py", line 1 in other',
    "",
    "Extension modules: msgspec._core, _cffi_backend (total: 2)",
    "",
]


def test_last_words_of_a_crash_end_with_the_frame_that_crashed():
    assert last_words(SEGFAULT, 20) == (
        "about to /segfault",
        "Fatal Python error: Segmentation fault",
        'File "/srv/shop/native.py", line 12 in crash',
    )


def test_last_words_where_only_the_thread_that_crashed_is_dumped():
    dump = ["Fatal Python error: Aborted", "", "Stack (most recent call first):", '  File "/srv/a.py", line 2 in view']
    assert last_words(dump, 20) == ("Fatal Python error: Aborted", 'File "/srv/a.py", line 2 in view')


def test_last_words_without_a_crash_are_the_last_lines_that_say_something():
    assert last_words(["one", "", "two", "  ", "three", ""], 2) == ("two", "three")
    assert last_words([], 2) == ()


def test_last_words_of_a_crash_in_our_own_frames_keep_the_error():
    only_ours = [line for line in SEGFAULT if "/srv/shop" not in line]
    assert last_words(only_ours, 20)[-1] == "Fatal Python error: Segmentation fault"
    assert last_words(SEGFAULT[:3], 20)[-1] == "Fatal Python error: Segmentation fault"
