"""Orders, money, tickets, and what is written along."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from factory import LazyAttribute, LazyFunction, SelfAttribute, Sequence, SubFactory

from tests.factories.base import Factory, digest, id_of, row_of
from tests.factories.events import EventFactory, OfferFactory
from tests.factories.people import OrganizationFactory, UserFactory
from ticketing import clock, models
from ticketing.extensions import db
from ticketing.models import ledger, orders, payments


class OrderFactory(Factory):
    """A pending order of two tickets without its items; see ``OrderItemFactory``. It moves no stock."""

    class Meta:
        model = models.Order

    number = Sequence(lambda n: f"ORD-{n:06}")
    user = SubFactory(UserFactory)
    event = SubFactory(EventFactory)
    user_id, event_id = id_of("user"), id_of("event")
    organization_id = SelfAttribute("event.organization_id")
    currency = SelfAttribute("event.currency")
    subtotal = 5000
    amount_due = LazyAttribute(lambda row: row.subtotal)
    buyer_email = LazyAttribute(lambda row: row.user.email if row.user else "guest@example.org")
    expires_at = LazyAttribute(
        lambda row: clock.now() + timedelta(minutes=15) if row.status == orders.PENDING else None
    )
    confirmed_at = LazyAttribute(lambda row: clock.now() if row.status == orders.CONFIRMED else None)
    status = orders.PENDING


class OrderItemFactory(Factory):
    class Meta:
        model = models.OrderItem

    order = SubFactory(OrderFactory)
    offer = SubFactory(OfferFactory, event=row_of(models.Event, "factory_parent.order.event_id"))
    order_id, offer_id = id_of("order"), id_of("offer")
    quantity = 2
    unit_price = SelfAttribute("offer.price")
    ticket_name = LazyAttribute(lambda row: db.session.get(models.TicketType, row.offer.ticket_type_id).name)


class IdempotencyKeyFactory(Factory):
    class Meta:
        model = models.IdempotencyKey

    actor, route = "user:1", "orders.place"
    key = Sequence(lambda n: f"key-{n}")
    body_hash = digest("body")


class PaymentFactory(Factory):
    class Meta:
        model = models.Payment

    order = SubFactory(OrderFactory)
    order_id = id_of("order")
    gateway = "sandbox"
    reference = Sequence(lambda n: f"pay_{n}")
    amount, currency = SelfAttribute("order.amount_due"), SelfAttribute("order.currency")
    amount_received = LazyAttribute(lambda row: row.amount if row.status == payments.PAID else 0)
    status = payments.OPEN


class RefundFactory(Factory):
    class Meta:
        model = models.Refund

    payment = SubFactory(PaymentFactory, status=payments.PAID)
    order = row_of(models.Order, "payment.order_id")
    payment_id, order_id = id_of("payment"), id_of("order")
    amount, currency = SelfAttribute("payment.amount"), SelfAttribute("payment.currency")


class RefundLineFactory(Factory):
    class Meta:
        model = models.RefundLine

    refund = SubFactory(RefundFactory)
    order_item = SubFactory(OrderItemFactory, order=SelfAttribute("..refund.order"))
    refund_id, order_item_id = id_of("refund"), id_of("order_item")
    quantity = 1
    amount = SelfAttribute("order_item.unit_price")


class GatewayEventFactory(Factory):
    class Meta:
        model = models.GatewayEvent

    gateway = "sandbox"
    event_id = Sequence(lambda n: f"evt_{n}")
    kind = "payment.succeeded"


class PromoCodeFactory(Factory):
    class Meta:
        model = models.PromoCode

    class Params:
        organization = SubFactory(OrganizationFactory)

    organization_id = id_of("organization")
    code = Sequence(lambda n: f"SAVE{n}")
    value, currency = 1000, "USD"


class LedgerEntryFactory(Factory):
    class Meta:
        model = models.LedgerEntry

    class Params:
        organization = SubFactory(OrganizationFactory)

    organization_id = id_of("organization")
    source, source_id = "payment", Sequence(lambda n: n + 1)
    kind, account = "sale", ledger.ACCOUNTS[0]
    amount, currency = 100, "USD"


class BalanceFactory(Factory):
    class Meta:
        model = models.Balance

    class Params:
        organization = SubFactory(OrganizationFactory)

    organization_id = id_of("organization")
    currency = "USD"


class WithdrawalFactory(Factory):
    class Meta:
        model = models.Withdrawal

    class Params:
        organization = SubFactory(OrganizationFactory)

    organization_id = id_of("organization")
    number = Sequence(lambda n: f"W-{n:06}")
    amount, currency = 1000, "USD"


class TicketFactory(Factory):
    class Meta:
        model = models.Ticket

    order_item = SubFactory(OrderItemFactory, order__status=orders.CONFIRMED)
    order = row_of(models.Order, "order_item.order_id")
    event = row_of(models.Event, "order.event_id")
    order_item_id, order_id, event_id = id_of("order_item"), id_of("order"), id_of("event")
    offer_id = SelfAttribute("order_item.offer_id")
    user_id = SelfAttribute("order.user_id")
    number = Sequence(lambda n: f"T-{n:06}")
    position = Sequence(lambda n: n + 1)
    code_hash = Sequence(lambda n: digest(f"ticket {n}"))


class ScannerLinkFactory(Factory):
    class Meta:
        model = models.ScannerLink

    event = SubFactory(EventFactory)
    event_id = id_of("event")
    name, gate = "Main entrance", "A"
    secret_hash = Sequence(lambda n: digest(f"link {n}"))
    expires_at = SelfAttribute("event.ends_at")


class ScannerPassFactory(Factory):
    class Meta:
        model = models.ScannerPass

    link = SubFactory(ScannerLinkFactory)
    link_id = id_of("link")
    secret_hash = Sequence(lambda n: digest(f"pass {n}"))
    device = "Phone"
    seen_at = LazyFunction(clock.now)


class CheckInFactory(Factory):
    class Meta:
        model = models.CheckIn

    class Params:
        ticket = SubFactory(TicketFactory)

    ticket_id, event_id = id_of("ticket"), SelfAttribute("ticket.event_id")
    scan_id = LazyFunction(uuid4)
    result = "admitted"
    scanned_at = LazyFunction(clock.now)


class ActivityLogFactory(Factory):
    class Meta:
        model = models.ActivityLog

    action = "signed_in"


class OutboxMessageFactory(Factory):
    class Meta:
        model = models.OutboxMessage

    kind = "order_confirmed"
