"""What a server owes the application (PEP 3333, RFC 3875), and so every middleware the layer inside it."""

from __future__ import annotations

from typing import Final

from wsgitrace.trace.rules.rule import Rule

_ENVIRON: Final = "PEP 3333, environ Variables"
_STRINGS: Final = "PEP 3333, A Note On String Types"
_INPUT: Final = "PEP 3333, Input and Error Streams"
_START: Final = "PEP 3333, The start_response() Callable"
_STREAM: Final = "PEP 3333, Buffering and Streaming"
_CLOSING: Final = "PEP 3333, Specification Details"
_LENGTH: Final = "PEP 3333, Handling the Content-Length Header"
_OTHER: Final = "PEP 3333, Other HTTP Features"
_ERRORS: Final = "PEP 3333, Error Handling"
_THREADS: Final = "PEP 3333, Thread Support"
_FILES: Final = "PEP 3333, Optional Platform-Specific File Handling"
_EXTENSIONS: Final = "PEP 3333, Server Extension APIs"

_OURS: Final = "the server is wsgitrace's own, and a layer in its place is not asked"
_STREAM_OURS: Final = "the stream that is observed is the server's own; one that a layer puts in its place is not"
_GIVEN: Final = "what start_response returns or does inside leaves no event"
_NO_FAULT: Final = "either is right: there is nothing to report"

SERVER_RULES: Final = (
    Rule(
        "S01", "must", _CLOSING, "the application is called with two positional arguments",
        blind="a call with others is not taken for one of WSGI",
    ),
    Rule("S02", "must", _ENVIRON, "environ is a dict, and no subclass", "Pass dict(environ)."),
    Rule(
        "S03", "must", _CLOSING, "the application is only called, never looked into",
        blind="looking at an object leaves no event",
    ),
    Rule(
        "S04", "must", _ENVIRON, "REQUEST_METHOD, SERVER_NAME, SERVER_PORT and SERVER_PROTOCOL are there",
        "Put them back before calling inward.",
    ),
    Rule(
        "S05", "must", _ENVIRON, "REQUEST_METHOD, SERVER_NAME and SERVER_PORT are not empty",
        "Give them a value before calling inward.",
    ),
    Rule(
        "S06", "must", _ENVIRON, "version, url_scheme, input, errors, multithread, multiprocess and run_once of wsgi. "
        "are there",
        "Start a new environ from a copy of the one that was given.",
    ),
    Rule("S07", "must", _ENVIRON, "wsgi.version is the tuple (1, 0)", "Leave wsgi.version as it was given."),
    Rule("S08", "must", _ENVIRON, "wsgi.url_scheme is http or https", "Set it to 'http' or 'https', in lower case."),
    Rule(
        "S09", "must", _STRINGS, "the value of a CGI variable is a str",
        "Convert it: str(port); bytes are decoded as latin-1.",
    ),
    Rule(
        "S10", "must", "PEP 3333, Unicode Issues", "the value of a CGI variable has no character beyond U+00FF",
        "Encode text as UTF-8 and decode that as latin-1.",
    ),
    Rule(
        "S11", "must", "RFC 3875, 4.1.16", "SERVER_PROTOCOL is what the client sent, as in HTTP/1.1",
        "Leave SERVER_PROTOCOL as it was given.",
    ),
    Rule(
        "S12", "must", _ENVIRON, "SCRIPT_NAME is empty, or begins with a slash and does not end with one",
        "Write '/api' or '': never 'api', '/' or '/api/'.",
    ),
    Rule(
        "S13", "must", _ENVIRON, "PATH_INFO is empty or begins with a slash",
        "Leave the slash with PATH_INFO when a prefix goes to SCRIPT_NAME.",
    ),
    Rule(
        "S14", "must", "RFC 3875, 4.1.5", "PATH_INFO is the path, percent-decoded once",
        "Do not decode PATH_INFO again.",
    ),
    Rule("S15", "must", _ENVIRON, "QUERY_STRING may be left out", blind=_NO_FAULT),
    Rule(
        "S16", "must", _ENVIRON, "CONTENT_LENGTH is missing, empty or a number in digits",
        "Write str(length); remove the key where no length is known.",
    ),
    Rule(
        "S17", "must", _ENVIRON, "CONTENT_TYPE is missing or empty where the client sent none",
        "Leave CONTENT_TYPE out.",
    ),
    Rule(
        "S18", "must", "RFC 3875, 4.1.18", "there is no HTTP_CONTENT_TYPE and no HTTP_CONTENT_LENGTH",
        "Set CONTENT_TYPE and CONTENT_LENGTH.",
    ),
    Rule(
        "S19", "should", "RFC 3875, 4.1.18", "names of HTTP_ variables are in capitals, without a dash",
        "Write HTTP_X_USER.",
    ),
    Rule(
        "S20", "should", "RFC 3875, 4.1.18", "HTTP_ variables are those of the fields that the client sent",
        "Use a key with a dot for what the client did not send.",
    ),
    Rule(
        "S21", "should", _ENVIRON, "the server's own keys are in lower case and have a dot",
        "Name it prefix.name.",
    ),
    Rule("S22", "should", _ENVIRON, "a value that is missing is left out, not None", "Remove the key."),
    Rule(
        "S23", "must", _INPUT, "wsgi.input and wsgi.errors are streams",
        "Put a file-like object there: io.BytesIO(body).",
    ),
    Rule(
        "S24", "must", _INPUT, "methods of wsgi.input give bytes",
        "Put a binary stream there: io.BytesIO(body).",
    ),
    Rule("S25", "should", _INPUT, "wsgi.input ends where the body does", blind=_STREAM_OURS),
    Rule("S26", "should", _INPUT, "read(), read(-1) and readline(size) work", blind=_STREAM_OURS),
    Rule(
        "S27", "must", _INPUT, "read(n) never gives more than n bytes",
        "Keep what was read too much for the next call.",
    ),
    Rule("S28", "must", _INPUT, "the body can be read after start_response", blind=_STREAM_OURS),
    Rule("S29", "should", _INPUT, "wsgi.errors takes any str", blind=_STREAM_OURS),
    Rule("S30", "must", _INPUT, "wsgi.errors is a text stream", "Put a text stream there, such as sys.stderr."),
    Rule("S31", "must", _START, "start_response takes two or three arguments and returns a callable", blind=_GIVEN),
    Rule("S32", "must", _START, "a second start_response without exc_info raises", blind=_GIVEN),
    Rule("S33", "must", _START, "with exc_info, status and headers are replaced before the head is out", blind=_GIVEN),
    Rule("S34", "must", _START, "with exc_info, that exception is raised again once the head is out", blind=_GIVEN),
    Rule("S35", "should", _START, "no reference to exc_info is kept", blind=_GIVEN),
    Rule("S36", "must", _START, "the head is not sent before the first item that is not empty", blind=_OURS),
    Rule("S37", "should", _START, "faults of headers are told when start_response is called", blind=_OURS),
    Rule("S38", "should", _OTHER, "hop-by-hop headers of the application are not sent", blind=_OURS),
    Rule("S39", "should", _START, "start_response may be called as late as at the first item", blind=_NO_FAULT),
    Rule("S40", "must", _START, "an iterable that never began a response is an error", blind=_OURS),
    Rule("S41", "must", _STREAM, "each item is sent before the next is asked for", blind=_OURS),
    Rule("S42", "must", "PEP 3333, The write() Callable", "what write() is given goes first", blind=_OURS),
    Rule("S43", "must", _STREAM, "items other than bytes are an error", blind=_OURS),
    Rule(
        "S44", "must", _CLOSING, "close() of the iterable is called once, on every way out",
        "Call close() in a finally, once.",
    ),
    Rule(
        "S45", "must", _CLOSING, "nothing is iterated over after its close()",
        "Close it after the last item.",
    ),
    Rule("S46", "must", _CLOSING, "of the iterable only iteration, len() and close() are used", blind=_OURS),
    Rule("S47", "must", _LENGTH, "a Content-Length is made of one item only where write() was not used", blind=_OURS),
    Rule("S48", "should", _LENGTH, "not more is sent than Content-Length says", blind=_OURS),
    Rule("S49", "should", _LENGTH, "a body that is too short closes the connection", blind=_OURS),
    Rule("S50", "must", "RFC 9112, 6.1", "only HTTP/1.1 is sent chunks", blind="see H33"),
    Rule("S51", "should", _ERRORS, "an error after part of the body does not look complete", blind=_OURS),
    Rule("S52", "must", "PEP 3333, HTTP 1.1 Expect/Continue", "Expect: 100-continue is the server's", blind=_OURS),
    Rule("S53", "must", _OTHER, "chunks of the request are decoded by the server", blind=_OURS),
    Rule("S54", "must", _FILES, "wsgi.file_wrapper works as an iterable, too", blind=_OURS),
    Rule(
        "S55", "must", _THREADS, "multithread, multiprocess and run_once tell the truth",
        blind="one exchange does not show what others do meanwhile",
    ),
    Rule("S56", "should", _THREADS, "the server can be run with one thread", blind="it is an option, not an event"),
    Rule("S57", "must", _ENVIRON, "the environ handed over is not read back", blind="reading leaves no event"),
    Rule("S58", "must", _EXTENSIONS, "extensions check that they are called through the live environ", blind=_GIVEN),
    Rule("S59", "must", "RFC 9110, 6.6.1", "Date and Server are added where they are missing", blind="see H32"),
    Rule("S60", "must", "RFC 9110, 9.1", "unknown methods are passed on", blind=_NO_FAULT),
)  # fmt: skip
"""In the order of their numbers."""
