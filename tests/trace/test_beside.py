"""Logs and queries of a recording, and how they are told."""

from __future__ import annotations

import pytest

from tests.support.beside import listing, silent
from tests.support.streams import Exchange
from wsgitrace.export.beside_json import query_objects, record_objects
from wsgitrace.export.beside_text import queries_text, record_text
from wsgitrace.redact import Masker, Names
from wsgitrace.trace.beside_words import asked, said, tell_logs, tell_queries
from wsgitrace.trace.comparing import compare
from wsgitrace.trace.folding import negligible
from wsgitrace.trace.logs import logs
from wsgitrace.trace.queries import queries


@pytest.fixture(scope="module")
def trace():
    return listing().trace()


def test_queries_that_are_alike_are_counted_together_for_each_pass(trace):
    found = queries(trace)
    assert (len(found.all), found.took, found.failed) == (16, 10_000_000, 1)
    assert [(each.span, each.times) for each in found.alike] == [(2, 1), (2, 12), (2, 1), (2, 1), (1, 1)]
    (repeated,) = found.repeated
    assert repeated.statement == "SELECT name FROM maker WHERE id = ?"
    assert repeated.place[:2] == ("/srv/shop/models.py", 31)


def test_queries_in_words(trace):
    told = tell_queries(trace)
    assert told.verdict == "16 queries, 10.0 ms: 1 query failed, the same 12 times by listing (models.py:31)"
    assert [line.text for line in told.lines] == [
        "1.00 ms, 4 rows, listing (models.py:31): SELECT * FROM plant WHERE sold = ?",
        "×12, 6.00 ms, listing (models.py:31): SELECT name FROM maker WHERE id = ?",
        "1.00 ms, 3 sets of parameters, 3 rows, listing (models.py:31): UPDATE maker SET token = ?",
        "1.00 ms, failed with OperationalError, listing (models.py:31): SELECT nothing",
        "1.00 ms, listing (models.py:0): INSERT INTO audit (path) VALUES (?)",
    ]
    assert [line.fault for line in told.lines] == [False, True, False, True, False]
    assert asked(trace.span(1)) == "1 query, 1.00 ms"
    assert asked(trace.span(2)) == "15 queries, 9.00 ms, 1 failed, the same 12 times by listing (models.py:31)"


def test_what_two_requests_asked_and_said_is_compared_in_number(trace):
    told = "16 queries, 12 alike, 1 failed, 1 error, 1 warning, 1 info, 1 write to wsgi.errors"
    assert compare(trace, silent().trace()).beside == (told, "")


def test_logs_in_words(trace):
    told = tell_logs(trace)
    assert [(line.span, line.text, line.fault) for line in told.lines] == [
        (2, "info shop.list: listed 12 plants", False),
        (2, "warning (shop.py:12): DeprecationWarning: old", True),
        (2, "wsgi.errors: careful", False),
        (0, "error shop (b.py:3): lost, with KeyError: 'x' from pay (pay.py:9)", True),
    ]
    assert told.verdict == "1 error"
    assert told.quiet == "1 error, 1 warning, 1 info, 1 write to wsgi.errors"
    assert (said(trace.span(1)), said(trace.span(2))) == ("", "1 warning, 1 info, 1 write to wsgi.errors")


def test_a_pass_that_asked_or_said_something_is_not_folded(trace):
    assert not negligible(trace.span(1))


def test_all_of_it_for_people_and_for_programs(trace):
    masker = Masker(Names())
    text = queries_text(queries(trace).alike[1], masker)
    assert text.startswith("SELECT name FROM maker\nWHERE id = ?\n\nasked for by")
    assert text.count("\nevent ") == 12
    assert text.endswith("500 µs  id=11")
    (update,) = [each for each in query_objects(trace, masker) if each["many"]]
    assert (update["sets"], update["rows"], update["took_ns"]) == (3, 3, 1_000_000)
    assert update["statement"] == "UPDATE maker SET token = ?"
    ((name, value),) = update["parameters"]
    assert (name, value.startswith("<redacted 3 ")) == ("token", True)
    assert [each["level"] for each in record_objects(trace, masker)] == ["info", "warning", None, "error"]
    assert record_text(logs(trace).all[-1], masker) == (
        "error shop\nlost\n/a/b.py:3\n\nKeyError: 'x'\n  in pay  /srv/shop/pay.py:9"
    )


def test_the_beginnings_of_transactions_are_no_repetition():
    exchange = Exchange("GET", "/")
    with exchange.call("shop.app", "application") as app:
        for _ in range(5):
            app.asks("BEGIN")
        app.start_response()
        app.returns([b"x"])
    found = queries(exchange.finish().trace())
    assert ([each.times for each in found.alike], found.repeated) == ([5], ())


def test_nothing_was_said_and_nothing_asked():
    trace = silent().trace()
    assert (tell_logs(trace).quiet, tell_queries(trace).quiet) == ("none", "none")
    assert (said(trace.span(1)), asked(trace.span(1)), query_objects(trace, Masker(Names()))) == ("", "", [])
