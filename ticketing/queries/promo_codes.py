"""Reading promo codes: for the organizations that they belong to, and staff.

A row has the code's columns under their names, and ``organization``, ``event`` and ``ticket_type`` as UUIDs.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select, true

from ticketing import policy
from ticketing.errors import NotFound
from ticketing.extensions import db
from ticketing.models import Event, Membership, Organization, PromoCode, TicketType
from ticketing.policy import Actor, Permission
from ticketing.queries.keys import Key, condition_for


def find(
    actor: Actor, number: int, size: int, *, event: Key | None = None, is_active: bool | None = None
) -> tuple[Sequence[Row[Any]], int]:
    """A page of the promo codes of the actor's organizations, all of them for staff, newest first; and how
    many there are on all pages. Those of an event are the ones that are limited to it.

    :raises NotAllowed: the actor is no organizer.
    """
    policy.require(actor, Permission.EVENT_LIST_OWN)
    wanted = [_visible(actor)]
    if event is not None:
        wanted.append(PromoCode.event_id.in_(select(Event.id).where(condition_for(Event, event))))
    if is_active is not None:
        wanted.append(PromoCode.is_active == is_active)
    total = db.session.scalar(select(func.count()).select_from(PromoCode).where(*wanted)) or 0
    listed = _rows().where(*wanted).order_by(PromoCode.created_at.desc(), PromoCode.id.desc())
    return db.session.execute(listed.limit(size).offset((number - 1) * size)).all(), total


def get(actor: Actor, key: Key) -> Row[Any]:
    """One promo code. One statement.

    :raises NotFound: there is none, or it is none of the actor's organizations'.
    """
    row = db.session.execute(_rows().where(condition_for(PromoCode, key), _visible(actor))).one_or_none()
    if row is None:
        raise NotFound("promo code")
    return row


def _visible(actor: Actor) -> ColumnElement[bool]:
    if actor.is_admin:
        return true()
    own = select(Membership.organization_id).where(Membership.user_id == actor.user_id)
    return PromoCode.organization_id.in_(own)


@functools.cache
def _rows() -> Select[*tuple[Any, ...]]:
    return (
        select(
            PromoCode.uuid,
            PromoCode.code,
            PromoCode.kind,
            PromoCode.value,
            PromoCode.currency,
            PromoCode.starts_at,
            PromoCode.ends_at,
            PromoCode.max_uses,
            PromoCode.max_uses_per_account,
            PromoCode.minimum_subtotal,
            PromoCode.used,
            PromoCode.is_active,
            PromoCode.created_at,
            PromoCode.updated_at,
            Organization.uuid.label("organization"),
            Event.uuid.label("event"),
            TicketType.uuid.label("ticket_type"),
        )
        .select_from(PromoCode)
        .join(Organization, Organization.id == PromoCode.organization_id)
        .outerjoin(Event, Event.id == PromoCode.event_id)
        .outerjoin(TicketType, TicketType.id == PromoCode.ticket_type_id)
    )
