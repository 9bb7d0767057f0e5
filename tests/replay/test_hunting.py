"""Replays of one request are grouped by what they came to; what is another one each time is no kind of its own."""

from __future__ import annotations

import itertools
import json
import threading
from typing import TYPE_CHECKING

import pytest

from tests.support.scripted_feed import ScriptedFeed
from tests.support.streams import Exchange
from wsgitrace.events import Replay
from wsgitrace.replay import Ground, Hunt, Pursuit, Seen
from wsgitrace.replay.hunting import _KINDS as KINDS
from wsgitrace.trace.comparing import Noise, Parting, compare, fingerprint, outcome_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TEXT, JSON = "text/plain", "application/json"


def cart(*, user="ada", total="3", body="", kind=TEXT, fails="", tick=0.02) -> Exchange:
    """A request through two layers to a view."""
    exchange = Exchange("GET", "/cart", tick=tick)
    with exchange.call("shop.Errors") as errors:
        with errors.call("shop.Auth") as auth:
            auth.environ["shop.user"] = user
            with auth.call("shop.cart", "application") as view:
                if fails:
                    view.raises(fails, f"no luck, {user}")
                else:
                    data = (body or "three plants").encode()
                    length = ("Content-Length", str(len(data)))
                    view.start_response("200 OK", [("Content-Type", kind), ("X-Total", total), length])
                    view.returns([data])
        if fails:
            errors.start_response("500 Internal Server Error", [("Content-Type", TEXT)])
            errors.returns([b"Sorry"])
    return exchange.finish()


def seen(exchange: Exchange, number: int | None = 1) -> Seen:
    return Seen.of(exchange.trace(), number, 1_000_000) if number else Seen(outcome_of(exchange.trace()))


def hunted(original: Exchange, *replays: Exchange, learns: bool = True) -> Hunt:
    hunt = Hunt(original.trace(), Noise(), len(replays), learns=learns)
    for number, replay in enumerate(replays, 2):
        hunt.take(seen(replay, number))
    return hunt


def kinds(hunt: Hunt) -> list[tuple[int, int | None, str]]:
    return [(group.count, group.sample, group.fingerprint.status) for group in hunt.groups]


def marks(one: Exchange, other: Exchange):
    return fingerprint(compare(one.trace(), other.trace()))


def test_a_fingerprint_holds_what_differs_and_where_but_no_values():
    plain = marks(cart(), cart())
    assert plain.alike
    assert plain == marks(cart(user="bob"), cart(user="bob", tick=5))
    assert marks(cart(), cart(user="bob")).parting == Parting("shop.Auth", 3, ("environ shop.user",))
    assert marks(cart(), cart(user="bob")) == marks(cart(), cart(user="eve"))
    assert marks(cart(), cart(total="4")).differs == ("header x-total",)
    failed = marks(cart(), cart(fails="builtins.KeyError"))
    assert [(each.type, each.layer) for each in failed.failures] == [("builtins.KeyError", "shop.cart")]
    assert failed.parting is not None
    assert failed.parting.what == ("start_response → raised KeyError",)
    assert failed != marks(cart(), cart(fails="builtins.ValueError"))


def test_another_body_is_one_kind_however_long_it_is():
    same_length, longer = marks(cart(), cart(body="four  plants")), marks(cart(), cart(body="a hundred plants"))
    assert same_length == longer
    assert longer.differs == ("body",)
    assert longer.parting == Parting("shop.cart", None, ("body",))


def test_replays_are_grouped_with_the_first_of_each_kind():
    bad = cart(fails="builtins.KeyError")
    hunt = hunted(cart(), cart(), cart(), bad, cart(), bad)
    assert kinds(hunt) == [(3, 2, "200 OK"), (2, 4, "500 Internal Server Error")]
    assert [group.place for group in hunt.groups] == [1, 3]
    assert hunt.differs
    assert hunt.as_recorded
    assert {layer: spread.count for layer, spread in hunt.figures.layers.items()} == {
        "shop.Errors": 5,
        "shop.Auth": 5,
        "shop.cart": 5,
    }
    assert hunt.groups[1].figures.layers["shop.cart"].count == 2
    assert hunt.times_taken.count == 5


def test_what_is_another_one_each_time_is_learnt_and_hides_nothing():
    numbers = iter(range(100, 200))

    def counting(**plant: str) -> Exchange:
        number = next(numbers)
        return cart(user=f"guest-{number}", body=f"plants\nYou are visitor {number} of today", **plant)

    hunt = hunted(counting(), counting(), counting(), counting(), counting(total="4"), *(counting() for _ in "123456"))
    assert [count for count, _, _ in kinds(hunt)] == [9, 1]
    assert {str(rule).partition(":")[0].partition("~")[0] for rule in hunt.learnt} == {"environ", "body"}
    assert hunt.as_recorded
    unlike = hunted(counting(), *(counting() for _ in "1234"), learns=False)
    assert len(unlike.groups) == 1, "all are unlike the recording, and each other"


def test_what_two_of_three_have_in_common_is_no_noise():
    right, wrong = (cart(body=json.dumps({"total": total}), kind=JSON) for total in (3, 4))
    for replays in itertools.product((right, wrong), repeat=3):
        hunt = hunted(right, *replays, right, wrong)
        assert hunt.learnt == ()
        assert len(hunt.groups) == 2
    assert len(hunted(right, right, wrong).groups) == 2, "two are few, but all there are"


def test_what_has_changed_since_the_recording_hides_nothing():
    for replays in ((cart(), cart(), cart(total="4")), (cart(total="4"), cart(), cart())):
        hunt = hunted(cart(user="then"), *replays, cart())
        assert not hunt.as_recorded
        assert [count for count, _, _ in kinds(hunt)] == [3, 1]
        assert hunt.groups[0].fingerprint.alike
    assert hunted(cart(total="0"), cart(total="1"), cart(), learns=False).as_recorded, "no two are the same"
    assert hunted(cart(), cart(total="1"), cart(), learns=False).as_recorded, "one of the first two went wrong"


def test_without_traces_responses_alone_are_told_apart():
    hunt = Hunt(cart().trace(), Noise(), 4)
    for replay in (cart(user="bob"), cart(), cart(total="4"), cart(fails="builtins.KeyError")):
        hunt.take(seen(replay, None))
    assert [(group.count, group.fingerprint.differs) for group in hunt.groups] == [
        (2, ()),
        (1, ("header x-total",)),
        (1, ("status", "header x-total", "body")),
    ]
    assert hunt.groups[1].outcome is not None
    assert not hunt.figures.layers


def test_kinds_are_bounded_and_replays_that_came_to_no_end_are_counted():
    hunt = hunted(cart(), cart(), cart(), *(cart(fails=f"shop.Error{number}") for number in range(KINDS + 5)))
    assert len(hunt.groups) == KINDS + 1
    rest = next(group for group in hunt.groups if group.is_rest)
    assert rest.count == 6
    hunt = hunted(cart(), cart(), cart())
    assert not hunt.differs
    hunt.fail("no response in 3 s")
    assert hunt.differs
    assert (hunt.done, hunt.ended, hunt.failed) == (3, 2, 1)


# Running.


class Application:
    """What replays run in: each that is sent is recorded at once as the next that was planned."""

    def __init__(self, feed: ScriptedFeed, *planned: Exchange | None) -> None:
        self.feed = feed
        self.original = feed.add(cart())
        self.planned = list(planned)
        self.kept: list[int] = []
        self.reason = ""
        self.restarts = 0
        self.meanwhile: Callable[[], None] = lambda: None

    def send(self, command: Replay) -> None:
        self.meanwhile()
        planned = self.planned.pop(0)
        if planned is not None:
            self.feed.add(planned, replay_of=command.replay_of)

    def pursuit(self, times: int, jobs: int = 1, **more: float | bool) -> Pursuit:
        path = self.feed.capture.path
        ground = Ground(path, self.send, self.kept.append, lambda: self.reason, lambda: self.restarts)
        hunt = Hunt(cart().trace(), Noise(), times)
        command = Replay(self.original, b"GET /cart HTTP/1.1\r\n\r\n", b"", "127.0.0.1:5000", "http")
        return Pursuit(ground, command, hunt, jobs, self.feed.capture.newest(), **more)  # type: ignore[arg-type]


@pytest.fixture
def feed(tmp_path: Path) -> Iterator[ScriptedFeed]:
    feed = ScriptedFeed(tmp_path / "feed.wtrace")
    yield feed
    feed.close()


def test_as_many_are_sent_as_are_wanted_and_samples_are_kept(feed: ScriptedFeed):
    application = Application(feed, cart(), cart(), cart(fails="builtins.KeyError"), cart(), cart())
    pursuit = application.pursuit(5, jobs=2)
    pursuit.run(lambda: False)
    assert (pursuit.sent, pursuit.stopped, pursuit.over) == (5, "", True)
    assert kinds(pursuit.hunt) == [(4, 2, "200 OK"), (1, 4, "500 Internal Server Error")]
    assert application.kept == [2, 4]
    assert pursuit.last == 6


@pytest.mark.parametrize(
    ("how", "stopped"),
    [
        ("until", "stopped at the second kind"),
        ("gone", "it is gone"),
        ("restarted", "the application was started again: what would come now is of another one"),
        ("wish", "it was stopped"),
        ("look", "it was stopped"),
        ("broken", "no luck"),
    ],
)
def test_it_says_why_it_ended_early(feed: ScriptedFeed, how: str, stopped: str):
    bad = cart(fails="builtins.KeyError")
    application = Application(feed, cart(), cart(), bad, *(cart() for _ in range(50)))
    pursuit = application.pursuit(50, until=how == "until")

    def happen() -> None:
        """What happens as the fifth is sent."""
        if len(application.planned) != 49:
            return
        if how == "broken":
            raise RuntimeError("no luck.")
        if how == "wish":
            pursuit.wish.set()
        application.reason = "It is gone." if how == "gone" else ""
        application.restarts = int(how == "restarted")

    application.meanwhile = happen
    pursuit.run(lambda: how == "look" and len(application.planned) < 49)
    assert pursuit.stopped.lower() == stopped
    assert pursuit.over
    assert pursuit.hunt.done < 50
    assert len(pursuit.hunt.groups) == 2


def test_what_never_begins_or_never_ends_is_given_up(feed: ScriptedFeed, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("wsgitrace.replay.pursuit._LOST", 0.05)
    application = Application(feed, cart(), None, Exchange("GET", "/cart"), cart())
    pursuit = application.pursuit(4, patience=0.05)
    pursuit.run(lambda: False)
    assert pursuit.hunt.failures == {"not begun within 0.05 s": 1, "no response in 0.05 s": 1}
    assert kinds(pursuit.hunt) == [(2, 2, "200 OK")]


def test_it_stops_while_it_waits(feed: ScriptedFeed):
    pursuit = Application(feed, Exchange("GET", "/cart")).pursuit(4)
    thread = threading.Thread(target=pursuit.run, args=(lambda: False,))
    thread.start()
    pursuit.wish.set()
    thread.join(60)
    assert pursuit.over
