"""A Django project with middleware of every make: a class with all hooks, a function, an asynchronous one."""
# ruff: noqa: E402 -- these modules ask for the settings when they are imported

from __future__ import annotations

import sys

import django
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["*"],
    LOGGING_CONFIG=None,
    MIDDLEWARE=[f"{__name__}.{name}" for name in ("plain_middleware", "Hooks", "async_middleware", "Short")],
    ROOT_URLCONF=__name__,
    SECRET_KEY="tests",
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
)
django.setup()

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.core.exceptions import PermissionDenied
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.template import engines
from django.template.response import TemplateResponse
from django.urls import path, re_path
from django.utils.deprecation import MiddlewareMixin
from django.views import View


def plain_middleware(get_response):
    def middleware(request):
        request.plain = True
        return get_response(request)

    return middleware


class Hooks(MiddlewareMixin):
    def process_view(self, request, view, args, kwargs):
        request.viewed = view.__name__

    def process_exception(self, request, error):
        return HttpResponse("kept", status=503) if isinstance(error, LookupError) else None

    def process_template_response(self, request, response):
        response.headers["X-Template"] = "1"
        return response


def async_middleware(get_response):
    async def middleware(request):
        response = await get_response(request)
        response.headers["X-Async"] = "1"
        return response

    return markcoroutinefunction(middleware)


async_middleware.sync_capable = False
async_middleware.async_capable = True


class Short:
    def __init__(self, get_response):
        self.get_response = get_response

        def process_view(*args, **kwargs):
            args[0].short = False

        self.process_view = process_view  # a function of one instance, as tools that wrap middleware make it

    def __call__(self, request):
        if request.path == "/short":
            return HttpResponse("short")
        if request.path == "/denied":
            raise PermissionDenied
        return self.get_response(request)


async def later(request):
    assert iscoroutinefunction(later)
    return HttpResponse("later")


def lookup(request):
    raise LookupError("seeds")


def template(request):
    return TemplateResponse(request, engines["django"].from_string("made of a template"))


class Seeds(View):
    def get(self, request):
        return HttpResponse("seeds")


urlpatterns = [
    path("later", later),
    path("lookup", lookup),
    path("template", template),
    re_path("^seeds$", Seeds.as_view()),
]
app = get_wsgi_application()
sys.modules[settings.ROOT_URLCONF] = sys.modules[__name__]
