"""Keys that are typed faster than what they do."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tests.support.screen import wait_for
from wsgitrace.tui.keyboard import KeysInOrder

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType


class Panel(Static, can_focus=True):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("x", "note", "Note")]

    def action_note(self) -> None:
        self.app.noted.append(self.id)  # type: ignore[attr-defined]


class Asking(ModalScreen[str]):
    def compose(self) -> ComposeResult:
        yield Input()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value)


class Over(Message):
    """Comes after all keys."""


class Keyed(KeysInOrder[int]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1", "go('#one')", "One"),
        Binding("2", "go('#two')", "Two"),
        Binding("a", "ask", "Ask"),
        Binding("d", "drop", "Drop"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.noted: list[str] = []
        self.over = False

    def on_over(self) -> None:
        self.over = True

    def compose(self) -> ComposeResult:
        yield Panel(id="one")
        yield Panel(id="two")

    def action_go(self, where: str) -> None:
        self.query_one(where).focus()

    def action_ask(self) -> None:
        self.push_screen(Asking(), lambda text: self.noted.append(f"asked {text}"))

    async def action_drop(self) -> None:
        await self.query_one("#two").remove()


async def burst(app, *keys):
    """Keys that are all there before the first of them is looked at; waits until all of them have done what they do."""
    for key in keys:
        app.post_message(events.Key(key, {"enter": "\r"}.get(key, key)))
    app.post_message(Over())
    await wait_for(lambda: app.over and not app._typed and not app._is_key_on_its_way)


async def test_the_next_key_goes_where_the_one_before_it_went():
    app = Keyed()
    async with app.run_test():
        await burst(app, *"1x2x1xx")
        assert app.noted == ["one", "two", "one", "one"]


async def test_what_is_typed_after_opening_a_dialog_is_typed_into_it():
    app = Keyed()
    async with app.run_test():
        await burst(app, *"2xaten", "enter", *"1x")
        assert app.noted == ["two", "asked ten", "one"]


async def test_a_widget_that_goes_away_takes_no_key_with_it():
    app = Keyed()
    async with app.run_test():
        await burst(app, *"2xd1x")
        assert app.noted == ["two", "one"]
