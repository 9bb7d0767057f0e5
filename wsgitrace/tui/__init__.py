"""The screen: Textual over a feed. It reads only captures and traces, and what the supervisor says of its worker."""

from wsgitrace.tui.app import WsgitraceApp, run_app
from wsgitrace.tui.feed import Feed, Status, Totals
from wsgitrace.tui.file_feed import FileFeed
from wsgitrace.tui.live_feed import LiveFeed

__all__ = ["Feed", "FileFeed", "LiveFeed", "Status", "Totals", "WsgitraceApp", "run_app"]
