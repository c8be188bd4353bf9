"""Organizers as the public sees them: who they are, what they put on, and what they did before."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, render_template, request, url_for

from ticketing.queries import feeds
from ticketing.web.catalog import page_number

bp = Blueprint("organizations", __name__)


def safe_website(address: str) -> tuple[str, str] | None:
    """``(address, host)`` of a website that can be linked to: an http one, without anybody's password."""
    address = address.strip()
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return None
    odd = any(char.isspace() or not char.isprintable() or char == "\\" for char in address)
    if odd or parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        return None
    return address, host.removeprefix("www.")


@bp.get("/o/<slug:organizer>")
def index(organizer: str) -> str:
    """One organizer, with what is to come, or with what is over."""
    found = feeds.get_organizer(organizer)
    past = request.args.get("when") == "past"

    def pages(number: int) -> str:
        when = "past" if past else None
        return url_for(
            "organizations.index", organizer=found.slug, when=when, page=number if number > 1 else None
        )

    return render_template(
        "organizations/index.html",
        organizer=found,
        website=safe_website(found.website),
        past=past,
        page=feeds.of_organizer(found.id, past=past, page=page_number()),
        pages=pages,
    )
