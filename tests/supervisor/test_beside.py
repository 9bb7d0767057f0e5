"""Logs, warnings, prints and queries of an application over real sockets, each in the pass that it happened in."""

from __future__ import annotations

import pytest

from tests.support.waiting import until
from wsgitrace.events import ErrorsWrite, Logged, Queried, from_text
from wsgitrace.trace import Trace, findings

SHOP = """
import logging, warnings
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import flask, sqlalchemy
from sqlalchemy import orm

Base = orm.declarative_base()

class Maker(Base):
    __tablename__ = "maker"
    id = sqlalchemy.Column(sqlalchemy.Integer, primary_key=True)
    name = sqlalchemy.Column(sqlalchemy.String)

class Plant(Base):
    __tablename__ = "plant"
    id = sqlalchemy.Column(sqlalchemy.Integer, primary_key=True)
    maker_id = sqlalchemy.Column(sqlalchemy.ForeignKey("maker.id"))
    maker = orm.relationship(Maker)

engine = sqlalchemy.create_engine(
    "sqlite://", poolclass=sqlalchemy.pool.StaticPool, connect_args={"check_same_thread": False}
)
Base.metadata.create_all(engine)
with orm.Session(engine) as session:
    session.add_all([Plant(id=n, maker=Maker(id=n, name=f"m{n}")) for n in range(4)])
    session.commit()

app = flask.Flask(__name__)
log = logging.getLogger("shop")

def in_a_thread():
    log.error("in a thread")
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text("SELECT 'in a thread'")).all()

@app.before_request
def before():
    print("before the view")

@app.get("/")
def home():
    with orm.Session(engine) as session:
        names = [plant.maker.name for plant in session.scalars(sqlalchemy.select(Plant))]
    try:
        {}[names[0]]
    except KeyError:
        log.exception("not there")
    warnings.warn("old", UserWarning, stacklevel=1)
    flask.request.environ["wsgi.errors"].write("careful\\n")
    with ThreadPoolExecutor(1) as pool:
        pool.submit(in_a_thread).result()  # of nobody's context
        pool.submit(copy_context().run, in_a_thread).result()
    return flask.Response((print("in the body") or name for name in names), mimetype="text/plain")
"""


@pytest.fixture
def trace(serve):
    pytest.importorskip("sqlalchemy")
    service = serve(SHOP)
    service.phase("serving")
    assert service.get() == (200, b"m0m1m2m3")
    assert service.ended().how == "complete"
    until(lambda: [text for _, text, _ in service.output()].count("in the body") == 4)
    with service.capture() as capture:
        found = Trace.from_events(capture.events(1))
        printed = [(row.text, row.span) for row in capture.output(exchange=1, limit=100)]
    return found, printed


def test_all_of_it_is_tied_to_its_pass(trace):
    trace, printed = trace
    names = {span.name: span.id for span in trace.spans}
    logged = [(event.level, event.logger, from_text(event.text), event.span) for event in trace.recording.of(Logged)]
    home = names["home"]
    assert logged == [
        (40, "shop", "not there", home),
        (30, "py.warnings", "UserWarning: old", home),
        (40, "shop", "in a thread", home),
    ]
    assert from_text(trace.recording.of(Logged)[0].error) == "KeyError: 'm0'"
    assert [event.span for event in trace.recording.of(ErrorsWrite)] == [home]
    asked = trace.recording.of(Queried)
    assert [event.span for event in asked] == [home] * 6
    assert {from_text(event.function).partition(".")[0] for event in asked} == {"home", "in_a_thread"}
    repeated = {each.name: each.value for each in findings(trace) if each.kind == "repeated"}
    assert repeated == {"": 4}
    assert ("before the view", names["before"]) in printed
    assert [span for text, span in printed if text == "in the body"] == [names["Response"]] * 4
