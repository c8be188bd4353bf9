"""The picture that is shown where somebody shares a link: a title, a line or two, a cover, an accent."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import structlog

from ticketing.documents.faces import EAST_ASIAN, FONTS
from ticketing.documents.lines import LEADING, Block, fit
from ticketing.documents.pen import accent_of

log = structlog.get_logger(__name__)

#: What Facebook, LinkedIn and X ask for; any change of the drawing is a new ``VERSION``.
SIZE = WIDTH, HEIGHT = 1200, 630
VERSION = 1
_STAGE, _STAGE_LIGHT, _INK, _SOFT, _LAMP = "#241629", "#3a1d3f", "#fdf7f2", "#cdbfd0", "#f0b347"
_MARGIN, _TEXT_WIDTH, _COVER_WIDTH = 64, 610, 462
_MOST_PIXELS = 50_000_000


@dataclass(frozen=True, slots=True)
class ShareImage:
    """What is on it. ``lines`` stand below the title; ``accent`` is ``#rrggbb`` or nothing; ``cover`` the
    bytes of a picture, if there is one; ``site`` is the shop's name."""

    title: str
    lines: Sequence[str]
    site: str
    accent: str = ""
    cover: bytes | None = None


def share_image(shown: ShareImage) -> bytes:
    """The picture as PNG, 1200 by 630. A cover that nobody can read is left out."""
    from PIL import Image, ImageDraw

    accent = accent_of(shown.accent)
    sheet = Image.new("RGB", SIZE, _STAGE)
    cover = _cover(shown.cover)
    pen = ImageDraw.Draw(sheet)
    if cover is None:
        sheet.paste(_arches(accent), (WIDTH - _COVER_WIDTH, 0))
    else:
        sheet.paste(cover, (WIDTH - _COVER_WIDTH, 0))
    pen.rectangle((WIDTH - _COVER_WIDTH - 8, 0, WIDTH - _COVER_WIDTH - 1, HEIGHT), fill=accent)
    _write_all(pen, shown)
    file = io.BytesIO()
    # 256 colours, dithered: a third of the size, and messengers show nothing that is large.
    sheet.quantize(256, method=Image.Quantize.MEDIANCUT).save(file, "PNG", optimize=True)
    return file.getvalue()


def _write_all(pen: Any, shown: ShareImage) -> None:
    """The site's name above, title and lines standing on the lower edge."""
    name = fit(shown.site, width=_TEXT_WIDTH, height=50, sizes=(30, 22), bold=True, most_lines=1)
    _write(pen, name, _MARGIN, _MARGIN - 8, _LAMP)
    title = fit(
        shown.title, width=_TEXT_WIDTH, height=310, sizes=(66, 58, 50, 44, 38), bold=True, most_lines=5
    )
    notes = [
        fit(text, width=_TEXT_WIDTH, height=90, sizes=(31, 27), most_lines=2) for text in shown.lines if text
    ]
    room = title.height + sum(note.height + 10 for note in notes) + 18
    top = HEIGHT - _MARGIN + 8 - room
    top = _write(pen, title, _MARGIN, top, _INK) + 18
    for note in notes:
        top = _write(pen, note, _MARGIN, top, _SOFT) + 10


def _write(pen: Any, block: Block, left: float, top: float, color: str) -> float:
    """Lines that are read from the right stand at the right end; where the last one ends."""
    for number, row in enumerate(block.lines):
        x = left + (_TEXT_WIDTH - row.width * block.size if row.is_right_to_left else 0)
        baseline = top + block.size * (number * LEADING + 0.97)
        for run in row.runs:
            # There is no bold cut of the East Asian font: its strokes are drawn a little wider.
            stroke = round(block.size * 0.02) if run.font == EAST_ASIAN and block.size > 35 else 0
            face = _face(run.font, round(block.size))
            pen.text((x, baseline), run.text, font=face, fill=color, anchor="ls", stroke_width=stroke)
            x += run.width * block.size
    return top + block.height


@lru_cache(32)
def _face(name: str, size: int) -> Any:
    """The font at that size. Letters are joined and put in order before: Pillow's own idea of that is not
    asked, so that every machine draws the same."""
    from PIL import ImageFont

    return ImageFont.truetype(str(FONTS / f"{name}.ttf"), size, layout_engine=ImageFont.Layout.BASIC)


def _cover(data: bytes | None) -> Any | None:
    """The middle of the picture, as large as its place."""
    if not data:
        return None
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise ValueError(f"{picture.width} × {picture.height} pixels are too many")
            picture.draft("RGB", SIZE)
            return ImageOps.fit(picture.convert("RGB"), (_COVER_WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    except Exception as error:
        # Pillow's readers raise whatever a broken file leads them to.
        log.warning("cover_unreadable", error=str(error))
        return None


def _arches(accent: str) -> Any:
    """A door with light behind it, for what has no cover; drawn large and made small: smooth."""
    from PIL import Image, ImageDraw

    by = 2
    place = Image.new("RGB", (_COVER_WIDTH * by, HEIGHT * by), _STAGE)
    pen = ImageDraw.Draw(place)
    middle, floor = _COVER_WIDTH * by // 2, 500 * by
    for radius, color in ((185, _STAGE_LIGHT), (135, "#5b1a47"), (85, accent), (40, _LAMP)):
        half, height = radius * by, (radius + 150) * by
        pen.rectangle((middle - half, floor - height + half, middle + half, floor), fill=color)
        pen.ellipse((middle - half, floor - height, middle + half, floor - height + 2 * half), fill=color)
    pen.rectangle((0, floor, place.width, place.height), fill=_STAGE)
    pen.line((0, floor, place.width, floor), fill="#6b3a5c", width=2 * by)
    pen.polygon(
        [
            (middle - 40 * by, floor),
            (middle + 40 * by, floor),
            (middle + 130 * by, place.height),
            (middle - 130 * by, place.height),
        ],
        fill="#6a4437",
    )
    return place.resize((_COVER_WIDTH, HEIGHT), Image.Resampling.LANCZOS)
