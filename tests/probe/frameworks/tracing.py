"""Runs one demonstration with the probe and without, in a process of its own, and prints what came of it as JSON.

Frameworks keep settings, registries and caches in their modules: two of these in one process would not be independent.
"""

from __future__ import annotations

import gc
import importlib
import json
import logging
import re
import sys
from types import FunctionType

from tests.support.fake_sender import FakeSender
from tests.support.wsgi_driver import environ_for, serve
from wsgitrace.events import LayerFound, Start
from wsgitrace.probe import Probe
from wsgitrace.trace import Trace
from wsgitrace.trace.lint import lint

CHANGING = re.compile(
    rb"dur=[0-9.]+|[A-Za-z0-9_-]{60,}|csrftoken=\w+|sessionid=[^;]+|expires=[^;]+|Max-Age=\d+"
    rb"|\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT"
)


def outcome(application, path, observer=None):
    """Everything a client can tell, but for what is different each time."""
    got = serve(application, environ_for(path=path), observer=observer)
    text = json.dumps([got.status, got.headers, got.error, got.result_type, got.body.decode("latin-1")]).encode()
    return CHANGING.sub(b"*", text).decode()


def codes():
    """The code, and what is in the variables, of every function of the application and its framework."""
    found = {}
    for one in gc.get_objects():
        if type(one) is FunctionType and not str(one.__module__).startswith(("wsgitrace", "tests")):
            cells = [cell for cell in one.__closure__ or () if cell != type(cell)()]
            found[id(one)] = (one, one.__code__, [id(cell.cell_contents) for cell in cells])
    return found


def calls(trace):
    for span in trace.spans:
        depth, around = 0, span
        while around.framework:
            depth, around = depth + 1, trace.span(around.parent)
        if depth:
            yield f"{depth} {span.layer.name}"


def main(demo, paths):
    logging.disable()
    application = importlib.import_module(demo if "." in demo else f"demos.{demo}").app
    before = codes()
    sender = FakeSender()
    probe = Probe(sender, Start(app=demo, directory=""))
    probe.find_layers(application, demo)
    found = [f"{layer.part} {layer.name}" for layer in sender.of(LayerFound) if layer.kind == "framework"]
    traced = probe.application(application)
    seen, traced_outcomes, changes, swallowers, broken = {}, [], {}, {}, []
    for path in paths:
        traced_outcomes.append(outcome(traced, path, probe))
        trace = Trace.from_events([*sender.of(LayerFound), *sender.events()])
        ended = sender.ended()
        seen[path] = [ended.route, ended.view, ended.exception, list(calls(trace))]
        changes[path] = {
            span.layer.name: [change.key for change in span.changes.all if change.of == "framework"]
            + [header.name for header in span.response_changes.headers]
            for span in trace.spans
            if span.framework
        }
        # The server is none, so what it does wrong is not looked at.
        broken += [f"{path} {one.rule.id} {trace.span(one.span).name}: {one.text}" for one in lint(trace) if one.span]
        swallowers[path] = [span.layer.name for span in trace.spans if span.caught]
    probe.detach()
    plain_outcomes = [outcome(application, path) for path in paths]
    not_restored = [
        one.__qualname__
        for key, (one, code, cells) in codes().items()
        if key in before and (before[key][0] is one) and (before[key][1] is not code or before[key][2] != cells)
    ]
    print(  # noqa: T201 -- that is what it is for
        json.dumps(
            {
                "found": found,
                "seen": seen,
                "changes": changes,
                "swallowers": swallowers,
                "broken": broken,
                "faults": [fault.error for fault in sender.faults],
                "different": [pair for pair in zip(plain_outcomes, traced_outcomes, strict=True) if pair[0] != pair[1]],
                "not_restored": not_restored,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
