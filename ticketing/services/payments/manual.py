"""Money that was taken outside, by support or at the box office."""

from __future__ import annotations

import secrets

from ticketing import clock
from ticketing.extensions import db
from ticketing.models import Order, Payment
from ticketing.models.payments import MANUAL, PAID
from ticketing.policy import Actor
from ticketing.services import ledger


def record(actor: Actor, order: Order, **details: str) -> Payment | None:
    """A payment over what a locked order still lacks, in the actor's name; none where nothing does."""
    amount = order.amount_due - (order.amount_paid - order.amount_refunded)
    if amount <= 0:
        return None
    payment = Payment(
        order_id=order.id,
        gateway=MANUAL,
        reference=f"manual-{secrets.token_hex(16)}",
        status=PAID,
        amount=amount,
        currency=order.currency,
        amount_received=amount,
        method=MANUAL,
        actor_id=actor.user_id,
        details={"by": actor.email, **details},
        settled_at=clock.now(),
    )
    db.session.add(payment)
    db.session.flush()
    order.amount_paid += amount
    ledger.payment_received(order, payment)
    return payment
