"""What holds of any recording of real traffic: it goes out and comes in again, and what is exported runs."""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
import time
from functools import partial
from typing import TYPE_CHECKING
from unittest.mock import patch

import httpx
from click.testing import CliRunner

from tests.support.har_types import check_har
from tests.support.receiver import Receiver, fields_of, in_shell, same
from tests.zoo.real.applications import REAL
from tests.zoo.recorded_traffic import APP
from wsgitrace.capture import Capture
from wsgitrace.cli.group import run_verb
from wsgitrace.export import NotExportable, rows, taken
from wsgitrace.export.curl import as_curl
from wsgitrace.export.httpie import as_httpie
from wsgitrace.export.httpx_script import as_httpx
from wsgitrace.query import parse
from wsgitrace.redact import Masker
from wsgitrace.safetext import safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.zoo.recorded_traffic import Traffic
    from wsgitrace.export import Exchange

EVERY = bool(os.environ.get("WSGITRACE_TEST_EVERY"))
"""Look at each request, not only at some of each sort: minutes instead of seconds."""

REFUSED_AT_MOST = 0.08
"""The share of requests whose body the application did not want: it answered without."""

PATIENCE = 60.0


def check_replay(traffic: Traffic) -> set[int]:
    """Run again over the same data, nothing differs but what is declared as noise; those where not even that does."""
    traffic.restore()
    command = ("replay", str(traffic.file), "--app", APP, "--yes", "--no-learn", "--json", *traffic.rules)
    done = traffic.wsgitrace(*command)
    reports = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["text"] for each in reports if each["verdict"] == "differs"] == []
    refused = [each["text"] for each in reports if each["refused"]]
    assert [text for text in refused if "is not recorded whole: nothing of" not in text] == []
    assert len(refused) <= REFUSED_AT_MOST * len(reports)
    assert len(reports) >= REAL[traffic.name].least
    assert done.returncode == 0, done.stderr
    same_again = {each["number"] for each in reports if not each["refused"] and "(ignored)" not in each["text"]}
    return same_again - volatile(traffic)


def volatile(traffic: Traffic) -> set[int]:
    """Requests whose answers hold what is declared as noise, such as a time of day: now and then it is the same."""
    rules = [re.compile(rule.removeprefix("body~")) for rule in REAL[traffic.name].noise if rule.startswith("body~")]
    found = set()
    for exchange in exchanges(traffic):
        text = exchange.response.content.decode("latin-1") if exchange.response is not None else ""
        if any(rule.search(line) for rule in rules for line in text.splitlines()):
            found.add(exchange.number)
    return found


def check_har_files(traffic: Traffic) -> None:
    """Valid by the schema, and the same once more when it was imported, with its layers; nothing is hidden from us."""
    for options in ([], ["--reveal"]):
        written = []
        file = traffic.file
        for name in ("one", "two"):
            har = traffic.folder / f"{name}{''.join(options)}.har"
            said_well("export", file, "-o", har, *options)
            written.append(har.read_bytes())
            file = har.with_suffix(".wtrace")
            if name == "one":
                check_har(written[0])
                said = said_well("import", har, "-o", file)
                assert said.count("\n") == 1, said
        one, two = (json.loads(data)["log"]["entries"] for data in written)
        assert len(one) >= REAL[traffic.name].least
        for before, after in zip(one, two, strict=True):
            assert after == before
    imported = traffic.folder / "one--reveal.wtrace"
    for number in range(1, len(one) + 1, 1 if EVERY else len(one) // 3):
        for verb in ("show", "ledger", "blame"):
            before, after = (said_well(verb, file, number, "--reveal") for file in (traffic.file, imported))
            assert before == after != ""


def said_well(*arguments: object) -> str:
    """Run a verb of ours in this process; all that it says."""
    with CliRunner().isolation() as streams:
        code = run_verb([str(each) for each in arguments])
        sys.stdout.flush()
        said = streams[2].getvalue().decode()
    assert code == 0, said
    return said


def exchanges(traffic: Traffic) -> Iterator[Exchange]:
    """Those that can be sent again."""
    with Capture.open(traffic.file) as capture:
        for exchange in taken(capture, rows(capture, parse("")), Masker.revealing()):
            with contextlib.suppress(NotExportable):
                exchange.sendable()
                yield exchange


def some(traffic: Traffic, most: int) -> list[Exchange]:
    """A few exchanges of different sorts, or all."""
    found = list(exchanges(traffic))
    if EVERY:
        return found
    sorts: dict[object, Exchange] = {}
    for exchange in found:
        request = exchange.sendable()
        kind = (request.header("content-type") or "").partition(";")[0]
        sorts.setdefault((exchange.method, request.chunked, kind, request.header("range") is None), exchange)
    return sorted(sorts.values(), key=lambda each: (not each.sendable().body, each.number))[:most]


def receiver_at(port: int) -> Receiver:
    """A receiver where the application was, for there the exported commands send to."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return Receiver(port)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def check_commands(traffic: Traffic, *, httpie: bool) -> None:
    """What curl, HTTPie and httpx send when the exports are run is what was recorded."""
    port = int(next(exchanges(traffic)).authority.rpartition(":")[2])
    receiver = receiver_at(port)
    try:
        for exchange in some(traffic, 8):
            in_shell(as_curl(exchange))
            check_arrived(receiver, exchange)
            with patch.object(httpx, "Client", partial(httpx.Client, verify=False, trust_env=False)):
                exec(compile(as_httpx(exchange), "exported", "exec"), {"print": lambda *_: None})
            # What has no length said so in another way: httpx tells of the methods that have bodies that there is none.
            check_arrived(receiver, exchange, left_out=() if exchange.sendable().body else (b"content-length",))
        for exchange in some(traffic, 2) if httpie else ():
            command = as_httpie(exchange)
            in_shell(command)
            check_arrived(receiver, exchange, told=command)
    finally:
        receiver.listener.close()


def check_arrived(receiver: Receiver, exchange: Exchange, *, left_out: tuple[bytes, ...] = (), told: str = "") -> None:
    """The request is the one recorded, but for what the command itself says that it cannot send."""
    sent, body = receiver.take()
    head = exchange.trace.head
    assert head is not None
    comments = [line for line in told.split("\n") if line.startswith("# HTTPie")]
    if comments == ["# HTTPie tells of it that it has no body: Content-Length: 0."]:
        assert fields_of(sent)["content-length"] == "0"
        left_out = (b"content-length",)
    elif comments:
        return
    same(head.raw, sent, left_out=left_out)
    assert body == exchange.sendable().body, safe(sent.decode("latin-1"))


def check_tests(traffic: Traffic, client: str, steady: set[int], *, fail: bool) -> None:
    """Exported tests pass over the same data; ``fail``: they do where the application answers otherwise."""
    file = traffic.folder / f"test_{client}.py"
    done = traffic.wsgitrace(
        "export", str(traffic.file), "--as", "pytest", "--client", client, "--reveal", "--force", "-o", str(file)
    )
    assert done.returncode == 0, done.stderr
    numbers = set(map(int, re.findall(r"^def test_(\d+)_", file.read_text(), re.MULTILINE)))
    assert numbers >= steady
    wrong = failed(traffic, file) & steady
    assert wrong == set(), (client, wrong)
    assert not fail or failed(traffic, file, ZOO_CHANGED="1") >= steady


def failed(traffic: Traffic, file: object, **env: str) -> set[int]:
    """Run the tests of a file over the data as it was; the numbers of those that fail."""
    traffic.restore()
    alone = ("-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(traffic.folder))
    env |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = traffic.run(sys.executable, "-m", "pytest", "-q", "--tb=no", *alone, str(file), **env)
    (traffic.folder / "tests.txt").write_text(done.stdout + done.stderr)
    assert done.returncode in {0, 1}, done.stdout[-3000:] + done.stderr[-3000:]
    return set(map(int, re.findall(r"^(?:FAILED|ERROR) \S+::test_(\d+)_", done.stdout, re.MULTILINE)))
