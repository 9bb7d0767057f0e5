"""The admin, files that were uploaded, a list that streams. Importing it registers the model."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpResponseRedirect, StreamingHttpResponse
from django.urls import path
from django.views.decorators.http import condition
from django.views.static import serve

from tests.zoo.real.office.models import Plant

admin.site.register(Plant, list_display=("name", "notes"), search_fields=("name",))


def rows(request):
    def lines():
        yield "name,notes\n"
        for plant in Plant.objects.order_by("id").iterator():
            yield f"{plant.name},{plant.notes}\n"

    return StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")


@condition(etag_func=lambda _: '"one"')
def tagged(request):
    messages.info(request, "It was looked at.")
    response = HttpResponseRedirect("/plants.csv")
    response.set_cookie("seen", "1", max_age=60, samesite="Lax")
    return response


urlpatterns = [
    path("admin/", admin.site.urls),
    path("plants.csv", rows),
    path("tagged", tagged),
    path("media/<path:path>", serve, {"document_root": settings.MEDIA_ROOT}),
]
