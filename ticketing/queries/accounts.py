"""What an account sees of itself."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app
from sqlalchemy import func, select

from ticketing.errors import NotSignedIn
from ticketing.extensions import db
from ticketing.models import Event, Order, OrderItem, Ticket, User
from ticketing.models.orders import CONFIRMED
from ticketing.policy import Actor, Permission, allows
from ticketing.queries.keys import load


@dataclass(frozen=True, slots=True)
class Figures:
    """What somebody bought and arranged. ``spent`` is in minor units of the house's currency, given back
    money deducted; orders in other currencies are not in it."""

    is_organizer: bool
    tickets_bought: int
    events_attended: int
    events_organized: int
    spent: int
    currency: str


def own(actor: Actor) -> User:
    """The actor's account.

    :raises NotSignedIn: the actor has none.
    """
    if actor.user_id is None:
        raise NotSignedIn
    return load(User, actor.user_id)


def by_login(login: str) -> User | None:
    """The account that somebody means who signs in: by address or username, in any case of letters."""
    login = login.strip().lower()
    if not login or "\0" in login:
        return None
    columns = (User.email, User.username) if "@" in login else (User.username,)
    for column in columns:
        user = db.session.scalars(select(User).where(func.lower(column) == login)).one_or_none()
        if user is not None:
            return user
    return None


def figures(user: User) -> Figures:
    """An account's figures, for its profile."""
    currency = current_app.config["CURRENCY"]
    confirmed = (Order.user_id == user.id, Order.status == CONFIRMED)
    bought = (
        select(func.coalesce(func.sum(OrderItem.quantity - OrderItem.returned), 0))
        .join(Order, Order.id == OrderItem.order_id)
        .where(*confirmed)
    )
    attended = select(func.count(Ticket.event_id.distinct())).where(
        Ticket.user_id == user.id, Ticket.used_at.is_not(None)
    )
    organized = select(func.count()).select_from(Event).where(Event.organizer_id == user.id)
    spent = select(func.coalesce(func.sum(Order.amount_paid - Order.amount_refunded), 0)).where(
        Order.user_id == user.id, Order.currency == currency
    )
    row = db.session.execute(
        select(*(part.scalar_subquery() for part in (bought, attended, organized, spent)))
    ).one()
    bought_so_far, attended_so_far, organized_so_far, spent_so_far = (int(number) for number in row)
    return Figures(
        is_organizer=allows(Actor.of(user), Permission.EVENT_LIST_OWN),
        tickets_bought=bought_so_far,
        events_attended=attended_so_far,
        events_organized=organized_so_far,
        spent=spent_so_far,
        currency=currency,
    )
