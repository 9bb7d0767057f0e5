"""What wsgitrace and other tools that look into requests add to one: CPU, side by side, interleaved in one run.

    python -m tests.benchmarks.tool_cost [rounds, by default 7]

The application has five layers, the request is a browser's; what wsgitrace records of it is encoded and sent to a
process that throws it away, what OpenTelemetry and Sentry make is given to an exporter that does. Prints for each tool
the microseconds of CPU that a request costs more in the process of the application (for mitmproxy: in its own), and
how many times that of wsgitrace. What is not installed is left out, and said: ``pip install -e '.[benchmarks]'``
has all but mitmproxy, which needs an environment of its own; its ``mitmdump`` has to be on the PATH. Decides nothing.
"""

from __future__ import annotations

import io
import logging
import shutil
import socket
import statistics
import subprocess
import sys
import warnings
from wsgiref.validate import validator

from tests.benchmarks.stacks import stack
from tests.benchmarks.tool_django import handlers
from tests.benchmarks.tool_proxy import proxy_cost
from wsgitrace.events import Start
from wsgitrace.link import Sender
from wsgitrace.probe import Probe

try:
    DJANGO = handlers()
except ImportError as missing:
    DJANGO = missing

from tests.benchmarks.probe_cost import measure  # last: it sets Django up where nobody has

# ruff: noqa: PLC0415 -- each tool is imported only where it is measured
LAYERS = 5
REQUESTS, DJANGO_REQUESTS = 500, 100
CONTESTANTS = {}


def contestant(name):
    """Enter a tool: a function that makes its application, and the observer of its server, if any."""

    def register(make):
        CONTESTANTS[name] = make
        return make

    return register


class Traced:
    """wsgitrace, as the worker has it, for one round."""

    def __init__(self, application):
        self.link, theirs = socket.socketpair()
        self.reader = subprocess.Popen(["cat"], stdin=theirs, stdout=subprocess.DEVNULL)
        theirs.close()
        self.sender = Sender(self.link)
        self.probe = Probe(self.sender, Start(app="bench", directory=""))
        self.probe.find_layers(application, "bench")
        self.application = self.probe.application(application)
        measure(self.application, self.probe, REQUESTS)  # until it knows the layers

    def close(self):
        """Leave the application as it was."""
        self.probe.detach()
        self.sender.close()
        self.link.close()
        self.reader.wait()


@contestant("wsgiref.validate")
def validated():
    return validator(stack(LAYERS))


@contestant("Werkzeug's profiler")
def profiled():
    from werkzeug.middleware.profiler import ProfilerMiddleware

    return ProfilerMiddleware(stack(LAYERS), stream=io.StringIO())


def exporting():
    """OpenTelemetry's SDK with an exporter that throws everything away."""
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

    class Nowhere(SpanExporter):
        def export(self, spans):
            return SpanExportResult.SUCCESS

    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(Nowhere()))
    return provider


@contestant("OpenTelemetry, one span")
def one_span():
    from opentelemetry.instrumentation.wsgi import OpenTelemetryMiddleware

    return OpenTelemetryMiddleware(stack(LAYERS), tracer_provider=exporting())


@contestant("OpenTelemetry, a span per layer")
def span_per_layer():
    from opentelemetry.instrumentation.wsgi import OpenTelemetryMiddleware

    provider = exporting()
    tracer = provider.get_tracer("bench")
    application = stack(1)
    for _ in range(LAYERS - 1):
        application = spanning(application, tracer)
    return OpenTelemetryMiddleware(application, tracer_provider=provider)


def spanning(application, tracer):
    def layer(environ, start_response):
        with tracer.start_as_current_span("layer"):
            return application(environ, start_response)

    return layer


@contestant("Sentry, with traces")
def sentry():
    import sentry_sdk
    from sentry_sdk.integrations.wsgi import SentryWsgiMiddleware

    sentry_sdk.init(dsn="http://key@127.0.0.1:9/1", default_integrations=False, auto_enabling_integrations=False,
                    traces_sample_rate=1.0, transport=lambda _event: None)  # fmt: skip
    return SentryWsgiMiddleware(stack(LAYERS))


def compare(rounds):
    """Microseconds that each tool adds to a request, round by round."""
    plain = stack(LAYERS)
    made = {}
    for name, make in CONTESTANTS.items():
        try:
            made[name] = make()
        except ImportError as error:
            print(f"{name}: left out, {error}")
    added = {name: [] for name in ("wsgitrace, 5 layers", *made)}
    for _ in range(rounds):
        base = measure(plain, None, REQUESTS)
        traced = Traced(plain)
        added["wsgitrace, 5 layers"].append(measure(traced.application, traced.probe, REQUESTS) - base)
        traced.close()
        for name, application in made.items():
            added[name].append(measure(application, None, REQUESTS) - base)
    return added


def compare_django(rounds):
    """The same for a Django application."""
    if isinstance(DJANGO, ImportError):
        print(f"django-silk: left out, {DJANGO}")
        return {}
    plain, silky = DJANGO
    added = {"wsgitrace, Django hello": [], "django-silk, Django hello": []}
    for _ in range(max(rounds // 2, 2)):
        base = measure(plain, None, DJANGO_REQUESTS)
        traced = Traced(plain)
        added["wsgitrace, Django hello"].append(measure(traced.application, traced.probe, DJANGO_REQUESTS) - base)
        traced.close()
        added["django-silk, Django hello"].append(measure(silky, None, DJANGO_REQUESTS) - base)
    return added


def main(rounds):
    """Measure and print."""
    logging.disable()
    warnings.simplefilter("ignore")
    added = compare(rounds) | compare_django(rounds)
    if shutil.which("mitmdump"):
        added["mitmproxy, in its own process"] = proxy_cost(stack(LAYERS), rounds)
    else:
        print("mitmproxy: left out, no mitmdump on the PATH")
    yardstick = statistics.median(added["wsgitrace, 5 layers"])
    print(f"{'added to a request':34} {'CPU':>10} {'times wsgitrace':>16}")
    for name, costs in added.items():
        cost = statistics.median(costs)
        print(f"{name:34} {cost:8.1f}us {cost / yardstick:16.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
