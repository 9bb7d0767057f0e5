"""A seed shop in Django, in one file: the middleware of a new project, sessions, messages, and Django's own admin.

``ada`` and ``lovelace`` log in at ``/admin/``. The database is in memory: nothing is left behind. ``/gardeners`` asks
it more often than it would have to.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

import django
from django.conf import settings

if not settings.configured:
    settings.configure(
        ALLOWED_HOSTS=["*"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "file:seeds?mode=memory&cache=shared"}},
        INSTALLED_APPS=[
            "django.contrib.admin",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "django.contrib.staticfiles",
        ],
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
        ],
        PASSWORD_HASHERS=["django.contrib.auth.hashers.ScryptPasswordHasher"],
        ROOT_URLCONF=__name__,
        SECRET_KEY="a demo has no secrets",  # noqa: S106 -- nothing is guarded by it
        SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
        STATIC_URL="/static/",
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        USE_TZ=True,
    )
    django.setup()

# From here on Django has the settings that these modules ask for when they are imported.
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse, StreamingHttpResponse
from django.template import engines
from django.urls import path, reverse
from django.views.decorators.csrf import csrf_exempt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

log = logging.getLogger("seeds")

SEEDS = {"basil": 250, "chives": 190, "dill": 210, "sorrel": 320}
PAGE = """<!doctype html>
<title>Seeds (Django)</title>
<h1>Seeds</h1>
{% for message in messages %}<p><em>{{ message }}</em></p>{% endfor %}
<ul>{% for name in seeds %}<li><a href="{% url 'seed' name %}">{{ name }}</a></li>{% endfor %}</ul>
<p>In your basket: {{ request.session.basket|join:", "|default:"nothing" }}</p>
<p><a href="{% url 'gardeners' %}">Gardeners</a> <a href="{% url 'admin:index' %}">Behind the counter</a></p>
"""
SEED = """<!doctype html>
<title>{{ name }}</title>
<h1>{{ name }}</h1>
<form method="post">{% csrf_token %}<button>Into the basket</button></form>
"""


def home(request: HttpRequest) -> HttpResponse:
    """All seeds."""
    return HttpResponse(engines["django"].from_string(PAGE).render({"seeds": SEEDS}, request))


def seed(request: HttpRequest, name: str) -> HttpResponse:
    """One sort of seeds; posting puts it into the basket."""
    if name not in SEEDS:
        raise Http404
    if request.method == "POST":
        request.session["basket"] = [*request.session.get("basket", []), name][-9:]
        messages.success(request, f"One bag of {name}.")
        return HttpResponseRedirect(reverse("home"))
    return HttpResponse(engines["django"].from_string(SEED).render({"name": name}, request))


@csrf_exempt
def api(request: HttpRequest) -> HttpResponse:
    """The seeds as JSON; what is posted comes back."""
    return JsonResponse({"seeds": SEEDS, "received": request.body.decode() if request.method == "POST" else None})


def growing(_request: HttpRequest) -> StreamingHttpResponse:
    """A plant that grows while one looks."""

    def days() -> Iterator[str]:
        for day in range(8):
            time.sleep(0.05)
            yield f"day {day}: {'|' * day}\n"

    return StreamingHttpResponse(days(), content_type="text/plain")


def gardeners(_request: HttpRequest) -> HttpResponse:
    """Who works here. Their beds are looked up one by one, where ``prefetch_related`` would take one query for all."""
    people = get_user_model().objects.order_by("username")
    lines = [f"{each.username}: {', '.join(bed.name for bed in each.groups.all())}\n" for each in people]
    log.warning("%d gardeners, and a query for each of them", len(lines))
    return HttpResponse(lines, content_type="text/plain")


def broken(_request: HttpRequest) -> HttpResponse:
    """Look for a seed that was never there."""
    return HttpResponse(str(SEEDS["mandrake"]))


urlpatterns = [
    path("", home, name="home"),
    path("seeds/<slug:name>", seed, name="seed"),
    path("api/seeds", api),
    path("growing", growing),
    path("gardeners", gardeners, name="gardeners"),
    path("broken", broken),
    path("admin/", admin.site.urls),
]


def _open_the_books() -> None:
    """Make the tables, and some people: one of them may look at the books."""
    call_command("migrate", verbosity=0)
    if get_user_model().objects.filter(username="ada").exists():
        return
    get_user_model().objects.create_superuser("ada", "ada@example.org", "lovelace")
    beds = [Group.objects.create(name=f"bed of {seed}") for seed in SEEDS]
    for number, name in enumerate(("alan", "edsger", "grace", "hedy", "katherine", "radia")):
        get_user_model().objects.create_user(name).groups.set(beds[number % 3 : number % 3 + 2])


_open_the_books()
app = StaticFilesHandler(get_wsgi_application())
