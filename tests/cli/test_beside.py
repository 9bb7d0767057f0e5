"""Logs and queries: in ``ledger``, ``show``, ``ls`` and exports."""

from __future__ import annotations

import json

import pytest

from tests.support.beside import listing, silent
from tests.support.recorded import record_exchanges


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    path = tmp_path_factory.mktemp("beside") / "beside.wtrace"
    return path, record_exchanges(path, {"silent": silent(), "listing": listing()})


@pytest.fixture
def told(recorded, verb):
    path, numbers = recorded

    def run(which, *options):
        code, out, err = verb(which, path, numbers["listing"], *options)
        assert (code, err) == (0, "")
        return out

    return run


def test_the_ledger_of_queries(told):
    lines = told("ledger", "queries").splitlines()
    assert lines[0] == "QUERIES  16 queries, 10.0 ms: 1 query failed, the same 12 times by listing (models.py:31)"
    assert lines[2] == "  app    ×12, 6.00 ms, listing (models.py:31): SELECT name FROM maker WHERE id = ?"
    found = json.loads(told("ledger", "queries", "--json"))
    assert (found["count"], found["took_ns"], len(found["queries"])) == (16, 10_000_000, 16)
    assert [each["times"] for each in found["alike"] if each["repeated"]] == [12]


def test_a_comparison_tells_what_was_asked_and_said(recorded, verb):
    path, numbers = recorded
    out = verb("diff", path, numbers["silent"], numbers["listing"])[1]
    assert "\n  beside   ~ nothing → 16 queries, 12 alike, 1 failed, 1 error, 1 warning, 1 info" in out
    assert "beside" not in verb("diff", path, numbers["listing"], numbers["listing"])[1]
    found = json.loads(verb("diff", path, numbers["silent"], numbers["listing"], "--json")[1])
    assert found["beside"][0] == ""


def test_the_ledger_of_logs(told):
    lines = told("ledger", "logs").splitlines()
    assert lines[0] == "LOGS  1 error"
    assert lines[-1] == "  server  error shop (b.py:3): lost, with KeyError: 'x' from pay (pay.py:9)"
    found = json.loads(told("ledger", "logs", "--json"))
    assert [each["levelno"] for each in found["records"]] == [20, 30, None, 40]


def test_show_tells_of_them_below_their_layer(told):
    lines = [line.strip(" │") for line in told("show").splitlines()]
    assert "queries  1 query, 1.00 ms" in lines
    assert "queries  15 queries, 9.00 ms, 1 failed, the same 12 times by listing (models.py:31)" in lines
    assert "logged   1 warning, 1 info, 1 write to wsgi.errors" in lines
    assert any("query, 500 µs: SELECT name FROM maker WHERE id = ?" in line for line in lines)
    found = json.loads(told("show", "--json"))
    assert (len(found["logs"]), len(found["queries"])) == (4, 16)


def test_an_export_has_them_too(recorded, verb):
    path, numbers = recorded
    for form in ("har", "jsonl"):
        code, out, _ = verb("export", path, f"id:{numbers['listing']}", "--as", form)
        assert code == 0
        found = json.loads(out)
        own = found["log"]["entries"][0]["_wsgitrace"] if form == "har" else found
        assert (len(own["logs"]), len(own["queries"])) == (4, 16)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["sql:>15"], ["listing"]),
        (["sql:>16"], []),
        (["sql:0"], ["silent"]),
        (["sql:>=10ms"], ["listing"]),
        (["sql:repeated"], ["listing"]),
        (["sql:failed,>99"], ["listing"]),
        (['sql:"from maker where"'], ["listing"]),
        (["sql~^update"], ["listing"]),
        (["sql:operationalerror"], ["listing"]),
        (["-has:sql"], ["silent"]),
        (["log:error"], ["listing"]),
        (["log:critical"], []),
        (["log:>=warning"], ["listing"]),
        (["log:warning..critical", "log:debug..info"], ["listing"]),
        (["log:<info"], []),
        (["log:keyerror"], ["listing"]),
        (["log:shop.list"], ["listing"]),
        (['log:"error"'], ["listing"]),
        (["-has:log"], ["silent"]),
    ],
    ids=" ".join,
)
def test_filters(recorded, verb, words, expected):
    path, numbers = recorded
    code, out, _ = verb("ls", path, *words, "--json")
    assert code == 0
    assert [json.loads(line)["number"] for line in out.splitlines()] == [numbers[name] for name in expected]


def test_figures_count_queries_by_route(recorded, verb):
    path, _ = recorded
    lines = verb("stats", path)[1].splitlines()
    (head,) = [line for line in lines if line.startswith("ROUTE")]
    at = head.index(" SQL") + 4
    assert {line.split()[1]: line[:at].split()[-1] for line in lines if line.startswith("GET ")} == {
        "/": "0.0",
        "/plants": "16.0",
    }
    routes = {route["route"]: route for route in json.loads(verb("stats", path, "--json")[1])["routes"]}
    assert (routes["/plants"]["queries"], routes["/plants"]["query_ns"]) == (16, 10_000_000)


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("log:>=eror", 'There is no level "eror"; the nearest is error.'),
        ("log:>", "log: compares levels, as in log:>=warning."),
        ("sql:>many", "sql: compares how many there are, as in sql:>20, or their time, as in sql:>50ms."),
        ("sql:20fa", '"fa" is no unit of sql: there are k, M.'),
    ],
)
def test_what_compares_nothing_is_refused(recorded, verb, word, why):
    code, _, err = verb("ls", recorded[0], word)
    assert code == 2
    assert why in err
