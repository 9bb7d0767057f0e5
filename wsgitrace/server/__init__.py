"""The server: sockets to HTTP/1.1 to a WSGI call and back. Knows nothing of tracing."""
