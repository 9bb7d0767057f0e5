from __future__ import annotations

import pytest

from wsgitrace.supervisor.ending import describe


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
