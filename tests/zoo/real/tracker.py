"""Trac: tickets, wiki pages and attachments, with sessions, tokens in forms and ``write()``."""
# ruff: noqa: PLC0415 -- each package is imported only for its own application

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.zoo.real.application import Application, client, raw

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "0123456789abcdef01234567"

PAGES = """
/ /wiki /wiki/TitleIndex /timeline /roadmap /report /report/1 /newticket /query /about /prefs /admin
/search?q=garden /chrome/common/css/trac.css /chrome/common/js/jquery.js /wiki/WikiStart?format=txt
/wiki?action=edit
"""
"""Pages that are looked at first."""


def prepare(folder: Path) -> None:
    """An environment in which everybody may do everything."""
    from trac.env import Environment
    from trac.perm import PermissionSystem

    environment = Environment(
        str(folder / "trac"),
        create=True,
        options=[("project", "name", "Garden"), ("trac", "database", "sqlite:db/trac.db"), ("trac", "base_url", "")],
    )
    PermissionSystem(environment).grant_permission("anonymous", "TRAC_ADMIN")
    environment.shutdown()


def make(folder: Path) -> Any:
    """Its dispatcher is told by the environ where the environment is."""
    from trac.web.main import dispatch_request

    def tracker(environ: dict[str, Any], start_response: Any) -> Any:
        environ["trac.env_path"] = str(folder / "trac")
        return dispatch_request(environ, start_response)

    return tracker


def use(url: str, _: Path) -> None:
    """Somebody who reports, answers, writes pages and looks around."""
    cookies = {"trac_form_token": TOKEN, "trac_session": "0123456789abcdef01234568"}
    with client(url, cookies=cookies) as trac:
        for path in PAGES.split():
            raw(trac, "GET", path)
        for number in range(1, 5):
            _ticket(trac, number)
        for name in ("Compost", "Pflaumenmus", "Äpfel"):
            page = {
                "__FORM_TOKEN": TOKEN,
                "action": "edit",
                "version": "0",
                "text": f"= {name} =\n * one",
                "save": "Save",
            }
            raw(trac, "POST", f"/wiki/{name}", data=page)
            raw(trac, "GET", f"/wiki/{name}?action=history")
            raw(trac, "GET", f"/wiki/{name}?format=txt")
        since = raw(trac, "GET", "/chrome/common/css/wiki.css").headers["Last-Modified"]
        raw(trac, "GET", "/chrome/common/css/wiki.css", status=304, headers={"If-Modified-Since": since})
        for form in ("csv", "tab", "rss"):
            raw(trac, "GET", f"/query?status=!closed&format={form}")
        raw(trac, "GET", "/report/1?format=csv")
        raw(trac, "GET", "/wiki/Absent")
        raw(trac, "GET", "/ticket/99", status=404)
        raw(trac, "GET", "/nowhere", status=404)
        raw(trac, "POST", "/newticket", status=400, data={"field_summary": "without the token"})
        raw(trac, "HEAD", "/wiki")


def _ticket(trac: Any, number: int) -> None:
    fields = {
        "field_summary": f"The plum № {number} is sour",
        "field_description": "'''Very'''.",
        "field_type": "defect",
    }
    raw(trac, "POST", "/newticket", data={"__FORM_TOKEN": TOKEN, "submit": "Create ticket", **fields})
    raw(trac, "GET", f"/ticket/{number}")
    content = bytes(range(256)) * 40 * number
    raw(trac, "POST", f"/attachment/ticket/{number}/", files={"attachment": (f"plum {number}.bin", content)},
        data={"__FORM_TOKEN": TOKEN, "action": "new", "realm": "ticket", "id": str(number)})  # fmt: skip
    raw(trac, "GET", f"/raw-attachment/ticket/{number}/plum%20{number}.bin")
    raw(trac, "GET", f"/attachment/ticket/{number}/plum%20{number}.bin")
    raw(trac, "GET", f"/ticket/{number}?format=csv")


APPLICATION = Application(
    ("trac",),
    prepare,
    make,
    use,
    least=70,
    noise=(
        "header:last-modified",  # an attachment that a replay writes is a newer one
        r"body~\d{4}-\d\d-\d\dT\d\d(:|%3A)\d\d(:|%3A)\d\dZ",  # when a ticket was changed
        r"body~\d\d/\d\d/\d\d \d\d:\d\d:\d\d",
        r"body~\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT",
        r'body~value="\d{16}"',
        r"body~\d+ (second|minute|hour)s? ago|just now",
    ),
)
