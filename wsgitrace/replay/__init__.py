"""Recorded requests, rebuilt and run again."""

from wsgitrace.replay.cookies import cookies_set, newest_cookies, with_cookies
from wsgitrace.replay.editing import as_edited, check_request_line, raw_request, with_request_line
from wsgitrace.replay.hunting import CALM, Group, Hunt, Seen, compare_seen
from wsgitrace.replay.in_worker import InWorker, Rerun
from wsgitrace.replay.over_http import ANOTHER_SERVER, NOT_KEPT, Destination, send_all
from wsgitrace.replay.rebuilding import SAFE, ReplayRefused, rebuild
from wsgitrace.replay.replaying import prepare, replay

__all__ = [
    "ANOTHER_SERVER",
    "CALM",
    "NOT_KEPT",
    "SAFE",
    "Destination",
    "Group",
    "Hunt",
    "InWorker",
    "ReplayRefused",
    "Rerun",
    "Seen",
    "as_edited",
    "check_request_line",
    "compare_seen",
    "cookies_set",
    "newest_cookies",
    "prepare",
    "raw_request",
    "rebuild",
    "replay",
    "send_all",
    "with_cookies",
    "with_request_line",
]
