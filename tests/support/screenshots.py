"""Pictures of every screen: ``python -m tests.support.screenshots [NAME ...]`` writes ``screenshots/``.

The test beside it compares the text in the pictures with the screens as they are now; after a change of the screens run

    WSGITRACE_UPDATE_SCREENS=1 python -m pytest tests/tui/test_scenes.py && python -m tests.support.screenshots
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
import time
from html import unescape
from pathlib import Path
from unittest.mock import patch

from tests.support.scenes import SCENES, Scene, checkout
from tests.support.screen import grid, shown, wait_for
from tests.support.scripted_feed import ScriptedFeed
from wsgitrace.export import taken
from wsgitrace.export.flow_svg import as_svg
from wsgitrace.redact import Masker, Names

__all__ = ["DIRECTORY", "PICTURE", "drawn_request", "text_of"]

DIRECTORY = Path(__file__).parents[2] / "screenshots"

FONT = "DejaVu Sans Mono"
"""It has every sign that is used; Textual's own choice is fetched from the network."""

PICTURE = "request"
"""The one that is no screen: a request as ``wsgitrace export --as svg`` draws it."""

_TEXT = re.compile(r'<text class="[^"]*-r\d+" x="([\d.]+)" y="([\d.]+)" [^>]*>(.*?)</text>')


def text_of(svg: str) -> str:
    """The text grid of a picture, blanks at the ends of lines left out."""
    found = [(float(y), float(x), unescape(text)) for x, y, text in _TEXT.findall(svg)]
    cell, line, first = 12.2, 24.4, 20.0  # what Textual gives to one cell, to one line, and above the first
    lines = [""] * (len(re.findall(r'<clipPath id="[^"]*-line-', svg)) + 1)
    for y, x, text in sorted(found):
        number = round((y - first) / line)
        lines[number] = lines[number].ljust(round(x / cell)) + text.replace("\xa0", " ")
    return "\n".join(map(str.rstrip, lines)) + "\n"


async def picture(scene: Scene, directory: Path) -> str:
    """The SVG of a scene."""
    async with shown(scene, directory) as (app, _, _feed):
        expected = Path(__file__).parents[1] / "tui" / "snapshots" / f"{scene.name}.txt"
        await wait_for(lambda: grid(app) == expected.read_text("utf-8"), f"{scene.name} is not as it was checked in")
        svg = app.export_screenshot(title="wsgitrace")
    # The ids hold a hash that would change with every line of text: pictures should differ where they look different.
    svg = re.sub(r"terminal-\d+", "terminal", svg)
    return re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL).replace("Fira Code", FONT)


def drawn_request(directory: Path) -> str:
    """The SVG of a request that failed."""
    feed = ScriptedFeed(directory / "request.wtrace")
    try:
        (exchange,) = taken(feed.capture, [feed.capture.summary(feed.add(checkout()))], Masker(Names()))
        return as_svg(exchange)
    finally:
        feed.close()


def keep(name: str, svg: str) -> None:
    """Write a picture, as it is and in pixels."""
    import resvg_py  # noqa: PLC0415 -- only pictures need it

    (DIRECTORY / f"{name}.svg").write_text(svg, "utf-8")
    (DIRECTORY / f"{name}.png").write_bytes(bytes(resvg_py.svg_to_bytes(svg_string=svg)))
    sys.stdout.write(f"{name}\n")


def main(names: list[str]) -> None:
    os.environ["TZ"] = "UTC"
    time.tzset()
    DIRECTORY.mkdir(exist_ok=True)
    for scene in SCENES:
        if names and scene.name not in names:
            continue
        with (
            tempfile.TemporaryDirectory() as directory,
            # What was typed before, in another scene or by whoever takes the pictures, is offered while one types.
            patch("wsgitrace.project_files.user_state_path", lambda _, kept=Path(directory): kept),
        ):
            svg = asyncio.run(picture(scene, Path(directory)))
        keep(scene.name, svg)
    if not names or PICTURE in names:
        with tempfile.TemporaryDirectory() as directory:
            keep(PICTURE, drawn_request(Path(directory)))


if __name__ == "__main__":
    main(sys.argv[1:])
