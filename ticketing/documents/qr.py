"""QR codes: error correction M or better, a quiet zone of four modules."""

from __future__ import annotations

import io
from typing import Any

#: Light modules that scanners need around the dark ones.
QUIET = 4
#: Any of the eight masks is readable. Choosing the prettiest takes four times as long as all the rest, and a
#: ticket's code looks like noise under each of them.
_MASK = 2


def _symbol(code: str) -> Any:
    import segno

    if not code:
        raise ValueError("an empty code admits nobody")
    return segno.make_qr(code, error="m", mask=_MASK)


def matrix(code: str) -> tuple[bytearray, ...]:
    """The symbol's rows without quiet zone; 1 is a dark module.

    :raises ValueError: the code is empty or longer than a QR can hold.
    """
    rows: tuple[bytearray, ...] = _symbol(code).matrix
    return rows


def qr_png(code: str, scale: int = 8) -> bytes:
    """Black on white, ``scale`` pixels a module.

    :raises ValueError: the code is empty or longer than a QR can hold.
    """
    file = io.BytesIO()
    _symbol(code).save(file, kind="png", scale=scale, border=QUIET, dark="#000", light="#fff")
    return file.getvalue()


def qr_svg(code: str) -> str:
    """A whole SVG file that scales to any box. Without styles, scripts and links: the strictest content
    policy takes it, as a file or as ``data:``.

    :raises ValueError: the code is empty or longer than a QR can hold.
    """
    rows = matrix(code)
    side = len(rows) + 2 * QUIET
    pixels = side * 8
    path = "".join(f"M{x + QUIET} {y + QUIET}h{width}v1h-{width}z" for x, y, width in bars(rows))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{pixels}" height="{pixels}"'
        f' viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path fill="#000" d="{path}"/></svg>'
    )


def bars(rows: tuple[bytearray, ...]) -> list[tuple[int, int, int]]:
    """Neighbouring dark modules of a row as one bar: column, row, width."""
    found = []
    for y, row in enumerate(rows):
        start = None
        for x, dark in enumerate((*row, 0)):
            if dark and start is None:
                start = x
            elif not dark and start is not None:
                found.append((start, y, x - start))
                start = None
    return found
