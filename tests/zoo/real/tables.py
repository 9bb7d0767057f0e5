"""sqlite-web, made with Flask: a database in the browser."""
# ruff: noqa: PLC0415 -- each package is imported only for its own application

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from tests.zoo.real.application import Application, client, raw

if TYPE_CHECKING:
    from pathlib import Path

CSV = 'name,height\nfig,12\nquince,40\n"with, comma",7\n'


def prepare(folder: Path) -> None:
    """A table of plants."""
    with closing(sqlite3.connect(folder / "garden.db")) as connection, connection:
        connection.execute("CREATE TABLE plants (id INTEGER PRIMARY KEY, name TEXT, height INTEGER)")
        connection.executemany("INSERT INTO plants (name, height) VALUES (?, ?)", [(f"é {n}", n) for n in range(400)])
        connection.execute("CREATE INDEX heights ON plants (height)")


def make(folder: Path) -> Any:
    """Over one database; sessions are signed by a key that stays."""
    from sqlite_web import sqlite_web

    sqlite_web.app.secret_key = "zoo"
    sqlite_web.initialize_app([str(folder / "garden.db")])
    sqlite_web.app.config.update(ROWS_PER_PAGE=50, QUERY_ROWS_PER_PAGE=100, BLOB_AS_BASE64=False, TRUNCATE_VALUES=True)
    sqlite_web.app.config.update(ENABLE_LOAD=False, ENABLE_FILESYSTEM=False, DB_UPLOAD_DIR=None)
    return sqlite_web.app


def use(url: str, _: Path) -> None:
    """A person who looks, edits, exports and imports."""
    with client(url) as web:
        for path in (
            "/",
            "/plants/",
            "/plants/content/",
            "/plants/query/",
            "/query/",
            "/plants/insert/",
            "/plants/import/",
        ):
            raw(web, "GET", path)
        for page in range(1, 9):
            raw(web, "GET", f"/plants/content/?page={page}&ordering={'-' if page % 2 else ''}height")
        for limit in (1, 5, 60):
            raw(web, "POST", "/plants/query/", data={"sql": f"SELECT * FROM plants WHERE height < {limit}"})
        raw(web, "POST", "/plants/query/", data={"sql": "SELECT nonsense"})
        for form in ("json", "csv"):
            raw(web, "POST", "/plants/query/", data={"sql": "SELECT name FROM plants", f"export_{form}": "1"})
        for number in range(8):
            raw(web, "POST", "/plants/insert/", data={"name": f"new {number}", "height": str(number)})
        for file in (("a.csv", CSV.encode()), ("b.json", b'[{"name": "medlar", "height": 3}]')):
            raw(web, "POST", "/plants/import/", files={"file": file}, data={"import_to_new": ""})
        for column in ("colour", "taste"):
            raw(web, "POST", "/plants/add-column/", data={"name": column, "type": "TEXT"})
            raw(web, "GET", "/plants/")
        raw(web, "POST", "/plants/rename-column/", data={"rename": "taste", "rename_to": "flavour"})
        raw(web, "POST", "/plants/add-index/", data={"indexed_columns": "name"})
        raw(web, "POST", "/create-table/", data={"table_name": "trees"})
        raw(web, "GET", "/absent/", status=404)
        raw(web, "GET", "/static/css/bootstrap.min.css")
        raw(web, "POST", "/trees/drop/", data={})
        raw(web, "GET", "/download/")


APPLICATION = Application(
    ("sqlite_web",),
    prepare,
    make,
    use,
    least=55,
    noise=(
        r"body~<td>\d{4}-\d\d-\d\d \d\d:\d\d</td>",  # when the file was made, and changed
    ),
)
