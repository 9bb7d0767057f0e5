"""Applications of frameworks with a known number of layers of the framework's own, to be measured."""

from __future__ import annotations

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse
from django.urls import path
from flask import Flask


def flask_hello(hooks):
    """One view, and so many functions before it."""
    app = Flask("bench")
    for _ in range(hooks):
        app.before_request(lambda: None)
    app.route("/shop")(lambda: "hello")
    return app


def pass_on(get_response):
    """Middleware of Django."""

    def middleware(request):
        return get_response(request)

    return middleware


def django_hello(middleware):
    """One view, inside so many middleware."""
    if not settings.configured:
        settings.configure(
            ALLOWED_HOSTS=["*"],
            LOGGING_CONFIG=None,
            ROOT_URLCONF=(path("shop", lambda request: HttpResponse("hello")),),
            SECRET_KEY="of a benchmark",
        )
        django.setup()
    settings.MIDDLEWARE = [f"{__name__}.pass_on"] * middleware
    return WSGIHandler()
