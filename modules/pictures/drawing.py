"""Jobs of the child that draw: scenes made of the words of a prompt, one seed one picture."""

import io
import math
import random
import re
from typing import Any

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

SKIES = {
    "night": ((8, 12, 40), (38, 42, 92)),
    "sunset": ((255, 94, 77), (255, 195, 113)),
    "dawn": ((250, 177, 160), (116, 185, 255)),
    "storm": ((45, 52, 54), (99, 110, 114)),
    "winter": ((178, 200, 220), (240, 246, 252)),
    "day": ((64, 145, 230), (190, 225, 250)),
}
WORDS = {
    "night": "night",
    "dark": "night",
    "moon": "night",
    "star": "night",
    "stars": "night",
    "sunset": "sunset",
    "evening": "sunset",
    "dawn": "dawn",
    "morning": "dawn",
    "storm": "storm",
    "rain": "storm",
    "snow": "winter",
    "winter": "winter",
}
COLORS = {
    "red": (214, 48, 49),
    "orange": (240, 130, 40),
    "yellow": (250, 210, 70),
    "green": (46, 160, 90),
    "blue": (40, 110, 220),
    "purple": (120, 70, 190),
    "pink": (240, 120, 170),
    "brown": (130, 85, 55),
    "black": (30, 30, 34),
    "white": (245, 245, 245),
    "grey": (130, 135, 140),
    "gold": (212, 175, 55),
}
SEA = {"sea", "ocean", "harbour", "harbor", "lake", "ship", "boat", "lighthouse", "pier", "water"}
CITY = {"city", "street", "skyline", "town", "house", "tower", "building", "office"}
WOOD = {"forest", "tree", "trees", "wood", "garden", "park"}


def draw(asked: dict[str, Any], _: list[bytes]) -> tuple[dict[str, Any], list[bytes]]:
    """A picture for a prompt."""
    return {}, [_png(_scene(asked))]


def edit(asked: dict[str, Any], blobs: list[bytes]) -> tuple[dict[str, Any], list[bytes]]:
    """The picture with another one where the mask is transparent, or over its middle."""
    below = _read(asked, blobs[0])
    above = _scene({**asked, "width": below.width, "height": below.height})
    if len(blobs) > 1:
        mask = ImageChops.invert(_read(asked, blobs[1]).convert("RGBA").getchannel("A"))
        mask = mask.resize(below.size)
    else:
        mask = Image.new("L", below.size, 0)
        wide, high = below.size
        box = (wide // 4, high // 4, wide * 3 // 4, high * 3 // 4)
        ImageDraw.Draw(mask).ellipse(box, fill=255)
        mask = mask.filter(ImageFilter.GaussianBlur(max(2, wide // 40)))
    return {}, [_png(Image.composite(above, below.convert("RGB"), mask))]


def vary(asked: dict[str, Any], blobs: list[bytes]) -> tuple[dict[str, Any], list[bytes]]:
    """The picture with other colours, another section and perhaps turned around."""
    chance = random.Random(f"{asked['seed']}|{asked['prompt']}")
    image = _read(asked, blobs[0]).convert("RGB")
    hue, *rest = image.convert("HSV").split()
    turn = chance.randrange(20, 236)
    hue = hue.point([(value + turn) % 256 for value in range(256)])
    image = Image.merge("HSV", (hue, *rest)).convert("RGB")
    if chance.random() < 0.5:
        image = ImageOps.mirror(image)
    share = chance.uniform(0.78, 0.95)
    wide, high = int(image.width * share), int(image.height * share)
    left = chance.randrange(image.width - wide + 1)
    top = chance.randrange(image.height - high + 1)
    size = (asked["width"], asked["height"])
    section = image.crop((left, top, left + wide, top + high))
    return {}, [_png(_signed(ImageOps.fit(section, size)))]


def _read(asked: dict[str, Any], blob: bytes) -> Image.Image:
    image = child.opened(blob, asked["pixels"])  # type: ignore[name-defined] # noqa: F821
    found: Image.Image = child.plain(image)  # type: ignore[name-defined] # noqa: F821
    return found


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.convert("RGB").save(out, "PNG", compress_level=3)
    return out.getvalue()


def _scene(asked: dict[str, Any]) -> Image.Image:
    prompt, size = asked["prompt"].lower(), (asked["width"], asked["height"])
    words = set(re.findall(r"[a-z]+", prompt))
    chance = random.Random(f"{asked['seed']}|{prompt}")
    # Named colours in their order; a set would change with the process.
    named = [COLORS[word] for word in COLORS if word in words]
    mood = next((WORDS[word] for word in WORDS if word in words), "day")
    image = _sky(size, mood)
    pen = ImageDraw.Draw(image)
    _light(pen, size, mood, chance)
    _hills(pen, size, mood, chance, named)
    if words & SEA:
        _sea(pen, size, chance, "lighthouse" in words, named)
    if words & CITY:
        _city(pen, size, mood, chance, named)
    if words & WOOD or not words & (SEA | CITY):
        _trees(pen, size, chance, named)
    return _signed(image)


def _sky(size: tuple[int, int], mood: str) -> Image.Image:
    wide, high = size
    top, bottom = SKIES[mood]
    column = Image.new("RGB", (1, high))
    for y in range(high):
        share = y / high
        column.putpixel(
            (0, y),
            tuple(round(a + (b - a) * share) for a, b in zip(top, bottom, strict=True)),
        )
    return column.resize((wide, high))


def _light(
    pen: ImageDraw.ImageDraw, size: tuple[int, int], mood: str, chance: random.Random
) -> None:
    wide, high = size
    if mood == "night":
        for _ in range(160):
            x, y, r = chance.randrange(wide), chance.randrange(high // 2), chance.choice((1, 1, 2))
            pen.ellipse((x - r, y - r, x + r, y + r), fill=(255, 255, 230))
    if mood == "storm":
        return
    x, y = chance.randrange(wide // 6, wide * 5 // 6), chance.randrange(high // 8, high // 3)
    r = min(size) // 14
    fill = (240, 240, 220) if mood == "night" else (255, 236, 160)
    pen.ellipse((x - r, y - r, x + r, y + r), fill=fill)


def _hills(
    pen: ImageDraw.ImageDraw,
    size: tuple[int, int],
    mood: str,
    chance: random.Random,
    named: list[tuple[int, int, int]],
) -> None:
    wide, high = size
    ground = named[0] if named else (70, 110, 90)
    dark = 0.45 if mood == "night" else 0.8
    for layer in range(3):
        base = high * (0.5 + layer * 0.12)
        waves = [
            (chance.uniform(0.6, 3.5), chance.uniform(0, 6.3), chance.uniform(0.02, 0.09))
            for _ in range(4)
        ]
        line: list[tuple[float, float]] = []
        for x in range(0, wide + 8, 8):
            lift = sum(a * math.sin(x / wide * 6.3 * f + p) for f, p, a in waves)
            line.append((x, base - lift * high))
        shade = dark * (1.0 - layer * 0.2)
        fill = tuple(min(255, round(part * shade + 30 * (2 - layer))) for part in ground)
        pen.polygon([*line, (wide, high), (0, high)], fill=fill)


def _sea(
    pen: ImageDraw.ImageDraw,
    size: tuple[int, int],
    chance: random.Random,
    lighthouse: bool,
    named: list[tuple[int, int, int]],
) -> None:
    wide, high = size
    top = int(high * 0.72)
    pen.rectangle((0, top, wide, high), fill=(28, 84, 130))
    for _ in range(90):
        x, y = chance.randrange(wide), chance.randrange(top, high)
        pen.line((x, y, x + chance.randrange(10, 70), y), fill=(120, 170, 205), width=2)
    x = chance.randrange(wide // 5, wide * 3 // 5)
    hull = high // 16
    deck = top + high // 12
    pen.polygon(
        [(x, deck), (x + hull * 4, deck), (x + hull * 3, deck + hull), (x + hull, deck + hull)],
        fill=named[-1] if named else (150, 60, 45),
    )
    sail = [(x + hull * 2, deck - hull * 3), (x + hull * 2, deck), (x + hull * 3.6, deck)]
    pen.polygon(sail, fill=(245, 245, 240))
    if lighthouse:
        left, foot, wall = wide * 4 // 5, top + 6, wide // 26
        head = foot - high // 3
        for stripe in range(6):
            y = head + (foot - head) * stripe // 6
            fill = (214, 48, 49) if stripe % 2 == 0 else (245, 245, 245)
            pen.rectangle((left - wall, y, left + wall, y + (foot - head) // 6), fill=fill)
        pen.polygon(
            [(left, head - 10), (left - wide // 3, head - 70), (left - wide // 3, head + 50)],
            fill=(255, 244, 190),
        )
        box = (left - wall, head - wall, left + wall, head)
        pen.rectangle(box, fill=(255, 230, 120))


def _city(
    pen: ImageDraw.ImageDraw,
    size: tuple[int, int],
    mood: str,
    chance: random.Random,
    named: list[tuple[int, int, int]],
) -> None:
    wide, high = size
    x = 0
    while x < wide:
        width, height = (
            chance.randrange(wide // 18, wide // 9),
            chance.randrange(high // 6, high // 2),
        )
        base = chance.choice(named) if named else (62, 72, 92)
        shade = chance.uniform(0.6, 1.05)
        top = int(high * 0.88) - height
        fill = tuple(min(255, round(part * shade)) for part in base)
        pen.rectangle((x, top, x + width - 4, high), fill=fill)
        for wx in range(x + 8, x + width - 16, 18):
            for wy in range(top + 10, high - 12, 24):
                lit = chance.random() < (0.7 if mood == "night" else 0.2)
                pen.rectangle(
                    (wx, wy, wx + 8, wy + 12), fill=(255, 225, 130) if lit else (150, 175, 195)
                )
        x += width


def _trees(
    pen: ImageDraw.ImageDraw,
    size: tuple[int, int],
    chance: random.Random,
    named: list[tuple[int, int, int]],
) -> None:
    wide, high = size
    for _ in range(26):
        x, foot = chance.randrange(wide), chance.randrange(int(high * 0.72), high)
        tall = int((foot / high) ** 3 * high * chance.uniform(0.16, 0.26))
        leaf = chance.choice(named) if named else (34, chance.randrange(90, 140), 70)
        pen.rectangle((x - 3, foot - tall // 4, x + 3, foot), fill=(90, 62, 40))
        for level in range(3):
            top = foot - tall + level * tall // 4
            half = tall // 5 + level * tall // 12
            pen.polygon(
                [(x, top), (x - half, top + tall // 3), (x + half, top + tall // 3)], fill=leaf
            )


def _signed(image: Image.Image) -> Image.Image:
    """Says in a corner what it is."""
    image = image.convert("RGB")
    pen = ImageDraw.Draw(image)
    words = "simulated"
    left, top, right, bottom = pen.textbbox((0, 0), words)
    x, y = image.width - (right - left) - 14, image.height - (bottom - top) - 14
    pen.rectangle((x - 5, y - 3, image.width - 8, image.height - 8), fill=(20, 20, 24))
    pen.text((x, y - top), words, fill=(235, 235, 235))
    return image
