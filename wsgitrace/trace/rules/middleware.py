"""What a middleware owes besides: the application's rules to who calls it, the server's to whom it calls."""

from __future__ import annotations

from typing import Final

from wsgitrace.trace.rules.rule import Rule

_BOTH: Final = "PEP 3333, Middleware: Components that Play Both Sides"
_BLOCKS: Final = "PEP 3333, Middleware Handling of Block Boundaries"
_CLOSING: Final = "PEP 3333, Specification Details"
_WRITE: Final = "PEP 3333, The write() Callable"
_ERRORS: Final = "PEP 3333, Error Handling"
_INPUT: Final = "PEP 3333, Input and Error Streams"

MIDDLEWARE_RULES: Final = (
    Rule("M01", "must", _BOTH, "a middleware calls inward with a real dict", "Pass environ itself or dict(environ)."),
    Rule(
        "M02", "must", _ERRORS, "its start_response takes exc_info and passes it on",
        "Write def start(status, headers, exc_info=None), and hand all three to the outer start_response.",
    ),
    Rule(
        "M03", "should", _BLOCKS, "it does not hold items back until the last has come",
        "Yield something for each item from inside: b'' where there is nothing to send yet.",
    ),
    Rule(
        "M04", "should", _BLOCKS, "it returns an iterable as soon as the layer inside has returned one",
        "Work on the items in a generator, not in __call__.",
    ),
    Rule("M05", "must", _BLOCKS, "it does not send yielded items by write()", "Yield them."),
    Rule(
        "M06", "must", _CLOSING, "it calls close() of the iterable inside once, also where it drops that",
        "Return a class with __iter__ and close(), or close in a finally around what consumes it; a generator that is "
        "never started runs no finally.",
    ),
    Rule(
        "M07", "must", _CLOSING, "it calls close() of the iterable, not of its iterator",
        blind="the iterable then shows as never closed: M06",
    ),
    Rule(
        "M08", "must", _CLOSING, "its iterable has a close() where that inside has one",
        "Give the wrapper a close() that calls the inner one: map(), filter() and lists have none.",
    ),
    Rule(
        "M09", "must", _CLOSING, "it does not iterate after close()",
        "Close after the last item.",
    ),
    Rule(
        "M10", "must", _WRITE, "its start_response returns write()",
        blind="what start_response returns leaves no event",
    ),
    Rule(
        "M11", "must", "RFC 9110, 8.8.1", "who changes the body changes what describes it: ETag, digests, ranges",
        "Drop ETag, Content-MD5, Digest and Content-Range, or make the ETag weak.",
    ),
    Rule(
        "M12", "should", _BOTH, "status and headers are changed before they are passed on",
        blind="the list is looked at once, when start_response is called",
    ),
    Rule(
        "M13", "must", _ERRORS, "a repeated start_response resets what it knows of the response",
        blind="what a layer keeps for itself leaves no event",
    ),
    Rule(
        "M14", "must", "PEP 3333, URL Reconstruction", "SCRIPT_NAME and PATH_INFO together stay the path of the URL",
        "Cut from PATH_INFO what is added to SCRIPT_NAME.",
    ),
    Rule(
        "M15", "must", _INPUT, "who reads wsgi.input puts another in its place",
        "environ['wsgi.input'] = io.BytesIO(body), and CONTENT_LENGTH to match.",
    ),
    Rule(
        "M16", "hygiene", "PEP 3333, environ Variables", "keys that it adds have a prefix of its own and a dot",
        "Name it prefix.name.",
    ),
    Rule(
        "M17", "must", "PEP 3333, Optional Platform-Specific File Handling",
        "it passes what wsgi.file_wrapper made, or iterates over it and closes it",
        blind="what wsgi.file_wrapper made is the server's own, and left unobserved",
    ),
    Rule(
        "M18", "must", "RFC 9110, 9.3.2 and 8.4", "it adds no body to HEAD, and edits no compressed one",
        "Look at REQUEST_METHOD, the status and Content-Encoding first.",
    ),
    Rule(
        "M19", "must", _ERRORS, "it lets an exception through once part of the body is out",
        "Raise it again: a body that ends in good order looks complete.",
    ),
    Rule(
        "M20", "should", _INPUT, "it does not read the body of requests that it only looks at",
        blind="why it was read is not known; that it is gone for the layers inside is M15",
    ),
    Rule("M21", "must", "PEP 3333, Unicode Issues", "latin-1 goes in and out", blind="see A08, A17 and S10"),
    Rule("M22", "must", "PEP 3333, Other HTTP Features", "it adds no hop-by-hop headers", blind="see A20"),
    Rule("M23", "should", "PEP 3333, Thread Support", "it holds no lock across items", blind="locks leave no event"),
    Rule(
        "M24", "hygiene", "PEP 3333, Handling the Content-Length Header",
        "it does not turn a list into a generator for nothing",
        blind="that it did shows; whether it was for nothing is known to the author alone",
    ),
    Rule(
        "M25", "should", _ERRORS, "exceptions keep their traceback",
        blind="what stood in a traceback before it was cut is not known",
    ),
)  # fmt: skip
"""In the order of their numbers."""
