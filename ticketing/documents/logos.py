"""Organizers' pictures."""

from __future__ import annotations

import io
import zlib
from functools import lru_cache
from typing import Any

import structlog

log = structlog.get_logger(__name__)
#: Nothing larger is unpacked, and nothing larger is embedded: 300 to an inch of its place on the page.
_MOST_PIXELS, _LARGEST = 50_000_000, (544, 184)
#: Where a drawing's pixels pack into so many bytes, they are embedded as they are; photographs do not.
_LARGEST_DRAWING = 32_000


@lru_cache(16)
def opened(data: bytes | None) -> Any | None:
    """The picture for reportlab, opaque and small; ``None`` when there is none or nobody can read it: a
    ticket is worth more than its decoration. Kept, because one organizer's tickets follow each other."""
    if not data:
        return None
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise ValueError(f"{picture.width} × {picture.height} pixels are too many")
            picture.draft("RGB", _LARGEST)
            full = picture.convert("RGBA")
    except Exception as error:
        # Pillow's readers raise whatever a broken file leads them to.
        log.warning("logo_unreadable", error=str(error))
        return None
    full.thumbnail(_LARGEST)
    opaque = Image.new("RGB", full.size, "white")
    opaque.paste(full, mask=full.getchannel("A"))
    return _packed(opaque)


def _packed(picture: Any) -> Any:
    """What is cheap to embed: packing a photograph's pixels takes longer than all the rest of a ticket."""
    from reportlab.lib.utils import ImageReader

    if len(zlib.compress(picture.tobytes(), 1)) <= _LARGEST_DRAWING:
        return ImageReader(picture)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=92, subsampling=0)
    file.seek(0)
    return ImageReader(file)
