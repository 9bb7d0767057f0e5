"""The URLs, views and middleware of the Django applications of the zoo. Imported when the settings are there."""

from __future__ import annotations

from asgiref.sync import markcoroutinefunction
from django.http import HttpResponse, StreamingHttpResponse
from django.middleware.gzip import GZipMiddleware
from django.urls import path

from tests.zoo.animal import Logged, read_locals

GZipMiddleware.max_random_bytes = 0  # against attacks that guess: each response would be another one


def home(request):
    read_locals()
    return HttpResponse("hello " * 100)


def wrong(request):
    raise ValueError("wrong")


def stream(request):
    return StreamingHttpResponse(Logged([b"a", b"", b"b"]))


async def later(request):
    return HttpResponse("later")


def async_middleware(get_response):
    async def middleware(request):
        response = await get_response(request)
        response.headers["X-Async"] = "1"
        return response

    return markcoroutinefunction(middleware)


async_middleware.sync_capable = False
async_middleware.async_capable = True


def never(request):
    """The toolbar is there and shows nothing: what it shows is new in each request."""
    return False


urlpatterns = [path("", home), path("wrong", wrong), path("stream", stream), path("async", later)]
