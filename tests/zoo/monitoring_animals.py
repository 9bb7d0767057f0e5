"""Tools that watch applications, as middleware and from inside of frameworks."""
# ruff: noqa: PLC0415 -- each package is imported only for its own application

from __future__ import annotations

from tests.zoo.animal import GET, LINT, OF_HELLO, animal, hello


def start_sentry(*integrations):
    """Sentry with the variables of every frame, and nowhere to send them."""
    import sentry_sdk

    sentry_sdk.init(
        dsn="http://key@127.0.0.1:9/1",
        integrations=list(integrations),
        default_integrations=False,
        auto_enabling_integrations=False,
        include_local_variables=True,
        traces_sample_rate=1.0,
        transport=lambda _envelope: None,
    )


@animal("sentry_sdk", more=OF_HELLO)
def sentry_around_an_application(between):
    from sentry_sdk.integrations.wsgi import SentryWsgiMiddleware

    start_sentry()
    return SentryWsgiMiddleware(between(hello))


@animal("sentry_sdk", "flask", requests=[GET, {"path": "/wrong"}], times=60)
def sentry_inside_flask(between):
    from sentry_sdk.integrations.flask import FlaskIntegration

    start_sentry(FlaskIntegration())
    return flask_app()


@animal("sentry_sdk", "opentelemetry.instrumentation.flask", "flask", requests=[GET, {"path": "/wrong"}], times=60)
def sentry_and_opentelemetry_inside_flask(between):
    from opentelemetry.instrumentation.flask import FlaskInstrumentor
    from sentry_sdk.integrations.flask import FlaskIntegration

    start_sentry(FlaskIntegration())
    app = flask_app()
    FlaskInstrumentor().instrument_app(app)
    return app


@animal("sentry_sdk", "pyramid")
def sentry_inside_pyramid(between):
    from sentry_sdk.integrations.pyramid import PyramidIntegration

    from tests.zoo.framework_animals import pyramid_app

    start_sentry(PyramidIntegration())
    return pyramid_app()


@animal("sentry_sdk", "bottle")
def sentry_inside_bottle(between):
    import bottle
    from sentry_sdk.integrations.bottle import BottleIntegration

    start_sentry(BottleIntegration())
    app = bottle.Bottle()
    app.route("/", callback=home)
    return app


@animal("sentry_sdk", "falcon")
def sentry_inside_falcon(between):
    from sentry_sdk.integrations.falcon import FalconIntegration

    from tests.zoo.framework_animals import falcon_app

    start_sentry(FalconIntegration())
    return falcon_app()


@animal("opentelemetry.instrumentation.wsgi", more=OF_HELLO)
def opentelemetry_around_an_application(between):
    from opentelemetry.instrumentation.wsgi import OpenTelemetryMiddleware

    return OpenTelemetryMiddleware(between(hello))


@animal("opentelemetry.instrumentation.flask", "flask", requests=[GET, {"path": "/wrong"}])
def opentelemetry_inside_flask(between):
    from opentelemetry.instrumentation.flask import FlaskInstrumentor

    app = flask_app()
    FlaskInstrumentor().instrument_app(app)
    return app


@animal("elasticapm", more=OF_HELLO)
def elastic_apm_around_an_application(between):
    from elasticapm import Client
    from elasticapm.middleware import ElasticAPM

    client = Client(service_name="zoo", server_url="http://127.0.0.1:9", disable_send=True, metrics_interval="0s",
                    central_config=False, instrument=False)  # fmt: skip
    return ElasticAPM(between(hello), client)


@animal("prometheus_client", requests=[GET, {"path": "/metrics/"}], more=OF_HELLO)
def prometheus_in_a_dispatcher(between):
    from prometheus_client import CollectorRegistry, Counter, make_wsgi_app
    from werkzeug.middleware.dispatcher import DispatcherMiddleware

    registry = CollectorRegistry()
    Counter("visits", "Visits", registry=registry)
    return DispatcherMiddleware(between(hello), {"/metrics": between(make_wsgi_app(registry))})


@animal("dozer", more=OF_HELLO)
def dozer(between):
    from dozer import Dozer

    made = Dozer(between(hello))
    made.running = False
    return made


@animal(
    "flask",
    "werkzeug",
    requests=[GET, {"path": "/missing"}],
    alarms=LINT,
    times=60,
)
def flask_behind_profiler_and_lint(between):
    import io

    from werkzeug.middleware.lint import LintMiddleware
    from werkzeug.middleware.profiler import ProfilerMiddleware

    return ProfilerMiddleware(between(LintMiddleware(between(flask_app()))), stream=io.StringIO())


def home():
    """A view."""
    return "hello"


def wrong():
    """A view that fails."""
    raise ValueError("wrong")


def flask_app():
    """Flask, with two views."""
    import flask

    app = flask.Flask("zoo")
    app.logger.disabled = True
    app.add_url_rule("/", "home", home)
    app.add_url_rule("/wrong", "wrong", wrong)
    return app
