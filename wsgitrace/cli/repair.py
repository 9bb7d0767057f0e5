"""``wsgitrace repair``: what can be read of a damaged file, in a new one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from wsgitrace.cli.refusal import Refusal, tell

if TYPE_CHECKING:
    from wsgitrace.capture.repair import Repaired

__all__ = ["repair"]


@click.command(short_help="Save what can be read of a damaged file in a new one.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="NEW", help="The new file.  [FILE with -repaired]"
)
def repair(file: Path, output: Path | None) -> int:
    r"""Save what can be read of FILE, a damaged recording, in a new file. FILE itself stays as it is.

    \b
    wsgitrace repair shop.wtrace
    wsgitrace repair shop.wtrace -o saved.wtrace

    What was saved, and what was not, is said on standard error. Exit codes: 0 all was saved, 1 some was lost, 2
    nothing could be read.
    """
    from wsgitrace.capture import CaptureError  # noqa: PLC0415 -- not for --help
    from wsgitrace.capture.repair import repair as save  # noqa: PLC0415 -- not for --help

    new = output if output is not None else file.with_name(f"{file.stem}-repaired{file.suffix or '.wtrace'}")
    try:
        report = save(file, new)
    except CaptureError as problem:
        raise Refusal(str(problem)) from None
    for sentence in _sentences(report, file, new):
        tell(sentence)
    lost = report.missing or report.bare or report.bodiless or report.missing is None
    return 1 if lost else 0


def _sentences(report: Repaired, file: Path, new: Path) -> list[str]:
    found = [f"{file} is sound; {new} is a copy."] if report.sound else []
    if report.header:
        found.append("the beginning of the file was unreadable and was made anew.")
    of = "" if report.missing is None else f" of {report.exchanges + report.missing:,}"
    found.append(f"saved {report.exchanges:,}{of} requests and {report.output:,} lines of output in {new}.")
    if report.missing is None:
        found.append("how many there were cannot be told any more.")
    if report.bare:
        found.append(f"{report.bare:,} of them without some of their events, or all.")
    if report.bodiless:
        found.append(f"{report.bodiless:,} of them without some bytes of their bodies.")
    return found
