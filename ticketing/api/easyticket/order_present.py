"""EasyTicket's shapes of orders: plain values from rows. ``order_schemas.py`` documents them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from flask import current_app

from ticketing import clock, money
from ticketing.api.easyticket.event_present import picture_url
from ticketing.api.easyticket.order_schemas import PAYMENT_METHODS
from ticketing.api.fields import money_number, utc_text
from ticketing.models import Refund, orders, payments, tickets
from ticketing.models.events import DAY_BASED, TIER_AND_DAY, TIERED
from ticketing.models.offers import full_name
from ticketing.policy import Actor
from ticketing.queries.purchases import Figures, Purchase
from ticketing.services.payments.checking import Checked
from ticketing.services.payments.intents import Started
from ticketing.services.tickets import code_of

Shape = dict[str, Any]

_STATUS = {
    orders.PENDING: "pending",
    orders.CONFIRMED: "confirmed",
    orders.CANCELLED: "cancelled",
    orders.EXPIRED: "failed",
    orders.FAILED: "failed",
}
_PAYMENT_STATUS = {
    payments.OPEN: "requires_payment_method",
    payments.PAID: "succeeded",
    payments.DECLINED: "failed",
    payments.CANCELLED: "canceled",
    payments.REVIEW: "processing",
}
_REFUND_STATUS = {
    payments.REQUESTED: "pending",
    payments.SUCCEEDED: "succeeded",
    payments.REFUND_FAILED: "failed",
}


def order_status(row: Any, *, is_being_paid: bool) -> str:
    """How an order stands, in EasyTicket's words; ``row`` has its status and its money."""
    if row.status == orders.PENDING and is_being_paid:
        return "processing"
    if row.status == orders.CANCELLED and row.amount_paid and row.amount_refunded >= row.amount_paid:
        return "refunded"
    return _STATUS[row.status]


def status_of(row: Any) -> str:
    """``order_status`` of a row of ``queries.purchases``."""
    return order_status(row, is_being_paid=row.has_open_payment)


def order_in_list(row: Any, quantity: int | None = None) -> Shape:
    """Order as lists show it."""
    is_pending = row.status == orders.PENDING
    return {
        "id": row.uuid,
        "order_number": row.number,
        "event": row.event_uuid,
        "event_name": row.event_title,
        "status": status_of(row),
        "total_amount": money.to_text(row.amount_due, row.currency),
        "refunded_amount": money.to_text(row.amount_refunded, row.currency),
        "currency": row.currency,
        "total_tickets": int(row.quantity) if quantity is None else quantity,
        "is_paid": row.status == orders.CONFIRMED,
        "is_expired": is_pending and row.expires_at <= clock.now(),
        "created_at": utc_text(row.created_at),
        "expires_at": utc_text(row.expires_at),
    }


def order_in_detail(actor: Actor, purchase: Purchase) -> Shape:
    """Order with its items, tickets and payment, as the actor may see it."""
    row, payment = purchase.first, purchase.payment
    is_paid = payment is not None and payment.status == payments.PAID
    return {
        **order_in_list(row, sum(item.item_quantity for item in purchase.rows)),
        "user": row.user_uuid,
        "event_image": picture_url(row.event_image),
        "event_date": utc_text(row.event_starts_at),
        "event_location": row.event_city,
        "subtotal": money.to_text(row.subtotal, row.currency),
        "service_fee": money.to_text(row.fee, row.currency),
        "discount_amount": money.to_text(row.discount, row.currency),
        "payment_method": _method(payment),
        "payment_id": None if payment is None else _payment_id(payment),
        "paid_at": utc_text(payment.settled_at) if payment is not None and is_paid else None,
        "buyer_email": row.buyer_email,
        "buyer_phone": row.buyer_phone,
        "buyer_name": row.buyer_name,
        "promo_code": row.promo_code,
        "notes": row.notes,
        "cancellation_reason": row.cancellation_reason,
        "cancelled_at": utc_text(row.cancelled_at),
        "updated_at": utc_text(row.updated_at),
        "items": [item_of_order(item, row.currency) for item in purchase.rows],
        "tickets": [_ticket(actor, ticket) for ticket in purchase.tickets],
        "payment": None if payment is None else _payment(payment),
        "refunds": [_refund(refund) for refund in purchase.refunds],
    }


def item_of_order(row: Any, currency: str) -> Shape:
    """Tickets of one kind in an order."""
    offer, kind = row.item_offer, row.item_pricing_type
    return {
        "id": row.item_uuid,
        "ticket_type": row.item_type,
        "ticket_tier": offer if kind == TIERED else None,
        "day_pass": offer if kind == DAY_BASED else None,
        "day_tier_price": offer if kind == TIER_AND_DAY else None,
        "quantity": row.item_quantity,
        "returned_quantity": row.item_returned,
        "unit_price": money.to_text(row.item_unit_price, currency),
        "subtotal": money.to_text(row.item_unit_price * row.item_quantity, currency),
        "ticket_name": row.item_ticket_name,
        "tier_name": row.item_tier_name,
        "day_name": row.item_day_name,
        "full_ticket_name": full_name(row.item_ticket_name, row.item_tier_name, row.item_day_name),
        "created_at": utc_text(row.item_created_at),
    }


def bought_item(row: Any) -> Shape:
    """Tickets of one kind that somebody has, with their order."""
    return {
        **item_of_order(row, row.currency),
        "order": row.uuid,
        "order_number": row.number,
        "event": row.event,
        "event_name": row.title,
        "currency": row.currency,
    }


def stats(figures: Figures) -> Shape:
    """Orders in numbers."""
    numbers: Counter[str] = Counter()
    spent: Counter[str] = Counter()
    bought: Counter[str] = Counter()
    for group in figures.groups:
        is_back = group.status == orders.CANCELLED and group.is_refunded
        numbers["refunded" if is_back else _STATUS[group.status]] += group.number
        if group.status == orders.CONFIRMED:
            spent[group.currency] += int(group.spent)
            bought[group.currency] += group.number
    usual = bought.most_common(1)[0][0] if bought else current_app.config["CURRENCY"]
    return {
        "total_orders": sum(numbers.values()),
        **{f"{word}_orders": numbers[word] for word in dict.fromkeys((*_STATUS.values(), "refunded"))},
        "total_spent": money.to_text(spent[usual], usual),
        "currency": usual,
        "spent_by_currency": {name: money.to_text(spent[name], name) for name in sorted(bought)},
        "total_tickets": figures.tickets,
    }


def payment_started(started: Started) -> Shape:
    """What a browser needs to pay."""
    payment, intent = started.payment, started.intent
    return {
        "success": True,
        "payment_intent": {
            "client_secret": intent.client_secret,
            "payment_intent_id": intent.reference,
            "amount": payment.amount,
            "currency": payment.currency.lower(),
            "status": intent.status,
        },
    }


def payment_status(checked: Checked) -> Shape:
    """How the payment of an order stands."""
    order, payment = checked.order, checked.payment
    return {
        "order_id": order.uuid,
        "order_number": order.number,
        "order_status": order_status(order, is_being_paid=payment.status == payments.OPEN),
        "payment_status": checked.status,
        "amount": money_number(payment.amount, payment.currency),
        "currency": payment.currency.lower(),
    }


def refunded(refund: Refund) -> Shape:
    """What was refunded."""
    return {
        "success": refund.status != payments.REFUND_FAILED,
        "refund_id": refund.gateway_reference or str(refund.uuid),
        "amount": money_number(refund.amount, refund.currency),
        "currency": refund.currency.lower(),
        "status": _REFUND_STATUS[refund.status],
    }


def _ticket(actor: Actor, row: Any) -> Shape:
    shown = {
        "id": row.uuid,
        "ticket_number": row.number,
        "status": row.standing,
        "is_used": row.standing == tickets.USED,
        "used_at": utc_text(row.used_at),
        "ticket_name": row.ticket_name,
        "tier_name": row.tier_name,
        "day_name": row.day_name,
        "full_ticket_name": full_name(row.ticket_name, row.tier_name, row.day_name),
        "attendee_name": row.attendee_name,
        "attendee_email": row.attendee_email,
    }
    if row.user_id == actor.user_id and row.status != tickets.VOID:
        shown["qr_code_data"] = code_of(row.uuid, row.code_version, row.key_version)
    return shown


def _payment(row: Any) -> Shape:
    return {
        "gateway": row.gateway,
        "payment_id": _payment_id(row),
        "status": _PAYMENT_STATUS[row.status],
        "amount": money.to_text(row.amount, row.currency),
        "currency": row.currency,
        "refunded_amount": money.to_text(row.amount_refunded, row.currency),
    }


def _payment_id(row: Any) -> str:
    said: str = row.details.get("payment_id") or row.reference
    return said


def _method(row: Any | None) -> str:
    if row is None:
        return "pending"
    known: Sequence[str] = (row.details.get("payment_method", ""), row.gateway, row.method)
    return next((name for name in known if name in PAYMENT_METHODS), "cash")


def _refund(row: Any) -> Shape:
    return {
        "id": row.refund_uuid,
        "refund_id": row.refund_reference or str(row.refund_uuid),
        "amount": money.to_text(row.refund_amount, row.currency),
        "currency": row.currency,
        "status": _REFUND_STATUS[row.refund_status],
        "reason": row.refund_reason,
        "created_at": utc_text(row.refund_created_at),
    }
