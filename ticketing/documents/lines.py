"""Text into lines: cleaned, broken, shaped where letters join, put into the order in which it is drawn."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ticketing.documents.directions import drawn, is_right_to_left, shaped
from ticketing.documents.faces import Run, is_written, runs, width_of

ELLIPSIS = "…"
#: Between two baselines, in type sizes.
LEADING = 1.25
#: Only between Arabic letters: whether they join.
_STRAY_JOINER = re.compile("(?<![\u0600-\u077f])[\u200c\u200d]|[\u200c\u200d](?![\u0600-\u077f])")
#: Line ends, and the two marks that say whether Arabic letters join.
_KEPT = "\n\u200c\u200d"
#: What is never broken. East Asian writing breaks after every character, but not before what closes.
_PIECE = re.compile(
    "[\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uffef][、。，．！？：；」』）】〉》”’ー]*"
    "|(?:[^\\s\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uffef]|[\u00a0\u2007\u202f])+"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of type."""

    #: As it is read and copied.
    text: str
    #: As it is drawn, from left to right.
    runs: tuple[Run, ...]
    #: For type of size 1.
    width: float
    #: Some of its characters have no glyph: others are drawn in their place, or nothing.
    is_replaced: bool
    is_right_to_left: bool


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that fit a place, and the size at which they do."""

    size: float
    lines: tuple[Line, ...]

    @property
    def height(self) -> float:
        """From the top of the first line to the foot of the last."""
        return len(self.lines) * self.size * LEADING


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    #: Stands apart from the one before.
    apart: bool
    width: float


def clean(text: str) -> str:
    """Without what cannot be seen or could mislead: control characters, marks that turn the direction around,
    half characters. Line ends stay."""
    composed = unicodedata.normalize("NFC", "".join(c for c in text if unicodedata.category(c) != "Cs"))
    composed = composed.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    composed = _STRAY_JOINER.sub("", composed)
    return "".join(
        c for c in composed if c in _KEPT or unicodedata.category(c) not in ("Cc", "Cf", "Cn", "Co")
    )


def fit(
    text: str,
    *,
    width: float,
    height: float,
    sizes: Sequence[float],
    bold: bool = False,
    most_lines: int = 999,
) -> Block:
    """The text at the first of ``sizes`` (large to small) at which it fits into the place; at the last one it
    is cut with an ellipsis. Its line ends are kept."""
    # No more than this is ever visible at the smallest size; the rest need not be measured.
    most_chars = max(int(width * height / sizes[-1] ** 2 * 5), 100)
    is_longer = len(text) > most_chars
    paragraphs = [_words(part, bold) for part in clean(text[:most_chars]).split("\n")]
    for size in sizes:
        room = min(int(height / (size * LEADING) + 0.001), most_lines)
        broken = [_broken(words, width / size, bold) for words in paragraphs]
        rows = _without_edges([row for part in broken for row in part])
        if len(rows) <= room and not is_longer:
            break
    else:
        rows = _cut(rows, max(room, 1), width / size, bold)
    return Block(size, tuple(_line(row, bold) for row in rows))


def line(text: str, *, bold: bool = False) -> Line:
    """The text on one line, however wide."""
    return _line(" ".join(clean(text).split()), bold)


def _words(paragraph: str, bold: bool) -> list[_Word]:
    found = []
    for match in _PIECE.finditer(paragraph):
        text = match.group()
        apart = match.start() > 0 and paragraph[match.start() - 1].isspace()
        # Of emoji that no font has, not even the space is left.
        if (width := width_of(shaped(text), bold)) and not text.isspace():
            found.append(_Word(text, apart, width))
    return found


def _broken(words: Iterable[_Word], limit: float, bold: bool) -> list[str]:
    """Rows no wider than ``limit``; one empty row for no words."""
    space = width_of(" ", bold)
    rows, width = [""], 0.0
    for word in _short_enough(words, limit, bold):
        gap = space if word.apart and rows[-1] else 0.0
        if rows[-1] and width + gap + word.width > limit:
            rows.append("")
            width = gap = 0.0
        rows[-1] += (" " if gap else "") + word.text
        width += gap + word.width
    return rows


def _short_enough(words: Iterable[_Word], limit: float, bold: bool) -> Iterator[_Word]:
    """The words; those too long for a row in parts."""
    for word in words:
        if word.width <= limit:
            yield word
            continue
        part, width, apart = "", 0.0, word.apart
        for char in word.text:
            wide = width_of(char, bold)
            if part and width + wide > limit:
                yield _Word(part, apart, width)
                part, width, apart = "", 0.0, False
            part, width = part + char, width + wide
        yield _Word(part, apart, width)


def _without_edges(rows: list[str]) -> list[str]:
    """No empty rows at the ends, and never two in a row."""
    kept: list[str] = []
    for row in rows:
        if row or (kept and kept[-1]):
            kept.append(row)
    return kept[:-1] if kept and not kept[-1] else kept


def _cut(rows: list[str], room: int, limit: float, bold: bool) -> list[str]:
    """The first ``room`` rows, the last of them shortened until the ellipsis fits."""
    kept = rows[:room]
    while len(kept) > 1 and not kept[-1]:
        kept.pop()
    last = kept[-1] if kept else ""
    while last and width_of(shaped(last) + ELLIPSIS, bold) > limit:
        last = last[:-1]
    return [*kept[:-1], last.rstrip(" ,;:–-") + ELLIPSIS]


def _line(text: str, bold: bool) -> Line:
    pieces = runs(drawn(text), bold=bold)
    width = sum(run.width for run in pieces)
    is_replaced = not all(is_written(char, bold=bold) for char in text)
    return Line(text, pieces, width, is_replaced, is_right_to_left(text))
