"""How many tickets of an event one account may have."""

from __future__ import annotations

from sqlalchemy import bindparam, func, select

from ticketing.errors import Invalid, said
from ticketing.extensions import db
from ticketing.models import Order, OrderItem, User
from ticketing.models.orders import CONFIRMED, PENDING

#: The channel of orders that an organizer makes: whoever gets those did not take them.
DESK = "door"


class AccountLimit(Invalid):
    """More tickets than one account may have; ``details["available"]`` says how many it may still take."""

    def __init__(self, most: int, available: int) -> None:
        if available:
            sentence = said(
                "At most %(most)s tickets per person: you can take %(available)s more.",
                most=most,
                available=available,
            )
        else:
            sentence = said("At most %(most)s tickets per person: you have them already.", most=most)
        super().__init__(
            "account_limit",
            sentence,
            field="quantity",
            available=available,
            limit=most,
        )


# The row is a parent of others: FOR NO KEY UPDATE lets them be written meanwhile.
_ACCOUNT = select(User.id).where(User.id == bindparam("account")).with_for_update(key_share=True)
_HAS = (
    select(func.coalesce(func.sum(OrderItem.quantity - OrderItem.returned), 0))
    .join(Order, Order.id == OrderItem.order_id)
    .where(
        Order.user_id == bindparam("account"),
        Order.event_id == bindparam("event"),
        Order.status.in_((PENDING, CONFIRMED)),
        Order.channel != DESK,
    )
)


def keep(user_id: int | None, event_id: int, most: int | None, wanted: int) -> None:
    """Go on only if so many tickets more leave the account within the event's limit. Its pending and
    confirmed orders count; what was given back and what an organizer gave it do not.

    The account is locked before anything is counted, so that its orders come one after the other. Who places
    an order locks it after the idempotency key; a payment that came late, after its order.

    :raises AccountLimit: they do not.
    """
    if most is None or user_id is None:
        return
    connection = db.session.connection()
    connection.execute(_ACCOUNT, {"account": user_id})
    has = int(connection.execute(_HAS, {"account": user_id, "event": event_id}).scalar_one())
    if has + wanted > most:
        raise AccountLimit(most, max(most - has, 0))
