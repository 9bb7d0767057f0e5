from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from tests.support.planted import SECRET, all_frames, leaks
from tests.support.streams import Exchange
from wsgitrace.capture import Capture, Writer
from wsgitrace.cli.linting import Pairs, Report
from wsgitrace.cli.probing import requests_for
from wsgitrace.cli.render_lint import report_lines, report_object
from wsgitrace.cli.style import Style
from wsgitrace.query.fields import NAMES
from wsgitrace.redact import Masker, Names
from wsgitrace.supervisor import analyse
from wsgitrace.trace.lint import Ignores, compare_head
from wsgitrace.trace.rules import RULES

GOLDEN = Path(__file__).parent / "golden" / "rules.txt"
JSON_KEYS = [
    "rule", "severity", "clause", "text", "mend", "layer", "file", "line", "requests", "number", "method", "target",
    "event", "found",
]  # fmt: skip


def test_every_rule_is_listed_as_observed_or_with_the_reason_why_not(verb):
    code, out, _ = verb("lint", "--rules")
    assert code == 0
    assert out == GOLDEN.read_text("utf-8")


def test_rules_as_json(verb):
    code, out, _ = verb("lint", "--rules", "--json")
    found = json.loads(out)
    assert code == 0
    assert [rule["rule"] for rule in found] == list(RULES)
    assert all(rule["observed"] == (not rule["reason"]) for rule in found)


def test_one_rule_is_explained_with_its_remedy(verb):
    code, out, _ = verb("lint", "--rules", "m06", "A23")
    assert code == 0
    assert [line[:3] for line in out.splitlines() if line[:1] != " "] == ["M06", "A23"]
    assert "To mend it: Count bytes, not characters" in out
    code, out, err = verb("lint", "--rules", "A99")
    assert (code, out, err.count("\n")) == (2, "", 1)


def test_a_report_names_rule_layer_request_and_remedy(stories, verb):
    path, numbers = stories
    code, out, err = verb("lint", path)
    assert code == 1
    lines = out.splitlines()
    assert any(line.startswith("M06 should  it calls close() of the iterable inside once") for line in lines)
    at = next(index for index, line in enumerate(lines) if line.startswith("M06"))
    block = out.splitlines()[at : lines.index("", at)]
    assert any(f"#{numbers['unclosed']} event " in line for line in block)
    assert any(line.startswith("    To mend it: ") for line in block)
    order = lines[lines.index("ORDER OF LAYERS") :]
    assert "    stream-buffered  Buffering > Shop  in 1 request" in order
    assert f"        #{numbers['buffered']} event " in "\n".join(order)
    assert re.fullmatch(r"wsgitrace: \d+ rules broken by \d+ layers: .*; in \d+ of \d+ requests\.\n", err)


def test_json_has_keys_that_stay(stories, verb):
    code, out, _ = verb("lint", stories[0], "--json")
    found = json.loads(out)
    assert code == 1
    assert out.isascii()
    assert list(found) == ["requests", "faulty", "ignored", "failed", "broken", "order"]
    assert {(each["order"], each["outer"]) for each in found["order"]} >= {
        ("stream-buffered", "demos.broken.Buffering")
    }
    assert found["failed"] is True
    assert all(list(broken) == JSON_KEYS for broken in found["broken"])
    severities = [broken["severity"] for broken in found["broken"]]
    assert severities == sorted(severities, key=["must", "should", "hygiene", "client"].index)


@pytest.mark.parametrize(
    ("fail_on", "code"), [("must", 1), ("should", 1), ("hygiene", 1), ("client", 1), ("M06", 1), ("A15", 0)]
)
def test_what_fails(stories, verb, fail_on, code):
    assert verb("lint", stories[0], "--fail-on", fail_on)[0] == code


def test_a_filter_says_which_requests(stories, verb):
    path, numbers = stories
    code, out, err = verb("lint", path, f"id:{numbers['hello']}")
    assert (code, out) == (0, "")
    assert err == "wsgitrace: no rule was broken in 1 request.\n"


def test_a_project_ignores_rules_everywhere_and_by_path(stories, verb, tmp_path):
    path, numbers = stories
    only = (f"id:{numbers['unclosed']}", "--fail-on", "should")
    assert verb("lint", path, *only)[0] == 1
    config = tmp_path / "pyproject.toml"
    for text in ('ignore = ["M06"]', '[tool.wsgitrace.lint.paths]\n"/*" = ["*"]'):
        config.write_text(f"[tool.wsgitrace.lint]\n{text}\n")
        code, _, err = verb("lint", path, *only)
        assert (code, "a rule that the project ignores" in err) == (0, True)
        assert verb("lint", path, *only, "--no-ignore")[0] == 1
        assert verb("ls", path, "lint:M06")[1] == ""
    config.write_text('[tool.wsgitrace.lint.paths]\n"/elsewhere" = ["M06"]\n')
    assert verb("lint", path, *only)[0] == 1


@pytest.mark.parametrize(
    "text",
    ['ignore = "M06"', 'ignore = ["M99"]', 'ignored = ["M06"]', 'paths = ["/"]', 'paths = {"/" = "M06"}'],
)
def test_what_a_project_cannot_mean_is_one_sentence(stories, verb, tmp_path, text):
    (tmp_path / "pyproject.toml").write_text(f"[tool.wsgitrace.lint]\n{text}\n")
    code, out, err = verb("lint", stories[0])
    assert (code, out) == (2, "")
    assert "pyproject.toml" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ([], "name a recorded FILE"),
        (["nowhere.wtrace"], "nowhere.wtrace"),
        (["shop:app", "path:/"], "there is no file shop:app"),
        (["shop:app", "--fail-on", "Z1"], "--fail-on Z1"),
    ],
)
def test_what_is_wrong_on_the_command_line(verb, arguments, word):
    code, out, err = verb("lint", *arguments)
    assert (code, out) == (2, "")
    assert word in err


def test_a_filter_that_nothing_matches_is_no_verdict(stories, verb):
    code, out, err = verb("lint", stories[0], "path:/nowhere")
    assert (code, out) == (2, "")
    assert err == f"wsgitrace: no request in {stories[0]} matches: there is nothing to look at.\n"


def test_an_application_whose_process_ends_is_told(verb, tmp_path):
    (tmp_path / "ends.py").write_text("import os\nos._exit(7)\n")
    code, out, err = verb("lint", "ends:app")
    assert (code, out) == (3, "")
    assert "7" in err


def test_probing_requests_are_whole_and_ask_for_the_path():
    sent = list(requests_for("a b/ü?x=1"))
    assert {raw.split(b" ", 1)[0] for raw, _ in sent} == {b"GET", b"HEAD", b"OPTIONS", b"PROPFIND", b"POST"}
    assert all(raw.split(b" ")[1].startswith(b"/a%20b/%C3%BC?x=1") and b"\r\n\r\n" in raw for raw, _ in sent)
    assert [leaves for _, leaves in sent if leaves is not None] == [0, 1]


def test_an_application_is_tried_out_as_a_recording_was_made(verb, tmp_path):
    (tmp_path / "faulty.py").write_text(
        "def app(environ, start_response):\n"
        "    start_response('200 OK', [('Connection', 'close'), ('Content-Type', 'text/plain')])\n"
        "    return [b'x']\n"
    )
    each = len(list(requests_for("/")))
    code, out, _ = verb("lint", "faulty:app", "--path", "/one", "--path", "/two", "--json", "--save", "tried.wtrace")
    found = json.loads(out)
    assert code == 1
    assert found["requests"] == 2 * each
    assert {(each["rule"], each["layer"]) for each in found["broken"]} == {("A20", "faulty.app")}
    code, out, _ = verb("lint", "faulty:app", "--like", "tried.wtrace", "--json", "--save", "tried.wtrace")
    assert json.loads(out)["requests"] == 2 * each  # the same two paths, and the new ones of the file alone


def answered(method, *layers):
    """A request whose answer is given by the innermost layer and passed on or changed by those around it."""
    exchange = Exchange(method, "/page")
    inner = layers[-1]
    with exchange.call("a.Outer") as outer:
        with outer.call("a.app", "application") as app:
            app.start_response(*inner)
            app.returns([b"x"] if method == "GET" else [])
        outer.start_response(*layers[0])
    return exchange.finish().trace()


def test_head_is_compared_with_get_and_the_innermost_layer_that_differs_is_named():
    page = ("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "1"), ("ETag", '"1"'), ("X-Id", "1")])
    other = ("200 OK", [("Content-Type", "text/html"), ("Content-Length", "5"), ("X-Id", "2")])
    get, again = answered("GET", page), answered("GET", ("200 OK", [*page[1][:3], ("X-Id", "3")]))
    assert compare_head(get, answered("HEAD", page), again) == []
    found = compare_head(get, answered("HEAD", other), again)
    assert {(one.rule.id, one.span, one.severity) for one in found} == {("A26", 2, "should"), ("A26", 2, "must")}
    assert [one.text for one in found] == [
        "content-type is 'text/html' for HEAD, and 'text/plain' for GET",
        "content-length is '5' for HEAD, and '1' for GET",
    ]
    (found,) = compare_head(get, answered("HEAD", ("404 Not Found", []), page))
    assert (found.span, found.text) == (1, "GET is answered with '200 OK', and HEAD with '404 Not Found'")
    assert compare_head(get, answered("HEAD", ("405 Method Not Allowed", []))) == []
    report, pairs = Report(), Pairs()
    for number, trace in enumerate((get, answered("HEAD", other), again), 1):
        pairs.add(SimpleNamespace(number=number, method=trace.head.method, target="/page", path="/page"), trace)
    pairs.compare(report, Ignores())
    assert [(group.rule.id, group.name, group.requests) for group in report.sorted()] == [("A26", "app", 1)]
    assert report.faulty == 1


def test_no_secret_is_in_a_report(verb, tmp_path):
    path = tmp_path / "planted.wtrace"
    writer = Writer.create(path)
    worker = writer.new_worker()
    faulty = [
        ("Location", f"/back?token={SECRET}"),
        ("Location", f"/?password={SECRET}"),
        ("Set-Cookie", f"a={SECRET} "),
    ]
    for frame in all_frames():
        writer.add(worker, frame)
    writer.close()
    exchange = Exchange("GET", f"/in?token={SECRET}")
    with exchange.call("a.app") as app:
        app.start_response("200 OK", faulty)
        app.returns([b""])
    report = Report()
    with Capture.open(path) as capture:
        summary = replace(capture.page()[0], target=f"/in?token={SECRET}")
        for where in ([], ["--json"]):
            assert leaks(verb("lint", path, *where)[1]) == []
    report.add(summary, exchange.finish().trace(), Ignores())
    masker = Masker(Names())
    assert report.groups
    assert leaks("\n".join(report_lines(report, Style(colour=False), masker))) == []
    assert leaks(json.dumps(report_object(report, masker, failed=True))) == []


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("lint:M06", {"unclosed"}),
        ("lint:M*,A37", {"unclosed", "buffered", "written", "hostile"}),
        ("lint:client", {"refused"}),
        ("lint:A37 -lint:must", {"written"}),
    ],
)
def test_a_filter_finds_requests_in_which_a_rule_was_broken(stories, verb, where, names):
    path, numbers = stories
    code, out, _ = verb("ls", path, "--json", *where.split())
    assert code == 0
    assert {json.loads(line)["number"] for line in out.splitlines()} == {numbers[name] for name in names}


def test_rules_that_were_broken_are_completed(stories):
    with Capture.open(stories[0]) as capture:
        analyse(capture)
        assert {"M06", "A37", "H12"} <= set(capture.seen(NAMES["lint"]))
