"""CPU that a log record and a database query cost more for being recorded, and where no request runs.

Prints microseconds each, medians of interleaved rounds in one process: without the probe, observed outside of any
request, and recorded in one. Queries are ``SELECT`` by key in a table of SQLite in memory. Decides nothing.

    python -m tests.benchmarks.beside_cost [rounds]
"""

from __future__ import annotations

import importlib
import logging
import statistics
import sys
from time import process_time_ns

from tests.support.fake_sender import FakeSender
from tests.support.wsgi_driver import environ_for, serve
from wsgitrace.events import Start
from wsgitrace.probe import Probe

TIMES = 300
"""Records, or queries, of one round."""

logger = logging.getLogger("benchmark")


def log():
    logger.info("order %s of %s", 12, "ada")


def log_exception():
    try:
        {}["coupon"]
    except KeyError:
        logger.exception("no luck")


def alchemy():
    """A query of SQLAlchemy's core."""
    sqlalchemy = importlib.import_module("sqlalchemy")
    engine = sqlalchemy.create_engine("sqlite://", poolclass=sqlalchemy.pool.StaticPool)
    connection = engine.connect()
    statement = sqlalchemy.text("SELECT :a AS id, 'basil' AS name WHERE 1 = :a")
    return lambda: connection.execute(statement, {"a": 1}).all()


def django():
    """A query of Django's ORM."""
    importlib.import_module("demos.django_shop")
    users = importlib.import_module("django.contrib.auth").get_user_model().objects
    return lambda: users.get(pk=1)


def spent(work):
    """Microseconds of each of many runs."""
    began = process_time_ns()
    for _ in range(TIMES):
        work()
    return (process_time_ns() - began) / TIMES / 1000


def measured(work, rounds):
    """Medians: plain, observed outside of a request, recorded."""
    found = ([], [], [])
    for _ in range(rounds):
        found[0].append(spent(work))
        inside = []

        def app(environ, start_response, inside=inside):
            inside.append(spent(work))
            start_response("200 OK", [])
            return [b""]

        probe = Probe(FakeSender(), Start(app="benchmark", directory="", events=10**9))
        probe.find_layers(app, "benchmark")
        found[1].append(spent(work))
        serve(probe.application(app), environ_for(), observer=probe)
        probe.detach()
        found[2].append(inside[0])
    return [statistics.median(each) for each in found]


def main(rounds):
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    logger.setLevel(logging.INFO)
    print(f"{'microseconds':16}{'without':>10}{'outside':>10}{'recorded':>10}{'more':>8}")
    for name, work in (("log", log), ("log.exception", log_exception), ("SQLAlchemy", alchemy()), ("Django", django())):
        plain, outside, recorded = measured(work, rounds)
        print(f"{name:16}{plain:>10.1f}{outside:>10.1f}{recorded:>10.1f}{recorded - plain:>8.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
