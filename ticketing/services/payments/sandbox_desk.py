"""The sandbox's test page: what its payer decides, and the promise that our inbox is told of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from ticketing import clock
from ticketing.errors import Invalid
from ticketing.extensions import db
from ticketing.gateways import Event, Observed
from ticketing.gateways.sandbox import NAME, Sandbox
from ticketing.models import Order, OutboxMessage, Payment
from ticketing.models.outbox import QUEUED
from ticketing.models.payments import OPEN
from ticketing.policy import Actor, Permission, require
from ticketing.queries import bookings
from ticketing.queries.keys import load
from ticketing.services import notifications
from ticketing.transaction import assert_none_open, transactional

#: Outbox: a payment that the sandbox approves when the time has come, and an event that it sends.
DECIDE, WEBHOOK = "sandbox.decide", "sandbox.webhook"
#: Time enough for the hold to have ended.
_TOO_LATE_BY = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Desk:
    """A payment with its order and event, and how it stands at the sandbox."""

    payment: Payment
    observed: Observed
    #: When it is going to be approved by itself, if that was promised.
    promised_for: datetime | None

    @property
    def is_open(self) -> bool:
        """Both sides still wait for it."""
        return self.payment.status == OPEN and self.observed.state == "open"

    @property
    def is_paid(self) -> bool:
        """The sandbox has the money, whether we know that or not."""
        return self.observed.state == "paid"

    @property
    def is_under_way(self) -> bool:
        """Its payer has decided, and waits for their bank."""
        return self.promised_for is not None or self.observed.status == "processing"


def find(actor: Actor, reference: str) -> Desk:
    """What the test page shows of a payment.

    :raises NotFound: there is none, or it pays for somebody else's order.
    """
    payment = bookings.get_payment(actor, NAME, reference)
    return Desk(payment, Sandbox().look_up(reference), _promised_for(payment))


def decide(actor: Actor, reference: str, *, approve: bool) -> None:
    """Approve or decline a payment at the sandbox, which tells our inbox of it.

    :raises NotFound: there is none, or it pays for somebody else's order.
    :raises NotAllowed: the actor may see it, and is not its buyer.
    :raises Invalid: it was decided already.
    """
    assert_none_open()
    payment = bookings.get_payment(actor, NAME, reference)
    require(actor, Permission.ORDER_PAY, payment.order)
    gateway = Sandbox()
    event = gateway.read_event(*gateway.decide(reference, approve))
    _promise_event(payment.order_id, event)


def decide_late(actor: Actor, reference: str) -> None:
    """Have a payment approved a few seconds after its order's hold has ended, or at once where there is no
    hold. Until then it is under way, and nobody cancels it.

    :raises NotFound: there is none, or it pays for somebody else's order.
    :raises NotAllowed: the actor may see it, and is not its buyer.
    :raises Invalid: it was decided already.
    """
    assert_none_open()
    _promise_decision(actor, reference)
    Sandbox().begin(reference)


def approve_promised(reference: str) -> None:
    """Approve a payment whose time has come, and tell our inbox. One that ended otherwise meanwhile stays
    so, and that is told."""
    gateway = Sandbox()
    try:
        told = gateway.decide(reference, approve=True)
    except Invalid:
        told = gateway.event(reference)
    order_id = db.session.scalar(
        select(Payment.order_id).where(Payment.gateway == NAME, Payment.reference == reference)
    )
    _promise_event(order_id, gateway.read_event(*told))


def _promised_for(payment: Payment) -> datetime | None:
    rows = db.session.execute(
        select(OutboxMessage.due_at, OutboxMessage.payload).where(
            OutboxMessage.order_id == payment.order_id,
            OutboxMessage.kind == DECIDE,
            OutboxMessage.status == QUEUED,
        )
    )
    return next((row.due_at for row in rows if row.payload["reference"] == payment.reference), None)


@transactional
def _promise_decision(actor: Actor, reference: str) -> None:
    payment = bookings.get_payment(actor, NAME, reference)
    order = load(Order, payment.order_id, lock=True)
    require(actor, Permission.ORDER_PAY, order)
    if _promised_for(payment) is not None:
        return
    now = clock.now()
    due_at = now if order.expires_at is None else max(now, order.expires_at + _TOO_LATE_BY)
    notifications.tell(DECIDE, order_id=order.id, due_at=due_at, reference=reference)


@transactional
def _promise_event(order_id: int | None, event: Event) -> None:
    notifications.tell(
        WEBHOOK,
        order_id=order_id,
        event=event.event_id,
        event_kind=event.kind,
        reference=str(event.reference),
    )
