"""A CherryPy application with some tools on."""

from __future__ import annotations

import cherrypy


class Root:
    @cherrypy.expose
    def index(self):
        return "home"

    @cherrypy.expose
    def broken(self):
        raise LookupError("seeds")

    @cherrypy.expose
    def elsewhere(self):
        raise cherrypy.HTTPRedirect("/")


cherrypy.config.update({"log.screen": False})
app = cherrypy.Application(
    Root(), "", {"/": {"tools.response_headers.on": True, "tools.response_headers.headers": [("X-Tool", "1")]}}
)
