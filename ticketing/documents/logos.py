"""Organizers' pictures."""

from __future__ import annotations

import io
from typing import Any

import structlog

log = structlog.get_logger(__name__)
#: Nothing larger is unpacked, and nothing larger is embedded.
_MOST_PIXELS, _LARGEST = 50_000_000, (640, 320)


def opened(data: bytes | None) -> Any | None:
    """The picture for reportlab, opaque and small; ``None`` when there is none or nobody can read it: a
    ticket is worth more than its decoration."""
    if not data:
        return None
    from PIL import Image
    from reportlab.lib.utils import ImageReader

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
    return ImageReader(opaque)
