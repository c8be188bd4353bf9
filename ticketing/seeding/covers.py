"""Cover pictures: gradients and simple shapes in the colours of a kind of event."""

from __future__ import annotations

import colorsys
import io
import math
import random
import secrets
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageOps

from ticketing.seeding.bulk import Advance

#: Below ``MEDIA_ROOT``; everything in it was made here and may be removed.
FOLDER = "events/demo"
#: More events than this share pictures.
MOST_PICTURES = 48
BANNER, THUMBNAIL = (1200, 630), (600, 400)
_LARGEST_FILE = 40_000
_Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Cover:
    """Paths relative to ``MEDIA_ROOT``."""

    banner: str
    thumbnail: str


@dataclass(frozen=True, slots=True)
class _Palette:
    """Colours from the darkest to the lightest; two of them are for what stands out."""

    dark: _Colour
    deep: _Colour
    bright: _Colour
    accent: _Colour
    light: _Colour


Motif = Callable[[ImageDraw.ImageDraw, _Palette, random.Random], None]


def _palette(hue: float, accent_hue: float, dice: random.Random) -> _Palette:
    """Colours around a hue (degrees), each picture a little different."""

    def colour(degrees: float, lightness: float, saturation: float) -> _Colour:
        turn = ((degrees + dice.uniform(-9, 9)) % 360) / 360
        red, green, blue = colorsys.hls_to_rgb(turn, lightness, saturation)
        return round(red * 255), round(green * 255), round(blue * 255)

    return _Palette(
        dark=colour(hue - 18, 0.13, 0.55),
        deep=colour(hue, 0.30, 0.62),
        bright=colour(hue + 14, 0.52, 0.70),
        accent=colour(accent_hue, 0.60, 0.85),
        light=colour(accent_hue + 20, 0.86, 0.75),
    )


def _rings(draw: ImageDraw.ImageDraw, palette: _Palette, dice: random.Random) -> None:
    """Sound that spreads."""
    x, y = dice.randint(250, 950), dice.randint(180, 480)
    for step in range(14, 0, -1):
        radius = step * dice.randint(44, 52)
        colour = (palette.accent, palette.bright, palette.light)[step % 3]
        box = (x - radius, y - radius, x + radius, y + radius)
        draw.ellipse(box, outline=(*colour, 60 + 9 * (14 - step)), width=4 + (14 - step))
    draw.ellipse((x - 46, y - 46, x + 46, y + 46), fill=(*palette.light, 235))


def _bars(draw: ImageDraw.ImageDraw, palette: _Palette, dice: random.Random) -> None:
    """An equalizer."""
    width, phase = dice.choice((30, 40, 50)), dice.uniform(0, 6)
    for number, x in enumerate(range(0, 1200, width + 12)):
        height = 90 + 190 * abs(math.sin(number / 4 + phase)) + dice.randint(0, 150)
        colour = palette.accent if number % 5 == 0 else palette.bright
        draw.rounded_rectangle((x, 630 - height, x + width, 660), width // 2, fill=(*colour, 170))


def _tiles(draw: ImageDraw.ImageDraw, palette: _Palette, dice: random.Random) -> None:
    """Quarter circles in a grid."""
    size = dice.choice((105, 126, 158))
    for x in range(0, 1200, size):
        for y in range(0, 630, size):
            if dice.random() < 0.35:
                continue
            colour = dice.choice((palette.bright, palette.deep, palette.accent, palette.light))
            turn = dice.choice((0, 90, 180, 270))
            cx, cy = x + (size if turn in (90, 180) else 0), y + (size if turn in (180, 270) else 0)
            draw.pieslice((cx - size, cy - size, cx + size, cy + size), turn, turn + 90, fill=(*colour, 150))


def _dots(draw: ImageDraw.ImageDraw, palette: _Palette, dice: random.Random) -> None:
    """A net of people and what connects them."""
    points = [(dice.randint(20, 1180), dice.randint(20, 610)) for _ in range(30)]
    for place, one in enumerate(points):
        for other in sorted(points[place + 1 :], key=lambda point: math.dist(point, one))[:2]:
            draw.line((*one, *other), fill=(*palette.light, 70), width=3)
    for x, y in points:
        radius = dice.randint(8, 34)
        colour = dice.choice((palette.accent, palette.light, palette.bright))
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(*colour, 215))


def _folds(draw: ImageDraw.ImageDraw, palette: _Palette, dice: random.Random) -> None:
    """A curtain that is about to open, and a spotlight."""
    middle, gap = dice.randint(450, 750), dice.randint(120, 220)
    draw.polygon(((middle - 40, -10), (middle + 40, -10), (middle + 330, 640), (middle - 330, 640)),
                 fill=(*palette.light, 60))  # fmt: skip
    draw.ellipse((middle - 300, 520, middle + 300, 640), fill=(*palette.light, 90))
    for number, x in enumerate(range(0, 1200, 60)):
        if abs(x + 30 - middle) < gap:
            continue
        colour = palette.deep if number % 2 else palette.bright
        draw.rectangle((x, 0, x + 60, 600 - dice.randint(0, 30)), fill=(*colour, 205))
        draw.rectangle((x + 44, 0, x + 60, 590), fill=(*palette.dark, 90))


def _stripes(draw: ImageDraw.ImageDraw, palette: _Palette, dice: random.Random) -> None:
    """Speed."""
    slant, x = dice.randint(160, 320), -320
    while x < 1250:
        width = dice.choice((16, 24, 60, 110))
        colour = dice.choice((palette.bright, palette.accent, palette.deep, palette.light))
        draw.polygon(
            ((x + slant, 0), (x + slant + width, 0), (x + width, 630), (x, 630)), fill=(*colour, 150)
        )
        x += width + dice.randint(20, 90)
    radius, cx, cy = dice.randint(90, 130), dice.randint(300, 900), dice.randint(200, 430)
    draw.ellipse((cx - radius, cy - radius, cx + radius, cy + radius), fill=(*palette.light, 240))
    draw.arc((cx - radius * 2, cy - radius, cx, cy + radius), -58, 58, fill=(*palette.deep, 255), width=7)
    draw.arc((cx, cy - radius, cx + radius * 2, cy + radius), 122, 238, fill=(*palette.deep, 255), width=7)


def _plates(draw: ImageDraw.ImageDraw, palette: _Palette, dice: random.Random) -> None:
    """A table seen from above."""
    for _ in range(9):
        x, y, radius = dice.randint(0, 1200), dice.randint(0, 630), dice.randint(60, 150)
        filling = dice.choice((palette.accent, palette.bright, palette.deep))
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(*palette.light, 225))
        inner = radius * 0.78
        draw.ellipse((x - inner, y - inner, x + inner, y + inner), outline=(*palette.deep, 60), width=3)
        core = radius * dice.uniform(0.35, 0.6)
        draw.pieslice((x - core, y - core, x + core, y + core), dice.randint(0, 90), dice.randint(230, 420),
                      fill=(*filling, 225))  # fmt: skip


def _waves(draw: ImageDraw.ImageDraw, palette: _Palette, dice: random.Random) -> None:
    """Long lines of strings, or of hills."""
    colours = (palette.light, palette.accent, palette.bright, palette.deep, palette.dark)
    for number, colour in enumerate(colours):
        base, height = 190 + number * 85, dice.randint(40, 85)
        length, phase = dice.randint(150, 260), dice.uniform(0, 6)
        line = [(x, base + height * math.sin(x / length + phase)) for x in range(-10, 1220, 12)]
        draw.polygon([*line, (1220, 640), (-10, 640)], fill=(*colour, 150))
    draw.ellipse((dice.randint(100, 900), 40, dice.randint(960, 1060), 200), fill=(*palette.light, 40))


#: Each family's hue, the hue of its accents (degrees), and its motifs.
_LOOKS: dict[str, tuple[float, float, tuple[Motif, ...]]] = {
    "music": (285, 335, (_rings, _bars)),
    "conference": (215, 185, (_dots, _tiles)),
    "theatre": (350, 42, (_folds,)),
    "sport": (145, 65, (_stripes,)),
    "food": (18, 44, (_plates,)),
    "workshop": (32, 165, (_tiles,)),
    "comedy": (48, 320, (_tiles, _folds)),
    "classical": (232, 38, (_waves,)),
    "film": (250, 28, (_folds, _rings)),
    "art": (320, 190, (_tiles, _waves)),
    "kids": (195, 52, (_plates, _dots)),
    "talks": (172, 25, (_waves, _dots)),
}


def paint(media: Path, families: Sequence[str], advance: Advance) -> tuple[Path, list[Cover]]:
    """Draw covers for events of these families; the folder they lie in, and one cover for each event.

    More than ``MOST_PICTURES`` events share them within their family. ``advance`` hears of every picture.
    """
    folder = f"{FOLDER}/{secrets.token_hex(6)}"
    (media / folder).mkdir(parents=True, exist_ok=True)
    drawn: dict[str, list[Cover]] = {}
    # Deals the pictures out evenly: a family with more events than others has more of them.
    for family, number in Counter(families).items():
        share = max(1, number * MOST_PICTURES // max(len(families), MOST_PICTURES))
        drawn[family] = [_save(media, f"{folder}/{family}-{one}", family, advance) for one in range(share)]
    turn: Counter[str] = Counter()
    covers = []
    for family in families:
        covers.append(drawn[family][turn[family] % len(drawn[family])])
        turn[family] += 1
    return media / folder, covers


def number_of_pictures(families: Sequence[str]) -> int:
    """How many will be drawn."""
    most = max(len(families), MOST_PICTURES)
    return sum(max(1, number * MOST_PICTURES // most) for number in Counter(families).values())


def remove_others(media: Path, keep: Path | None) -> None:
    """Remove the covers of earlier runs."""
    for folder in (media / FOLDER).glob("*"):
        if folder != keep and folder.is_dir():
            shutil.rmtree(folder, ignore_errors=True)


def _save(media: Path, name: str, family: str, advance: Advance) -> Cover:
    picture = _draw(family, random.Random())
    cover = Cover(f"{name}-banner.webp", f"{name}-thumbnail.webp")
    (media / cover.banner).write_bytes(_webp(picture))
    (media / cover.thumbnail).write_bytes(_webp(ImageOps.fit(picture, THUMBNAIL, Image.Resampling.LANCZOS)))
    advance(1)
    return cover


def _draw(family: str, dice: random.Random) -> Image.Image:
    hue, accent_hue, motifs = _LOOKS[family]
    palette = _palette(hue, accent_hue, dice)
    picture = _background(palette, dice)
    dice.choice(motifs)(ImageDraw.Draw(picture, "RGBA"), palette, dice)
    # Darker towards the edges, so that the middle shines.
    edges = Image.radial_gradient("L").resize(picture.size)
    shade = edges.point([round(max(0, value - 70) * 0.62) for value in range(256)])
    picture.paste(palette.dark, (0, 0), shade)
    return picture


def _background(palette: _Palette, dice: random.Random) -> Image.Image:
    """A slanting gradient with a glow somewhere on it."""
    slope = Image.linear_gradient("L").rotate(dice.choice((-35, -20, 20, 35)), expand=False, fillcolor=128)
    slope = slope.crop((48, 48, 208, 208)).resize(BANNER, Image.Resampling.BICUBIC)
    picture = ImageOps.colorize(slope, palette.dark, palette.bright, mid=palette.deep)
    glow = ImageOps.invert(Image.radial_gradient("L")).resize((900, 900))
    picture.paste(palette.accent, (dice.randint(-400, 600), dice.randint(-500, 200)), glow.point(_softer))
    return picture


def _softer(value: float) -> float:
    return value * 0.45


def _webp(picture: Image.Image) -> bytes:
    """At most ``_LARGEST_FILE`` bytes, at the best quality that allows it."""
    for quality in (82, 70, 55, 35, 15):
        file = io.BytesIO()
        picture.save(file, "WEBP", quality=quality, method=4)
        if file.tell() <= _LARGEST_FILE:
            break
    return file.getvalue()
