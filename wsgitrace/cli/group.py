"""The command and its verbs, each imported when it is asked for."""

from __future__ import annotations

import difflib
import signal
from importlib import import_module
from typing import TYPE_CHECKING, Final

import click

from wsgitrace import __version__
from wsgitrace.cli.refusal import USAGE, Refusal, tell
from wsgitrace.settings import SettingError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["run_verb", "wsgitrace"]

VERBS: Final = {
    "run": "Serve APP and watch its requests live.",
    "record": "Serve APP without a screen and record to a file.",
    "open": "Look at a recorded file.",
    "ls": "List the requests of a recorded file.",
    "tail": "Follow a file while it is being recorded.",
    "stats": "Count the requests of a recorded file, by route and by layer.",
    "show": "Show one request: its layers, what each changed, its events.",
    "flow": "Draw the way of one request through its layers.",
    "replay": "Run recorded requests again, and compare what comes.",
    "hunt": "Run one request many times, and count the kinds of outcome.",
    "diff": "Compare two requests: their responses, and where in the layers they part.",
    "lint": "Say which rules of WSGI and HTTP were broken, and by which layer.",
    "blame": "Tell who set, changed or dropped a header, a cookie, the status, an environ key.",
    "ledger": "Tell who read, answered, buffered, closed and caught what in one request.",
    "delete": "Take the requests that match a filter out of a recorded file.",
    "export": "Requests of a recorded file as HAR, commands, tests, bytes.",
    "import": "Make a recorded file of a HAR.",
    "repair": "Save what can be read of a damaged file in a new one.",
    "layers": "Show the layers of APP without serving it.",
    "demo": "Serve a small shop with visitors, to try it out.",
}
"""The verbs in the order of ``--help``; each is the command of its name in the module of its name."""

_KEYWORDS: Final = {"import": ("importing", "command")}
"""Verbs that no module can be imported by: module and command."""


class ReaderGoneError(Exception):
    """Nobody reads standard output any more, as in ``wsgitrace ls FILE | head``: click would call that an error."""


class _Verbs(click.Group):
    """A group that knows its verbs by name and imports one when it runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS) if ctx.command is self else []

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 -- click's signature
        if cmd_name not in VERBS:
            return None
        module, name = _KEYWORDS.get(cmd_name, (cmd_name, cmd_name))
        command = getattr(import_module(f"wsgitrace.cli.{module}"), name)
        if not isinstance(command, click.Command):
            return None
        # In a docstring the sign by which click leaves lines as they are is written as it is read.
        command.help = (command.help or "").replace("\\b\n", "\b\n")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 -- click's signature
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise ReaderGoneError from None
        except SettingError as problem:
            raise Refusal(str(problem)) from None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in VERBS and not name.startswith("-"):
            ctx.fail(_unknown(name))
        return super().resolve_command(ctx, args)


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, VERBS, n=1)
    if near:
        return f"There is no verb {name!r}; the nearest is {near[0]!r}."
    if name.endswith(".wtrace"):
        return f"There is no verb {name!r}; to look at it, 'wsgitrace open {name}'."
    if ":" in name or "." in name:
        return f"There is no verb {name!r}; to serve it, 'wsgitrace run {name}'."
    return f"There is no verb {name!r}; there are {', '.join(VERBS)}."


@click.group(cls=_Verbs, subcommand_metavar="VERB ...", context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="wsgitrace %(version)s")
def wsgitrace() -> None:
    """A debugger for the WSGI layer of Python web applications.

    It serves an unmodified application and shows what every request did on its way through every layer of
    middleware and back.
    """


def run_verb(arguments: Sequence[str]) -> int:
    """Run the command; what the user did wrong is one sentence on standard error. Returns the exit code."""
    try:
        code = wsgitrace.main(list(arguments), "wsgitrace", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as problem:
        problem.show()
        return USAGE
    except click.UsageError as problem:
        more = f" (see {problem.ctx.command_path} --help)" if problem.ctx is not None else ""
        tell(f"{problem.format_message().removesuffix('.')}{more}.")
        return USAGE
    except click.ClickException as problem:
        problem.show()
        return problem.exit_code
    except ReaderGoneError:
        return 128 + signal.SIGPIPE
    except click.Abort:
        return 128 + signal.SIGINT
    return code if isinstance(code, int) else 0
