"""What an event admits: over all its offers, or anew on each day where it sells by the day.

The set of quotas that an offer draws on may change under a running sale only here: every quota of the event
is locked, and its ``links`` counted up, so that a sale which read the old set reads again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, update

from ticketing.extensions import db
from ticketing.models import Event, EventDay, Offer, Quota, TicketType, offer_quotas
from ticketing.services.inventory.sizing import below_taken, draw_on, drop_quota, resize


def set_event_capacity(event: Event, capacity: int | None) -> None:
    """Bound what is sold and held over all offers of an event, on each day where it sells by the day, or
    lift the bound. The event is locked.

    :raises Invalid: more than that is sold or held already.
    """
    if event.sells_by_the_day:
        _lift_bound(event)
        for day in _days(event.id):
            _bound_day(event, day, capacity)
    else:
        for day in _days(event.id):
            _bound_day(event, day, None)
        _bound_event(event, capacity)


def bound_type(ticket_type: TicketType, size: int) -> None:
    """Give a type without a total one over all its offers. The event is locked.

    :raises Invalid: more than that is sold or held already.
    """
    lock_and_relink(ticket_type.event_id)
    bounded = Offer.ticket_type_id == ticket_type.id
    ticket_type.quota_id = _bound(ticket_type.event_id, "type", size, bounded, field="total_quantity")
    db.session.flush()


def open_day(event: Event, day: EventDay) -> None:
    """A new day of a locked event begins to count: all-days passes that were sold take a place on it.

    :raises Invalid: more of them are sold or held than the event admits a day.
    """
    if event.sells_by_the_day and event.capacity is not None:
        _bound_day(event, day, event.capacity)


def bounds_of_offer(event: Event, day_id: int | None, *, is_all_days: bool) -> list[int]:
    """Ids of the quotas that bound a new offer beside its own and its type's."""
    bounds = select(Quota.id).where(Quota.event_id == event.id)
    if not event.sells_by_the_day:
        return list(db.session.scalars(bounds.where(Quota.kind == "event")))
    bounds = bounds.join(EventDay, EventDay.quota_id == Quota.id)
    return list(db.session.scalars(bounds if is_all_days else bounds.where(EventDay.id == day_id)))


def _days(event_id: int) -> Sequence[EventDay]:
    return db.session.scalars(
        select(EventDay).where(EventDay.event_id == event_id).order_by(EventDay.number)
    ).all()


def _bound_event(event: Event, capacity: int | None) -> None:
    existing = db.session.scalar(select(Quota.id).where(Quota.event_id == event.id, Quota.kind == "event"))
    if existing is not None and capacity is not None:
        resize(existing, capacity, field="capacity")
    elif existing is not None:
        _lift_bound(event)
    elif capacity is not None:
        lock_and_relink(event.id)
        _bound(event.id, "event", capacity, Offer.event_id == event.id)


def _lift_bound(event: Event) -> None:
    for quota_id in db.session.scalars(
        select(Quota.id).where(Quota.event_id == event.id, Quota.kind == "event")
    ).all():
        lock_and_relink(event.id)
        drop_quota(quota_id)


def _bound_day(event: Event, day: EventDay, capacity: int | None) -> None:
    if day.quota_id is not None and capacity is not None:
        resize(day.quota_id, capacity, field="capacity")
    elif day.quota_id is not None:
        lock_and_relink(event.id)
        quota_id, day.quota_id = day.quota_id, None
        db.session.flush()
        drop_quota(quota_id)
    elif capacity is not None:
        lock_and_relink(event.id)
        admitted = (Offer.event_id == event.id) & or_(Offer.day_id == day.id, Offer.is_all_days)
        day.quota_id = _bound(event.id, "day", capacity, admitted)
        db.session.flush()


def lock_and_relink(event_id: int) -> None:
    """Lock the event's stock, and make every sale that read the old set of quotas read it again."""
    ids = db.session.scalars(select(Quota.id).where(Quota.event_id == event_id).order_by(Quota.id)).all()
    for quota_id in ids:
        db.session.execute(
            update(Quota)
            .where(Quota.id == quota_id)
            .values(links=Quota.links + 1)
            .execution_options(synchronize_session=False)
        )


def close_day(event_id: int, day: EventDay) -> None:
    """Remove a day that nobody has a ticket for. Its event is locked, and so are the all-days passes."""
    quota_id = day.quota_id
    if quota_id is not None:
        lock_and_relink(event_id)
    db.session.delete(day)
    db.session.flush()
    if quota_id is not None:
        drop_quota(quota_id)


def _bound(
    event_id: int, kind: str, size: int, bounded: ColumnElement[bool], *, field: str = "capacity"
) -> int:
    """A new quota over these offers, with what is held and sold of them; its id."""
    held, sold = db.session.execute(
        select(func.coalesce(func.sum(Quota.held), 0), func.coalesce(func.sum(Quota.sold), 0))
        .join(Offer, Offer.quota_id == Quota.id)
        .where(bounded)
    ).one()
    if held + sold > size:
        raise below_taken(held + sold, field)
    quota = Quota(event_id=event_id, kind=kind, size=size, held=held, sold=sold, links=0)
    db.session.add(quota)
    db.session.flush()
    offer_ids = db.session.scalars(select(Offer.id).where(bounded)).all()
    if offer_ids:
        rows = [{"offer_id": offer_id, "quota_id": quota.id} for offer_id in offer_ids]
        db.session.execute(insert(offer_quotas), rows)
    return quota.id


def redraw(offer_id: int, quota_ids: Iterable[int]) -> None:
    """Let an offer draw on other quotas. ``lock_and_relink`` comes first, and after it a look whether
    anybody has ordered it: then nobody can any more."""
    db.session.execute(delete(offer_quotas).where(offer_quotas.c.offer_id == offer_id))
    draw_on(offer_id, quota_ids)
