"""What the tests of bookings do again and again."""

from __future__ import annotations

from datetime import timedelta

from flask_sqlalchemy import SQLAlchemy

from tests.factories import SupportFactory
from ticketing import clock
from ticketing.models import Event, Offer, Quota
from ticketing.policy import Actor
from ticketing.services import orders

BOOKINGS = "/api/v1/bookings/"


def book(actor: Actor, offer: Offer, quantity: int = 2, *, confirmed: bool = False) -> int:
    placed = orders.place(actor, [orders.Line(offer.id, quantity)], terms=orders.terms_for("btick"))
    if confirmed:
        orders.confirm(SupportFactory(), placed.order_id)
    return placed.order_id


def stock(db: SQLAlchemy, offer: Offer) -> tuple[int, int]:
    """Held and sold."""
    db.session.expire_all()
    quota = db.session.get(Quota, offer.quota_id)
    assert quota is not None
    return quota.held, quota.sold


def move_event(db: SQLAlchemy, offer: Offer, **starts: float) -> None:
    """Let the event of an offer start so long from now, and last three hours."""
    event = db.session.get(Event, offer.event_id)
    assert event is not None
    event.starts_at = clock.now() + timedelta(**starts)
    event.ends_at = event.starts_at + timedelta(hours=3)
    db.session.commit()
