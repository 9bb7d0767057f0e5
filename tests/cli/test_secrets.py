from __future__ import annotations

import json
import re

import pytest

from tests.support.planted import PAIRS, SECRET, all_frames, leaks
from wsgitrace.capture import Capture, Writer
from wsgitrace.cli.access_log import access_line
from wsgitrace.cli.group import VERBS
from wsgitrace.cli.style import Style
from wsgitrace.export import FORMATS
from wsgitrace.redact import Masker, Names

COUNT = len(PAIRS)


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    path = tmp_path_factory.mktemp("planted") / "planted.wtrace"
    writer = Writer.create(path)
    worker = writer.new_worker()
    for frame in all_frames():
        writer.add(worker, frame)
    writer.close()
    return path


def outputs(verb, path, *more):
    yield "ls", verb("ls", path, *more)[1]
    yield "ls --json", verb("ls", path, "--json", *more)[1]
    for number in range(1, COUNT + 1):
        yield f"show {number}", verb("show", path, number, *more)[1]
        yield f"show --all {number}", verb("show", path, number, "--all", *more)[1]
        yield f"show --json {number}", verb("show", path, number, "--json", *more)[1]
        for name in ("blame", "ledger", "flow"):
            yield f"{name} {number}", verb(name, path, number, *more)[1]
            yield f"{name} --json {number}", verb(name, path, number, "--json", *more)[1]
        yield f"export {number} --as svg", verb("export", path, f"id:{number}", "--as", "svg", *more)[1]
    for number in range(2, COUNT + 1):
        yield f"diff 1 {number}", verb("diff", path, 1, number, "--all", *more)[1]
        yield f"diff --json 1 {number}", verb("diff", path, 1, number, "--json", *more)[1]


def test_a_secret_in_thirty_places_shows_in_no_output(planted, verb):
    for name, text in outputs(verb, planted):
        assert text, name
        assert leaks(text) == [], name
    with Capture.open(planted) as capture:
        for summary in capture.page():
            assert leaks(access_line(summary, Style(colour=False), Masker(Names()))) == []


@pytest.mark.parametrize("form", [each.name for each in FORMATS])
def test_no_export_has_a_secret(planted, verb, form):
    text = verb("export", planted, "--as", form)[1]
    assert text
    assert leaks(text) == []


def test_no_verb_is_left_out():
    # Whoever adds one says here where its output is looked through for secrets.
    looked_through_here = {"ls", "show", "layers", "blame", "ledger", "flow", "diff", "export"}
    by_its_lines = {"tail", "record", "run", "demo"}  # test_access_log, and the screen: tests/tui/test_secrets
    elsewhere = {"stats", "lint", "replay", "hunt", "open"}  # test_stats, test_lint, test_replay, test_hunt; the screen
    assert looked_through_here | by_its_lines | elsewhere | {"repair", "delete", "import"} == set(VERBS)


def test_no_secret_is_in_the_traceback_of_a_failed_import(verb, tmp_path):
    (tmp_path / "broken.py").write_text(f"def connect(url):\n    raise OSError('no answer from ' + url)\n\n"
                                        f"connect('postgres://ada:{SECRET}@db/shop?api_key={SECRET}')\n")  # fmt: skip
    code, _, err = verb("layers", "broken:app")
    assert code == 3
    assert "OSError: no answer from postgres://ada:<redacted " in err
    assert leaks(err) == []
    assert SECRET in verb("layers", "broken:app", "--reveal")[2]


def test_what_nobody_can_unpack_is_not_shown(planted, verb):
    packed = [number for number, (_, response) in enumerate(PAIRS, 1) if response in {"br", "zstd"}]
    for number in packed:
        found = json.loads(verb("show", planted, number, "--json")[1])["response"]["body"]
        assert (found["text"], found["base64"], found["hidden"]) == (None, None, True)
        assert found["why"].endswith("is not decoded here")
        found = json.loads(verb("show", planted, number, "--json", "--reveal")[1])["response"]["body"]
        assert not found["hidden"]
        assert found["base64"] or found["text"]
        assert "nobody can tell whether there are secrets in it" in verb("show", planted, number)[1]


def test_it_is_there_to_be_revealed(planted, verb):
    shown = dict(outputs(verb, planted, "--reveal"))
    assert sum(text.count(SECRET) for name, text in shown.items() if name == "show --json 1") >= 40
    assert {name for name, text in shown.items() if SECRET not in text} <= {"ls"}  # its columns are too narrow
    with Capture.open(planted) as capture:
        assert SECRET in access_line(capture.page()[0], Style(colour=False), Masker.revealing())


def test_what_is_no_secret_stays(planted, verb):
    found = json.loads(verb("show", planted, 2, "--json")[1])
    assert json.loads(found["response"]["body"]["text"])["user"] == "ada"
    assert found["response"]["body"]["decoded"] == ["gzip"]
    found = json.loads(verb("show", planted, 1, "--json")[1])
    assert found["request"]["body"]["text"].startswith("user=ada&password=<redacted ")
    assert "page=2&token=<redacted " in found["target"]


def test_the_same_secret_looks_the_same_in_one_file_and_different_in_another(planted, verb, tmp_path):
    first = set(re.findall(rf"<redacted {len(SECRET)} #\w{{4}}>", "".join(text for _, text in outputs(verb, planted))))
    assert len(first) == 1
    writer = Writer.create(tmp_path / "other.wtrace")
    worker = writer.new_worker()
    for frame in all_frames():
        writer.add(worker, frame)
    writer.close()
    other = verb("show", tmp_path / "other.wtrace", 1)[1]
    assert first != set(re.findall(rf"<redacted {len(SECRET)} #\w{{4}}>", other))


def test_names_can_be_added(planted, verb, monkeypatch):
    assert "shop.example" in verb("show", planted, 1)[1]
    monkeypatch.setenv("WSGITRACE_MASK", "default,host")
    out = verb("show", planted, 1)[1]
    assert "shop.example" not in out.partition("REQUEST")[2].partition("EVENTS")[0].replace("@shop.example", "")
    assert leaks(out) == []


def test_an_empty_list_masks_nothing(planted, verb, tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.wsgitrace]\nmask = []\n")
    assert SECRET in verb("show", planted, 1)[1]
    assert "<redacted" not in verb("show", planted, 1, "--json")[1]


def test_a_regular_expression_that_is_none_is_refused(planted, verb, monkeypatch):
    monkeypatch.setenv("WSGITRACE_MASK", "/(/")
    code, _, err = verb("ls", planted)
    assert code == 2
    assert "regular expression that is none" in err
