"""Lists of promo codes: an organization's, also as a file, and those that count for an event."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask import Response as Answer
from flask_login import login_required
from sqlalchemy import Row

from ticketing import money
from ticketing.models.promotions import FIXED
from ticketing.policy import Permission, require
from ticketing.queries import organizations, organizer, promo_codes
from ticketing.queries.promo_codes import STATES
from ticketing.web.actor import current_actor
from ticketing.web.caching import keep_private
from ticketing.web.catalog import page_number
from ticketing.web.forms import clean
from ticketing.web.links import absolute_url
from ticketing.web.organizer import csv_files
from ticketing.web.organizer.promotions.words import reduction, state_badge

bp = Blueprint("organizer_promotions", __name__, url_prefix="/organizer")
bp.after_request(keep_private)

COLUMNS = (
    "Code", "Takes off", "Currency", "Event", "Ticket type", "From", "Until", "At most", "Used", "Active",
    "Link",
)  # fmt: skip


def managed(organization: UUID) -> Any:
    """The organization, for whoever may manage its codes."""
    return organizations.to_manage(current_actor(), organization, Permission.PROMO_MANAGE)


def asked_for() -> tuple[str, str]:
    """Words and state that the address holds; what makes no sense asks for nothing."""
    state = request.args.get("state", "")
    return clean(request.args.get("q"))[:50], state if state in STATES else ""


@bp.get("/organizations/<uuid:organization>/promo-codes", strict_slashes=False)
@login_required
def index(organization: UUID) -> str:
    """Its codes, searched and filtered by the address alone."""
    found = managed(organization)
    words, state = asked_for()
    page = promo_codes.list_of(found.id, words=words, state=state, page=page_number())

    def list_url(state: str = state, page: int = 1) -> str:
        number, shown = page if page > 1 else None, state or None
        return url_for(".index", organization=organization, q=words or None, state=shown, page=number)

    return render_template(
        "organizer/promotions/index.html",
        organization=found,
        page=page,
        words=words,
        state=state,
        list_url=list_url,
        reduction=reduction,
        state_badge=state_badge,
    )


@bp.get("/events/<uuid:event>/promo-codes", strict_slashes=False)
@login_required
def of_event(event: UUID) -> str:
    """The codes that count for an event, each with the link that brings it along."""
    actor = current_actor()
    row = organizer.get_event(actor, event)
    require(actor, Permission.PROMO_MANAGE, row)
    page = promo_codes.list_of(row.organization_id, event_id=row.id, page=page_number())
    return render_template(
        "organizer/promotions/of_event.html",
        event=row,
        page=page,
        pages=lambda number: url_for(".of_event", event=event, page=number if number > 1 else None),
        reduction=reduction,
        state_badge=state_badge,
        share_link=share_link,
    )


def share_link(slug: str, code: str) -> str:
    """The event's page, which takes the code along to the checkout."""
    return absolute_url(url_for("catalog.event", slug=slug, code=code))


@bp.get("/organizations/<uuid:organization>/promo-codes/codes.csv")
@login_required
def file(organization: UUID) -> Answer:
    """Every code that the filter leaves, for a spreadsheet program: English columns, moments in UTC."""
    found = managed(organization)
    words, state = asked_for()
    batches = promo_codes.stream(found.id, words=words, state=state)
    return csv_files.sent(csv_files.pieces(COLUMNS, _cells(batches)), f"{found.slug}-promo-codes.csv")


def _cells(batches: Iterator[Any]) -> Iterator[list[tuple[str, ...]]]:
    for rows in batches:
        yield [_line(row) for row in rows]


def _line(row: Row[Any]) -> tuple[str, ...]:
    fixed = row.kind == FIXED
    return (
        row.code,
        money.to_text(row.value, row.currency) if fixed else f"{row.value / 100:g}%",
        row.currency if fixed else "",
        row.event_title or "",
        row.type_name or "",
        csv_files.utc_text(row.starts_at),
        csv_files.utc_text(row.ends_at),
        str(row.max_uses or ""),
        str(row.used),
        "yes" if row.is_active else "no",
        share_link(row.event_slug, row.code) if row.event_slug else "",
    )
