"""Reading offers with their stock, as flat rows: one statement, whatever is found.

A row has ``id, uuid, event_id, price`` (minor units of ``currency``), ``kind, type_name, tier_name,
day_name, quota, taken`` (sold and held), ``available, created_at``.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Label, Row, ScalarSelect, Select, and_, false, func, or_, select, true
from sqlalchemy.orm import aliased

from ticketing import policy
from ticketing.errors import NotFound
from ticketing.extensions import db
from ticketing.models import Event, Membership, Offer, Quota, TicketType, offer_quotas
from ticketing.models.events import CANCELLED
from ticketing.policy import Actor, Permission
from ticketing.queries.keys import Key, condition_for, permission_to_see


def available() -> ScalarSelect[int]:
    """Tickets left of an offer: the least that any quota which it draws on has."""
    drawn = aliased(Quota)
    return (
        select(func.min(drawn.size - drawn.held - drawn.sold))
        .join(offer_quotas, offer_quotas.c.quota_id == drawn.id)
        .where(offer_quotas.c.offer_id == Offer.id)
        .correlate(Offer)
        .scalar_subquery()
    )


@functools.cache
def columns() -> tuple[Label[Any], ...]:
    """What an offer shows of itself; needs its ticket type and its own quota joined."""
    return (
        Offer.id.label("id"),
        Offer.uuid.label("uuid"),
        Offer.event_id.label("event_id"),
        Offer.price.label("price"),
        TicketType.kind.label("kind"),
        TicketType.name.label("type_name"),
        Offer.tier_name.label("tier_name"),
        Offer.day_name.label("day_name"),
        Quota.size.label("quota"),
        (Quota.held + Quota.sold).label("taken"),
        available().label("available"),
        Offer.created_at.label("created_at"),
    )


def find_all(actor: Actor, limit: int, offset: int = 0, event: Key | None = None) -> Sequence[Row[Any]]:
    """Offers of the events that the actor may see, the cheapest first (BTick 001 §6.1); of an unlisted one
    where it is asked for by what nobody guesses."""
    statement = _offers().where(_visible(actor, event))
    if event is not None:
        statement = statement.where(condition_for(Event, event))
    return _listed(statement, limit, offset)


def get(actor: Actor, key: Key) -> Row[Any]:
    """One offer.

    :raises NotFound: there is none, or it belongs to a stranger's draft, or to an unlisted event and is named
        by a number.
    """
    row = db.session.execute(_offers().where(condition_for(Offer, key), _visible(actor, key))).one_or_none()
    if row is None:
        raise NotFound("ticket")
    return row


def of_event(
    actor: Actor, key: Key, limit: int, offset: int = 0, *, only_available: bool = False
) -> Sequence[Row[Any]]:
    """An event's offers, the cheapest first (BTick 000 §6); those that can still be had (001 §2.8).

    :raises NotFound: there is no such event, or it is a stranger's draft.
    """
    event = db.session.execute(
        select(Event.id, Event.organization_id, Event.status, Event.published_at, Event.is_unlisted).where(
            condition_for(Event, key)
        )
    ).one_or_none()
    if event is None:
        raise NotFound("event")
    policy.require(actor, permission_to_see(key), event)
    statement = _offers().where(Offer.event_id == event.id)
    if only_available:
        if event.status == CANCELLED:
            return []
        statement = statement.where(Offer.is_active, TicketType.is_active, available() > 0)
    elif not policy.allows(actor, Permission.EVENT_SEE_ORDERS, event):
        statement = statement.where(Offer.is_active, TicketType.is_active)
    return _listed(statement, limit, offset)


def on_sale_of(event_id: int) -> Sequence[Row[Any]]:
    """What an event sells, the cheapest first."""
    statement = _offers().where(Offer.event_id == event_id, Offer.is_active, TicketType.is_active)
    return db.session.execute(statement.order_by(Offer.price, Offer.id)).all()


@functools.cache
def _offers() -> Select[Any]:
    return (
        select(*columns(), Event.currency.label("currency"))
        .join(TicketType, TicketType.id == Offer.ticket_type_id)
        .join(Quota, Quota.id == Offer.quota_id)
        .join(Event, Event.id == Offer.event_id)
    )


def _listed(statement: Select[Any], limit: int, offset: int) -> Sequence[Row[Any]]:
    return db.session.execute(statement.order_by(Offer.price, Offer.id).limit(limit).offset(offset)).all()


def _visible(actor: Actor, named: Key | None) -> ColumnElement[bool]:
    """Offers on show, and all that the actor's own organizations have. Those of unlisted events are for
    whoever ``named`` them by what nobody guesses."""
    if actor.is_admin:
        return true()
    own: ColumnElement[bool] = false()
    if actor.is_signed_in:
        own = Event.organization_id.in_(
            select(Membership.organization_id).where(Membership.user_id == actor.user_id)
        )
    on_show = [Event.published_at.is_not(None), Offer.is_active, TicketType.is_active]
    if named is None or isinstance(named, int):
        on_show.append(Event.is_unlisted.is_(False))
    return or_(own, and_(*on_show))
