"""EasyTicket's orders (EasyTicket 003, Orders). They end by their verbs: there is no PUT, PATCH or DELETE."""

from __future__ import annotations

from typing import Any

from flask import Response

from ticketing.api.easyticket import order_present as present
from ticketing.api.easyticket.order_schemas import (
    BoughtItemOut,
    CancelIn,
    CleanedUpOut,
    CodeIn,
    ConfirmIn,
    OrderConfirmed,
    OrderDone,
    OrderIn,
    OrderInList,
    OrderOut,
    OrderStatsOut,
)
from ticketing.api.errors import fields_called
from ticketing.api.http import ListQuery, Routes, bare_array, current_actor, window
from ticketing.api.paging import PageQuery, page, page_of
from ticketing.models.orders import CONFIRMED, PENDING
from ticketing.queries import purchases
from ticketing.queries.keys import Key
from ticketing.services import orders
from ticketing.services.idempotency import Idempotency
from ticketing.services.orders.choosing import Choice, lines_for

bp = Routes("easyticket_orders", prefix="/api/orders", tag="Orders")

#: What is wrong with what is ordered is wrong with one of the items.
_CALLED = {"event_ticket": "items", "quantity": "items"}


def _shown(order: Key) -> dict[str, Any]:
    actor = current_actor()
    return present.order_in_detail(actor, purchases.get(actor, order))


@bp.get("/")
@bp.arguments(PageQuery, location="query")
@bp.refuses(404)
@bp.response(200, page_of(OrderInList, "OrderPageOut"))
def list_orders(query: dict[str, Any]) -> Any:
    """List the caller's orders, newest first; staff and support see everybody's."""
    rows, total = purchases.visible(current_actor(), query["page"], query["page_size"])
    return page(rows, total, query, present.order_in_list)


@bp.post("/")
@bp.arguments(OrderIn)
@bp.once("orders")
@bp.response(201, OrderOut)
def create_order(body: dict[str, Any], once: Idempotency | None) -> Any:
    """Order tickets.

    They are kept for fifteen minutes; the service fee is added when a payment is started.
    """
    given = {name: value or "" for name, value in body.items() if name not in ("event", "items")}
    with fields_called(_CALLED):
        placed = orders.place(
            current_actor(),
            lines_for(body["event"], [_choice(item) for item in body["items"]]),
            terms=orders.terms_for("easyticket"),
            buyer=orders.Buyer(
                **{name: given.get(f"buyer_{name}", "") for name in ("name", "email", "phone")}
            ),
            event=body["event"],
            notes=given.get("notes", ""),
            code=given.get("promo_code", ""),
            once=once,
        )
    return _shown(placed.order_id)


def _choice(item: dict[str, Any]) -> Choice:
    return Choice(**{name.removesuffix("_id"): value for name, value in item.items()})


@bp.get("/pending/")
@bp.arguments(ListQuery, location="query")
@bp.response(200, OrderInList(many=True))
def list_pending_orders(query: dict[str, Any]) -> Response:
    """List the caller's orders that are not paid yet: `pending` and `processing`."""
    return _own(PENDING, query)


@bp.get("/confirmed/")
@bp.arguments(ListQuery, location="query")
@bp.response(200, OrderInList(many=True))
def list_confirmed_orders(query: dict[str, Any]) -> Response:
    """List the caller's confirmed orders."""
    return _own(CONFIRMED, query)


def _own(status: str, query: dict[str, Any]) -> Response:
    rows = window(query)
    return bare_array(purchases.own(current_actor(), status, *rows), rows, present.order_in_list)


@bp.get("/stats/")
@bp.response(200, OrderStatsOut)
def order_stats() -> Any:
    """The caller's orders in numbers."""
    return present.stats(purchases.figures(current_actor()))


@bp.get("/my_tickets/")
@bp.arguments(ListQuery, location="query")
@bp.response(200, BoughtItemOut(many=True))
def list_bought_items(query: dict[str, Any]) -> Response:
    """List what the caller has bought: the items of confirmed orders, newest first."""
    rows = window(query)
    return bare_array(purchases.own_items(current_actor(), *rows), rows, present.bought_item)


@bp.post("/cleanup_expired/")
@bp.response(200, CleanedUpOut)
def clean_up_orders() -> Any:
    """End the orders whose time is over (staff).

    It happens by itself as well.
    """
    count = orders.clean_up(current_actor())
    return {"message": f"{count} expired orders were marked as failed.", "count": count}


@bp.get("/<key:order>/")
@bp.response(200, OrderOut)
def get_order(order: Key) -> Any:
    """One order with its items, tickets and payment (its buyer, staff, support).

    By its id or its number.
    """
    return _shown(order)


@bp.post("/<key:order>/cancel/")
@bp.arguments(CancelIn)
@bp.response(200, OrderDone)
def cancel_order(body: dict[str, Any], order: Key) -> Any:
    """Cancel an order that is not paid yet (its buyer, staff, support).

    Its tickets return to stock. A confirmed one is refunded instead.
    """
    reason = body.get("reason") or ""
    ended = orders.cancel(current_actor(), order, reason=reason, only_pending=True)
    return {**_shown(ended.id), "message": "Order cancelled successfully"}


@bp.post("/<key:order>/confirm_payment/")
@bp.arguments(ConfirmIn)
@bp.response(200, OrderConfirmed)
def confirm_order(body: dict[str, Any], order: Key) -> Any:
    """Confirm an order without a payment (its buyer), for testing.

    It exists only while the sandbox takes the money.
    """
    confirmed = orders.confirm_for_testing(current_actor(), order, **body)
    return {
        **_shown(confirmed.id),
        "message": "Payment confirmed successfully",
        "warning": "This endpoint is for testing only. Payments are confirmed by the payment provider.",
    }


@bp.post("/<key:order>/promo-code/")
@bp.arguments(CodeIn)
@bp.response(200, OrderOut)
def use_promo_code(body: dict[str, Any], order: Key) -> Any:
    """Use a promo code for an order that is not paid yet (its buyer), in place of any other.

    A payment that was started over the old total is withdrawn.
    """
    return _shown(orders.change_code(current_actor(), order, body["promo_code"]).id)


@bp.delete("/<key:order>/promo-code/")
@bp.refuses(400)
@bp.response(200, OrderOut)
def drop_promo_code(order: Key) -> Any:
    """Use no promo code for an order that is not paid yet (its buyer)."""
    return _shown(orders.change_code(current_actor(), order, "").id)
