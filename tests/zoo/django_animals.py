"""Django, with middleware of its own kind inside and of WSGI's outside."""
# ruff: noqa: PLC0415 -- each package is imported only for its own application

from __future__ import annotations

from tests.zoo.animal import GET, animal, folder

COMMON = "django.middleware.common.CommonMiddleware"
DEFAULT = (
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    COMMON,
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
)
"""What ``startproject`` writes."""
NEVER = "tests.zoo.django_site.never"
VIEWS = [GET, {"path": "/wrong"}, {"path": "/missing"}]
STREAMS = [{"path": "/stream"}, {"path": "/stream", "items": 1}]


def django_app(*middleware, apps=(), **settings):
    import django
    from django.conf import settings as all_settings

    all_settings.configure(
        ALLOWED_HOSTS=["*"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", *apps],
        LOGGING_CONFIG=None,
        MIDDLEWARE=middleware or [COMMON],
        ROOT_URLCONF="tests.zoo.django_site",
        SECRET_KEY="zoo",
        SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        **settings,
    )
    django.setup()
    from django.core.wsgi import get_wsgi_application

    return get_wsgi_application()


@animal("django", requests=VIEWS, more=STREAMS, once=True)
def django_with_its_default_middleware(between):
    return django_app(*DEFAULT)


@animal(
    "django", requests=[{"path": "/stream", "HTTP_ACCEPT_ENCODING": "gzip"}, {"path": "/async"}], more=VIEWS, once=True
)
def django_gzip_and_async(between):
    return django_app("django.middleware.gzip.GZipMiddleware", "tests.zoo.django_site.async_middleware", COMMON)


@animal("whitenoise", "django", requests=[GET, {"path": "/static/a.txt"}], more=STREAMS, once=True)
def whitenoise_around_django(between):
    from whitenoise import WhiteNoise

    return WhiteNoise(between(django_app(*DEFAULT)), root=folder(a="static"), prefix="static/")


@animal("whitenoise", "django", requests=[GET, {"path": "/static/a.txt"}], more=STREAMS, once=True)
def whitenoise_inside_django(between):
    root = folder(a="static")
    return django_app("whitenoise.middleware.WhiteNoiseMiddleware", COMMON, WHITENOISE_ROOT=root, STATIC_URL="/static/",
                      STATIC_ROOT=root, WHITENOISE_AUTOREFRESH=False)  # fmt: skip


@animal("debug_toolbar", "django", requests=[GET], once=True)
def django_debug_toolbar(between):
    toolbar = "debug_toolbar.middleware.DebugToolbarMiddleware"
    return django_app(toolbar, COMMON, apps=("django.contrib.staticfiles", "debug_toolbar"), STATIC_URL="/static/",
                      DEBUG=True, DEBUG_TOOLBAR_CONFIG={"SHOW_TOOLBAR_CALLBACK": NEVER})  # fmt: skip


@animal("sentry_sdk", "django", requests=VIEWS, more=STREAMS, once=True, times=60)
def sentry_inside_django(between):
    from sentry_sdk.integrations.django import DjangoIntegration

    from tests.zoo.monitoring_animals import start_sentry

    start_sentry(DjangoIntegration())
    return django_app(*DEFAULT)


@animal("opentelemetry.instrumentation.django", "django", requests=VIEWS, more=STREAMS, once=True)
def opentelemetry_inside_django(between):
    from opentelemetry.instrumentation.django import DjangoInstrumentor

    app = django_app(*DEFAULT)
    DjangoInstrumentor().instrument()
    app.load_middleware()
    return app
