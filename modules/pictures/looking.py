"""Jobs of the child that look: what can be told of a picture from its pixels alone."""

import hashlib
from typing import Any

from PIL import Image

NAMES = {
    "black": (20, 20, 20),
    "white": (245, 245, 245),
    "grey": (128, 128, 128),
    "red": (210, 40, 40),
    "orange": (245, 150, 40),
    "yellow": (245, 225, 70),
    "green": (50, 160, 70),
    "teal": (30, 130, 130),
    "blue": (45, 100, 215),
    "navy": (20, 30, 90),
    "purple": (125, 65, 180),
    "pink": (245, 140, 180),
    "brown": (125, 80, 50),
    "beige": (230, 210, 175),
    "light blue": (170, 210, 245),
}
GRID = 32


def facts(asked: dict[str, Any], blobs: list[bytes]) -> tuple[dict[str, Any], list[bytes]]:
    """Size, main colours, brightness, and areas that stand out from the ground."""
    image = child.opened(blobs[0], asked["pixels"])  # type: ignore[name-defined] # noqa: F821
    image = child.on_white(child.plain(image))  # type: ignore[name-defined] # noqa: F821
    small = image.resize((96, 96), Image.Resampling.BOX)
    names = [nearest(pixel) for pixel in small.get_flattened_data()]
    counts = {name: names.count(name) for name in set(names)}
    ranked = sorted(counts, key=lambda name: (-counts[name], name))
    colors = [
        {"name": name, "percent": round(counts[name] * 100 / len(names))}
        for name in ranked[:4]
        if counts[name] * 50 >= len(names) or name == ranked[0]
    ]
    light = small.convert("L").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    return {
        "width": image.width,
        "height": image.height,
        "colors": colors,
        "brightness": round(light * 100 / 255),
        "digest": hashlib.sha256(image.tobytes()).hexdigest(),
        "areas": areas(image),
    }, []


def nearest(pixel: Any) -> str:
    """The name of the colour that is nearest."""
    return min(
        NAMES,
        key=lambda name: sum((a - b) ** 2 for a, b in zip(pixel, NAMES[name], strict=True)),
    )


def areas(image: Image.Image) -> list[dict[str, Any]]:
    """Connected areas of one colour that is not the edge's, largest first; boxes are shares."""
    grid = image.resize((GRID, GRID), Image.Resampling.BOX)
    name = {(x, y): nearest(grid.getpixel((x, y))) for x in range(GRID) for y in range(GRID)}
    edge = [name[at] for at in name if 0 in at or GRID - 1 in at]
    ground = max(set(edge), key=lambda color: (edge.count(color), color))
    found, seen = [], set()
    for start, color in name.items():
        if color == ground or start in seen:
            continue
        area, queue = [], [start]
        seen.add(start)
        while queue:
            x, y = queue.pop()
            area.append((x, y))
            for at in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)):
                if at not in seen and name.get(at) == color:
                    seen.add(at)
                    queue.append(at)
        if len(area) >= 4:
            found.append((len(area), color, area))
    found.sort(key=lambda one: (-one[0], one[1]))
    return [{"label": f"{color} area", "box": box(area)} for _, color, area in found[:10]]


def box(area: list[tuple[int, int]]) -> list[float]:
    """Left, top, width and height as shares of the picture."""
    left, top = min(x for x, _ in area), min(y for _, y in area)
    right, bottom = max(x for x, _ in area) + 1, max(y for _, y in area) + 1
    sides = (left, top, right - left, bottom - top)
    return [round(side / GRID, 4) for side in sides]
