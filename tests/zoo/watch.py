"""Serve an application watched by Sentry, coverage, cProfile and a debugger at the same time; print what each saw.

    python tests/zoo/watch.py [--plain]

Run in a process of its own: all of these are there once for a process.
"""

from __future__ import annotations

import bdb
import cProfile
import json
import os
import pstats
import sys
import threading
import warnings
from pathlib import Path

os.environ["COVERAGE_CORE"] = "sysmon" if sys.version_info >= (3, 12) else "ctrace"
sys.path[:0] = [str(Path(__file__).parent.parent.parent)]
warnings.simplefilter("ignore")

import coverage  # noqa: E402 -- the core has to be chosen first
import sentry_sdk  # noqa: E402
from sentry_sdk.integrations.wsgi import SentryWsgiMiddleware  # noqa: E402

from tests.probe.conftest import Bench  # noqa: E402
from tests.support.wsgi_driver import environ_for, serve  # noqa: E402

APPLICATION = str(Path(__file__).with_name("watched_app.py"))
PATHS = ("/", "/wrong", "/late", "/", "/wrong")
REPEATS = 3


class Debugger(bdb.Bdb):
    """A debugger that is asked to stop nowhere and looks at everything, as one with breakpoints does."""

    def __init__(self):
        super().__init__()
        self.called = set()
        self.variables = 0

    def trace(self, frame, event, _argument):
        """A trace function: of every line."""
        if frame.f_code.co_filename == APPLICATION:
            self.called.add(frame.f_code.co_qualname)
            self.variables += len(frame.f_locals)
        return self.trace


def reported(event):
    """What Sentry tells of the frames of each exception: function, line, variables."""
    return [
        [
            [frame["function"], frame["lineno"], sorted(frame.get("vars", {}))]
            for frame in value["stacktrace"]["frames"]
            if frame["abs_path"] == APPLICATION
        ]
        for value in event["exception"]["values"]
    ]


def main(*, plain):
    events = []

    def keep(event, _hint):
        events.append(reported(event))

    sentry_sdk.init(dsn="http://key@127.0.0.1:9/1", default_integrations=False, auto_enabling_integrations=False,
                    include_local_variables=True, before_send=keep)  # fmt: skip
    covered = coverage.Coverage(data_file=None, config_file=False, include=[APPLICATION])
    covered.start()
    from tests.zoo import watched_app  # noqa: PLC0415 -- what it does when it is imported counts

    application = SentryWsgiMiddleware(watched_app.make())
    bench = None if plain else Bench(application)
    debugger, profiler = Debugger(), cProfile.Profile()
    threading.settrace(debugger.trace)
    outcomes = []
    for _ in range(REPEATS):
        profiler.enable()
        sys.settrace(debugger.trace)
        try:
            for path in PATHS:
                served = serve if plain else bench.serve
                got = served(application, environ_for(path=path)) if plain else served(environ_for(path=path))
                outcomes.append(
                    [got.status, got.headers, [item.decode() for item in got.writes], got.error, got.frames]
                )
        finally:
            sys.settrace(None)
            profiler.disable()
    covered.stop()
    faults = [] if plain else [str(fault) for fault in bench.sender.faults]
    traced = [] if plain else sorted({layer.name for layer in bench.sender.layers.values()})
    if bench is not None:
        bench.probe.detach()
    stats = pstats.Stats(profiler).stats
    report = {
        "outcomes": outcomes,
        "events": events,
        "covered": sorted(covered.get_data().lines(APPLICATION) or []),
        "profiled": sorted({name for file, _, name in stats if file == APPLICATION}),
        "debugged": sorted(debugger.called),
        "variables": min(watched_app.SEEN) if watched_app.SEEN else 0,
        "stacks": len(watched_app.SEEN),
        "faults": faults,
        "layers": traced,
    }
    sys.stdout.write(json.dumps(report) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(plain="--plain" in sys.argv)
