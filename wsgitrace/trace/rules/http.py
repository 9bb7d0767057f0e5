"""What RFC 9110 and 9112 ask of both ends of the connection. What a client breaks, this server refuses."""

from __future__ import annotations

from typing import Final

from wsgitrace.trace.rules.rule import Rule

_SEND: Final = "Mend the client, or what stands between: the bytes that were refused are in the request."
_OURS: Final = "what the server does on the wire shows in how requests end, not in an event of its own"
_WIRE: Final = "A fault of this server, or of an edit while the request was held."

HTTP_RULES: Final = (
    Rule("H01", "client", "RFC 9112, 3", "a request line is method, target and version, with one space between", _SEND),
    Rule("H02", "client", "RFC 9112, 2.2", "there is at most one empty line before a request", _SEND),
    Rule("H03", "client", "RFC 9112, 2.2", "a carriage return is followed by a line feed", _SEND),
    Rule("H04", "client", "RFC 9112, 2.2", "lines end with CRLF", _SEND),
    Rule("H05", "client", "RFC 9110, 2.5 and 15.6.6", "the version is HTTP/1.0 or 1.1", _SEND),
    Rule("H06", "client", "RFC 9112, 3.2", "the target has one of the four forms", _SEND),
    Rule("H07", "client", "RFC 9112, 3", "the target is not longer than the server's limit", _SEND),
    Rule("H08", "client", "RFC 9110, 5.4; RFC 6585, 5", "fields are not longer or more than the server's limit", _SEND),
    Rule("H09", "client", "RFC 9110, 9.1", "the method is a token", blind="refused as H01"),
    Rule("H10", "must", "RFC 3986, 3.3", "a path may begin with two slashes", blind=_OURS),
    Rule("H11", "client", "RFC 9112, 3.2; RFC 9110, 7.2", "HTTP/1.1 has one Host, which is valid", _SEND),
    Rule("H12", "client", "RFC 9112, 5.1", "the colon follows a field's name at once", _SEND),
    Rule("H13", "client", "RFC 9112, 5.2", "fields are not folded over lines", _SEND),
    Rule("H14", "client", "RFC 9112, 2.2", "no space stands before the first field", _SEND),
    Rule("H15", "client", "RFC 9110, 5.5", "values of fields have no control characters", _SEND),
    Rule("H16", "must", "RFC 9110, 5.5", "bytes above 127 in values are passed on", blind=_OURS),
    Rule("H17", "client", "RFC 9112, 6.1", "Transfer-Encoding is chunked, once, and of HTTP/1.1", _SEND),
    Rule("H18", "client", "RFC 9112, 6.3", "Transfer-Encoding and Content-Length do not come together", _SEND),
    Rule("H19", "client", "RFC 9112, 6.3; RFC 9110, 8.6", "there is one Content-Length, in digits", _SEND),
    Rule("H20", "client", "RFC 9112, 7.1", "chunks keep to the grammar", _SEND),
    Rule("H21", "client", "RFC 9112, 7.1.2; RFC 9110, 6.5.1", "trailers keep to the grammar of fields", _SEND),
    Rule("H22", "client", "RFC 9112, 8", "a body is sent to its end", _SEND),
    Rule("H23", "must", "RFC 9112, 9.3", "a body is read to its end, or the connection closed", blind=_OURS),
    Rule("H24", "must", "RFC 9112, 9.6", "after close nothing more is run", blind=_OURS),
    Rule("H25", "must", "RFC 9112, 9.3", "HTTP/1.0 stays open only where that was asked for", blind=_OURS),
    Rule("H26", "must", "RFC 9112, 9.3.2", "pipelined requests are answered in order", blind=_OURS),
    Rule("H27", "should", "RFC 9112, 9.6", "after an early answer the connection lingers", blind=_OURS),
    Rule("H28", "must", "RFC 9110, 9.3.2", "HEAD is answered without content", _WIRE),
    Rule("H29", "must", "RFC 9110, 8.6; RFC 9112, 6.1", "a 204 is sent without a length", _WIRE),
    Rule("H30", "must", "RFC 9110, 8.6", "the length in a 304 is the true one", blind="the true one is not known here"),
    Rule("H31", "must", "RFC 9110, 15.3.6", "a 205 has no content", _WIRE),
    Rule("H32", "must", "RFC 9110, 6.6.1", "Date is sent once", _WIRE),
    Rule("H33", "must", "RFC 9112, 6.1", "Transfer-Encoding is sent to HTTP/1.1 only", _WIRE),
    Rule("H34", "must", "RFC 9112, 6.2", "one Content-Length is sent, never with Transfer-Encoding", _WIRE),
    Rule("H35", "must", "RFC 9112, 4", "status line and fields keep to the grammar", blind="see A09 to A17"),
    Rule("H36", "client", "RFC 9110, 10.1.1", "what a client expects is 100-continue", _SEND),
    Rule("H37", "must", "RFC 9110, 7.8", "Upgrade may be ignored", blind=_OURS),
    Rule("H38", "must", "RFC 6265, 3", "cookies are set in fields of their own", blind=_OURS),
    Rule("H39", "must", "RFC 9112, 8", "a response that was cut can be told from a whole one", blind=_OURS),
    Rule("H40", "client", "RFC 9110, 2.3: a limit of this server", "a request keeps to the server's limits", _SEND),
)
"""In the order of their numbers."""
