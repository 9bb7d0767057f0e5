"""Keys one after another: what a key opens, or goes to, gets the keys that are typed after it.

Textual hands each key to the widget that has the focus when the key arrives, although the key before it may still be
on its way to where it changes the focus: typed fast, pasted, or sent by tmux, ``1 g j`` would move in the wrong panel.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from textual import events
from textual.app import App, ReturnType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.dom import DOMNode
    from textual.message_pump import MessagePump

__all__ = ["KeysInOrder"]

_PATIENCE = 0.3
"""Seconds after which the next key is handed on, whatever became of the one before it: its widget may be gone."""


class KeysInOrder(App[ReturnType]):
    """An app that hands on a key when all is done that the key before it asked for."""

    def __init__(self) -> None:
        super().__init__()
        self._typed: deque[events.Key] = deque()
        self._turn = 0
        self._is_key_on_its_way = False

    async def on_event(self, event: events.Event) -> None:
        """Keep a key back while another is on its way; everything else goes on as it comes."""
        if not isinstance(event, events.Key) or event.is_forwarded:
            await super().on_event(event)
        elif self._is_key_on_its_way:
            self._typed.append(event)
        else:
            await self._hand_on(event)

    async def _hand_on(self, key: events.Key) -> None:
        self._is_key_on_its_way = True
        self._turn += 1
        focused: DOMNode = self.focused or self.screen
        path = [node for node in (focused, *focused.ancestors) if node is not self]
        await super().on_event(key)
        self.set_timer(_PATIENCE, lambda turn=self._turn: self._arrived(turn))
        self._follow([*path, self], self._turn)

    def _follow(self, path: Sequence[MessagePump], turn: int) -> None:
        """Go where the key goes, from the focused widget outwards, in the same queues and so behind it."""
        for position, pump in enumerate(path):
            if pump.call_later(self._follow, path[position + 1 :], turn):
                return
        # Last, what it put on the screen: a dialog takes the focus when it is first shown.
        if not self.screen.call_after_refresh(self._arrived, turn):
            self._arrived(turn)

    def _arrived(self, turn: int) -> None:
        if turn == self._turn:
            self.call_later(self._next_key, turn)

    async def _next_key(self, turn: int) -> None:
        if turn != self._turn or not self._is_key_on_its_way:
            return
        self._is_key_on_its_way = False
        if self._typed:
            await self._hand_on(self._typed.popleft())
