"""The link between worker and debugger: frames over a socket pair, both ends."""

from wsgitrace.link.framing import FRAME_LIMIT, FrameError, FrameReader, Receiver, send_frame
from wsgitrace.link.handover import Handover
from wsgitrace.link.remains import Reader, Remains, share
from wsgitrace.link.sender import TICK, Rank, Sender

__all__ = [
    "FRAME_LIMIT",
    "TICK",
    "FrameError",
    "FrameReader",
    "Handover",
    "Rank",
    "Reader",
    "Receiver",
    "Remains",
    "Sender",
    "send_frame",
    "share",
]
