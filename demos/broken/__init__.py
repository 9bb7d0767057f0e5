"""One application for each classic fault of WSGI programs; ``app`` lists them and dispatches by the path."""

from .bodies import buffered, late_start, never_closed, never_started, slow, str_body
from .errors import answers_twice, dies_midway, swallowed
from .headers import cookie_twice, double_length, header_dropped, hop_by_hop, wrong_length
from .hooks import stale_hook
from .incoming import body_eaten, mangled_path, session_lost, shared_state
from .index import FAULTS, app
from .races import tenant_forgotten

__all__ = [
    "FAULTS",
    "answers_twice",
    "app",
    "body_eaten",
    "buffered",
    "cookie_twice",
    "dies_midway",
    "double_length",
    "header_dropped",
    "hop_by_hop",
    "late_start",
    "mangled_path",
    "never_closed",
    "never_started",
    "session_lost",
    "shared_state",
    "slow",
    "stale_hook",
    "str_body",
    "swallowed",
    "tenant_forgotten",
    "wrong_length",
]
