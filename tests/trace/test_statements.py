from __future__ import annotations

import pytest

from wsgitrace.redact import Masker, Names
from wsgitrace.trace.statements import mask_literals, normalised, parameter_names


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT a FROM t WHERE id = 1", "SELECT a\n  FROM t\n  WHERE id = 22"),
        ("SELECT a FROM t WHERE id = ?", "SELECT a FROM t WHERE id = 'x''y'"),
        ("SELECT a FROM t WHERE id IN (?, ?)", "SELECT a FROM t WHERE id IN (?, ?, ?, ?)"),
        ("SELECT a FROM t WHERE id = %s", "SELECT a FROM t WHERE id = %(id_1)s"),
        ("SELECT a FROM t WHERE id = $1 -- why", "SELECT a FROM t /* why\n not */ WHERE id = :id"),
        ("INSERT INTO t (a, b) VALUES (?, ?), (?, ?)", "INSERT INTO t (a, b) VALUES (1, 2.5)"),
    ],
)
def test_statements_that_differ_in_values_alone_are_alike(one, other):
    assert normalised(one) == normalised(other)


@pytest.mark.parametrize(
    "value", ["1", "2.5", "'x'", "'it''s'", r"'a\'b'", "?", "%s", "%(a_1)s", "$2", ":name", "c1", "a.b1", "x::y"]
)
def test_a_name_in_quotes_does_not_matter_for_the_values(value):
    """There are two ways to take values out: a fast one where there are neither quoted names nor comments."""
    plain = normalised(f"SELECT t.c1 FROM t WHERE a = {value} AND b IN ({value}, {value})")
    assert normalised(f'SELECT "t".c1 FROM t WHERE a = {value} AND b IN ({value}, {value})') == plain.replace(
        "t.c1", '"t".c1'
    )
    assert (f"a = {value} AND" in plain) == (value in {"?", "c1", "a.b1", "x::y"})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT a FROM t1 WHERE id = 1", "SELECT a FROM t2 WHERE id = 1"),
        ('SELECT "a 1" FROM t', 'SELECT "a 2" FROM t'),
        ("SELECT a FROM t WHERE id = 1", "SELECT a FROM t WHERE id > 1"),
        ("SELECT t.c1 FROM t", "SELECT t.c2 FROM t"),
    ],
)
def test_others_are_not(one, other):
    assert normalised(one) != normalised(other)


def test_what_a_statement_looks_like_with_its_values_taken_out():
    assert normalised("SELECT  x.a1::text FROM x\nWHERE a='it''s' AND b = 1.5 AND c IN (1,2)") == (
        "SELECT x.a1::text FROM x WHERE a=? AND b = ? AND c IN (?)"
    )


@pytest.mark.parametrize(
    ("statement", "names"),
    [
        ("SELECT * FROM t WHERE t.password = ? AND n > ? AND x IN (?, ?)", ("password", "n", "x", "x")),
        ("INSERT INTO t (name, password) VALUES (%s, %s), (%s, %s)", ("name", "password", "name", "password")),
        ('INSERT INTO "t" ("name", "password") VALUES (\'ada\', ?)', ("password",)),
        ('UPDATE t SET "password" = ?, n = n + 1 WHERE lower(name) = lower(?)', ("password", "")),
        ("SELECT * FROM t WHERE a = 'x' AND token LIKE :token", ("token",)),
        ("SELECT * FROM t LIMIT ?", ("",)),
        ("SELECT * FROM t WHERE a BETWEEN ? AND ?", ("a", "")),
        ("EXEC it", ()),
    ],
)
def test_what_parameters_are_for(statement, names):
    assert parameter_names(statement) == names


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE users SET name = 'ada', password = 'hunter2' WHERE id = 3",
        "INSERT INTO users (id, password) VALUES (1, 'hunter2')",
        "INSERT INTO users (id, password) VALUES (1, 'a'), (2, 'hunter2')",
        r"SELECT * FROM users WHERE token = E'it\'s hunter2'",
    ],
)
def test_secrets_that_are_written_into_a_statement_are_masked(statement):
    masked = mask_literals(statement, Masker(Names()).value)
    assert "hunter2" not in masked
    assert normalised(masked) == normalised(statement)


def test_what_is_no_secret_stays_as_it_is():
    statement = "SELECT 'a', 1 FROM \"password\" WHERE name = 'ada' AND token = ?"
    masker = Masker(Names())
    assert mask_literals(statement, masker.value) == statement
    for text in (statement, "password = %s", "token = :token_1", "token = $1", "t.password = %(password_1)s"):
        assert masker.text(text) == text
    assert "hunter2" not in masker.text("password = hunter2 OR token = :hunter2")
