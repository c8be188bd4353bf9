"""Sheets for tests, and a look at what is made of them."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import pypdfium2
import zxingcpp
from PIL import Image, ImageDraw

from ticketing.documents import TicketSheet

CODE = "0123456789abcdef" * 4
A4 = (595.28, 841.89)


def sheet(**values: Any) -> TicketSheet:
    """An evening in Berlin, with whatever should be different about it."""
    return TicketSheet(
        **{
            "event_title": "Midsummer Night in the Orangery",
            "ticket_name": "Standing – Early bird",
            "starts_at": datetime(2026, 6, 20, 17, 30, tzinfo=UTC),
            "ends_at": datetime(2026, 6, 20, 21, 0, tzinfo=UTC),
            "timezone": "Europe/Berlin",
            "venue_name": "Orangery",
            "venue_address": "Spandauer Damm 22–24",
            "city": "Berlin",
            "attendee_name": "Zoë Żółć",
            "price_text": "€25.50",
            "order_number": "ORD-7F3K9Q2M",
            "ticket_number": "TKT-5H8W2N4QXR",
            "code": CODE,
            "terms": "Doors open an hour before the start.",
            "organizer_name": "Spree Sounds",
            **values,
        }
    )


def pages(pdf: bytes) -> list[Any]:
    return list(pypdfium2.PdfDocument(pdf))


def text_of(page: Any) -> str:
    """What copying the whole page gives, on one line."""
    return " ".join(page.get_textpage().get_text_range().split())


def picture_of(page: Any, *, dpi: int) -> Image.Image:
    found: Image.Image = page.render(scale=dpi / 72).to_pil()
    return found


def codes_in(picture: Image.Image) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(picture)]


def logo(width: int, height: int, kind: str = "PNG", mode: str = "RGBA") -> bytes:
    picture = Image.new(mode, (width, height))
    ImageDraw.Draw(picture).rectangle((0, 0, width // 2, height // 2), fill=1 if mode in "1LP" else "#c81e50")
    file = io.BytesIO()
    picture.save(file, kind)
    return file.getvalue()
