"""What an application owes the server (PEP 3333), and so every middleware the layer around it."""

from __future__ import annotations

from typing import Final

from wsgitrace.trace.rules.rule import Rule

_START: Final = "PEP 3333, The start_response() Callable"
_SIDE: Final = "PEP 3333, The Application/Framework Side"
_STREAM: Final = "PEP 3333, Buffering and Streaming"
_STRINGS: Final = "PEP 3333, A Note On String Types"
_WRITE: Final = "PEP 3333, The write() Callable"
_INPUT: Final = "PEP 3333, Input and Error Streams"
_ERRORS: Final = "PEP 3333, Error Handling"
_ENVIRON: Final = "PEP 3333, environ Variables"
_OTHER: Final = "PEP 3333, Other HTTP Features"
_CLOSING: Final = "PEP 3333, Specification Details"
_LENGTH: Final = "PEP 3333, Handling the Content-Length Header"

APPLICATION_RULES: Final = (
    Rule(
        "A01", "must", _SIDE, "an application takes two positional arguments, and can be called again",
        blind="a call with other arguments is Python's TypeError, and that it works twice is not seen in one exchange",
    ),
    Rule(
        "A02", "must", _SIDE, "an application returns an iterable, not None",
        "Return a list of bytes: [] where there is no body.",
    ),
    Rule(
        "A03", "hygiene", _STREAM, "the iterable is no str or bytes itself",
        "Return [body] in place of body: else each byte is an item of its own.",
    ),
    Rule(
        "A04", "must", _STREAM, "items of the body are bytes, not str, bytearray or memoryview",
        "Encode what is yielded: text.encode('utf-8'), or bytes(buffer).",
    ),
    Rule(
        "A05", "must", _START, "start_response is called before the first item that is not empty",
        "Call start_response before the first yield.",
    ),
    Rule(
        "A06", "must", _START, "start_response is called, also where there is no body",
        "Call start_response on every way through the application before its iterable ends.",
    ),
    Rule(
        "A07", "must", _START, "start_response is called with positional arguments alone",
        "Call start_response(status, headers, exc_info): other servers name the parameters differently.",
    ),
    Rule(
        "A08", "must", _STRINGS, "the status is a str of characters up to U+00FF",
        "Give the status as str: '200 OK'.",
    ),
    Rule(
        "A09", "must", f"{_START}; RFC 9112, 4", "the status is three digits, one space and a reason",
        "Write it as '404 Not Found', without space around it.",
    ),
    Rule(
        "A10", "must", "RFC 9110, 15", "the status of a response is from 200 to 599",
        "Answer with a final status: 1xx is the server's to send.",
    ),
    Rule(
        "A11", "must", _START, "the status has no control character and no line end",
        "Strip what comes from elsewhere before it goes into the reason.",
    ),
    Rule(
        "A12", "must", _START, "the headers are a list",
        "Give list(headers): servers and layers outside may add to it.",
    ),
    Rule(
        "A13", "must", _START, "each header is a tuple of a name and a value",
        "Make each entry (name, value).",
    ),
    Rule(
        "A14", "must", _STRINGS, "names and values of headers are str",
        "Decode bytes as latin-1, and format numbers: ('Content-Length', str(size)).",
    ),
    Rule(
        "A15", "must", "RFC 9110, 5.1", "the name of a header is a token: letters, digits and !#$%&'*+-.^_`|~",
        "Take colon, spaces and other characters out of the name.",
    ),
    Rule(
        "A16", "must", f"{_START}; RFC 9110, 5.5", "the value of a header has no control character",
        "Take line ends and control characters out of the value: whoever controls it could add headers.",
    ),
    Rule(
        "A17", "must", "PEP 3333, Unicode Issues", "names and values of headers have no character beyond U+00FF",
        "Encode it as the header's grammar says: percent-encoding, RFC 8187 or RFC 2047.",
    ),
    Rule(
        "A18", "hygiene", "RFC 9110, 5.5", "the value of a header has no space around it",
        "Strip the value: others will, and then it is another one.",
    ),
    Rule(
        "A19", "must", _START, "there is no header called Status",
        "Give the status to start_response; CGI's Status field is the server's to make.",
    ),
    Rule(
        "A20", "must", _OTHER, "there are no hop-by-hop headers, such as Connection or Transfer-Encoding",
        "Leave connections to the server. A proxy drops these fields from what it passes on.",
    ),
    Rule(
        "A21", "must", _OTHER, "the body is not chunked by the application",
        "Yield the data alone: the server frames it.",
    ),
    Rule(
        "A22", "must", "RFC 9110, 8.6", "there is at most one Content-Length, in digits",
        "Replace the Content-Length that is there in place of adding one.",
    ),
    Rule(
        "A23", "must", _LENGTH, "the body has as many bytes as Content-Length says",
        "Count bytes, not characters; who changes the body drops Content-Length or counts anew.",
    ),
    Rule(
        "A24", "must", "RFC 9110, 15.3.5 and 8.6", "a 204 has no body and no Content-Length",
        "Return [] and leave Content-Length out, or answer with 200.",
    ),
    Rule(
        "A25", "should", "RFC 9110, 15.4.5", "a 304 has no body and no headers that describe one",
        "Keep Cache-Control, Content-Location, Date, ETag, Expires and Vary, and drop the others.",
    ),
    Rule(
        "A26", "should", "RFC 9110, 9.3.2", "the headers of HEAD are those of GET",
        "Answer HEAD by the code for GET, and leave the body out last. 'wsgitrace lint APP' compares the two.",
    ),
    Rule(
        "A27", "hygiene", "RFC 9110, 8.3", "a 204 or 304 has no Content-Type",
        "Leave it out: there is no content to have a type.",
    ),
    Rule(
        "A28", "must", "RFC 9110, 5.3", "a field of one value, such as Content-Type or Location, is given once",
        "Replace the field that is there in place of adding one.",
    ),
    Rule(
        "A29", "must", "RFC 9110, 8.8.3", "an ETag stands in quotation marks, W/ before them where it is weak",
        "Write it as '\"abc\"' or 'W/\"abc\"'.",
    ),
    Rule(
        "A30", "must", "RFC 9110, 10.2.2", "Location may be relative",
        blind="either is right: there is nothing to report",
    ),
    Rule(
        "A31", "must", "RFC 9110, 8.3", "Content-Type may be left out",
        blind="either is right: there is nothing to report",
    ),
    Rule(
        "A32", "must", _START, "start_response is called a second time with exc_info only",
        "Pass sys.exc_info() as third argument where an error replaces a response; else decide before the first call.",
    ),
    Rule(
        "A33", "must", _START, "exc_info is a tuple of type, value and traceback",
        "Pass what sys.exc_info() gives, inside the except block.",
    ),
    Rule(
        "A34", "must", _ERRORS, "what start_response raises for exc_info is not caught",
        "Let it through: the head is out, and only an aborted response tells the client.",
    ),
    Rule(
        "A35", "hygiene", _ERRORS, "an answer to an exception passes exc_info, so that layers outside can see it",
        "Call start_response(status, headers, sys.exc_info()).",
    ),
    Rule(
        "A36", "must", _WRITE, "write() takes bytes, and is not called once the iterable was returned",
        "Yield the data; write() is for before the return.",
    ),
    Rule(
        "A37", "hygiene", _WRITE, "write() is not used by new code",
        "Return or yield the data: write() cannot be paused, and layers that change bodies often forget it.",
    ),
    Rule(
        "A38", "must", _LENGTH, "len() of the iterable is right where it has one",
        blind="of lists and tuples it always is; others are not asked for their length",
    ),
    Rule(
        "A39", "must", _CLOSING, "a generator can be closed before its end",
        "Do not yield in finally, and let GeneratorExit through.",
    ),
    Rule(
        "A40", "hygiene", _CLOSING, "close() does not raise",
        "Catch and log what goes wrong in close(): the response is out already.",
    ),
    Rule(
        "A41", "must", _INPUT, "of wsgi.input and wsgi.errors only the methods that PEP 3333 lists are used",
        "Use read, readline, readlines and iteration; write, writelines and flush. The server closes them.",
    ),
    Rule(
        "A42", "should", _INPUT, "not more is read than CONTENT_LENGTH says",
        blind="this server ends the input itself (wsgi.input_terminated): reading on is right here",
    ),
    Rule(
        "A43", "must", _INPUT, "wsgi.errors is given str",
        "Decode what is written to wsgi.errors.",
    ),
    Rule(
        "A44", "should", _INPUT, "wsgi.errors is flushed where it matters",
        blind="whether it matters is known to the author alone",
    ),
    Rule(
        "A45", "must", _OTHER, "hop-by-hop fields of the request are not relied on",
        blind="reading a key of the environ leaves no event",
    ),
    Rule(
        "A46", "should", _ENVIRON, "keys that may be missing are asked for by get()",
        "Write environ.get(key, ''): CGI variables without a value may be left out.",
    ),
    Rule(
        "A47", "hygiene", _START, "the list of headers is not changed after start_response",
        blind="the list is looked at once, when start_response is called",
    ),
    Rule(
        "A48", "hygiene", "PEP 3333, Unicode Issues", "PATH_INFO is taken for latin-1 bytes, not for text",
        blind="what is done with a value leaves no event",
    ),
    Rule(
        "A49", "hygiene", _INPUT, "environ and start_response are not used after the request",
        "Copy what a background task needs before the response ends.",
    ),
    Rule(
        "A50", "hygiene", _ERRORS, "SystemExit and KeyboardInterrupt are not raised to leave a view",
        "Raise an exception of your own: SystemExit stops some servers.",
    ),
)  # fmt: skip
"""In the order of their numbers."""
