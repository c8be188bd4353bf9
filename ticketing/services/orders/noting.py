"""Notes that the people behind an event leave on its orders. Buyers never see them."""

from __future__ import annotations

from ticketing.errors import Invalid, NotFound
from ticketing.models import Order
from ticketing.policy import Actor, Permission, allows
from ticketing.queries.keys import Key, load
from ticketing.services import activity, idempotency
from ticketing.services.idempotency import Idempotency
from ticketing.transaction import transactional

#: Characters: as many as the activity log keeps of a text.
LONGEST = 500


@transactional
def note(actor: Actor, key: Key, text: str, *, once: Idempotency | None = None) -> None:
    """Leave a note on an order, for everybody who sees the event's orders. It stands in the activity log and
    cannot be changed. The same ``once`` leaves it once.

    :raises NotFound: the order is none of the actor's business.
    :raises Invalid: there is nothing in it, or too much.
    """
    order = load(Order, key)
    if not allows(actor, Permission.EVENT_SEE_ORDERS, order):
        raise NotFound("order")
    text = text.strip()
    if not text:
        raise Invalid("empty_note", "Write something first.", field="text")
    if len(text) > LONGEST:
        raise Invalid("long_note", "A note has at most 500 characters.", field="text")
    if once is not None and idempotency.claim(actor, once) is not None:
        return
    activity.record(actor, "order_noted", order, number=order.number, text=text)
    if once is not None:
        idempotency.point_at(actor, once, order.id)
