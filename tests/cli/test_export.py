from __future__ import annotations

import json
import re

import pytest

from wsgitrace.export import FORMATS
from wsgitrace.safetext import safe


@pytest.fixture
def export(stories, verb):
    path, _ = stories

    def run(*arguments):
        return verb("export", path, *arguments)

    return run


@pytest.mark.parametrize("name", [each.name for each in FORMATS])
def test_every_format_is_masked_unless_revealed(export, stories, tmp_path, name):
    number, out = stories[1]["page"], tmp_path / "out"
    assert export(f"id:{number}", "--as", name, "-o", out)[0] == 0
    assert b"sid=9f3c" not in out.read_bytes()
    code, _, err = export(f"id:{number}", "--as", name, "-o", out, "--force", "--reveal")
    assert (code, err) == (0, f"wsgitrace: 1 request in {out}, as {name}.\n")
    # Pictures have the names of fields and no values.
    assert (b"sid=9f3c" in out.read_bytes()) == (name != "svg")


@pytest.mark.parametrize("name", ["curl", "httpie", "httpx", "pytest", "har", "jsonl"])
def test_no_text_that_is_exported_has_a_control_character_of_traffic(export, name):
    _, out, err = export("--as", name, "--reveal")
    assert [line for line in (out + err).splitlines() if safe(line) != line] == []


def test_what_cannot_be_had_is_named(export, stories):
    number = stories[1]["refused"]
    code, out, err = export(f"id:{number},{stories[1]['hello']}", "--as", "curl")
    assert (code, out.count("curl -i")) == (0, 1)
    assert err == f"wsgitrace: request {number} is left out: the server refused the request.\n"
    code, out, err = export(f"id:{number}", "--as", "curl")
    assert (code, out) == (1, "")
    assert err.endswith("wsgitrace: nothing is left to export.\n")


def test_nothing_that_matches_is_one_sentence(export):
    assert export("path:/nowhere", "--as", "har")[0::2] == (1, "wsgitrace: nothing to export: no request matches.\n")


def test_a_file_is_new_or_forced(export, tmp_path):
    out = tmp_path / "shop.har"
    assert export("id:1", "-o", out)[0] == 0
    assert json.loads(out.read_text())["log"]["entries"]
    code, _, err = export("id:2", "-o", out)
    assert (code, err) == (2, f"wsgitrace: {out} exists already: give another name, or --force.\n")
    code, _, err = export("id:2", "-o", out, "--force", "--reveal")
    assert (code, err) == (0, f"wsgitrace: 1 request in {out}, as har.\n")
    assert [path.name for path in tmp_path.iterdir()] == ["shop.har"]
    assert out.stat().st_mode & 0o777 == 0o600
    code, _, err = export("id:2", "-o", tmp_path / "no" / "a.har")
    assert (code, err) == (2, f"wsgitrace: {tmp_path}/no/a.har cannot be written: No such file or directory.\n")


@pytest.mark.parametrize(
    ("suffix", "start"),
    [(".sh", "curl -i"), (".py", '"""What shop:app answered'), (".jsonl", '{"number": 1'), (".http", "GET / HTTP/1.1")],
)
def test_the_name_of_the_file_says_the_format(export, tmp_path, suffix, start):
    out = tmp_path / f"out{suffix}"
    assert export("id:1", "-o", out)[0] == 0
    assert out.read_text().startswith(start)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ([], "in which form? Give --as: curl, httpie"),
        (["-o", "one.zip"], "the end of one.zip does not say in which form. Give --as: curl, httpie"),
        (["--as", "wget"], "--as wget: there is no such format; there are curl"),
        (["--as", "curl", "--client", "flask"], "--client is for --as pytest, one of flask, django"),
        (["--as", "pytest", "--client", "bottle"], "--client is for --as pytest, one of flask, django"),
    ],
    ids=["no format", "unknown ending", "unknown format", "no client", "unknown client"],
)
def test_what_is_asked_for_in_vain_is_one_sentence(export, arguments, text):
    code, out, err = export(*arguments)
    assert (code, out) == (2, "")
    assert text in err


def test_the_formats_are_documented(verb):
    text = verb("export", "--help")[1]
    documented = re.findall(r"^  ([a-z-]+) {2,}(?=\S)", text, re.MULTILINE)
    assert [name for name in documented if name in {each.name for each in FORMATS}] == [each.name for each in FORMATS]
    for each in FORMATS:
        assert re.search(rf"^ *{each.name} +{re.escape(each.help)}$", text, re.MULTILINE), each.name


def test_a_har_becomes_a_recorded_file_that_says_the_same(export, verb, stories, tmp_path):
    har, new = tmp_path / "a.har", tmp_path / "a.wtrace"
    assert export("method:GET OR method:POST", "-o", har)[0] == 0
    code, out, err = verb("import", har)
    assert (code, out) == (0, "")
    assert re.fullmatch(rf"wsgitrace: \d+ requests in {re.escape(str(new))}\.\n", err)
    rows = [json.loads(line) for line in verb("ls", new, "--json")[1].splitlines()]
    assert rows == [
        row
        for row in map(json.loads, verb("ls", stories[0], "--json")[1].splitlines())
        if row["number"] in {each["number"] for each in rows}
    ]
    for number in [row["number"] for row in rows][:3]:
        for name in ("show", "ledger", "blame"):
            assert verb(name, new, number) == verb(name, stories[0], number)
    assert verb("import", har)[0::2] == (2, f"wsgitrace: {new} exists already: give another name with -o.\n")
    code, _, err = verb("import", stories[0], "-o", tmp_path / "b.wtrace")
    assert (code, err.partition(": it is no JSON")[0]) == (2, f"wsgitrace: {stories[0]}")
    assert not (tmp_path / "b.wtrace").exists()
    assert "it is no JSON" in verb("import", new)[2], "what is wrong with FILE is told before what OUT would be called"


def test_an_import_of_what_is_not_there_is_one_sentence(verb, tmp_path):
    missing = tmp_path / "no.har"
    assert verb("import", missing)[0::2] == (2, f"wsgitrace: {missing} cannot be read: No such file or directory.\n")
