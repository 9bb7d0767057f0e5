"""Radicale: calendars and address books by CalDAV and CardDAV."""
# ruff: noqa: PLC0415 -- each package is imported only for its own application

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.zoo.real.application import Application, client, raw

if TYPE_CHECKING:
    from pathlib import Path

CALENDAR = (
    '<?xml version="1.0"?><C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop>'
    "<D:displayname>Garden</D:displayname></D:prop></D:set></C:mkcalendar>"
)
BOOK = (
    '<?xml version="1.0"?><D:mkcol xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><D:set><D:prop>'
    "<D:resourcetype><D:collection/><C:addressbook/></D:resourcetype></D:prop></D:set></D:mkcol>"
)
QUERY = (
    '<?xml version="1.0"?><C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop>'
    '<D:getetag/><C:calendar-data/></D:prop><C:filter><C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>'
)
PROPS = (
    '<?xml version="1.0"?><D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/><D:displayname/></D:prop></D:propfind>'
)
RENAME = (
    '<?xml version="1.0"?><D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><D:displayname>Orchard {}</D:displayname>'
    "</D:prop></D:set></D:propertyupdate>"
)
EVENT = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//zoo//EN\r\nBEGIN:VEVENT\r\nUID:{0}\r\nDTSTAMP:20250101T000000Z\r\n"
    "DTSTART:202501{1:02}T090000Z\r\nSUMMARY:Water the plum tree, nº {1}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{0}\r\nFN:Ada {0}\r\nN:{0};Ada;;;\r\nEND:VCARD\r\n"


def prepare(_: Path) -> None:
    """Nothing."""


def make(folder: Path) -> Any:
    """Everybody is who they say."""
    from radicale import Application as Radicale
    from radicale import config

    configuration = config.load()
    settings = {
        "storage": {"filesystem_folder": str(folder)},
        "auth": {"type": "none"},
        "logging": {"level": "critical"},
    }
    configuration.update(settings, "zoo", privileged=True)
    return Radicale(configuration)


def use(url: str, _: Path) -> None:
    """Two calendars and a book of addresses."""
    with client(url, auth=("ada", "lovelace"), follow_redirects=False) as dav:
        raw(dav, "GET", "/", status=302)
        raw(dav, "GET", "/.well-known/caldav", status=301)
        raw(dav, "OPTIONS", "/")
        raw(dav, "PROPFIND", "/", status=207, headers={"Depth": "0"}, content=PROPS)
        raw(dav, "PROPFIND", "/ada/", status=207, headers={"Depth": "1"}, content=PROPS)
        for calendar in ("garden", "orchard"):
            _use_calendar(dav, f"/ada/{calendar}/", url)
        raw(dav, "MKCOL", "/ada/book/", status=201, content=BOOK)
        for number in range(6):
            raw(dav, "PUT", f"/ada/book/{number}.vcf", status=201, content=CARD.format(number),
                headers={"Content-Type": "text/vcard"})  # fmt: skip
        raw(dav, "GET", "/ada/book/")
        raw(dav, "PUT", "/ada/book/wrong.vcf", status=400, content="no card")
        raw(dav, "DELETE", "/ada/book/", status=200)
        raw(dav, "GET", "/ada/book/", status=404)
        raw(dav, "GET", "/.web/")


def _use_calendar(dav: Any, path: str, url: str) -> None:
    raw(dav, "MKCALENDAR", path, status=201, content=CALENDAR)
    raw(dav, "MKCALENDAR", path, status=409, content=CALENDAR)
    for number in range(1, 13):
        item = f"{path}{number}.ics"
        text = EVENT.format(f"e{number}", number)
        made = raw(dav, "PUT", item, status=201, content=text, headers={"If-None-Match": "*"})
        raw(dav, "GET", item)
        raw(dav, "GET", item, headers={"If-None-Match": '"another"'})
        raw(dav, "PUT", item, status=204, content=text, headers={"If-Match": made.headers["ETag"]})
        raw(dav, "PUT", item, status=412, content=text, headers={"If-None-Match": "*"})
    raw(dav, "REPORT", path, status=207, headers={"Depth": "1"}, content=QUERY)
    raw(dav, "PROPPATCH", path, status=207, content=RENAME.format(path))
    raw(dav, "PROPFIND", path, status=207, headers={"Depth": "1"})
    raw(dav, "MOVE", f"{path}1.ics", status=201, headers={"Destination": f"{url}{path}13.ics"})
    raw(dav, "DELETE", f"{path}2.ics")
    raw(dav, "HEAD", f"{path}3.ics")
    raw(dav, "GET", path)


APPLICATION = Application(
    ("radicale",),
    prepare,
    make,
    use,
    least=150,
    noise=(
        "header:last-modified",  # an item that a replay writes is a newer one
        "body~<(?:\\w+:)?(?:getlastmodified|sync-token|getctag|getetag)>[^<]*",
    ),
)
