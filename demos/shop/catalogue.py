"""What the shop sells."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Plant:
    """One plant of the catalogue. ``price`` is in cents; the colours are for :mod:`.art`."""

    slug: str
    name: str
    latin: str
    price: int
    blurb: str
    light: str
    water: str
    shape: str
    leaf: str
    shade: str
    pot: str

    def as_json(self) -> dict[str, str | int]:
        """What the API says about this plant."""
        return {
            "slug": self.slug,
            "name": self.name,
            "latin": self.latin,
            "price": self.price,
            "light": self.light,
            "water": self.water,
            "url": f"/plants/{self.slug}",
        }


def euros(cents: int) -> str:
    """``2490`` as ``€ 24.90``."""
    return f"€ {cents // 100}.{cents % 100:02}"


def _read() -> tuple[dict[str, Plant], dict[str, float]]:
    entries = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))["plant"]
    ratings = {entry["slug"]: entry.pop("rating") for entry in entries if "rating" in entry}
    return {entry["slug"]: Plant(**entry) for entry in entries}, ratings


PLANTS, RATINGS = _read()


def search(words: str) -> list[Plant]:
    """Plants that have every one of ``words`` in their names or description."""
    wanted = words.casefold().split()
    return [
        plant
        for plant in PLANTS.values()
        if all(word in f"{plant.name} {plant.latin} {plant.blurb}".casefold() for word in wanted)
    ]
