"""A Django application of one view, plain and with django-silk, which keeps its records in a database in memory."""

from __future__ import annotations


def handlers():
    """Both, made of settings that a process can have only once. Raises ImportError where one of the two is missing."""
    import django  # noqa: PLC0415 -- optional
    import silk  # noqa: F401, PLC0415 -- to know before anything is set up
    from django.conf import settings  # noqa: PLC0415

    common, profiling = "django.middleware.common.CommonMiddleware", "silk.middleware.SilkyMiddleware"
    settings.configure(
        ALLOWED_HOSTS=["*"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "silk"],
        LOGGING_CONFIG=None,
        MIDDLEWARE=[common],
        ROOT_URLCONF="tests.benchmarks.tool_urls",
        SECRET_KEY="bench",
    )
    django.setup()
    from django.core.handlers.wsgi import WSGIHandler  # noqa: PLC0415 -- asks for the settings
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    plain = WSGIHandler()
    settings.MIDDLEWARE = [profiling, common]
    return plain, WSGIHandler()
