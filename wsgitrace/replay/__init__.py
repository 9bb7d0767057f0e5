"""Recorded requests, rebuilt and run again."""

from wsgitrace.replay.applying import edited
from wsgitrace.replay.checking import flaw, line_break
from wsgitrace.replay.cookies import cookies_set, newest_cookies, with_cookies
from wsgitrace.replay.draft import Draft, as_command, draft_of, raw_of, read_raw, with_media_type
from wsgitrace.replay.edits import EDIT_FORMS, EditError, RequestEdit, read_edit
from wsgitrace.replay.hunting import CALM, Group, Hunt, Seen, compare_seen, learn_from
from wsgitrace.replay.in_worker import InWorker, Rerun
from wsgitrace.replay.otherwise import AS_IT_WAS, Otherwise, arranged, layers_of
from wsgitrace.replay.over_http import ANOTHER_SERVER, NOT_KEPT, Destination, send_all
from wsgitrace.replay.pursuit import Ground, Pursuit
from wsgitrace.replay.rebuilding import SAFE, ReplayRefused, rebuild
from wsgitrace.replay.replaying import prepare, replay, send
from wsgitrace.replay.timing import starts
from wsgitrace.replay.watching import Fate, Watch, fate_of

__all__ = [
    "ANOTHER_SERVER",
    "AS_IT_WAS",
    "CALM",
    "EDIT_FORMS",
    "NOT_KEPT",
    "SAFE",
    "Destination",
    "Draft",
    "EditError",
    "Fate",
    "Ground",
    "Group",
    "Hunt",
    "InWorker",
    "Otherwise",
    "Pursuit",
    "ReplayRefused",
    "RequestEdit",
    "Rerun",
    "Seen",
    "Watch",
    "arranged",
    "as_command",
    "compare_seen",
    "cookies_set",
    "draft_of",
    "edited",
    "fate_of",
    "flaw",
    "layers_of",
    "learn_from",
    "line_break",
    "newest_cookies",
    "prepare",
    "raw_of",
    "read_edit",
    "read_raw",
    "rebuild",
    "replay",
    "send",
    "send_all",
    "starts",
    "with_cookies",
    "with_media_type",
]
