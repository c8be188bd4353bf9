"""What cover pictures show: simple shapes in a few colours, drawn large and scaled down to smooth edges."""

from __future__ import annotations

import colorsys
import functools
import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageDraw, ImageOps

WIDTH, HEIGHT = 1200, 630
_FINER = 2
Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours from the darkest to the lightest; the last two stand out."""

    dark: Colour
    deep: Colour
    bright: Colour
    accent: Colour
    light: Colour


class Pen:
    """Draws on a picture that is larger than it says: coordinates are those of the finished one."""

    def __init__(self, picture: Image.Image) -> None:
        self._draw = ImageDraw.Draw(picture, "RGBA")

    def disc(self, x: float, y: float, radius: float, colour: Colour, alpha: int = 255) -> None:
        """A filled circle around x, y."""
        self._draw.ellipse(_box(x, y, radius, radius), fill=(*colour, alpha))

    def oval(self, x: float, y: float, wide: float, high: float, colour: Colour, alpha: int) -> None:
        """A filled ellipse around x, y with these radii."""
        self._draw.ellipse(_box(x, y, wide, high), fill=(*colour, alpha))

    def ring(self, x: float, y: float, radius: float, colour: Colour, alpha: int, width: int) -> None:
        """A circle's line."""
        self._draw.ellipse(_box(x, y, radius, radius), outline=(*colour, alpha), width=width * _FINER)

    def slice(self, x: float, y: float, radius: float, start: int, colour: Colour, alpha: int) -> None:
        """A quarter of a disc, clockwise from ``start`` degrees."""
        self._draw.pieslice(_box(x, y, radius, radius), start, start + 90, fill=(*colour, alpha))

    def arc(
        self, x: float, y: float, radius: float, start: int, end: int, colour: Colour, width: int
    ) -> None:
        """A part of a circle's line."""
        self._draw.arc(_box(x, y, radius, radius), start, end, fill=colour, width=width * _FINER)

    def shape(self, points: Any, colour: Colour, alpha: int) -> None:
        """A filled polygon."""
        self._draw.polygon([(x * _FINER, y * _FINER) for x, y in points], fill=(*colour, alpha))

    def bar(
        self, x: float, y: float, width: float, height: float, colour: Colour, alpha: int, round_: float = 0
    ) -> None:
        """A filled rectangle from its upper left corner, with round corners if they are asked for."""
        box = (x * _FINER, y * _FINER, (x + width) * _FINER - 1, (y + height) * _FINER)
        self._draw.rounded_rectangle(box, round_ * _FINER, fill=(*colour, alpha))

    def line(self, start: tuple[int, int], end: tuple[int, int], colour: Colour, alpha: int) -> None:
        """A thin straight line."""
        points = (start[0] * _FINER, start[1] * _FINER, end[0] * _FINER, end[1] * _FINER)
        self._draw.line(points, fill=(*colour, alpha), width=3 * _FINER)


def _box(x: float, y: float, wide: float, high: float) -> tuple[float, float, float, float]:
    return ((x - wide) * _FINER, (y - high) * _FINER, (x + wide) * _FINER, (y + high) * _FINER)


Motif = Callable[[Pen, Palette, random.Random], None]


def rings(pen: Pen, palette: Palette, dice: random.Random) -> None:
    """Sound that spreads."""
    x, y, gap = dice.randint(250, 950), dice.randint(180, 480), dice.randint(44, 54)
    for step in range(15, 0, -1):
        colour = (palette.accent, palette.bright, palette.light)[step % 3]
        pen.ring(x, y, step * gap, colour, 70 + 10 * (15 - step), 4 + (15 - step))
    pen.disc(x, y, 42, palette.light, 240)


def bars(pen: Pen, palette: Palette, dice: random.Random) -> None:
    """An equalizer."""
    width, phase = dice.choice((28, 38, 48)), dice.uniform(0, 6)
    for number, x in enumerate(range(10, WIDTH, width + 14)):
        height = 80 + 210 * abs(math.sin(number / 4 + phase)) + dice.randint(0, 160)
        colour = (palette.accent, palette.bright, palette.bright, palette.light)[number % 4]
        pen.bar(x, HEIGHT - height, width, height + 60, colour, 205, width / 2)


def tiles(pen: Pen, palette: Palette, dice: random.Random) -> None:
    """Quarter circles in a grid."""
    size = dice.choice((105, 126, 158))
    for x in range(0, WIDTH, size):
        for y in range(0, HEIGHT, size):
            if dice.random() < 0.3:
                continue
            colour = dice.choice((palette.bright, palette.deep, palette.accent, palette.light))
            turn = dice.choice((0, 90, 180, 270))
            corner_x = x + (size if turn in (90, 180) else 0)
            pen.slice(corner_x, y + (size if turn in (180, 270) else 0), size, turn, colour, 190)


def dots(pen: Pen, palette: Palette, dice: random.Random) -> None:
    """People, and what connects them."""
    points = [(dice.randint(20, 1180), dice.randint(20, 610)) for _ in range(32)]
    for place, one in enumerate(points):
        for other in sorted(points[place + 1 :], key=lambda point: math.dist(point, one))[:2]:
            pen.line(one, other, palette.light, 80)
    for x, y in points:
        colour = dice.choice((palette.accent, palette.light, palette.bright))
        pen.disc(x, y, dice.randint(8, 36), colour, 230)


def folds(pen: Pen, palette: Palette, dice: random.Random) -> None:
    """A curtain that is about to open, and a spotlight."""
    middle, gap = dice.randint(430, 770), dice.randint(150, 240)
    pen.shape(
        ((middle - 30, -10), (middle + 30, -10), (middle + gap, 590), (middle - gap, 590)), palette.light, 80
    )
    pen.oval(middle, 585, gap * 1.1, 42, palette.light, 150)
    for x in range(0, WIDTH, 60):
        if abs(x + 30 - middle) < gap:
            continue
        length = 640 if abs(x + 30 - middle) > gap + 60 else 620
        pen.bar(x, -10, 60, length, palette.deep, 255)
        pen.bar(x, -10, 22, length, palette.bright, 200)
        pen.bar(x + 46, -10, 14, length, palette.dark, 120)
    for number, x in enumerate(range(0, WIDTH + 100, 100)):
        pen.disc(x, 0, 62, palette.accent if number % 2 else palette.bright, 255)


def stripes(pen: Pen, palette: Palette, dice: random.Random) -> None:
    """Speed, and a ball."""
    slant, x = dice.randint(160, 320), -320
    while x < WIDTH + 50:
        width = dice.choice((16, 24, 60, 110))
        colour = dice.choice((palette.bright, palette.accent, palette.deep, palette.light))
        pen.shape(((x + slant, 0), (x + slant + width, 0), (x + width, 630), (x, 630)), colour, 170)
        x += width + dice.randint(20, 90)
    radius, x, y = dice.randint(100, 140), dice.randint(300, 900), dice.randint(200, 430)
    pen.disc(x, y, radius + 12, palette.dark, 120)
    pen.disc(x, y, radius, palette.light)
    far, width = radius * 1.25, 7
    half = round(math.degrees(math.acos(far / (2 * radius))))
    pen.arc(x - far, y, radius, -half, half, palette.deep, width)
    pen.arc(x + far, y, radius, 180 - half, 180 + half, palette.deep, width)


def plates(pen: Pen, palette: Palette, dice: random.Random) -> None:
    """A table seen from above."""
    for column in range(5):
        for row in range(3):
            x, y = 110 + column * 245 + dice.randint(-45, 45), 105 + row * 215 + dice.randint(-35, 35)
            radius = dice.randint(70, 112)
            pen.disc(x + 6, y + 10, radius, palette.dark, 90)
            pen.disc(x, y, radius, palette.light)
            pen.ring(x, y, radius * 0.8, palette.accent, 110, 3)
            pen.disc(
                x, y, radius * dice.uniform(0.45, 0.66), dice.choice((palette.accent, palette.bright)), 235
            )
            for _ in range(dice.randint(1, 4)):
                reach = radius * 0.35
                speck = dice.choice((palette.deep, palette.light, palette.bright))
                pen.disc(
                    x + dice.uniform(-reach, reach),
                    y + dice.uniform(-reach, reach),
                    radius * 0.13,
                    speck,
                    230,
                )


def waves(pen: Pen, palette: Palette, dice: random.Random) -> None:
    """Long lines, of strings or of hills, and a sun behind them."""
    pen.disc(dice.randint(200, 1000), dice.randint(130, 230), dice.randint(70, 120), palette.light, 220)
    colours = (palette.accent, palette.light, palette.bright, palette.deep, palette.dark)
    for number, colour in enumerate(colours):
        base, height = 230 + number * 80, dice.randint(40, 85)
        length, phase = dice.randint(150, 260), dice.uniform(0, 6)
        line = [(x, base + height * math.sin(x / length + phase)) for x in range(-10, 1221, 6)]
        pen.shape([*line, (1220, 640), (-10, 640)], colour, 190)


#: Each kind of event: its hue and the hue of what stands out (degrees), and its motifs.
LOOKS: dict[str, tuple[float, float, tuple[Motif, ...]]] = {
    "music": (285, 330, (rings, bars)),
    "conference": (214, 178, (dots, tiles)),
    "theatre": (350, 40, (folds, tiles)),
    "sport": (150, 62, (stripes,)),
    "food": (16, 42, (plates,)),
    "workshop": (24, 168, (tiles, waves)),
    "comedy": (262, 48, (folds, tiles)),
    "classical": (232, 36, (waves,)),
    "film": (240, 20, (folds, rings)),
    "art": (322, 190, (tiles, waves)),
    "kids": (196, 48, (dots, tiles)),
    "talks": (174, 28, (waves, dots)),
}


def draw(family: str, dice: random.Random) -> Image.Image:
    """A picture for an event of this family, another one each time."""
    hue, accent_hue, motifs = LOOKS[family]
    palette = _palette(hue, accent_hue, dice)
    picture = _background(palette, dice)
    dice.choice(motifs)(Pen(picture), palette, dice)
    picture = picture.reduce(_FINER)
    picture.paste(palette.dark, (0, 0), _edges())
    return picture


@functools.cache
def _edges() -> Image.Image:
    """Where a picture is darkened, so that its middle shines."""
    far = Image.radial_gradient("L").resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    return far.point([round(max(0, value - 90) * 0.6) for value in range(256)])


@functools.cache
def _glow() -> Image.Image:
    """A soft light, in half the size of a picture."""
    # The gradient reaches 181 at the middle of its edges; nothing of the glow may be left there.
    light = Image.radial_gradient("L").point([round(max(0, 180 - value) * 0.75) for value in range(256)])
    return light.resize((WIDTH * 3 // 4, WIDTH * 3 // 4), Image.Resampling.BICUBIC)


def _palette(hue: float, accent_hue: float, dice: random.Random) -> Palette:
    def colour(degrees: float, lightness: float, saturation: float) -> Colour:
        turn = ((degrees + dice.uniform(-13, 13)) % 360) / 360
        red, green, blue = colorsys.hls_to_rgb(turn, lightness, saturation)
        return round(red * 255), round(green * 255), round(blue * 255)

    return Palette(
        dark=colour(hue - 16, 0.14, 0.55),
        deep=colour(hue, 0.30, 0.60),
        bright=colour(hue + 12, 0.52, 0.66),
        accent=colour(accent_hue, 0.60, 0.85),
        light=colour(accent_hue + 14, 0.87, 0.75),
    )


def _background(palette: Palette, dice: random.Random) -> Image.Image:
    """A slanting gradient with a glow somewhere on it: soft, so it is made small and enlarged."""
    slope = Image.linear_gradient("L").rotate(dice.choice((-35, -20, 20, 35)))
    slope = slope.crop((48, 48, 208, 208)).resize((WIDTH // 2, HEIGHT // 2), Image.Resampling.BICUBIC)
    picture = ImageOps.colorize(slope, palette.dark, palette.bright, mid=palette.deep)
    picture.paste(palette.bright, (dice.randint(-350, 450), dice.randint(-450, 0)), _glow())
    return picture.resize((WIDTH * _FINER, HEIGHT * _FINER), Image.Resampling.BILINEAR)
