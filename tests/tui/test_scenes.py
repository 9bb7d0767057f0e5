from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.scenes import SCENES, Scene
from tests.support.screen import compare, shown

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
async def test_every_screen_looks_as_it_was_checked_in(scene: Scene, tmp_path: Path):
    async with shown(scene, tmp_path) as (app, _, _feed):
        text = await compare(scene.name, app)
        wide, high = scene.size
        lines = text.splitlines()
        assert len(lines) == high
        assert all(len(line) <= wide for line in lines)
        assert "fault of wsgitrace" not in text
