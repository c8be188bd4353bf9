"""Drawing on a page of reportlab's: lines of type, codes, pictures, the outline of a ticket."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from ticketing.documents import qr
from ticketing.documents.faces import EAST_ASIAN
from ticketing.documents.lines import LEADING, Block, Line

INK, SOFT, RULE = "#17121d", "#5b5367", "#cfc8bf"
DEFAULT_ACCENT = "#ad124e"


def write(
    canvas: Any, block: Block, x: float, top: float, *, width: float = 0, bold: bool = False, color: str = INK
) -> float:
    """Put the block's lines below ``top``; where the last one ends. Lines that are read from the right stand
    at the right end of ``width``, where one is given."""
    for number, row in enumerate(block.lines):
        start = x + width - row.width * block.size if width and row.is_right_to_left else x
        baseline = top - block.size * (number * LEADING + 0.97)
        write_line(canvas, row, start, baseline, size=block.size, bold=bold, color=color)
    return top - block.height


def write_line(
    canvas: Any, row: Line, x: float, baseline: float, *, size: float, bold: bool = False, color: str = INK
) -> None:
    """One line from ``x`` on. Copied from it is what was meant, whatever had to be drawn for it."""
    if not row.runs:
        return
    text = canvas.beginText(x, baseline)
    text.setFillColor(_color(color))
    for run in row.runs:
        text.setFont(run.font, size)
        if bold and run.font == EAST_ASIAN:
            # There is no bold cut of it: its strokes are traced with a pen.
            canvas.setLineWidth(size * 0.03)
            text.setStrokeColor(_color(color))
            text.setTextRenderMode(2)
            text.textOut(run.text)
            text.setTextRenderMode(0)
        else:
            text.textOut(run.text)
    if row.is_replaced:
        canvas.addLiteral(f"/Span <</ActualText <{_utf16(row.text)}>>> BDC")
    canvas.drawText(text)
    if row.is_replaced:
        canvas.addLiteral("EMC")


def code(canvas: Any, value: str, x: float, top: float, side: float) -> float:
    """The QR's dark modules in a square, black whatever the page's colours; how wide one module is. Whoever
    places it keeps its quiet zone free."""
    rows = qr.matrix(value)
    module = side / len(rows)
    # One shape of whole modules: no viewer leaves hairlines between its parts.
    shape = " ".join(f"{column} {-row - 1} {width} 1 re" for column, row, width in qr.bars(rows))
    canvas.addLiteral(f"q 0 0 0 rg {module:.4f} 0 0 {module:.4f} {x:.3f} {top:.3f} cm {shape} f Q")
    return module


def outline(canvas: Any, box: tuple[float, float, float, float], tear: float, accent: str) -> None:
    """A ticket's edge with round corners, a coloured head, and a line at height ``tear`` to tear it along.
    ``box`` is left, bottom, right, top."""
    left, bottom, right, top = box
    head = 12.0
    canvas.saveState()
    clip = canvas.beginPath()
    clip.roundRect(left, bottom, right - left, top - bottom, 14)
    canvas.clipPath(clip, stroke=0, fill=0)
    canvas.setFillColor(_color(accent))
    canvas.rect(left, top - head, right - left, head, stroke=0, fill=1)
    canvas.restoreState()
    canvas.setStrokeColor(_color(RULE))
    canvas.setLineWidth(0.8)
    canvas.drawPath(_edge(canvas, box, tear, 14, 9), stroke=1, fill=0)
    canvas.saveState()
    canvas.setLineCap(1)
    canvas.setDash([0.1, 5])
    canvas.setLineWidth(1.4)
    canvas.line(left + 18, tear, right - 18, tear)
    canvas.restoreState()


def _edge(
    canvas: Any, box: tuple[float, float, float, float], tear: float, corner: float, notch: float
) -> Any:
    """Round corners outwards, half circles inwards where it is torn."""
    left, bottom, right, top = box
    path = canvas.beginPath()
    path.moveTo(left + corner, top)
    path.lineTo(right - corner, top)
    path.arcTo(right - 2 * corner, top - 2 * corner, right, top, 90, -90)
    path.lineTo(right, tear + notch)
    path.arcTo(right - notch, tear - notch, right + notch, tear + notch, 90, 180)
    path.lineTo(right, bottom + corner)
    path.arcTo(right - 2 * corner, bottom, right, bottom + 2 * corner, 0, -90)
    path.lineTo(left + corner, bottom)
    path.arcTo(left, bottom, left + 2 * corner, bottom + 2 * corner, 270, -90)
    path.lineTo(left, tear - notch)
    path.arcTo(left - notch, tear - notch, left + notch, tear + notch, 270, 180)
    path.lineTo(left, top - corner)
    path.arcTo(left, top - 2 * corner, left + 2 * corner, top, 180, -90)
    path.close()
    return path


def fitted(image: Any, *, width: float, height: float) -> tuple[float, float]:
    """How wide and high a picture is drawn that fills a box, its proportions kept."""
    wide, high = image.getSize()
    scale = min(width / wide, height / high)
    return max(wide * scale, 1.0), max(high * scale, 1.0)


def accent_of(color: str) -> str:
    """The colour, or the house's own where it is none."""
    return color if re.fullmatch("#[0-9a-fA-F]{6}", color) else DEFAULT_ACCENT


@lru_cache(256)
def _color(value: str) -> Any:
    from reportlab.lib.colors import HexColor

    return HexColor(value)


def _utf16(text: str) -> str:
    return "FEFF" + text.encode("utf-16-be").hex().upper()
