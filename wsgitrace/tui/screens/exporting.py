"""Requests into a file that another tool takes: which, in what form, under which name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from wsgitrace.capture import Capture, CaptureError
from wsgitrace.export import FORMATS, LeftOut, export, rows, taken, write_file
from wsgitrace.tui.screens.asking import AskScreen, Problem
from wsgitrace.tui.screens.commands import Commands
from wsgitrace.tui.screens.deleting import choices
from wsgitrace.tui.screens.picking import PickScreen
from wsgitrace.tui.units import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsgitrace.export import Format
    from wsgitrace.redact import Masker
    from wsgitrace.tui.screens.deleting import Choice

__all__ = ["Exporting"]

_MASKED: Final = "Secrets will be masked, as on the screen; \\ shows them first."
_REVEALED: Final = "Secrets will be in it as they are."


class Exporting(Commands):
    """A screen whose requests can be exported."""

    @property
    def formats(self) -> Sequence[Format]:
        """What is offered, the most wanted first."""
        return FORMATS

    def action_export(self) -> None:
        """Choose which requests."""
        row = self.selected
        if self.refused("export") or row is None:
            return
        capture = self.feed.capture
        this = (row.number, f"request {row.number}, {row.method} {self.shown.target(row.target)}")
        offered = choices(this, len(capture.pinned()), self.let_through, capture.count(), spare=False)
        picked = [(each.name, each.text, each) for each in offered]
        self.app.push_screen(PickScreen("Export", "enter goes on · esc exports nothing", picked), self._ask_format)

    def _ask_format(self, choice: Choice | None) -> None:
        if choice is None:
            return
        picked = [(each.name, each.help, (choice, each)) for each in self.formats]
        self.app.push_screen(PickScreen("Export as", "enter goes on · esc exports nothing", picked), self._ask_name)

    def _ask_name(self, answer: tuple[Choice, Format] | None) -> None:
        if answer is None:
            return
        choice, how = answer
        masker = self.shown.masker
        stem = f"request-{choice.where.text.removeprefix('id:')}" if choice.name == "This one" else "requests"
        # pytest looks into files by such names.
        name = f"test_{stem.replace('-', '_')}" if how.name == "pytest" else stem
        question = AskScreen(
            f"Export {choice.text} as {how.name}",
            f"{name}{how.suffix}",
            check=_why_not_there,
            hints=[_REVEALED if masker.reveals else _MASKED],
            placeholder="name of the file",
        )
        self.app.push_screen(question, lambda file: self._export(choice, how, file, masker))

    def _export(self, choice: Choice, how: Format, file: str | None, masker: Masker) -> None:
        if file:
            path = Path(file.strip()).expanduser()
            self.say(f"Exporting {choice.text} …")
            self.run_worker(lambda: self._export_now(choice, how, path, masker), thread=True, group="export")

    def _export_now(self, choice: Choice, how: Format, path: Path, masker: Masker) -> None:
        """Called in a thread: many take a while."""
        left_out = LeftOut()
        try:
            with Capture.open(self.feed.capture.path) as capture:
                if "finding" in choice.where.needs:
                    from wsgitrace.supervisor import analyse  # noqa: PLC0415 -- most exports do without

                    analyse(capture)
                pieces = export(how, taken(capture, rows(capture, choice.where), masker), left_out)
                # That it exists was said when the name was asked for.
                size = write_file(path, pieces, force=path.exists())
        except (CaptureError, OSError) as problem:
            said = problem.strerror or str(problem) if isinstance(problem, OSError) else str(problem)
            self.app.call_from_thread(self.say, f"Nothing was exported: {said}", severity="error")
            return
        self.app.call_from_thread(self._exported, left_out, path, size)

    def _exported(self, left_out: LeftOut, path: Path, size: int) -> None:
        said = f"{counted(left_out.written, 'request')} in {path}, {counted(size, 'byte')}"
        if not left_out.reasons:
            self.say(f"{said}.")
            return
        number, reason = next(iter(left_out.reasons.items()))
        many = counted(len(left_out.reasons), "request")
        self.say(f"{said}; {many} left out, as {number}: {reason}.", severity="warning", seconds=8)


def _why_not_there(text: str) -> str:
    """What is wrong with the name of a file; empty when nothing is."""
    path = Path(text.strip()).expanduser()
    if not text.strip():
        return "A file has a name."
    if path.is_dir():
        return f"{path} is a folder."
    if not path.parent.is_dir():
        return f"There is no folder {path.parent}."
    return Problem(f"{path} exists: it would be replaced.", insist=True) if path.exists() else ""
