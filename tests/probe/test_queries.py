"""Queries of SQLAlchemy and Django: told of, and all that comes of them as it is without."""

from __future__ import annotations

import sys
import traceback
from types import SimpleNamespace

import pytest

from tests.support.wsgi_driver import environ_for
from wsgitrace.events import Parameter, Queried


def serving(bench, application):
    """The queries of one request, in a bench that has seen what is imported."""
    made = bench(application)
    made.serve(environ_for())
    assert made.sender.faults == []
    return made.sender.of_event(Queried)


def answering(tell):
    def app(environ, start_response):
        tell()
        start_response("200 OK", [])
        return [b""]

    return app


@pytest.fixture
def alchemy():
    """An engine with a table of three rows."""
    sqlalchemy = pytest.importorskip("sqlalchemy")
    engine = sqlalchemy.create_engine("sqlite://", poolclass=sqlalchemy.pool.StaticPool)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE plant (id INTEGER PRIMARY KEY, name TEXT)"))
        connection.execute(
            sqlalchemy.text("INSERT INTO plant VALUES (:id, :name)"), [{"id": n, "name": f"p{n}"} for n in range(3)]
        )
    yield SimpleNamespace(engine=engine, text=sqlalchemy.text, Engine=sqlalchemy.engine.Engine, event=sqlalchemy.event)
    engine.dispose()


def use(alchemy):
    """Queries of all sorts, and what came of them."""
    found = []
    with alchemy.engine.connect() as connection:
        found.append(connection.execute(alchemy.text("SELECT name FROM plant WHERE id = :id"), {"id": 1}).all())
        found.append(connection.execute(alchemy.text("UPDATE plant SET name = 'x'")).rowcount)
        many = [{"id": 7, "name": "a"}, {"id": 8, "name": "b"}]
        found.append(connection.execute(alchemy.text("INSERT INTO plant VALUES (:id, :name)"), many).rowcount)
        for statement in ("SELECT missing", "INSERT INTO plant VALUES (1, 'twice')"):
            try:
                connection.execute(alchemy.text(statement))
            except Exception as error:  # noqa: BLE001 -- whatever it is, it is to be the same
                found += [type(error), str(error), traceback.extract_tb(error.__traceback__).format()]
        connection.rollback()
        found.append(sorted(connection.info))
    return found


def test_queries_of_sqlalchemy(bench, alchemy):
    first, second, third, failed, twice = serving(bench, answering(lambda: use(alchemy)))
    assert (first.by, first.database, first.span) == ("SQLAlchemy", "sqlite://", 1)
    assert (first.statement, first.length) == ("SELECT name FROM plant WHERE id = ?", 35)
    assert (first.parameters, first.count, first.many, first.rows) == ((Parameter("", 1),), 1, False, None)
    assert (first.file, first.function, first.took > 0) == (__file__, "use", True)
    assert second.rows == 3
    assert (third.many, third.sets, third.count, third.rows) == (True, 2, 2, 2)
    assert third.parameters == (Parameter("", 7), Parameter("", "a"))
    assert failed.error == "sqlite3.OperationalError: no such column: missing"
    assert twice.error.startswith("sqlite3.IntegrityError: UNIQUE")


def test_sqlalchemy_is_as_it_is_without(bench, alchemy):
    plain = use(alchemy)
    seen = []
    made = bench(answering(lambda: seen.append(use(alchemy))))
    made.serve(environ_for())
    assert seen == [plain]
    assert use(alchemy) == plain
    made.probe.detach()
    assert use(alchemy) == plain
    for name in ("before_cursor_execute", "after_cursor_execute"):
        assert not list(getattr(alchemy.engine.dispatch, name))


def test_a_password_in_a_url_is_not_told(bench, alchemy):
    made = bench(answering(lambda: None))
    (adapter,) = [each for each in made.probe._frameworks._adapters if type(each).__name__ == "SqlalchemyAdapter"]
    engine = type("Engine", (), {"url": sys.modules["sqlalchemy"].make_url("postgresql://root:hunter2@db/shop")})()
    for _ in range(2):
        assert adapter._url(SimpleNamespace(engine=engine)) == "postgresql://root:***@db/shop"
    assert adapter._url(None) == ""


@pytest.fixture
def django_connection():
    """A connection to a database in memory, of no project."""
    pytest.importorskip("demos.django_shop")  # a process has the settings of one project
    from django.db import connections  # noqa: PLC0415 -- once there are settings

    connection = connections.create_connection("default")
    connection.settings_dict = {**connection.settings_dict, "NAME": ":memory:"}
    yield connection
    connection.close()


def use_django(connection):
    """Queries of all sorts, and what came of them."""
    found = []

    def loud(execute, sql, params, many, context):
        found.append((sql, many, sorted(context)))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(loud), connection.cursor() as cursor:  # connected in here
        cursor.execute("CREATE TABLE plant (id INTEGER PRIMARY KEY, name TEXT)")
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO plant VALUES (%s, %s)", iter([(1, "a"), (2, "b")]))
        cursor.executemany("INSERT INTO plant VALUES (%s, %s)", [(3, "c"), (4, "d")])
        found.append(cursor.rowcount)
        cursor.execute("SELECT name FROM plant WHERE id > %s", [1])
        found.append(cursor.fetchall())
        try:
            cursor.execute("SELECT missing")
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is to be the same
            found += [type(error), str(error), traceback.extract_tb(error.__traceback__).format()]
        cursor.execute("DROP TABLE plant")
    return found


def test_queries_of_django(bench, django_connection):
    queries = serving(bench, answering(lambda: use_django(django_connection)))
    create, lazily, many, select, failed, _ = [query for query in queries if "PRAGMA" not in query.statement]
    assert (create.by, create.database, create.span) == ("Django", "default (sqlite)", 1)
    assert (lazily.many, lazily.parameters, lazily.sets) == (True, (), 1)  # an iterator is not gone through
    assert (many.sets, many.rows, many.parameters) == (2, 2, (Parameter("", 3), Parameter("", "c")))
    assert (select.statement, select.parameters, select.rows) == (
        "SELECT name FROM plant WHERE id > %s",
        (Parameter("", 1),),
        None,
    )
    assert (select.file, select.function) == (__file__, "use_django")
    assert failed.error == "django.db.utils.OperationalError: no such column: missing"


def test_django_is_as_it_is_without(bench, django_connection):
    plain = use_django(django_connection)
    django_connection.close()
    seen = []
    made = bench(answering(lambda: seen.append(use_django(django_connection))))
    made.serve(environ_for())
    assert seen == [plain]
    assert len(django_connection.execute_wrappers) == 1
    assert use_django(django_connection) == plain
    made.probe.detach()
    assert django_connection.execute_wrappers == []


@pytest.mark.parametrize("library", ["SQLAlchemy", "Django"])
def test_a_fault_of_ours_is_none_of_the_application(library, bench, alchemy, django_connection, monkeypatch):
    monkeypatch.setattr("wsgitrace.probe.queries.told", lambda *_: 1 / 0)
    used, run = (alchemy, use) if library == "SQLAlchemy" else (django_connection, use_django)
    plain = run(used)
    seen = []
    made = bench(answering(lambda: seen.append(run(used))))
    assert made.serve(environ_for()).status == "200 OK"
    assert seen == [plain]
    (fault,) = made.sender.faults
    assert fault.hook == f"{library} queries"
    assert made.sender.ended().note == ""


def test_outside_of_requests_nothing_is_recorded(bench, alchemy, django_connection):
    made = bench(answering(lambda: None))
    use(alchemy)
    use_django(django_connection)
    made.serve(environ_for())
    assert made.sender.of_event(Queried) == []
