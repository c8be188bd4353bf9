"""Which font writes which character, and how wide. A character that the chosen font lacks is taken from
another one; one that no font has is written with letters that come close, or left out."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

FONTS = Path(__file__).parent / "fonts"
REGULAR, BOLD, EAST_ASIAN = "DejaVuSans", "DejaVuSans-Bold", "DroidSansFallback"
#: Marks, controls, symbols (emoji among them), spaces: a name reads as well without them.
_OMITTED = ("M", "C", "S", "Z")


@dataclass(frozen=True, slots=True)
class Run:
    """Characters that one font writes."""

    font: str
    text: str
    #: For type of size 1.
    width: float


@cache
def font(name: str) -> Any:
    """The font, known to reportlab. Reading the East Asian one takes half a second, which only
    texts that need it wait for."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    loaded = TTFont(name, str(FONTS / f"{name}.ttf"), asciiReadable=False)
    pdfmetrics.registerFont(loaded)
    return loaded


def runs(text: str, *, bold: bool) -> tuple[Run, ...]:
    """The text, in the order in which it is given, cut where the font changes."""
    found: list[tuple[str, list[str], float]] = []
    for char in text:
        name, glyphs, width = _written(char, bold)
        if not glyphs:
            continue
        if found and found[-1][0] == name:
            found[-1][1].append(glyphs)
            found[-1] = (name, found[-1][1], found[-1][2] + width)
        else:
            found.append((name, [glyphs], width))
    return tuple(Run(name, "".join(glyphs), width) for name, glyphs, width in found)


@lru_cache(16384)
def width_of(text: str, bold: bool) -> float:
    """How wide type of size 1 runs."""
    return sum(_written(char, bold)[2] for char in text)


def is_written(char: str, *, bold: bool) -> bool:
    """Whether the character has a glyph of its own."""
    return _written(char, bold)[1] == char


@lru_cache(16384)
def _written(char: str, bold: bool) -> tuple[str, str, float]:
    """Font, glyphs and width of one character."""
    first = BOLD if bold else REGULAR
    if name := _font_with(char, first):
        return name, char, _width(name, char)
    close = "".join(part for part in _close_to(char) if _has(first, part))
    return first, close, sum(_width(first, part) for part in close)


def _font_with(char: str, first: str) -> str | None:
    names = [first, REGULAR]
    if char >= "\u1100":
        names.append(EAST_ASIAN)
    return next((name for name in names if _has(name, char)), None)


def _close_to(char: str) -> str:
    """The same letter in plain dress (𝓐 → A), or how it sounds in Latin letters; nothing for emoji."""
    if (plain := unicodedata.normalize("NFKD", char)) != char:
        return plain
    from text_unidecode import unidecode

    sounds: str = unidecode(char).strip()
    return sounds or ("" if unicodedata.category(char).startswith(_OMITTED) else "?")


def _has(name: str, char: str) -> bool:
    return ord(char) in font(name).face.charToGlyph


def _width(name: str, char: str) -> float:
    face = font(name).face
    width: float = face.charWidths.get(ord(char), face.defaultWidth)
    return width / 1000
