"""The layers of each demonstration, read from its source: what is there before any request, and in which order called.

Each call is ``depth name``; only layers of the framework are listed, the depth counts from the application.
"""

from __future__ import annotations

FOUND = {
    "django_shop": [
        "middleware django.middleware.security.SecurityMiddleware",
        "middleware django.contrib.sessions.middleware.SessionMiddleware",
        "middleware django.middleware.common.CommonMiddleware",
        "middleware django.middleware.csrf.CsrfViewMiddleware",
        "middleware django.contrib.auth.middleware.AuthenticationMiddleware",
        "middleware django.contrib.messages.middleware.MessageMiddleware",
        "middleware django.middleware.clickjacking.XFrameOptionsMiddleware",
        "handler django.core.handlers.wsgi.WSGIHandler._get_response",
        "hook django.middleware.csrf.CsrfViewMiddleware.process_view",
    ],
    "flask_shop": [
        "hook demos.flask_shop.start_the_clock",
        "error handler demos.flask_shop.nothing_here",
        "hook demos.flask_shop.stop_the_clock",
    ],
    "pyramid_shop": [
        "middleware demos.pyramid_shop.clock_tween",
        "middleware demos.pyramid_shop.maintenance_tween",
        "middleware pyramid.tweens.excview_tween_factory",
        "handler pyramid.router.Router.handle_request",
    ],
    "falcon_shop": [
        "hook demos.falcon_shop.Clock.process_request",
        "hook demos.falcon_shop.Visitor.process_resource",
        "hook demos.falcon_shop.Clock.process_response",
    ],
    "bottle_shop": [
        "hook demos.bottle_shop.note_language",
        # Bottle installs the first two itself; all three are there for every route that does not skip them.
        "middleware bottle.JSONPlugin",
        "middleware bottle.TemplatePlugin",
        "middleware demos.bottle_shop.timed",
        # Of the application that is mounted.
        "middleware bottle.JSONPlugin#2",
        "middleware bottle.TemplatePlugin#2",
    ],
}

_DJANGO = [
    "1 django.middleware.security.SecurityMiddleware",
    "2 django.contrib.sessions.middleware.SessionMiddleware",
    "3 django.middleware.common.CommonMiddleware",
    "4 django.middleware.csrf.CsrfViewMiddleware",
    "5 django.contrib.auth.middleware.AuthenticationMiddleware",
    "6 django.contrib.messages.middleware.MessageMiddleware",
    "7 django.middleware.clickjacking.XFrameOptionsMiddleware",
]
_HANDLER = "8 django.core.handlers.wsgi.WSGIHandler._get_response"
_CSRF = "9 django.middleware.csrf.CsrfViewMiddleware.process_view"
_ERROR = "8 django.core.handlers.exception.response_for_exception"
_FLASK_IN, _FLASK_OUT = "1 demos.flask_shop.start_the_clock", "1 demos.flask_shop.stop_the_clock"
_TWEENS = [
    "1 demos.pyramid_shop.clock_tween",
    "2 demos.pyramid_shop.maintenance_tween",
    "3 pyramid.tweens.excview_tween_factory",
]
_ROUTER = "4 pyramid.router.Router.handle_request"
_FALCON_IN, _FALCON_OUT = "1 demos.falcon_shop.Clock.process_request", "1 demos.falcon_shop.Clock.process_response"
_VISITOR = "1 demos.falcon_shop.Visitor.process_resource"
_BOTTLE = ["1 demos.bottle_shop.note_language", "1 bottle.JSONPlugin", "2 demos.bottle_shop.timed"]

CALLED = {
    "django_shop": {
        "/": ("/", "demos.django_shop.home", "", [*_DJANGO, _HANDLER, _CSRF, "9 demos.django_shop.home"]),
        "/seeds/none": (
            "/seeds/<slug:name>",
            "demos.django_shop.seed",
            "",
            [*_DJANGO, _HANDLER, _CSRF, "9 demos.django_shop.seed", _ERROR],
        ),
        "/broken": (
            "/broken",
            "demos.django_shop.broken",
            "KeyError",
            [*_DJANGO, _HANDLER, _CSRF, "9 demos.django_shop.broken", _ERROR],
        ),
        "/missing": ("", "", "", [*_DJANGO, _HANDLER, _ERROR]),
        "/admin/login/": (
            "/admin/login/",
            "django.contrib.admin.sites.AdminSite.login",
            "",
            [*_DJANGO, _HANDLER, _CSRF, "9 django.contrib.admin.sites.AdminSite.login"],
        ),
    },
    "flask_shop": {
        "/": ("/", "demos.flask_shop.home", "", [_FLASK_IN, "1 demos.flask_shop.home", _FLASK_OUT]),
        "/seeds/none": (
            "/seeds/<name>",
            "demos.flask_shop.seed",
            "",
            [_FLASK_IN, "1 demos.flask_shop.seed", "1 demos.flask_shop.nothing_here", _FLASK_OUT],
        ),
        "/broken": (
            "/broken",
            "demos.flask_shop.broken",
            "KeyError",
            [_FLASK_IN, "1 demos.flask_shop.broken", _FLASK_OUT],
        ),
        "/missing": ("", "", "", [_FLASK_IN, "1 demos.flask_shop.nothing_here", _FLASK_OUT]),
    },
    "pyramid_shop": {
        "/": ("/", "demos.pyramid_shop.home", "", [*_TWEENS, _ROUTER, "5 demos.pyramid_shop.home"]),
        "/seeds/none": (
            "/seeds/{name}",
            "demos.pyramid_shop.seed",
            "",
            [*_TWEENS, _ROUTER, "5 demos.pyramid_shop.seed", "4 demos.pyramid_shop.nothing_here"],
        ),
        "/closed": ("", "", "", _TWEENS[:2]),
        "/missing": ("", "", "", [*_TWEENS, _ROUTER, "4 demos.pyramid_shop.nothing_here"]),
    },
    "falcon_shop": {
        "/": (
            "/",
            "demos.falcon_shop.Home.on_get",
            "",
            [_FALCON_IN, _VISITOR, "1 demos.falcon_shop.Home.on_get", _FALCON_OUT],
        ),
        "/broken": (
            "/broken",
            "demos.falcon_shop.Broken.on_get",
            "KeyError",
            [_FALCON_IN, _VISITOR, "1 demos.falcon_shop.Broken.on_get", _FALCON_OUT],
        ),
        "/missing": ("", "", "", [_FALCON_IN, _FALCON_OUT]),
    },
    "bottle_shop": {
        "/": ("/", "demos.bottle_shop.home", "", [*_BOTTLE, "3 demos.bottle_shop.home"]),
        "/broken": ("/broken", "demos.bottle_shop.broken", "KeyError", [*_BOTTLE, "3 demos.bottle_shop.broken"]),
        "/admin/": (
            "/admin/",
            "demos.bottle_shop.stock",
            "",
            [_BOTTLE[0], "1 bottle.JSONPlugin#2", "2 demos.bottle_shop.stock"],
        ),
        "/missing": ("", "", "", _BOTTLE[:1]),
    },
}
"""By path: route, view, exception, and the calls."""
