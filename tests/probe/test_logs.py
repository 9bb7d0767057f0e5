"""Log records and warnings: told of where they happen, and everything else as it was before."""

from __future__ import annotations

import contextvars
import datetime as dt
import io
import logging
import threading
import warnings
from decimal import Decimal
from pathlib import Path, PurePosixPath

import pytest

from tests.support.wsgi_driver import environ_for
from wsgitrace.events import Logged

logger = logging.getLogger("tests.probe.logs")


@pytest.fixture(autouse=True)
def _level():
    logger.setLevel(logging.INFO)
    yield
    logger.setLevel(logging.NOTSET)
    logger.disabled = False


def serving(bench, tell):
    """What is logged while an application runs ``tell``."""

    def app(environ, start_response):
        tell(environ)
        start_response("200 OK", [])
        return [b""]

    made = bench(app)
    made.serve(environ_for())
    assert made.sender.faults == []
    return made.sender.of_event(Logged)


def test_a_record_tells_where_it_was_logged_and_the_exception_it_was_logged_with(bench):
    def tell(_environ):
        try:
            {}["coupon"]
        except KeyError:
            logger.exception("no %s", "luck")

    (logged,) = serving(bench, tell)
    assert (logged.level, logged.logger, logged.text, logged.span) == (40, "tests.probe.logs", "no luck", 1)
    assert (logged.file, logged.error) == (__file__, "KeyError: 'coupon'")
    (frame,) = logged.frames
    assert (frame.file, frame.line, frame.variables) == (__file__, logged.line - 2, {})


class OddError(Exception):
    def __str__(self):
        raise AssertionError("asked")

    __repr__ = __str__


@pytest.mark.parametrize(
    ("template", "args", "text"),
    [
        ("%s and %r", (Decimal("1.20"), 3), "1.20 and 3"),
        ("%.1f %s", (Decimal("1.25"), dt.date(2026, 1, 31)), "1.2 2026-01-31"),
        ("%s", (ValueError("no"),), "no"),
        ("%s", (PurePosixPath("/srv"),), "<pathlib"),
        (
            "%s at %s",
            (Path("/srv"), dt.datetime(2026, 1, 31, tzinfo=dt.UTC)),
            "/srv at 2026-01-31 00:00:00+00:00",
        ),
        ("%s", (OddError("secret"),), "secret"),
        ("%(a)s", ({"a": [1, 2]},), "[1, 2]"),
        ("%s", (object(),), "<object>"),
        ("%d left", ("none",), "%d left"),
        (ValueError("as a message"), (), "as a message"),
    ],
    ids=[
        "decimal",
        "formats",
        "exception",
        "a type not known",
        "path and time",
        "odd exception",
        "names",
        "object",
        "misfit",
        "no text",
    ],
)
def test_what_can_be_told_without_running_code_of_the_application_is_told(template, args, text, bench, monkeypatch):
    monkeypatch.setattr(logging, "raiseExceptions", False)
    logger.addHandler(logging.NullHandler())
    monkeypatch.setattr(logger, "propagate", False)
    (logged,) = serving(bench, lambda _: logger.info(template, *args))
    assert logged.text.startswith(text)


def test_records_of_a_disabled_logger_and_below_its_level_are_none(bench):
    def tell(_environ):
        logger.debug("not wanted")
        logger.disabled = True
        logger.error("not heard")

    assert serving(bench, tell) == []


def test_without_a_handler_the_last_resort_writes_as_ever(bench, monkeypatch):
    monkeypatch.setattr(logger, "propagate", False)
    monkeypatch.setattr(logger, "handlers", [])
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    assert [each.text for each in serving(bench, lambda _: logger.warning("heard"))] == ["heard"]
    assert written.getvalue() == "heard\n"


def test_what_a_thread_logs_is_tied_where_it_runs_in_the_context(bench):
    def tell(_environ):
        context = contextvars.copy_context()
        for run in (lambda: context.run(logger.info, "in the context"), lambda: logger.info("in none")):
            thread = threading.Thread(target=run)
            thread.start()
            thread.join()

    assert [(each.text, each.span) for each in serving(bench, tell)] == [("in the context", 1)]


@pytest.fixture
def shown(monkeypatch):
    """Warnings that are shown, not kept by pytest."""
    found = []
    monkeypatch.setattr(warnings, "_showwarnmsg_impl", lambda message: found.append(str(message.message)))
    return found


def test_a_warning_that_is_shown_is_a_record(bench, shown):
    def tell(_environ):
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            warnings.warn("the old way", DeprecationWarning, stacklevel=1)
            warnings.warn("once is enough", UserWarning, stacklevel=1)
            warnings.simplefilter("ignore")
            warnings.warn("not shown", UserWarning, stacklevel=1)

    logged = serving(bench, tell)
    assert [(each.level, each.logger, each.text) for each in logged] == [
        (30, "py.warnings", "DeprecationWarning: the old way"),
        (30, "py.warnings", "UserWarning: once is enough"),
    ]
    assert (logged[0].file, logged[1].line - logged[0].line) == (__file__, 1)
    assert shown == ["the old way", "once is enough"]


def test_filters_work_as_ever_and_what_is_caught_is_not_shown(bench, shown):
    def tell(_environ):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            warnings.warn("kept", UserWarning, stacklevel=1)
        assert [str(each.message) for each in caught] == ["kept"]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with pytest.raises(UserWarning, match="raised"):
                warnings.warn("raised", UserWarning, stacklevel=1)

    assert serving(bench, tell) == shown == []


def test_a_warning_that_is_logged_is_told_of_once(bench, shown):
    def tell(_environ):
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            logging.captureWarnings(True)  # noqa: FBT003 -- its only argument
            try:
                warnings.warn("both", UserWarning, stacklevel=1)
            finally:
                logging.captureWarnings(False)  # noqa: FBT003 -- as above

    (logged,) = serving(bench, tell)
    assert logged.logger == "py.warnings"
    assert "UserWarning: both" in logged.text
    assert shown == []


def test_afterwards_every_function_has_its_own_code_again(bench):
    functions = [logging.Logger.callHandlers, warnings._showwarnmsg]
    codes = [each.__code__ for each in functions]
    made = bench(lambda environ, start_response: [])
    assert [each.__code__ for each in functions] != codes
    made.probe.detach()
    assert [each.__code__ for each in functions] == codes
