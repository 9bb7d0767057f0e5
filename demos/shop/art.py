"""Pictures of the plants, drawn as SVG."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .catalogue import Plant

SOIL = (160, 262)


def draw(plant: Plant) -> str:
    """The portrait of ``plant``, 320 by 380 units."""
    leaves = "".join(SHAPES[plant.shape](plant))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 380" role="img">'
        f"<title>{plant.name}</title>"
        f'<circle cx="160" cy="180" r="142" fill="{plant.leaf}" opacity=".13"/>'
        '<ellipse cx="160" cy="354" rx="92" ry="9" opacity=".12"/>'
        f"{leaves if plant.shape != 'trailing' else ''}{_pot(plant.pot)}{leaves if plant.shape == 'trailing' else ''}"
        "</svg>"
    )


def _pot(colour: str) -> str:
    return (
        f'<path d="M102 268 L218 268 L204 342 Q202 352 192 352 L128 352 Q118 352 116 342 Z" fill="{colour}"/>'
        '<path d="M176 268 L218 268 L204 342 Q202 352 192 352 L168 352 Z" opacity=".12"/>'
        f'<rect x="94" y="252" width="132" height="24" rx="7" fill="{colour}"/>'
        '<rect x="94" y="270" width="132" height="6" rx="3" opacity=".14"/>'
    )


def _at(x: float, y: float, angle: float, drawing: str) -> str:
    return f'<g transform="translate({x:.1f} {y:.1f}) rotate({angle:.1f})">{drawing}</g>'


def _leaf(length: float, width: float, fill: str, vein: str) -> str:
    """A leaf that grows upwards from the origin."""
    return (
        f'<path d="M0 0 C{width:.1f} {-length * 0.25:.1f} {width:.1f} {-length * 0.8:.1f} 0 {-length:.1f} '
        f'C{-width:.1f} {-length * 0.8:.1f} {-width:.1f} {-length * 0.25:.1f} 0 0Z" fill="{fill}"/>'
        f'<path d="M0 0 L0 {-length * 0.86:.1f}" stroke="{vein}" stroke-width="2.4" opacity=".7"/>'
    )


def _heart(size: float, fill: str) -> str:
    """A heart-shaped leaf that hangs from the origin."""
    return (
        f'<path d="M0 0 C{-size:.1f} {-size * 0.9:.1f} {-size * 1.3:.1f} {size * 0.5:.1f} 0 {size * 1.5:.1f} '
        f'C{size * 1.3:.1f} {size * 0.5:.1f} {size:.1f} {-size * 0.9:.1f} 0 0Z" fill="{fill}"/>'
    )


def _stem(x: float, y: float, colour: str) -> str:
    return (
        f'<path d="M{SOIL[0]} {SOIL[1]} Q{SOIL[0]} {(SOIL[1] + y) / 2:.1f} {x:.1f} {y:.1f}" fill="none" '
        f'stroke="{colour}" stroke-width="5" stroke-linecap="round"/>'
    )


def _fan(plant: Plant) -> Iterator[str]:
    for angle, length in ((-58, 118), (58, 118), (-34, 168), (34, 168), (-12, 206), (13, 196)):
        yield _at(*SOIL, angle, _leaf(length, length * 0.24, plant.leaf, plant.shade))
        for share in (0.35, 0.5, 0.65):
            ribs = f'<path d="M-15 {-length * share - 14:.1f} L0 {-length * share:.1f} L15 {-length * share - 14:.1f}" '
            yield _at(*SOIL, angle, f'{ribs}fill="none" stroke="{plant.shade}" stroke-width="3" opacity=".55"/>')


def _split(plant: Plant) -> Iterator[str]:
    for x, y, angle, size in ((84, 150, -50, 44), (238, 140, 48, 46), (118, 92, -20, 52), (206, 78, 24, 50)):
        yield _stem(x, y, plant.shade)
        cuts = "".join(
            f'<path d="M{side * 9} {size * share:.1f} L{side * size * reach:.1f} {size * (share - 0.2):.1f}" '
            f'stroke="{plant.shade}" stroke-width="5" stroke-linecap="round"/>'
            for share, reach in ((0.15, 0.82), (0.5, 0.78), (0.85, 0.56))
            for side in (-1, 1)
        )
        yield _at(x, y, angle + 180, _heart(size, plant.leaf) + cuts)


def _blades(plant: Plant) -> Iterator[str]:
    for x, angle, length in ((118, -13, 150), (202, 13, 158), (138, -6, 206), (184, 7, 192), (160, 0, 228)):
        yield _at(x, SOIL[1], angle, _leaf(length, 22, plant.shade, plant.shade))
        yield _at(x, SOIL[1], angle, _leaf(length * 0.96, 15, plant.leaf, "#3c6b45"))


def _trailing(plant: Plant) -> Iterator[str]:
    for x, reach, drop in ((106, -34, 96), (214, 36, 88), (128, -8, 76), (194, 10, 62)):
        yield (
            f'<path d="M160 246 Q{x} 226 {x} 262 T{x + reach * 0.6:.1f} {262 + drop}" fill="none" '
            f'stroke="{plant.shade}" stroke-width="3.5"/>'
        )
        for step in range(5):
            lean = x + reach * 0.6 * step / 4 + (9 if step % 2 else -9)
            yield _at(lean, 258 + drop * step / 4.6, 24 if step % 2 else -24, _heart(13, plant.leaf))
    for angle, length in ((-62, 70), (62, 70), (-34, 106), (34, 104), (-8, 128), (16, 120)):
        tip = _tip(angle, length)
        yield _stem(*tip, plant.shade) + _at(*tip, angle + 180, _heart(24, plant.leaf))


def _tree(plant: Plant) -> Iterator[str]:
    branches = "M157 262 L158 120 M158 190 L122 140 M158 170 L200 118"
    yield f'<path d="{branches}" stroke="{BARK}" stroke-width="8" fill="none"/>'
    crowns = ((158, 122, 8), (124, 142, 5), (198, 120, 6))
    for x, y, count in crowns:
        for step in range(count):
            angle = -110 + 220 * step / (count - 1)
            yield _at(x, y, angle, _leaf(72, 27, plant.leaf if step % 2 else plant.shade, "#dfe9c4"))


def _rosette(plant: Plant) -> Iterator[str]:
    for ring, (count, length) in enumerate(((11, 104), (9, 82), (7, 60), (5, 38))):
        for step in range(count):
            angle = 360 * (step + ring / 2) / count
            tip = _at(0, -length * 0.9, 0, f'<circle r="{length * 0.07:.1f}" fill="{plant.shade}"/>')
            fill = plant.leaf if ring % 2 else "#a9d3c4"
            yield _at(160, 196, angle, _leaf(length, length * 0.36, fill, plant.leaf) + tip)


def _fern(plant: Plant) -> Iterator[str]:
    for angle in (-74, 74, -54, 54, -34, 34, -12, 12):
        reach = 0.62 + 0.38 * math.cos(math.radians(angle))
        frond: list[str] = []
        for step in range(11):
            y = (-16 * step - 14) * reach
            size = 34 * math.sin(math.pi * (step + 1.6) / 13)
            frond.extend(_at(0, y, side * 64, _leaf(size, 5.4, plant.leaf, plant.shade)) for side in (-1, 1))
        spine = f'<path d="M0 0 L0 {-196 * reach:.1f}" stroke="{plant.shade}" stroke-width="3"/>'
        yield _at(*SOIL, angle, spine + "".join(frond))


def _cactus(plant: Plant) -> Iterator[str]:
    yield (
        f'<g fill="none" stroke-linecap="round" stroke-linejoin="round" stroke="{plant.leaf}">'
        '<path d="M160 262 L160 96" stroke-width="62"/>'
        '<path d="M150 206 L96 206 L96 152 M172 184 L226 184 L226 118" stroke-width="32"/></g>'
        f'<g fill="none" stroke-linecap="round" stroke="{plant.shade}" stroke-width="3" stroke-dasharray="1 11">'
        '<path d="M144 262 L144 92 M160 262 L160 82 M176 262 L176 92 M96 200 L96 150 M226 178 L226 116"/></g>'
    )
    for step in range(6):
        yield _at(160, 66, 60 * step, _leaf(24, 10, "#f0719b", "#f7c6d6"))
    yield '<circle cx="160" cy="66" r="7" fill="#f6d365"/>'


def _tip(angle: float, length: float) -> tuple[float, float]:
    turn = math.radians(angle)
    return SOIL[0] + length * math.sin(turn), SOIL[1] - length * math.cos(turn)


BARK = "#7a5a42"
SHAPES: dict[str, Callable[[Plant], Iterator[str]]] = {
    "blades": _blades,
    "cactus": _cactus,
    "fan": _fan,
    "fern": _fern,
    "rosette": _rosette,
    "split": _split,
    "trailing": _trailing,
    "tree": _tree,
}
