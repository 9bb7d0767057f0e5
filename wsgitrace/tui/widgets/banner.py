"""What one must know now: a line or more under the top bar, there only while it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.tui.painting import Line, Run
from wsgitrace.tui.widgets.panel import Panel

if TYPE_CHECKING:
    from textual.geometry import Size
    from textual.strip import Strip

    from wsgitrace.tui.feed import Status
    from wsgitrace.tui.lines.values import Shown

__all__ = ["Banner", "banner_lines"]


class Banner(Panel):
    """A few lines of news."""

    ALLOW_SELECT = True

    def __init__(self) -> None:
        super().__init__()
        self.lines: tuple[Line, ...] = ()

    def show(self, lines: tuple[Line, ...]) -> None:
        """Show other lines; none: the banner goes away."""
        if lines != self.lines:
            self.lines = lines
            self.set_class(bool(lines), "-shown")
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as there is news."""
        del container, viewport, width
        return len(self.lines)

    def render_line(self, y: int) -> Strip:
        """One line of news."""
        return self.paint(self.lines[y] if y < len(self.lines) else (), self.content_size.width)


def banner_lines(status: Status, shown: Shown) -> tuple[Line, ...]:
    """The news of a status."""
    if status.phase == "gone":
        why = status.exit_reason or "The application's process is gone."
        lines: list[Line] = [
            (
                Run(" ✗ ", "error"),
                Run(shown.prose(why), "strong"),
                Run("  It starts again on the next save (or : Restart).", "dim"),
            )
        ]
        lines += [(Run("   last output  ", "dim"), Run(shown.prose(text), "plain")) for text in status.last_output[-2:]]
        return tuple(lines)
    if status.phase == "import failed":
        why = shown.prose(status.message)
        return ((Run(" ✗ ", "error"), Run(why, "strong"), Run("  Retries on the next save.", "dim")),)
    if status.reload_pending:
        return (
            (
                Run(" ↻ ", "warning"),
                Run("Files changed: the reload waits until nothing is held (A lets all go).", "plain"),
            ),
        )
    if status.note:
        return ((Run(" · ", "accent"), Run(status.note, "dim")),)
    return ()
