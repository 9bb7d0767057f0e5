"""The list of faults, and the application that shows it."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING
from wsgiref.util import shift_path_info

from . import bodies, errors, headers, hooks, incoming, races
from .plain import HTML, answer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


@dataclass(frozen=True, slots=True)
class Fault:
    """One application that goes wrong: what a visitor notices, and what to look at."""

    app: WSGIApplication
    title: str
    notice: str
    look: str
    try_it: str = "curl -i"


FAULTS = {
    "body_eaten": Fault(
        incoming.body_eaten,
        "The body is gone",
        "Whatever is posted, the order is empty.",
        "Who read wsgi.input before the view?",
        "curl -i -d '{\"items\": 3}'",
    ),
    "mangled_path": Fault(
        incoming.mangled_path,
        "The prefix comes twice",
        "Every link of the page has one /api more than the page itself.",
        "Which layer changed SCRIPT_NAME and not PATH_INFO?",
    ),
    "session_lost": Fault(
        incoming.session_lost,
        "Nobody is remembered",
        "It is always the first visit, in a browser without https.",
        "What does Set-Cookie ask for, and is there a Cookie in the next request?",
    ),
    "shared_state": Fault(
        incoming.shared_state,
        "Somebody else's name",
        "Two requests at once, as ?ada and ?grace: one is greeted by the other's name.",
        "Which layer keeps the request on itself?",
    ),
    "tenant_forgotten": Fault(
        races.tenant_forgotten,
        "Now and then an error",
        "One visitor at a time is always served; of several at once some get a 500.",
        "Run it again fifty times, one by one, then four at once: where do those that fail part from the others?",
    ),
    "stale_hook": Fault(
        hooks.stale_hook,
        "The webhook is refused",
        "It was taken when it came; sent again, to try the mended code, it is too old.",
        "Run it again with the clock as it was then.",
        'curl -i -d paid -H "X-Signed-At: $(date +%s)"',
    ),
    "header_dropped": Fault(
        headers.header_dropped,
        "A header field disappears",
        "The view sets X-Total; no client ever sees it.",
        "Between which two layers is it lost?",
    ),
    "double_length": Fault(
        headers.double_length,
        "Two lengths",
        "Some clients cut the page, others refuse it.",
        "Who added the second Content-Length?",
    ),
    "wrong_length": Fault(
        headers.wrong_length,
        "The end is missing",
        "The last letters never arrive, and only where there are accents.",
        "Content-Length against the bytes produced.",
    ),
    "cookie_twice": Fault(
        headers.cookie_twice,
        "One cookie, set twice",
        "The visitor is ada here and a guest everywhere else.",
        "Both Set-Cookie fields, and which layer each is from.",
    ),
    "hop_by_hop": Fault(
        headers.hop_by_hop,
        "Chunks by hand",
        "Sizes and line ends appear in the middle of the text.",
        "Transfer-Encoding is not for applications to set.",
    ),
    "buffered": Fault(
        bodies.buffered,
        "The stream comes all at once",
        "Nothing for a second and a half, then everything.",
        "In which layer do ten chunks go in and one come out?",
        "curl -iN",
    ),
    "never_closed": Fault(
        bodies.never_closed,
        "Connections leak",
        "Each request leaves one more connection open.",
        "Whose close() is never called, and who replaced the iterable?",
    ),
    "never_started": Fault(
        bodies.never_started,
        "Connections leak, but only for HEAD",
        "A generator that is closed before it was started never reaches its finally.",
        "HEAD beside GET: is the cursor closed?",
        "curl -I",
    ),
    "slow": Fault(
        bodies.slow,
        "Slow",
        "Nearly half a second, for one line.",
        "The time that each layer spent itself.",
    ),
    "late_start": Fault(
        bodies.late_start,
        "The head comes late",
        "A body before start_response: servers answer 500.",
        "The order of events.",
    ),
    "str_body": Fault(
        bodies.str_body,
        "Text where bytes belong",
        "The application returns a str.",
        "The type of what was returned.",
    ),
    "swallowed": Fault(
        errors.swallowed,
        "An error turned into a redirect",
        "Registering looks as if it worked.",
        "Where was something raised, and where did it stop?",
    ),
    "dies_midway": Fault(
        errors.dies_midway,
        "Dies halfway",
        "A 200 that ends in the middle of a division.",
        "The chunk after which it raised; the connection that is cut.",
    ),
    "answers_twice": Fault(
        errors.answers_twice,
        "Two heads for one answer",
        "An error handler begins again after the first bytes are out.",
        "The second start_response, without exc_info.",
    ),
}

STYLE = """
:root { color-scheme: light dark; font: 16px/1.55 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1.2rem; }
h1 { font-size: 2rem; margin-bottom: 0; }
ol { list-style: none; padding: 0; display: grid; gap: 1rem; }
@media (min-width: 50rem) { ol { grid-template-columns: 1fr 1fr; } }
li { border: 1px solid #8885; border-radius: .9rem; padding: 1rem 1.2rem; }
h2 { margin: 0; font-size: 1.1rem; } p { margin: .3rem 0; } .look { opacity: .7; }
li { min-width: 0; }
code { display: block; overflow-x: auto; white-space: nowrap; padding: .3rem .6rem; font-size: .82rem; }
code { background: #8882; border-radius: .4rem; }
"""


def index(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """A page with every fault, what one notices and where to look."""
    host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    base = environ.get("SCRIPT_NAME", "")
    items = "".join(
        f'<li><h2><a href="{escape(base)}/{name}">{escape(fault.title)}</a></h2><p>{escape(fault.notice)}</p>'
        f'<p class="look">{escape(fault.look)}</p>'
        f"<code>{escape(f'{fault.try_it} http://{host}{base}/{name}')}</code></li>\n"
        for name, fault in FAULTS.items()
    )
    page = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Broken on purpose</title>'
        f"<style>{STYLE}</style></head><body><h1>Broken on purpose</h1>"
        f"<p>{len(FAULTS)} applications, each with one fault of its own.</p><ol>{items}</ol></body></html>\n"
    )
    return answer(start_response, page, HTML)


def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Call the fault that the first segment of the path names; without one, list them."""
    name = environ.get("PATH_INFO", "").lstrip("/").partition("/")[0]
    if not name:
        return index(environ, start_response)
    if name not in FAULTS:
        return answer(start_response, "There is no such fault. Yet.\n", status="404 Not Found")
    shift_path_info(environ)
    return FAULTS[name].app(environ, start_response)
