"""The one view of the Django application whose cost is compared."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import path


def hello(request):
    return HttpResponse("hello")


urlpatterns = [path("shop", hello)]
