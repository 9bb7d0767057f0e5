"""What the user may tell pdb: its own commands, but none that ends the program."""

from __future__ import annotations

import ctypes
import sys
from code import InteractiveConsole
from pdb import Pdb
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from wsgitrace.probe.standing import is_own
from wsgitrace.probe.unpatched import allocate_lock, get_ident

if TYPE_CHECKING:
    from types import FrameType

    from wsgitrace.probe.console import Console

__all__ = ["Leave", "Prompting"]

Leave: TypeAlias = Literal["on", "stay", "go"]
"""How the user leaves the prompt: on to another line, back to the screen, or so that the request goes on."""


class Prompting(Pdb):
    """Pdb on a terminal that is not its process's, in a thread that is not the main one.

    All but :meth:`end_command` is called in that thread.
    """

    def __init__(self, console: Console) -> None:
        # No handler of SIGINT: the process is not the user's, and this is not its main thread.
        super().__init__(stdin=console, stdout=console, nosigint=True)  # type: ignore[arg-type]  # enough of a stream
        self.console = console
        self.leave: Leave = "on"
        self.lock = allocate_lock()
        self.thread = get_ident()
        self.executing = False
        """True while a command is carried out."""

    @property
    def has_lines(self) -> bool:
        """Whether the frame that is looked at goes on; that of a call that is about to be made does not."""
        return self.curframe is not None and not is_own(self.curframe)

    def end_command(self) -> None:
        """Have the command that is carried out end as by ctrl+c. Any thread, under the lock.

        Where it comes too late for the command, it is raised before the lock is had for the last time, and so caught
        by the loop of the prompt.
        """
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.thread), ctypes.py_object(KeyboardInterrupt))

    def onecmd(self, line: str) -> bool:
        """Carry out what was typed."""
        self.executing = True
        try:
            return bool(super().onecmd(line))
        finally:
            with self.lock:
                self.executing = False

    def default(self, line: str) -> None:
        """Run a statement; what it assigns to variables of the frame stays there."""
        super().default(line)
        if sys.version_info < (3, 13) and self.curframe is not None:
            # From 3.13 on what was written is what is read (PEP 667).
            ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(self.curframe), ctypes.c_int(0))

    def do_continue(self, _: str) -> bool | None:
        """Let the request go on; where nothing was stepped yet: back to the screen, and it stays held."""
        if self.breaks:
            self.set_continue()  # to where one of pdb's own breakpoints stops it
        else:
            self.leave = "go"
        return True

    do_c = do_cont = do_continue  # type: ignore[assignment]  # as pdb has them

    def do_quit(self, _: str) -> bool | None:
        """Back to the screen; the request stays held where it is."""
        self.leave = "stay"
        return True

    do_q = do_exit = do_quit  # type: ignore[assignment]  # as pdb has them

    def do_EOF(self, arg: str) -> bool | None:  # noqa: N802 -- as pdb calls it
        """Ctrl+D: back to the screen, as q does."""
        self.message("")
        return self.do_quit(arg)

    def do_next(self, arg: str) -> bool | None:
        """On to the next line of this function, or to where it returns."""
        return super().do_next(arg) if self.has_lines else self.do_step(arg)

    do_n = do_next

    def do_until(self, arg: str) -> bool | None:
        """On to a line with a greater number than this one, or at least the one that is given."""
        return super().do_until(arg) if self.has_lines else self.do_step(arg)

    do_unt = do_until

    def do_return(self, arg: str) -> bool | None:
        """On to where this function returns."""
        return super().do_return(arg) if self.has_lines else self.do_step(arg)

    do_r = do_return

    def do_interact(self, _: str) -> bool | None:
        """Start an interpreter with all names that are known here; ctrl+d returns to pdb."""
        frame: FrameType | None = self.curframe
        names = {} if frame is None else {**frame.f_globals, **self.curframe_locals}
        saved = sys.stdin, sys.stdout
        sys.stdin = sys.stdout = self.console
        try:
            _Interpreter(names, self.console).interact("*interactive* (ctrl+d returns to pdb)", "")
        except SystemExit:
            self.message("")
        finally:
            sys.stdin, sys.stdout = saved
        return None

    def do_commands(self, _: str) -> bool | None:
        """Not carried out here."""
        self.error("commands of breakpoints are not carried out here")
        return None

    def do_run(self, _: str) -> bool | None:
        """Not from here: r on the screen sends the request again."""
        self.error("a request is sent again by r on the screen, not from here")
        return None

    do_restart = do_run  # type: ignore[assignment]  # as pdb has them


class _Interpreter(InteractiveConsole):
    """The interpreter of ``interact``, on the terminal of pdb."""

    def __init__(self, names: dict[str, Any], console: Console) -> None:
        super().__init__(names)
        self._console = console

    def raw_input(self, prompt: str = "") -> str:
        """One line. Raises :class:`EOFError` at the end."""
        self._console.write(prompt)
        line = self._console.readline()
        if not line:
            self._console.write("\n")
            raise EOFError
        return line.removesuffix("\n")

    def write(self, data: str) -> None:
        """Show a text."""
        self._console.write(data)
