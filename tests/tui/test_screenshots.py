from __future__ import annotations

import pytest

from tests.support.scenes import SCENES, Scene
from tests.support.screen import SNAPSHOTS
from tests.support.screenshots import DIRECTORY, PICTURE, drawn_request, text_of


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_the_pictures_show_the_screens_as_they_are(scene: Scene):
    svg = (DIRECTORY / f"{scene.name}.svg").read_text("utf-8")
    assert text_of(svg) == (SNAPSHOTS / f"{scene.name}.txt").read_text("utf-8"), "python -m tests.support.screenshots"
    assert (DIRECTORY / f"{scene.name}.png").read_bytes().startswith(b"\x89PNG")


def test_the_picture_of_a_request_is_as_it_is_drawn(tmp_path):
    assert (DIRECTORY / f"{PICTURE}.svg").read_text("utf-8") == drawn_request(tmp_path)


def test_there_is_no_picture_of_what_is_no_longer_there():
    assert {path.stem for path in DIRECTORY.glob("*.*g")} == {scene.name for scene in SCENES} | {PICTURE}
    assert {path.stem for path in SNAPSHOTS.glob("*.txt")} == {scene.name for scene in SCENES}
