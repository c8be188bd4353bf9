"""EasyTicket's bodies and answers of orders and payments (EasyTicket 003, Orders and Payments)."""

from __future__ import annotations

from marshmallow import fields, validate

from ticketing.api.fields import (
    AnyKey,
    In,
    Money,
    MoneyNumber,
    Out,
    Text,
    UtcDate,
    Whole,
    Word,
)
from ticketing.models import Order, PromoCode

_NO_ITEMS = "Order must have at least one item"
_PHONE = validate.Regexp(
    r"[+() -]*[0-9][0-9+() -]*\Z", error="Use digits, spaces, hyphens, parentheses and a plus sign."
)
STATUSES = ("pending", "processing", "confirmed", "cancelled", "refunded", "failed")
PAYMENT_STATUSES = ("requires_payment_method", "processing", "succeeded", "failed", "canceled")
REFUND_STATUSES = ("pending", "succeeded", "failed")
PAYMENT_METHODS = ("stripe", "paypal", "card", "bank_transfer", "cash")


class OrderLineIn(In):
    """Some tickets of a type. Which ids go with it, depends on the event's pricing type: none, a tier's, a
    day pass's, or a day and tier price's."""

    ticket_type_id = AnyKey(required=True)
    ticket_tier_id = AnyKey(allow_none=True, metadata={"description": "Where the event is `tiered`."})
    day_pass_id = AnyKey(allow_none=True, metadata={"description": "Where it is `day_based`."})
    day_tier_price_id = AnyKey(allow_none=True, metadata={"description": "Where it is `tier_and_day`."})
    quantity = Whole(1, 10**6, required=True)


class OrderIn(In):
    """Body of an order. What is missing of the buyer is taken from the account."""

    event = AnyKey(required=True)
    buyer_email = Text(
        Order.buyer_email, also=validate.Email(), allow_none=True, metadata={"format": "email"}
    )
    buyer_phone = Text(Order.buyer_phone, also=_PHONE, allow_none=True)
    buyer_name = Text(Order.buyer_name, allow_none=True)
    notes = Text(2000, allow_none=True)
    promo_code = Text(PromoCode.code, allow_none=True)
    items = fields.List(
        fields.Nested(OrderLineIn),
        required=True,
        error_messages={"required": _NO_ITEMS, "null": _NO_ITEMS},
    )


class CancelIn(In):
    """Why an order is cancelled."""

    reason = Text(Order.cancellation_reason, allow_none=True)


class ConfirmIn(In):
    """A payment that never was, for testing."""

    payment_id = Text(255, blank=False, required=True)
    payment_method = Word(*PAYMENT_METHODS, required=True)


class CodeIn(In):
    """A promo code for an order."""

    promo_code = Text(PromoCode.code, blank=False, required=True)


class ItemBackIn(In):
    """Tickets of an order's item that are given back."""

    item = AnyKey(required=True)
    quantity = Whole(1, 10**6, required=True)


class RefundIn(In):
    """What is given back: an amount, or some tickets at what they cost; without either, all that is left."""

    amount = Money(
        allow_none=True,
        metadata={"type": "number", "format": "double", "description": "In major units; as text, too."},
    )
    items = fields.List(fields.Nested(ItemBackIn), validate=validate.Length(max=50))
    reason = Text(400, allow_none=True)


class OrderItemOut(Out):
    """Tickets of one kind in an order, under the names and at the price of that moment."""

    id = fields.UUID()
    ticket_type = fields.UUID()
    ticket_tier = fields.UUID(allow_none=True)
    day_pass = fields.UUID(allow_none=True)
    day_tier_price = fields.UUID(allow_none=True)
    quantity = fields.Integer()
    returned_quantity = fields.Integer(metadata={"description": "How many of them were given back."})
    unit_price = Money()
    subtotal = Money()
    ticket_name = fields.String()
    tier_name = fields.String()
    day_name = fields.String()
    full_ticket_name = fields.String()
    created_at = UtcDate()


class BoughtItemOut(OrderItemOut):
    """Tickets of one kind that somebody has, with the order that they belong to."""

    order = fields.UUID()
    order_number = fields.String()
    event = fields.UUID()
    event_name = fields.String()
    currency = fields.String()


class OrderTicketOut(Out):
    """Ticket of an order."""

    id = fields.UUID()
    ticket_number = fields.String()
    status = Word("active", "used", "cancelled", "expired")
    is_used = fields.Boolean()
    used_at = UtcDate(allow_none=True)
    ticket_name = fields.String()
    tier_name = fields.String()
    day_name = fields.String()
    full_ticket_name = fields.String()
    attendee_name = fields.String()
    attendee_email = fields.String()
    qr_code_data = fields.String(
        metadata={"description": "For whoever the ticket belongs to, unless it is void.", "x-optional": True}
    )


class OrderPaymentOut(Out):
    """Payment of an order: the one that was made, else the latest attempt."""

    gateway = fields.String()
    payment_id = fields.String()
    status = Word(*PAYMENT_STATUSES)
    amount = Money()
    currency = fields.String()
    refunded_amount = Money()


class OrderRefundOut(Out):
    """Money that went back, or is on its way."""

    id = fields.UUID()
    refund_id = fields.String(metadata={"description": "The payment provider's, as soon as it has one."})
    amount = Money()
    currency = fields.String()
    status = Word(*REFUND_STATUSES)
    reason = fields.String()
    created_at = UtcDate()


class OrderInList(Out):
    """Order as lists show it."""

    id = fields.UUID()
    order_number = fields.String()
    event = fields.UUID()
    event_name = fields.String()
    status = Word(*STATUSES)
    total_amount = Money()
    refunded_amount = Money(
        metadata={"description": "An order of which less than all was refunded stays `confirmed`."}
    )
    currency = fields.String()
    total_tickets = fields.Integer()
    is_paid = fields.Boolean(metadata={"description": "It is confirmed."})
    is_expired = fields.Boolean(metadata={"description": "It waits, and its time is over."})
    created_at = UtcDate()
    expires_at = UtcDate(allow_none=True)


class OrderOut(OrderInList):
    """Order with its items, tickets and payment."""

    user = fields.UUID(allow_none=True)
    event_image = fields.URL(allow_none=True)
    event_date = UtcDate()
    event_location = fields.String(metadata={"description": "The city."})
    subtotal = Money()
    service_fee = Money(metadata={"description": "Added when a payment is started."})
    discount_amount = Money()
    payment_method = Word("pending", *PAYMENT_METHODS)
    payment_id = fields.String(allow_none=True)
    paid_at = UtcDate(allow_none=True)
    buyer_email = fields.String()
    buyer_phone = fields.String()
    buyer_name = fields.String()
    promo_code = fields.String()
    notes = fields.String()
    cancellation_reason = fields.String()
    cancelled_at = UtcDate(allow_none=True)
    updated_at = UtcDate()
    items = fields.List(fields.Nested(OrderItemOut))
    tickets = fields.List(fields.Nested(OrderTicketOut))
    payment = fields.Nested(OrderPaymentOut, allow_none=True)
    refunds = fields.List(fields.Nested(OrderRefundOut))


class OrderDone(OrderOut):
    """Order, and what was done to it."""

    message = fields.String()


class OrderConfirmed(OrderDone):
    """Order that was confirmed without a payment."""

    warning = fields.String()


class OrderStatsOut(Out):
    """The caller's orders in numbers."""

    total_orders = fields.Integer()
    pending_orders = fields.Integer(metadata={"description": "Not paid yet: `pending` and `processing`."})
    confirmed_orders = fields.Integer()
    cancelled_orders = fields.Integer()
    refunded_orders = fields.Integer()
    failed_orders = fields.Integer()
    total_spent = Money(
        metadata={"description": "For confirmed orders, refunds taken off, in the currency of most of them."}
    )
    currency = fields.String()
    spent_by_currency = fields.Dict(keys=fields.String(), values=Money())
    total_tickets = fields.Integer(metadata={"description": "Of confirmed orders, less those given back."})


class CleanedUpOut(Out):
    """How many orders had expired."""

    message = fields.String()
    count = fields.Integer()


class PaymentIntentOut(Out):
    """What a browser needs to pay."""

    client_secret = fields.String()
    payment_intent_id = fields.String()
    amount = fields.Integer(metadata={"description": "In the currency's smallest unit."})
    currency = fields.String(metadata={"example": "usd"})
    status = fields.String(metadata={"example": "requires_payment_method"})


class PaymentStartedOut(Out):
    """A payment that waits for its payer."""

    success = fields.Boolean()
    payment_intent = fields.Nested(PaymentIntentOut)


class PaymentStatusOut(Out):
    """How the payment of an order stands at its provider."""

    order_id = fields.UUID()
    order_number = fields.String()
    order_status = Word(*STATUSES)
    payment_status = fields.String(metadata={"example": "succeeded"})
    amount = MoneyNumber()
    currency = fields.String(metadata={"example": "usd"})


class RefundOut(Out):
    """What was refunded. A provider that does not answer is asked again: `pending` until then."""

    success = fields.Boolean(metadata={"description": "False where the provider refused."})
    refund_id = fields.String()
    amount = MoneyNumber()
    currency = fields.String(metadata={"example": "usd"})
    status = Word(*REFUND_STATUSES)
