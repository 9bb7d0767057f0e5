"""One line per request, as access logs look: the Common Log Format, and behind it what only wsgitrace knows."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from wsgitrace.cli.units import duration, plural
from wsgitrace.safetext import safe
from wsgitrace.trace.badges import badge_texts

if TYPE_CHECKING:
    from wsgitrace.capture import Summary
    from wsgitrace.cli.style import Style
    from wsgitrace.redact import Masker
    from wsgitrace.trace.badges import Badges

__all__ = ["access_line", "remarks"]

TARGET_WIDTH: Final = 1000
"""Characters of a request target that are written."""

_SECOND: Final = 10**9

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def access_line(summary: Summary, style: Style, masker: Masker) -> str:
    """The line of one exchange.

    ``127.0.0.1 - - [22/Nov/2026:17:33:01 +0000] "GET /cart" 200 1432 4.1ms #12 7 layers, KeyError``
    """
    host = summary.peer.rpartition(":")[0].strip("[]") or summary.peer or "-"
    request = f"{summary.method} {masker.target(summary.target)}" if summary.method else "-"
    # The quotation mark ends the field for whoever parses the line: one inside it is escaped as nginx does.
    request = safe(request[:TARGET_WIDTH]).replace('"', "\\x22")
    status = style.status(summary.status, str(summary.status or "-"))
    line = f'{safe(host)} - - [{_stamp(summary.wall // _SECOND)}] "{request}" {status} {summary.response_size}'
    rest = f"{summary.net_duration / 1e6:.1f}ms #{summary.number} {', '.join(remarks(summary, masker))}"
    return f"{line} {style.paint(rest.rstrip(), 'dim')}"


def remarks(summary: Summary, masker: Masker, badges: Badges = ()) -> list[str]:
    """What is worth a word about an exchange beside its status, safe to show."""
    found = []
    if summary.layers:
        found.append(plural(summary.layers, "layer"))
    found += [text for text, _ in badge_texts(badges, duration)]
    if summary.view:
        found.append(safe(".".join(summary.view.rsplit(".", 2)[-2:])))
    if summary.replay_of is not None:
        found.append(f"replay of #{summary.replay_of}")
    if summary.exception:
        found.append(f"{'swallowed ' if summary.swallowed else ''}{safe(summary.exception.rpartition('.')[2])}")
    if summary.short_circuit:
        found.append(f"answered by {safe(summary.short_circuit.rpartition('.')[2])}")
    if not summary.closed:
        found.append("never closed")
    if summary.how not in {"", "complete"}:
        found.append(summary.how)
    if summary.dropped:
        found.append(f"{summary.dropped} dropped")
    if summary.note:
        found.append(safe(masker.text(summary.note)))
    return found


@lru_cache(maxsize=1)
def _stamp(second: int) -> str:
    """Local time as the Common Log Format has it, in English whatever the locale."""
    at = time.localtime(second)
    month = _MONTHS[at.tm_mon - 1]
    return f"{at.tm_mday:02}/{month}/{at.tm_year}:{time.strftime('%H:%M:%S %z', at)}"
