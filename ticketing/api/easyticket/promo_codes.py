"""Promo codes, for organizers. Our own addition to EasyTicket's API, in its manner."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from ticketing import money
from ticketing.api.fields import INT32, AnyKey, In, Money, Out, Text, UtcDate, Whole, Word, utc_text
from ticketing.api.http import Routes, current_actor
from ticketing.api.paging import PageQuery, page, page_of
from ticketing.models import PromoCode
from ticketing.models.promotions import FIXED, PERCENT
from ticketing.queries import promo_codes as reading
from ticketing.queries.keys import Key
from ticketing.services import promo_codes

bp = Routes("easyticket_promo_codes", prefix="/api/promo-codes", tag="Promo codes")


class PromoCodeQuery(PageQuery):
    """Which promo codes."""

    event = AnyKey(metadata={"description": "Those that are limited to this event."})
    is_active = fields.Boolean()


class PromoCodeIn(In):
    """Body of a promo code."""

    organization = AnyKey(
        allow_none=True,
        metadata={"description": "Where it is missing: the event's, else the caller's. It never changes."},
    )
    code = Text(PromoCode.code, blank=False, required=True)
    kind = Word(PERCENT, FIXED, load_default=PERCENT)
    value = Money(
        required=True,
        metadata={
            "description": "A percentage (12.5), or an amount in the organization's currency. As text, too.",
            "type": "number",
            "format": "double",
        },
    )
    event = AnyKey(allow_none=True)
    ticket_type = AnyKey(allow_none=True)
    starts_at = UtcDate(allow_none=True)
    ends_at = UtcDate(allow_none=True)
    max_uses = Whole(1, INT32, allow_none=True)
    max_uses_per_account = Whole(1, INT32, allow_none=True)
    minimum_subtotal = Money()
    is_active = fields.Boolean()


class PromoCodeOut(Out):
    """Promo code, as its organizers see it."""

    id = fields.UUID()
    organization = fields.UUID()
    code = fields.String()
    kind = Word(PERCENT, FIXED)
    value = fields.Raw(
        metadata={
            "description": "A percentage as a number, an amount as text.",
            "oneOf": [{"type": "number"}, {"type": "string"}],
        }
    )
    currency = fields.String()
    event = fields.UUID(allow_none=True)
    ticket_type = fields.UUID(allow_none=True)
    starts_at = UtcDate(allow_none=True)
    ends_at = UtcDate(allow_none=True)
    max_uses = fields.Integer(allow_none=True)
    max_uses_per_account = fields.Integer(allow_none=True)
    minimum_subtotal = Money()
    used = fields.Integer(metadata={"description": "Pending and confirmed orders that use it."})
    is_active = fields.Boolean()
    created_at = UtcDate()
    updated_at = UtcDate()


@bp.get("/")
@bp.arguments(PromoCodeQuery, location="query")
@bp.refuses(403, 404)
@bp.response(200, page_of(PromoCodeOut, "PromoCodePageOut"))
def list_promo_codes(query: dict[str, Any]) -> Any:
    """List the promo codes of the caller's organizations, newest first; staff see all."""
    rows, total = reading.find(
        current_actor(),
        query["page"],
        query["page_size"],
        event=query.get("event"),
        is_active=query.get("is_active"),
    )
    return page(rows, total, query, _present)


@bp.post("/")
@bp.arguments(PromoCodeIn)
@bp.response(201, PromoCodeOut)
def create_promo_code(body: dict[str, Any]) -> Any:
    """Add a promo code (owners and managers of the organization, staff).

    Letters of a code count the same in either case; an organization has each only once.
    """
    return _shown(promo_codes.create(current_actor(), **body))


@bp.get("/<key:promo_code>/")
@bp.response(200, PromoCodeOut)
def get_promo_code(promo_code: Key) -> Any:
    """One promo code (members of its organization, staff)."""
    return _present(reading.get(current_actor(), promo_code))


@bp.put("/<key:promo_code>/")
@bp.arguments(PromoCodeIn)
@bp.response(200, PromoCodeOut)
def replace_promo_code(body: dict[str, Any], promo_code: Key) -> Any:
    """Change a promo code (owners and managers of its organization, staff).

    Orders keep the discount that they have.
    """
    return _changed(promo_code, body)


@bp.patch("/<key:promo_code>/")
@bp.arguments(PromoCodeIn(partial=True))
@bp.response(200, PromoCodeOut)
def change_promo_code(body: dict[str, Any], promo_code: Key) -> Any:
    """Change parts of a promo code."""
    return _changed(promo_code, body)


@bp.delete("/<key:promo_code>/")
@bp.refuses(400)
@bp.response(204)
def delete_promo_code(promo_code: Key) -> None:
    """Remove a promo code that no order has used.

    Others can be made inactive.
    """
    promo_codes.delete(current_actor(), promo_code)


def _changed(promo_code: Key, body: dict[str, Any]) -> dict[str, Any]:
    changed = {name: value for name, value in body.items() if name != "organization"}
    return _shown(promo_codes.update(current_actor(), promo_code, **changed))


def _shown(promo: PromoCode) -> dict[str, Any]:
    return _present(reading.get(current_actor(), promo.id))


def _present(row: Any) -> dict[str, Any]:
    is_fixed = row.kind == FIXED
    return {
        "id": row.uuid,
        "organization": row.organization,
        "code": row.code,
        "kind": row.kind,
        "value": money.to_text(row.value, row.currency) if is_fixed else row.value / 100,
        "currency": row.currency,
        "event": row.event,
        "ticket_type": row.ticket_type,
        "starts_at": utc_text(row.starts_at),
        "ends_at": utc_text(row.ends_at),
        "max_uses": row.max_uses,
        "max_uses_per_account": row.max_uses_per_account,
        "minimum_subtotal": money.to_text(row.minimum_subtotal, row.currency),
        "used": row.used,
        "is_active": row.is_active,
        "created_at": utc_text(row.created_at),
        "updated_at": utc_text(row.updated_at),
    }
