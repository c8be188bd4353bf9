"""Writing what events sell: days, ticket types, offers, and the stocks that offers draw on."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from ticketing.models import EventDay, Offer, Quota, TicketType, offer_quotas
from ticketing.seeding.bulk import Row, insert_rows, insert_with_ids
from ticketing.seeding.events import EventPlan
from ticketing.seeding.pricing import DayPlan
from ticketing.seeding.sales import OfferPlan, TypePlan


@dataclass(slots=True)
class _Part:
    """An offer to be written, with what it belongs to; ``shared`` are the quotas that it draws on beside its
    own."""

    event_id: int
    made: Row
    kind: TypePlan
    plan: OfferPlan
    type_id: int = 0
    day_id: int | None = None
    shared: list[int] = field(default_factory=list)


def write_offers(plans: Sequence[EventPlan], event_ids: Sequence[int]) -> list[int]:
    """All that the events sell, and its stock; the offers' ids, event by event."""
    events = list(zip(plans, event_ids, strict=True))
    parts = [
        _Part(event_id, _made(plan), kind, offer)
        for plan, event_id in events
        for kind in plan.types
        for offer in kind.offers
    ]
    of_event: dict[int, list[_Part]] = {}
    for part in parts:
        of_event.setdefault(part.event_id, []).append(part)
    _write_types(events, parts)
    _write_days(events, of_event)
    _write_capacities(events, of_event)
    return _write_parts(parts)


def _write_types(events: Sequence[tuple[EventPlan, int]], parts: Sequence[_Part]) -> None:
    kinds = [(plan, event_id, kind) for plan, event_id in events for kind in plan.types]
    bounded = [(event_id, kind) for _plan, event_id, kind in kinds if kind.total is not None]
    quota_ids = insert_with_ids(
        Quota,
        [_quota_row(event_id, "type", kind.total or 0, kind.offers) for event_id, kind in bounded],
    )
    totals = {id(kind): quota for (_event_id, kind), quota in zip(bounded, quota_ids, strict=True)}
    type_ids = insert_with_ids(
        TicketType,
        [_type_row(plan, event_id, kind, totals.get(id(kind))) for plan, event_id, kind in kinds],
    )
    ids = {id(kind): type_id for (_plan, _event_id, kind), type_id in zip(kinds, type_ids, strict=True)}
    for part in parts:
        part.type_id = ids[id(part.kind)]
        if (total := totals.get(id(part.kind))) is not None:
            part.shared.append(total)


def _write_days(events: Sequence[tuple[EventPlan, int]], of_event: dict[int, list[_Part]]) -> None:
    days = [(plan, event_id, day) for plan, event_id in events for day in plan.days]
    bounded = [one for one in days if one[0].capacity is not None]
    quota_ids = insert_with_ids(
        Quota,
        [
            _quota_row(event_id, "day", plan.capacity or 0, plan.offers_on(day.number))
            for plan, event_id, day in bounded
        ],
    )
    quotas = {
        (event_id, day.number): quota
        for (_plan, event_id, day), quota in zip(bounded, quota_ids, strict=True)
    }
    rows = [_day_row(plan, event_id, day, quotas.get((event_id, day.number))) for plan, event_id, day in days]
    for (_plan, event_id, day), day_id in zip(days, insert_with_ids(EventDay, rows), strict=True):
        for part in of_event[event_id]:
            if part.plan.day == day.number:
                part.day_id = day_id
            quota = quotas.get((event_id, day.number))
            if quota is not None and (part.plan.is_all_days or part.plan.day == day.number):
                part.shared.append(quota)


def _write_capacities(events: Sequence[tuple[EventPlan, int]], of_event: dict[int, list[_Part]]) -> None:
    """What an event admits over all its offers; by the day, where it sells by the day, the days say that."""
    bounded = [(plan, event_id) for plan, event_id in events if plan.capacity is not None and not plan.days]
    rows = [_quota_row(event_id, "event", plan.capacity or 0, plan.offers) for plan, event_id in bounded]
    for (_plan, event_id), quota in zip(bounded, insert_with_ids(Quota, rows), strict=True):
        for part in of_event[event_id]:
            part.shared.append(quota)


def _write_parts(parts: Sequence[_Part]) -> list[int]:
    own = insert_with_ids(
        Quota, [_quota_row(part.event_id, "offer", part.plan.size, [part.plan]) for part in parts]
    )
    ids = insert_with_ids(Offer, [_offer_row(part, quota) for part, quota in zip(parts, own, strict=True)])
    draws = [
        {"offer_id": offer_id, "quota_id": quota_id}
        for part, offer_id, own_id in zip(parts, ids, own, strict=True)
        for quota_id in (own_id, *part.shared)
    ]
    insert_rows(offer_quotas, draws)
    return ids


def _made(plan: EventPlan) -> Row:
    return {"created_at": plan.row["created_at"], "updated_at": plan.row["created_at"]}


def _type_row(plan: EventPlan, event_id: int, kind: TypePlan, quota_id: int | None) -> Row:
    return {
        "uuid": uuid.uuid4(),
        "event_id": event_id,
        "name": kind.name,
        "kind": kind.kind,
        "description": kind.description,
        "benefits": kind.benefits,
        "quota_id": quota_id,
        **_made(plan),
    }


def _day_row(plan: EventPlan, event_id: int, day: DayPlan, quota_id: int | None) -> Row:
    return {
        "event_id": event_id,
        "number": day.number,
        "name": day.name,
        "date": day.date,
        "quota_id": quota_id,
        "created_at": plan.row["created_at"],
    }


def _quota_row(event_id: int, kind: str, size: int, offers: Sequence[OfferPlan]) -> Row:
    return {
        "event_id": event_id,
        "kind": kind,
        "size": size,
        "held": sum(offer.held for offer in offers),
        "sold": sum(offer.sold for offer in offers),
    }


def _offer_row(part: _Part, quota_id: int) -> Row:
    plan = part.plan
    return {
        "uuid": uuid.uuid4(),
        "event_id": part.event_id,
        "ticket_type_id": part.type_id,
        "quota_id": quota_id,
        "price": plan.price,
        "tier_number": plan.tier_number,
        "tier_name": plan.tier_name,
        "day_id": part.day_id,
        "day_name": plan.day_name,
        "is_all_days": plan.is_all_days,
        "sales_start_at": plan.opens_at,
        "sales_end_at": plan.closes_at,
        **part.made,
    }
