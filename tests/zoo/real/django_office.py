"""Django's admin: sessions, tokens against forgery, uploads, messages, a response that streams."""
# ruff: noqa: PLC0415 -- each package is imported only for its own application

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from tests.zoo.real.application import Application, client, raw

if TYPE_CHECKING:
    from pathlib import Path

SESSION = "zoozoozoozoozoozoozoozoozoozoo12"
APPS = ("admin", "auth", "contenttypes", "sessions", "messages")
MIDDLEWARE = (
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
)
PROCESSORS = ("django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
              "django.contrib.messages.context_processors.messages")  # fmt: skip


def configure(folder: Path) -> None:
    """Settings over a folder."""
    import django
    from django.conf import settings

    settings.configure(
        ALLOWED_HOSTS=["*"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "office.db")}},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        INSTALLED_APPS=[*(f"django.contrib.{app}" for app in APPS), "tests.zoo.real.office.apps.Office"],
        LOGGING_CONFIG=None,
        MEDIA_ROOT=str(folder / "media"),
        MEDIA_URL="/media/",
        # Django's own client for tests knows nothing of what stands outside of Django.
        MIDDLEWARE=[*(["tests.zoo.real.office.changed.changed"] if "ZOO_CHANGED" in os.environ else []), *MIDDLEWARE],
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        ROOT_URLCONF="tests.zoo.real.office.urls",
        SECRET_KEY="zoo",
        STATIC_URL="/static/",
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
                    "OPTIONS": {"context_processors": PROCESSORS}}],
        USE_TZ=True,
    )  # fmt: skip
    django.setup()


PAGES = """
/admin/ /admin /admin/office/plant/ /admin/auth/user/ /admin/office/plant/?q=Plum /admin/office/plant/?p=2
/admin/office/plant/1/change/ /admin/office/plant/1/history/ /admin/jsi18n/ /plants.csv /tagged
"""
"""Pages that are looked at first."""


def prepare(folder: Path) -> None:
    """A database in which ada is logged in."""
    configure(folder)
    from django.contrib.auth.models import User
    from django.contrib.sessions.models import Session
    from django.core.management import call_command
    from django.utils import timezone

    from tests.zoo.real.office.models import Plant

    call_command("migrate", run_syncdb=True, verbosity=0)
    ada = User.objects.create_superuser("ada", "ada@example.org", "lovelace")
    said = {"_auth_user_id": str(ada.pk), "_auth_user_backend": "django.contrib.auth.backends.ModelBackend",
            "_auth_user_hash": ada.get_session_auth_hash()}  # fmt: skip
    until = timezone.now() + timezone.timedelta(days=30)
    Session.objects.create(
        session_key=SESSION, session_data=Session.get_session_store_class()().encode(said), expire_date=until
    )
    (folder / "media" / "pictures").mkdir(parents=True)
    (folder / "media" / "pictures" / "old.bin").write_bytes(bytes(range(256)) * 100)
    Plant.objects.bulk_create(Plant(name=f"Plum № {number}", notes="sour") for number in range(120))


def make(folder: Path) -> Any:
    """Django's own."""
    configure(folder)
    from django.core.wsgi import get_wsgi_application

    return get_wsgi_application()


def form(web: Any, target: str, *, status: int = 200, files: Any = None, **fields: str) -> Any:
    """A page with a form, filled in and sent."""
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', raw(web, "GET", target).text)
    assert token, target
    data = {"csrfmiddlewaretoken": token[1], **fields}
    return raw(web, "POST", target, status=status, data=data, files=files)


def use(url: str, _: Path) -> None:
    """Somebody who is logged in, and somebody who logs in."""
    with client(url, cookies={"sessionid": SESSION}) as web:
        for path in PAGES.split():
            raw(web, "GET", path)
        raw(web, "GET", "/tagged", status=304, headers={"If-None-Match": '"one"'})
        for number in range(8):
            content = bytes(range(256)) * 50 * number + b"\r\n--"
            file = {"picture": (f"plum-{number}.bin", content, "application/octet-stream")}
            added = form(
                web, "/admin/office/plant/add/", files=file, name=f"Pflaume {number}", notes="süß", _save="Save"
            )
            assert "was added successfully" in added.text
            raw(web, "GET", f"/media/pictures/plum-{number}.bin")
            raw(web, "HEAD", f"/media/pictures/plum-{number}.bin")
            form(web, f"/admin/office/plant/{number + 1}/change/", name=f"Birne {number}", notes="", _save="Save")
        form(web, "/admin/office/plant/2/delete/", post="yes")
        chosen = {"action": "delete_selected", "_selected_action": "3", "post": "yes"}
        form(web, "/admin/office/plant/", **chosen)
        assert "This field is required" in form(web, "/admin/office/plant/add/", name="").text
        raw(web, "GET", "/admin/office/plant/?p=2")
        raw(web, "GET", "/plants.csv", headers={"Accept-Encoding": "gzip"})
        since = raw(web, "GET", "/media/pictures/old.bin").headers["Last-Modified"]
        raw(web, "GET", "/media/pictures/old.bin", status=304, headers={"If-Modified-Since": since})
        raw(web, "GET", "/media/absent", status=404)
        raw(web, "OPTIONS", "/admin/")
        raw(web, "POST", "/admin/office/plant/add/", status=403, data={"name": "without a token"})
    with client(url) as other:
        assert (
            "Please enter the correct username" in form(other, "/admin/login/", username="ada", password="wrong").text
        )
        form(other, "/admin/login/?next=/plants.csv", username="ada", password="lovelace")


APPLICATION = Application(
    ("django",),
    prepare,
    make,
    use,
    least=95,
    noise=(
        "header:last-modified",  # a picture that a replay uploads is a newer one
        "cookie:messages",  # signed with the time
    ),
)
