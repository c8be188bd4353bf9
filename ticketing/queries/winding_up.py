"""How far the winding up of a cancelled event has come: its orders, and the money that goes back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, bindparam, case, func, literal, select, union_all

from ticketing.errors import NotFound
from ticketing.extensions import db
from ticketing.models import Event, Order, Refund
from ticketing.models.orders import CANCELLED, CONFIRMED, PENDING
from ticketing.models.payments import REFUND_FAILED, REQUESTED, SUCCEEDED
from ticketing.models.types import UtcDateTime
from ticketing.policy import Actor, Permission, allows, require
from ticketing.queries.keys import Key, load


@dataclass(frozen=True, slots=True)
class Amount:
    """How many refunds, and how much they are together in minor units."""

    number: int = 0
    total: int = 0


@dataclass(slots=True)
class Progress:
    """Orders that are still to end and those that ended with the event; refunds by their status."""

    event: Event
    cancelled_at: datetime
    open_orders: int = 0
    ended_orders: int = 0
    refunds: dict[str, Amount] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Every order has ended, and every refund has reached its buyer."""
        waiting = (self.refunds.get(status, Amount()).number for status in (REQUESTED, REFUND_FAILED))
        return self.open_orders == 0 and not any(waiting)


_EVENT = bindparam("event_id", type_=BigInteger)
_SINCE = bindparam("since", type_=UtcDateTime())
_ENDED = case((Order.status.in_((PENDING, CONFIRMED)), "open"), else_="ended")
#: Orders that are open, whenever they were placed, and what has ended or was promised since the cancellation.
_PROGRESS = union_all(
    select(literal("orders").label("of"), _ENDED.label("what"), func.count().label("number"), literal(0))
    .where(
        Order.event_id == _EVENT,
        Order.status.in_((PENDING, CONFIRMED))
        | ((Order.status == CANCELLED) & (Order.cancelled_at >= _SINCE)),
    )
    .group_by(_ENDED),
    select(literal("refunds"), Refund.status, func.count(), func.sum(Refund.amount).label("total"))
    .join(Order, Order.id == Refund.order_id)
    .where(Order.event_id == _EVENT, Refund.created_at >= _SINCE)
    .group_by(Refund.status),
)


def progress(actor: Actor, key: Key) -> Progress:
    """How far the winding up of an event has come. One statement beside the look at the event.

    :raises NotFound: there is no such event, it is a stranger's draft, or it was not cancelled.
    :raises NotAllowed: the actor does not manage the event's organization.
    """
    event = load(Event, key)
    if not allows(actor, Permission.EVENT_MANAGE, event):
        require(actor, Permission.EVENT_SEE, event)
        require(actor, Permission.EVENT_MANAGE, event)
    if event.cancelled_at is None:
        raise NotFound("cancellation")
    found = Progress(event, event.cancelled_at)
    for of, what, number, total in _rows(event.id, event.cancelled_at):
        if of == "refunds":
            found.refunds[what] = Amount(number, int(total))
        elif what == "open":
            found.open_orders = number
        else:
            found.ended_orders = number
    return found


def _rows(event_id: int, since: datetime) -> Any:
    return db.session.execute(_PROGRESS, {"event_id": event_id, "since": since})


#: In the order in which they are shown.
REFUND_STATUSES = (REQUESTED, SUCCEEDED, REFUND_FAILED)
