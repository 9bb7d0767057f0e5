"""Every key there is, once: bindings, the key bar, the help screen and the palette are made from this table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from textual.binding import Binding

__all__ = ["KEYS", "TYPING", "Key", "Place", "bindings", "key_name", "keys_of"]

Place: TypeAlias = Literal["app", "main", "move", "step", "stats", "diff", "hunt", "flow", "form", "typing"]
"""Where a key works: ``app`` and ``main`` screens whole, ``move`` in panels that scroll, ``typing`` in the filter."""


@dataclass(frozen=True, slots=True)
class Key:
    """One action and its keys."""

    id: str
    """Name for rebinding, and of the action."""
    keys: str
    """Keys as Textual names them, comma separated."""
    place: Place
    action: str
    """The action that it runs."""
    label: str
    """One word for the key bar and the palette."""
    help: str
    """One sentence."""
    bar: int = 0
    """Rank in the key bar, 1 first; 0: not there."""
    palette: bool = True
    """Listed in the palette."""


def _key(  # noqa: PLR0917 -- one line of a table
    name: str, keys: str, place: Place, label: str, text: str, bar: int = 0, *, action: str = "", palette: bool = True
) -> Key:
    return Key(name, keys, place, action or name, label, text, bar, palette)


KEYS: tuple[Key, ...] = (
    _key("help", "?", "app", "Help", "The keys that work here, each of them runnable.", 8, action="app.show_help"),
    _key("palette", ":,ctrl+p", "app", "Palette", "Find and run any action.", 9, action="app.palette", palette=False),
    _key(
        "quit",
        "q",
        "app",
        "Quit",
        "Leave; asks first when something is held, or marked and not saved.",
        0,
        action="app.leave",
    ),
    _key("mask", "\\", "app", "Mask", "Show or mask cookies, tokens and passwords.", 0, action="app.toggle_mask"),
    _key("theme", "", "app", "Theme", "Choose the colours: dark, light, the terminal's own.", 0, action="app.themes"),
    # The main screen.
    _key("panel_1", "1", "main", "Requests", "Go to the list of requests.", action="panel(1)"),
    _key("panel_2", "2", "main", "Layers", "Go to the layers of the selected request.", action="panel(2)"),
    _key("panel_3", "3", "main", "Inspector", "Go to the inspector.", action="panel(3)"),
    _key("console", "!", "main", "Console", "Show what the application printed."),
    _key("tab_next", "]", "main", "Next tab", "The next tab of the inspector."),
    _key("tab_previous", "[", "main", "Previous tab", "The previous tab of the inspector."),
    _key("filter", "/", "main", "Filter", "Show only requests that match: a text, or fields such as status:5xx.", 5),
    _key("filter_off", "F", "main", "Filter off", "Show everything, or again what the filter lets through."),
    _key("filter_save", "f2", "main", "Save filter", "Give the filter a name: @name stands for it in every filter."),
    _key("only_marked", "M", "main", "Only marked", "Show only marked requests, and all again."),
    _key("sort_left", "<", "main", "Sort left", "Sort by the column to the left, or not at all.", action="sort(-1)"),
    _key("sort_right", ">", "main", "Sort right", "Sort by the column to the right, or not at all.", action="sort(1)"),
    _key("sort_reverse", "", "main", "Sort back", "Sort by the same column the other way round."),
    _key("back", "escape", "main", "Back", "Clear the filter, leave zoom, go back to the list.", palette=False),
    _key("zoom", "z", "main", "Zoom", "Give the panel the whole screen, and back."),
    _key("follow", "f", "main", "Follow", "Stay at the newest request.", 6),
    _key("freeze", "p", "main", "Freeze", "Hold the display still; recording goes on.", 7),
    _key("pin", "m", "main", "Mark", "Mark the request: it is kept whatever else is dropped."),
    _key("delete", "d", "main", "Delete", "Delete from the recording: this request, marked ones, what matches, all."),
    _key(
        "statistics",
        "T",
        "main",
        "Statistics",
        "Routes and layers with counts and times, of what the filter lets through.",
    ),
    _key("step", "s", "main", "Step", "Step through the request, held or recorded.", 2),
    _key("continue", "c", "main", "Continue", "Let the held request go on.", 3, action="let_go"),
    _key("continue_all", "A", "main", "Continue all", "Let every held request go on.", action="let_all_go"),
    _key("hold_next", "i", "main", "Hold next", "Hold the next request at its first layer.", 4),
    _key("break_here", "b", "main", "Break here", "Hold requests at this layer, or on another condition."),
    _key("breakpoints", "B", "main", "Breakpoints", "List the breakpoints: add, change, switch, remove."),
    _key("breakpoints_off", "I", "main", "All off", "Switch all breakpoints off, and on again."),
    _key("replay", "r", "main", "Replay", "Send the request through the application again.", 1),
    _key("copy", "y", "main", "Copy", "Copy the URL, a command, a test, the value under the cursor."),
    _key("export", "x", "main", "Export", "Write this request, or many, to a file: HAR, curl, pytest and others."),
    _key("who", "w", "main", "Who", "Who set, changed or dropped what is under the cursor; elsewhere: all of it."),
    _key("row_next", "}", "main", "Next change", "The next change in the inspector.", action="change_row(1)"),
    _key("row_previous", "{", "main", "Last change", "The change before in the inspector.", action="change_row(-1)"),
    _key("flow", "V", "main", "Flow", "The request as a picture: layers as columns, time downwards."),
    _key("significant", "v", "main", "Significant", "Leave out what is insignificant in the panel, or show it."),
    _key("load_body", "L", "main", "Whole body", "Show all that is recorded of a large body, on its tab."),
    _key("source", "ctrl+e", "main", "Source", "Open the source of the selected layer in $EDITOR."),
    _key("restart", "", "main", "Restart", "Start the application's process anew."),
    _key(
        "diff",
        "D",
        "main",
        "Diff",
        "Compare the request with its original, the marked one, the one before it, or its last replay.",
    ),
    _key("edit_replay", "e", "main", "Edit, replay", "Edit a copy of the request, and run that."),
    _key("replay_options", "R", "main", "Replay options", "Run it often, without a layer, by the clock of then …"),
    _key("hunt", "H", "main", "Hunt", "The last hunt: a request that R ran many times, and the kinds of outcome."),
    _key("watch", "W", "main", "Watch", "Run it after each restart of the application, and say how it fares."),
    # The diff.
    _key("change_next", "}", "diff", "Next change", "To the next thing that differs.", 1, action="change(1)"),
    _key("change_previous", "{", "diff", "Last change", "To the one before.", 2, action="change(-1)"),
    _key("volatile", "v", "diff", "Volatile", "Show or hide what is another each time.", 3),
    _key("beside", "|", "diff", "Beside", "Both texts side by side, or one below the other.", 4),
    _key("ignore", "-", "diff", "Ignore", "The field, path or key under the cursor does not count any more.", 5),
    _key("open_one", "<", "diff", "Open A", "To the one request.", action="open_side(0)"),
    _key("open_other", ">", "diff", "Open B", "To the other request.", action="open_side(1)"),
    _key("diff_tab_next", "]", "diff", "Next tab", "The next tab of the differences.", 8, action="diff_tab(1)"),
    _key("diff_tab_previous", "[", "diff", "Previous tab", "The tab before.", action="diff_tab(-1)"),
    _key("diff_panel_1", "1", "diff", "Verdict", "Go to the verdict.", action="panel(1)"),
    _key("diff_panel_2", "2", "diff", "Differences", "Go to the differences.", action="panel(2)"),
    _key("diff_panel_3", "3", "diff", "Divergence", "Go to the first divergence.", action="panel(3)"),
    _key("diff_replay", "r", "diff", "Replay", "Run A again, and compare it with what comes.", 6, action="replay"),
    _key("diff_edit_replay", "e", "diff", "Edit, replay", "Edit a copy of A, and run that.", action="edit_replay"),
    _key(
        "diff_who", "w", "diff", "Who", "Who set, changed or dropped what is under the cursor, in A or B.", action="who"
    ),
    _key("diff_copy", "y", "diff", "Copy", "Copy the value under the cursor, or the request A.", action="copy"),
    _key("diff_export", "x", "diff", "Export", "Write the request A to a file: HAR, curl, pytest.", action="export"),
    _key("diff_source", "ctrl+e", "diff", "Source", "Open the source of the layer where they part.", action="source"),
    _key("diff_zoom", "z", "diff", "Zoom", "Give the panel the whole screen, and back.", action="zoom"),
    _key("diff_leave", "escape", "diff", "List", "Back to the list.", 7, action="back"),
    # The hunt.
    _key("hunt_diff", "D", "hunt", "Diff", "Compare this kind with the most frequent one, or with the marked one.", 1),
    _key("hunt_mark", "m", "hunt", "Mark", "Compare others with this kind, or again with the most frequent one.", 2),
    _key("hunt_step", "s", "hunt", "Step", "Step through the first request of this kind.", 3, action="step"),
    _key("hunt_list", "/", "hunt", "Replays", "To the list, with these replays alone; it goes on meanwhile.", 4),
    _key("hunt_copy", "y", "hunt", "Copy", "Copy the first request of this kind: URL, command, test.", action="copy"),
    _key("hunt_export", "x", "hunt", "Export", "Write it to a file: HAR, curl, pytest.", action="export"),
    _key("hunt_source", "ctrl+e", "hunt", "Source", "Open the source of the layer where they part.", action="source"),
    _key("hunt_panel_1", "1", "hunt", "Outcomes", "Go to the kinds of outcome.", action="panel(1)"),
    _key("hunt_panel_2", "2", "hunt", "Divergence", "Go to what two kinds differ in.", action="panel(2)"),
    _key("hunt_panel_3", "3", "hunt", "Layers", "Go to the layers and their times.", action="panel(3)"),
    _key("hunt_zoom", "z", "hunt", "Zoom", "Give the panel the whole screen, and back.", action="zoom"),
    _key(
        "hunt_leave",
        "escape",
        "hunt",
        "Stop, list",
        "Stop what goes on; once it is over, back to the list.",
        5,
        action="back",
    ),
    # The flow.
    _key("flow_next", "}", "flow", "Next change", "To the next row with a change.", 1, action="flow_change(1)"),
    _key("flow_previous", "{", "flow", "Last change", "To the one before.", 2, action="flow_change(-1)"),
    _key("flow_whole", "v", "flow", "Everything", "Show passes and events that changed nothing, or leave them out.", 3),
    _key("flow_step", "s", "flow", "Step", "Step through the request from this event on.", 4, action="step"),
    _key("flow_export", "x", "flow", "Export", "Write it to a file: the picture as SVG, or HAR.", 5, action="export"),
    _key("flow_who", "w", "flow", "Who", "Who set, changed or dropped what is under the cursor.", 6, action="who"),
    _key("flow_copy", "y", "flow", "Copy", "Copy the value under the cursor, or the request.", action="copy"),
    _key("flow_source", "ctrl+e", "flow", "Source", "Open the source of the chosen column.", action="source"),
    _key("flow_panel_1", "1", "flow", "Picture", "Go to the picture.", action="panel(1)"),
    _key("flow_panel_2", "2", "flow", "Event", "Go to what is said of the event.", action="panel(2)"),
    _key("flow_zoom", "z", "flow", "Zoom", "Give the panel the whole screen, and back.", action="zoom"),
    _key("flow_leave", "escape,V", "flow", "Back", "Back to where one came from.", 7, action="back"),
    # The statistics.
    _key("stats_left", "<", "stats", "Sort left", "Sort routes by the column to the left.", 1, action="stats_sort(-1)"),
    _key(
        "stats_right", ">", "stats", "Sort right", "Sort routes by the column to the right.", 2, action="stats_sort(1)"
    ),
    _key("stats_panel_1", "1", "stats", "Routes", "Go to the routes.", action="panel(1)"),
    _key("stats_panel_2", "2", "stats", "Layers", "Go to the layers.", action="panel(2)"),
    _key("stats_zoom", "z", "stats", "Zoom", "Give the panel the whole screen, and back.", action="zoom"),
    _key("stats_leave", "escape", "stats", "List", "Back to the list.", 3, action="back"),
    # Moving.
    _key("down", "j,down", "move", "Down", "One line down.", action="move(1)", palette=False),
    _key("up", "k,up", "move", "Up", "One line up.", action="move(-1)", palette=False),
    _key("top", "g,home", "move", "Top", "The first line.", action="move_to(0)", palette=False),
    _key("bottom", "G,end", "move", "Bottom", "The last line.", action="move_to(-1)", palette=False),
    _key("half_down", "ctrl+d,pagedown", "move", "Half down", "Half a page down.", action="page(1)", palette=False),
    _key("half_up", "ctrl+u,pageup", "move", "Half up", "Half a page up.", action="page(-1)", palette=False),
    _key("open", "enter", "move", "Open", "Open what is under the cursor.", action="open", palette=False),
    _key("fold", "space", "move", "Fold", "Fold or unfold what is under the cursor.", action="fold", palette=False),
    _key("left", "left", "move", "Left", "Scroll long lines to the left.", action="shift(-16)", palette=False),
    _key("right", "right", "move", "Right", "Scroll long lines to the right.", action="shift(16)", palette=False),
    # The step screen.
    _key(
        "step_forward", "s,f11", "step", "Into", "On to the next event of any layer.", 1, action="walk('step_forward')"
    ),
    _key("step_over", "n,f10", "step", "Over", "On to the next event of this layer.", 2, action="walk('step_over')"),
    _key("step_out", "o,shift+f11", "step", "Out", "On to where this layer returns.", action="walk('step_out')"),
    _key(
        "step_cursor",
        "t",
        "step",
        "To cursor",
        "On to the next event of the layer under the cursor.",
        action="walk('step_cursor')",
    ),
    _key(
        "step_continue",
        "c,f5",
        "step",
        "Continue",
        "Let it go on; in a recording: to where it was held, a rule was broken, or the end.",
        3,
        action="walk('step_continue')",
    ),
    _key("step_back", "S", "step", "Back", "Back to the event before, of any layer.", 4, action="walk('step_back')"),
    _key(
        "step_back_over",
        "N",
        "step",
        "Back over",
        "Back to the event before of this layer.",
        action="walk('step_back_over')",
    ),
    _key(
        "step_back_out", "O", "step", "Back out", "Back to where this layer was called.", action="walk('step_back_out')"
    ),
    _key(
        "step_start",
        "C",
        "step",
        "To start",
        "Back to where it was held, a rule was broken, or the first event.",
        action="walk('step_start')",
    ),
    _key("step_edit", "e", "step", "Edit", "Edit the environ key, status, header or chunk in hand.", 6),
    _key("step_add", "a", "step", "Add", "Add an environ key or a header field."),
    _key("step_remove", "delete", "step", "Remove", "Delete the environ key or header field."),
    _key("step_undo", "u", "step", "Undo", "Take the last edit back."),
    _key("step_end", "X", "step", "End otherwise", "Abort, answer, raise, skip this layer, delay, drop the client."),
    _key("step_more_time", "+", "step", "More time", "Stay held a quarter of an hour longer."),
    _key("step_no_limit", "", "step", "No time limit", "Stay held until told to go on."),
    _key("step_evaluate", "E", "step", "Evaluate", "Evaluate an expression in the frame of the layer."),
    _key("step_pdb", "P", "step", "pdb", "Give the terminal to pdb, at the frame of the layer."),
    _key("step_all", "A", "step", "Continue all", "Let every held request go on.", action="let_all_go"),
    _key("event_next", "right", "step", "Next event", "One event forwards.", action="walk('event_next')"),
    _key("event_previous", "left", "step", "Previous event", "One event backwards.", action="walk('event_previous')"),
    _key("jump", "J", "step", "Jump", "Go to an event by its number.", 8),
    _key("step_tab_next", "]", "step", "Next tab", "The next tab of the state."),
    _key("step_tab_previous", "[", "step", "Previous tab", "The previous tab of the state."),
    _key("step_panel_1", "1", "step", "Layers", "Go to the layers.", action="panel(1)"),
    _key("step_panel_2", "2", "step", "Event", "Go to the event.", action="panel(2)"),
    _key("step_panel_3", "3", "step", "State", "Go to the state.", action="panel(3)"),
    _key("step_panel_4", "4", "step", "Held", "Go to the held requests.", action="panel(4)"),
    _key("step_panel_5", "5", "step", "Events", "Go to the list of events.", action="panel(5)"),
    _key("step_replay", "r", "step", "Replay", "Send the request through the application again.", action="replay"),
    _key("step_replay_here", "R", "step", "Replay here", "Run it again, held at this event.", action="replay_here"),
    _key("step_hold_next", "i", "step", "Hold next", "Hold the next request at its first layer.", action="hold_next"),
    _key(
        "step_break_here",
        "b",
        "step",
        "Break here",
        "Hold requests at this layer, event or header.",
        action="break_here",
    ),
    _key("step_breakpoints", "B", "step", "Breakpoints", "List the breakpoints.", action="breakpoints"),
    _key(
        "step_breakpoints_off",
        "I",
        "step",
        "All off",
        "Switch all breakpoints off, and on again.",
        action="breakpoints_off",
    ),
    _key("step_copy", "y", "step", "Copy", "Copy the URL, a command, a test of the request.", action="copy"),
    _key("step_export", "x", "step", "Export", "Write the request to a file: HAR, curl, pytest.", action="export"),
    _key("step_who", "w", "step", "Who", "Who set, changed or dropped what is under the cursor.", action="who"),
    _key("step_change_next", "}", "step", "Next change", "On to where something changed.", action="step_change(1)"),
    _key("step_change_last", "{", "step", "Last change", "Back to where something changed.", action="step_change(-1)"),
    _key("step_significant", "v", "step", "Significant", "List only significant events, or all of them."),
    _key("step_flow", "V", "step", "Flow", "The request as a picture, at this event.", action="flow"),
    _key("step_source", "ctrl+e", "step", "Source", "Open the layer's source in $EDITOR.", action="source"),
    _key("step_zoom", "z", "step", "Zoom", "Give the panel the whole screen, and back.", action="zoom"),
    _key("step_leave", "escape", "step", "List", "Back to the list; what is held stays held.", 7, action="back"),
    # Forms: every other key is a character of what is typed.
    _key("form_send", "ctrl+r", "form", "Run", "Run it so; enter on a line of one row does, too.", 1),
    _key("form_next", "tab,down", "form", "Next", "The next line.", 2, action="form_next(1)", palette=False),
    _key("form_previous", "shift+tab,up", "form", "Last", "The line before.", action="form_next(-1)", palette=False),
    _key("form_raw", "ctrl+e", "form", "$EDITOR", "All of it in $EDITOR: head, empty line, body.", 3),
    _key("form_reveal", "ctrl+t", "form", "Secrets", "Show or mask the secrets in it.", 4),
    _key("form_palette", "ctrl+p", "form", "Palette", "Find and run any action.", action="app.palette", palette=False),
    _key("form_leave", "escape", "form", "Leave", "Back, without running it; asks where something was changed.", 5),
)
"""The table. Order is the order of the help screen."""

TYPING: tuple[Key, ...] = (
    _key("filter_complete", "tab", "typing", "Complete", "The next way in which what is typed may go on.", 1),
    _key("filter_older", "up", "typing", "Older", "The filter that was used before.", 2),
    _key("filter_keep", "enter", "typing", "Keep", "To the list, with the filter.", 3),
    _key("filter_clear", "escape", "typing", "Clear", "To the list, without a filter.", 4),
    _key("filter_save", "f2", "typing", "Save filter", "Give the filter a name.", 5),
)
"""Keys for the key bar while a filter is typed: every other one is a character of it."""

_FIRST = frozenset({"event_next", "event_previous", "filter", "form_send", "form_raw", "form_reveal", "form_leave"})
"""Keys that come before those of the panel one is in.

Those of the ruler, because panels have another meaning for them elsewhere; the filter's, because what is typed right
after it, faster than panels answer, is text to look for and not keys. Those of a form, because a text that is typed
there has keys of its own.
"""

_NAMES = {
    "escape": "esc",
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "f2": "F2",
    "f5": "F5",
    "f10": "F10",
    "f11": "F11",
    "shift+f11": "⇧F11",
}


def key_name(key: str) -> str:
    """One key as it is shown."""
    return _NAMES.get(key, key)


def keys_of(place: Place) -> tuple[Key, ...]:
    """The keys of one place."""
    return tuple(key for key in KEYS if key.place == place)


def bindings(*places: Place) -> list[Binding]:
    """Bindings of some places, for a class's ``BINDINGS``."""
    return [
        Binding(key.keys, key.action, key.label, show=False, id=key.id, tooltip=key.help, priority=key.id in _FIRST)
        for key in KEYS
        if key.place in places and key.keys
    ]
