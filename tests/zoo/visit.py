"""Serve the requests of one animal of the zoo without and with the probe; print both as JSON.

Run in a process of its own, so that what an animal patches or leaves behind is its own: ``python visit.py NAME``.
"""

from __future__ import annotations

import gc
import json
import re
import sys
import warnings
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
TIMES = 3
CLOCK = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+")
LEAK_TIMES = 300


def outcomes(serve, requests):
    from tests.support.wsgi_driver import environ_for  # noqa: PLC0415 -- the path is set first

    found = []
    for _ in range(TIMES):
        for request in requests:
            outcome = serve(environ_for(**request))
            headers = [field for field in outcome.headers if field[0].lower() not in {"date", "set-cookie"}]
            body = b"<item>".join(item for item in outcome.writes)
            text = CLOCK.sub("TIME", body.decode("latin-1"))
            found.append([outcome.status, headers, text, outcome.error])
    return found


def leaked(serve, requests):
    """How many objects more there are after many requests."""
    from tests.support.wsgi_driver import environ_for  # noqa: PLC0415 -- the path is set first

    def run(times):
        for _ in range(times):
            for request in requests:
                serve(environ_for(**request))
        gc.collect()
        return len(gc.get_objects())

    before = run(100)
    return run(LEAK_TIMES) - before


def main(name):
    sys.path[:0] = [str(ROOT)]
    warnings.simplefilter("ignore")
    from tests.probe.conftest import Bench  # noqa: PLC0415 -- the path is set first
    from tests.support.wsgi_driver import serve  # noqa: PLC0415
    from tests.zoo.animals import ZOO  # noqa: PLC0415
    from wsgitrace.events import Called, Ended  # noqa: PLC0415

    one = ZOO[name]
    application = one.make()
    plain = outcomes(lambda environ: serve(application, environ), one.requests)
    unobserved = leaked(lambda environ: serve(application, environ), one.requests)
    bench = Bench(application)
    traced = outcomes(bench.serve, one.requests)
    sender = bench.sender
    layers = sender.layers
    lists = [
        [
            layers[event.layer].name
            for event in sender.of_event(Called, ended.exchange)
            if layers[event.layer].kind != "framework"  # what a framework calls inside a layer is not of this list
        ]
        for ended in sender.of(Ended)
    ]
    faults = [str(fault) for fault in sender.faults]
    sender.put = lambda *_args: True  # what the sender keeps is no leak
    leak = leaked(bench.serve, one.requests)
    bench.probe.detach()
    restored = outcomes(lambda environ: serve(application, environ), one.requests)
    count = len(one.requests)
    report = {
        "plain": plain,
        "traced": traced,
        "restored": restored,
        "first": lists[:count],
        "second": lists[count : 2 * count],
        "third": lists[2 * count :],
        "faults": faults,
        "leak": leak - unobserved,
    }
    sys.stdout.write("\n" + json.dumps(report) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
