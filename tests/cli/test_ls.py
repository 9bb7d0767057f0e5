from __future__ import annotations

import contextlib
import json
import re

import pytest

from tests.support.traffic import all_frames, exchange
from wsgitrace.capture import Capture, Writer
from wsgitrace.cli.recording import badged, summaries
from wsgitrace.cli.render_list import table
from wsgitrace.cli.style import Style
from wsgitrace.events import OutputLine, Started
from wsgitrace.query import FIELDS, parse
from wsgitrace.redact import Masker, Names
from wsgitrace.supervisor import analyse

KEYS = [
    "number", "time", "state", "how", "method", "target", "path", "status", "duration_ns", "held_ns", "first_byte_ns",
    "request_size", "response_size", "chunks", "layers", "exception", "swallowed", "start_responses", "input", "closed",
    "short_circuit", "content_type", "route", "view", "events", "dropped", "note", "replay_of", "held_at", "peer",
    "worker", "pinned",
]  # fmt: skip


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """A file of 1,203 exchanges: more than two pages."""
    path = tmp_path_factory.mktemp("many") / "many.wtrace"
    writer = Writer.create(path, keep_exchanges=None)
    worker = writer.new_worker()
    for frame in all_frames(range(1, 1204), 1_763_820_127_000_000_000):
        writer.add(worker, frame)
    writer.close()
    return path


def numbers(out):
    return [int(line.split()[0]) for line in out.splitlines()[1:]]


def test_lists_every_request_newest_last(stories, verb):
    path, known = stories
    code, out, err = verb("ls", path)
    assert (code, err) == (0, "")
    assert numbers(out) == sorted(known.values())
    row = next(line for line in out.splitlines() if "/report.csv" in line)
    assert re.fullmatch(r" +5 2025-11-2\d \d\d:\d\d:\d\d GET     200  801 ms    64 /report\.csv +2 layers", row)


def test_says_what_is_remarkable(stories, verb):
    out = verb("ls", stories[0])[1]
    assert "swallowed KeyError" in out
    assert "2 layers, ZeroDivisionError" in out
    assert "never closed" in out
    assert "client gone" in out
    assert "worker gone" in out
    assert "refused, a control character" in out
    assert re.search(r"…  +0 /events +(running|streaming)", out)


def test_none_is_asked_for_and_none_is_listed(stories, verb):
    assert verb("ls", stories[0], "-n", "0") == (0, "", "")


def test_what_analysis_found_stands_in_the_row(stories):
    path, known = stories
    with Capture.open(path) as capture:
        analyse(capture)
        rows = iter([capture.summary(known["buffered"])])
        (_, row) = table(badged(capture, rows), Style(colour=False, width=120), Masker(Names()))
    assert row.endswith("2 layers, buffered 700 ms")


def test_when_a_request_is_slow_is_a_setting(stories, verb, monkeypatch):
    path, known = stories
    slow = [known["buffered"]]
    assert numbers(verb("ls", path, "is:slow", "--slow", "0.5", "path:/report")[1]) == slow
    assert verb("ls", path, "is:slow", "path:/report")[1] == ""
    monkeypatch.setenv("WSGITRACE_SLOW", "500ms")
    assert numbers(verb("ls", path, "is:slow", "path:/report")[1]) == slow


def test_what_was_printed_and_the_process_that_ran_it_are_asked_for(verb, tmp_path):
    with contextlib.closing(Writer.create(tmp_path / "x.wtrace")) as writer:
        for pid in (404, 405):
            worker = writer.new_worker()
            writer.add(worker, Started(pid, "shop:app", "3.11", 5))
            for frame in all_frames(range(1, 3), 1_763_820_127_000_000_000):
                writer.add(worker, frame)
        writer.add(worker, OutputLine("stdout", "Low Stock", 2))
    assert numbers(verb("ls", "x.wtrace", "pid:405")[1]) == [3, 4]
    assert numbers(verb("ls", "x.wtrace", 'log:"low stock"')[1]) == [4]
    assert numbers(verb("ls", "x.wtrace", "-log:stock", "pid:405")[1]) == [3]


def test_text_filters(stories, verb):
    path, known = stories
    code, out, _ = verb("ls", path, "/CART")
    assert code == 0
    assert set(numbers(out)) == {known[name] for name in ("page", "upload", "swallowed", "held")}


def test_nothing_found_is_said(stories, verb, tmp_path):
    path, known = stories
    code, out, err = verb("ls", path, "zebra")
    assert (code, out) == (0, "")
    assert err == (f"wsgitrace: none of the {len(known)} requests in {path} matches zebra.\n")
    Writer.create(tmp_path / "empty.wtrace").close()
    assert verb("ls", "empty.wtrace") == (0, "", "wsgitrace: no request is recorded in empty.wtrace.\n")
    assert verb("ls", "empty.wtrace", "--json") == (0, "", "")


@pytest.mark.parametrize("last", [0, 1, 499, 500, 501, 1203, 9999])
@pytest.mark.parametrize("text", ["", "POST", "method:POST", "cookie:session status:500", "zebra"])
def test_the_last_ones(many, last, text):
    with Capture.open(many) as capture:
        where = parse(text)
        everything = [each.number for each in summaries(capture, where=where)]
        assert len(everything) == capture.count(where=where)
        assert [each.number for each in summaries(capture, where=where, last=last)] == everything[
            max(0, len(everything) - last) :
        ]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["method:POST"], {"upload", "swallowed", "held"}),
        (["/cart", "-method:POST", "swallowed:no"], {"page"}),
        (["-method:GET", "path:/cart", "-n1"], {"held"}),
        (["(swallowed:yes OR is:open) /cart"], {"swallowed", "held"}),
    ],
)
def test_filters(words, names, stories, verb):
    path, known = stories
    code, out, err = verb("ls", path, *words)
    assert (code, err) == (0, "")
    assert set(numbers(out)) == {known[name] for name in names}


def test_a_filter_on_layers_has_them_looked_at(stories, verb):
    path, known = stories
    with Capture.open(path) as capture:
        assert capture.analysed_to() == 0
    assert known["page"] in numbers(verb("ls", path, "changed:set-cookie")[1])
    assert numbers(verb("ls", path, "changed:set-cookie by:nobody")[1]) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["stattus:500"], 'There is no field "stattus"; the nearest is status.\n    stattus:500\n    ^^^^^^^\n'),
        (["a", "dur:3parsec"], "    a dur:3parsec\n           ^^^^^^\n"),
        (["\x1b[31m", "method:GET", "OR"], "    \\x1b[31m method:GET OR\n                        ^^\n"),
    ],
)
def test_a_wrong_filter_is_pointed_at(words, said, stories, verb):
    code, out, err = verb("ls", stories[0], *words)
    assert (code, out) == (2, "")
    assert err.endswith(said)
    assert "\x1b" not in err


def test_a_wrong_option_is_no_filter(stories, verb):
    code, out, err = verb("ls", stories[0], "--josn")
    assert (code, out) == (2, "")
    assert "--josn" in err


def test_every_field_is_in_the_help(verb):
    text = verb("ls", "--help")[1]
    assert all(f" {field.name}: " in text for field in FIELDS)


def test_json_is_a_line_each_with_keys_that_stay(stories, verb):
    path, known = stories
    code, out, _ = verb("ls", path, "--json")
    assert code == 0
    assert out.isascii()
    rows = [json.loads(line) for line in out.splitlines()]
    assert [row["number"] for row in rows] == sorted(known.values())
    assert all(list(row) == KEYS for row in rows)
    page = rows[known["page"] - 1]
    assert page["time"] == "2025-11-22T14:02:09.123456+00:00"
    assert (page["method"], page["target"], page["status"], page["state"]) == ("GET", "/cart", 200, "done")


def test_the_documented_keys_are_those_printed(verb):
    text = " ".join(verb("ls", "--help")[1].split())
    documented = re.sub(r" \([^)]*\)", "", text.partition("with these keys: ")[2].partition(". Times")[0])
    assert documented.replace(" ", "").split(",") == KEYS


@pytest.mark.parametrize("width", [80, 100, 120, 200])
def test_rows_fit_the_terminal(width, stories):
    with Capture.open(stories[0]) as capture:
        lines = list(table(badged(capture, summaries(capture)), Style(colour=False, width=width), Masker(Names())))
    assert max(map(len, lines)) <= width
    assert any("worker" in line for line in lines) or width == 80


def test_secrets_are_masked_unless_revealed(verb, tmp_path):
    writer = Writer.create(tmp_path / "s.wtrace")
    worker = writer.new_worker()
    for frame in exchange(1, 1, "GET", "/reset?token=hunter2&page=1"):
        writer.add(worker, frame)
    writer.close()
    for extra in ([], ["--json"]):
        assert "hunter2" not in verb("ls", "s.wtrace", *extra)[1]
        assert "page=1" in verb("ls", "s.wtrace", *extra)[1]
        assert "hunter2" in verb("ls", "s.wtrace", "--reveal", *extra)[1]


def test_hostile_traffic_stays_text(stories, verb):
    out = verb("ls", stories[0])[1]
    assert r"\x1b]52;c;aGk=\x07[/red]" in out
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", out)


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "does not exist"), (b"", "is empty"), (b"not a capture at all" * 99, "not a wsgitrace")],
)
def test_a_file_that_is_none_is_one_sentence(content, said, verb, tmp_path):
    if content is not None:
        (tmp_path / "x.wtrace").write_bytes(content)
    for arguments in (["ls", "x.wtrace"], ["show", "x.wtrace", "1"], ["open", "x.wtrace"]):
        code, out, err = verb(*arguments)
        assert (code, out) == (2, "")
        assert said in err
        assert err.count("\n") == 1


def test_a_filter_of_the_project_is_known_by_its_name(many, verb, tmp_path, monkeypatch):
    monkeypatch.setattr("wsgitrace.project_files.user_state_path", lambda _: tmp_path / "state")
    (tmp_path / "pyproject.toml").write_text('[tool.wsgitrace.filters]\nbad = "status:5xx"\n')
    code, out, _ = verb("ls", many, "@bad", "-n", "5")
    assert code == 0
    assert numbers(out) == numbers(verb("ls", many, "status:5xx", "-n", "5")[1])
    code, out, err = verb("ls", many, "/cart", "@bda")
    assert (code, out) == (2, "")
    assert "There is no filter named @bda; the nearest is @bad." in err
    assert err.splitlines()[-1].index("^") == err.splitlines()[-2].index("@bda")


def test_a_variable_that_no_setting_has_is_told(many, verb, monkeypatch):
    monkeypatch.setenv("WSGITRACE_REVEEL", "1")
    code, out, err = verb("ls", many, "-n", "1")
    assert (code, len(numbers(out))) == (0, 1)
    assert "WSGITRACE_REVEEL in the environment is no setting; the nearest is WSGITRACE_REVEAL." in err
