"""Serve the requests of one animal of the zoo with the probe, or without it; print what came of them as JSON.

    python tests/zoo/visit.py NAME [--plain] [--golden]

Run in a process of its own, so that what an animal patches or leaves behind is its own. With ``--golden`` the layers of
the second requests are written as its golden list, to be judged before they are committed.
"""

from __future__ import annotations

import gc
import json
import sys
import warnings
from pathlib import Path
from types import FunctionType
from wsgiref.validate import validator

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
TIMES = 3
OURS = ("wsgitrace", "tests.support", "tests.probe", "__main__", "msgspec")

sys.path[:0] = [str(ROOT)]
warnings.simplefilter("ignore")

from tests.probe.conftest import Bench  # noqa: E402 -- the path is set first
from tests.support.wsgi_driver import environ_for, serve  # noqa: E402
from tests.zoo.animal import LOG, plainly  # noqa: E402
from tests.zoo.animals import ZOO  # noqa: E402
from wsgitrace.events import Called, Ended  # noqa: E402


def outcome(application, request, observer):
    """All that can be told of one response, from outside and by the application inside."""
    LOG.clear()
    wanted = {**request}
    items = wanted.pop("items", None)
    got = serve(application, environ_for(**wanted), observer=observer, items=items)
    headers = [(name, plainly(value)) for name, value in got.headers if name.lower() != "date"]
    chunks = [plainly(item.decode("latin-1")) for item in got.writes]
    return [got.status, headers, chunks, plainly(got.error), got.frames, got.result_type, plainly(got.errors), [*LOG]]


def outcomes(application, requests, times=TIMES, observer=None):
    return [outcome(application, request, observer) for _ in range(times) for request in requests]


def leaked(application, requests, wanted, observer=None):
    """How many objects more there are after ``wanted`` requests, when a third of that many were answered before."""
    rounds = max(3, wanted // len(requests))

    def run(times):
        outcomes(application, requests, times, observer)
        LOG.clear()
        gc.collect()
        return len(gc.get_objects())

    before = run(rounds // 3)
    return run(rounds) - before


def codes():
    """The code, and what is in the variables, of every function that is not ours."""
    found = {}
    for one in gc.get_objects():
        if type(one) is FunctionType and not str(one.__module__).startswith(OURS):
            cells = [id(cell.cell_contents) for cell in one.__closure__ or () if cell != type(cell)()]
            found[id(one)] = (one, one.__code__, cells)
    return found


def not_restored(before):
    """The functions that have other code, or hold something else, than before."""
    return [
        one.__qualname__
        for key, (one, code, cells) in codes().items()
        if key in before and before[key][0] is one and (before[key][1] is not code or before[key][2] != cells)
    ]


def tree(sender, request, ended):
    """The layers of one exchange as lines, each as far in as it was called."""
    depths, lines = {0: 0}, []
    for event in sender.of_event(Called, ended.exchange):
        depth = depths[event.span] = depths[event.parent] + 1
        layer = sender.layers[event.layer]
        part = f"{layer.part} " if layer.kind == "framework" else "response " if layer.kind == "response" else ""
        again = " (another request)" if event.subrequest else ""
        lines.append("  " * depth + part + layer.name + again)
    lines += [f"  seen, not intercepted: {layer.name}" for layer in sender.layers.values() if not layer.intercepted]
    matched = [text for text in (ended.route and f"route {ended.route}", ended.view and f"view {ended.view}") if text]
    first = f"{request.get('method', 'GET')} {request['path']}"
    return [f"{first} ({', '.join(matched)})" if matched else first, *lines]


def visit_plainly(one):
    """Without the probe."""
    application, validated = made(one)
    requests = [*one.requests, *one.more]
    return {
        "outcomes": outcomes(application, requests),
        "validated": outcomes(validated, requests, 1),
        "leak": leaked(application, one.requests, one.times),
    }


def visit_traced(one):
    """With the probe, which is there before the first request; then without it again."""
    application, validated = made(one)
    requests = [*one.requests, *one.more]
    before = codes()
    bench = Bench(application)
    sender = bench.sender
    traced = outcomes(bench.application, requests, observer=bench.probe)
    ended = sender.of(Ended)
    size = len(requests)
    lists = [
        [tree(sender, request, end) for request, end in zip(one.requests, ended[time * size :], strict=False)]
        for time in range(TIMES)
    ]
    faults = [str(fault) for fault in sender.faults]
    sender.put = lambda *_args: True  # what the sender keeps is no leak
    leak = leaked(bench.application, one.requests, one.times, observer=bench.probe)
    bench.probe.detach()
    wrong = not_restored(before)
    restored = outcomes(application, requests, 1)
    bench = Bench(validated)
    traced_validated = outcomes(bench.application, requests, 1, observer=bench.probe)
    faults += [str(fault) for fault in bench.sender.faults]
    bench.probe.detach()
    return {
        "outcomes": traced,
        "validated": traced_validated,
        "restored": restored,
        "lists": lists,
        "faults": faults,
        "not restored": wrong,
        "leak": leak,
    }


def made(one):
    """An application, and one with a validator around it and, where it can be made twice, between its layers."""
    application = one.make(lambda app: app)
    return application, validator(application if one.once else one.make(validator))


def main(name, *options):
    report = visit_plainly(ZOO[name]) if "--plain" in options else visit_traced(ZOO[name])
    if "--golden" in options:
        text = "\n\n".join("\n".join(part) for part in report["lists"][1]) + "\n"
        (HERE / "golden" / f"{name}.txt").write_text(text, encoding="utf-8")
    sys.stdout.write("\n" + json.dumps(report) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
