"""Reading promo codes: for the organizations that they belong to, and staff.

A row has the code's columns under their names, and ``organization``, ``event`` and ``ticket_type`` as UUIDs.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, false, func, not_, or_, select, true

from ticketing import clock, policy
from ticketing.errors import NotFound
from ticketing.extensions import db
from ticketing.models import Event, Membership, Order, Organization, PromoCode, TicketType
from ticketing.models.events import CANCELLED
from ticketing.models.orders import CONFIRMED
from ticketing.policy import Actor, Permission
from ticketing.queries.catalog import Page
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


ACTIVE, OVER = "active", "over"
STATES = (ACTIVE, OVER)
PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class Listed:
    """A promo code in its organization's list: its row, with ``event_title``, ``event_slug``,
    ``event_timezone`` and ``type_name`` of what it is limited to; and what it took off confirmed orders so
    far, in minor units by currency."""

    code: Row[Any]
    given: dict[str, int]

    @property
    def state(self) -> str:
        """``off``, ``ended``, ``used_up``, ``later`` or ``active``."""
        now, code = clock.now(), self.code
        if not code.is_active:
            return "off"
        if code.ends_at is not None and code.ends_at <= now:
            return "ended"
        if code.max_uses is not None and code.used >= code.max_uses:
            return "used_up"
        return "later" if code.starts_at is not None and code.starts_at > now else ACTIVE


def list_of(
    organization_id: int, *, words: str = "", state: str = "", event_id: int | None = None, page: int = 1
) -> Page:
    """A page of an organization's promo codes, newest first: those that have the words in them, that can
    still be used (``active``: now or later) or cannot (``over``), and that count for an event. Three
    statements. Whether the actor may see them was asked before."""
    where = _wanted(organization_id, words, state, event_id)
    total = db.session.scalar(select(func.count()).select_from(PromoCode).where(*where)) or 0
    number = min(max(page, 1), max(1, -(-total // PAGE_SIZE)))
    ordered = _described().where(*where).order_by(PromoCode.created_at.desc(), PromoCode.id.desc())
    rows = db.session.execute(ordered.limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)).all()
    given = _given([row.id for row in rows])
    return Page([Listed(row, given[row.id]) for row in rows], number, PAGE_SIZE, total)


def stream(organization_id: int, *, words: str, state: str) -> Iterator[Sequence[Row[Any]]]:
    """All of them that match, oldest first, in batches; each is a statement."""
    where, last = _wanted(organization_id, words, state, None), 0
    while rows := db.session.execute(
        _described().where(*where, PromoCode.id > last).order_by(PromoCode.id).limit(_BATCH)
    ).all():
        yield rows
        last = rows[-1].id


def get_to_manage(actor: Actor, key: Key) -> Listed:
    """One promo code with all that its page shows. Two statements beside those that ask who the actor is.

    :raises NotFound: there is none, or it is none of the actor's organizations'.
    :raises NotAllowed: the actor belongs to its organization, and neither owns nor manages it.
    """
    row = db.session.execute(_described().where(condition_for(PromoCode, key), _visible(actor))).one_or_none()
    if row is None:
        raise NotFound("promo code")
    policy.require(actor, Permission.PROMO_MANAGE, row)
    return Listed(row, _given([row.id])[row.id])


def events_for(organization_id: int, kept: UUID | None = None) -> Sequence[Row[Any]]:
    """Events that a code can be limited to: those that are not over nor called off, and the one that it is;
    rows of ``id, uuid, title, slug, timezone, status, starts_at``, the next first. One statement."""
    is_kept = Event.uuid == kept if kept else false()
    coming = (Event.ends_at > clock.now()) & (Event.status != CANCELLED)
    columns = Event.id, Event.uuid, Event.title, Event.slug, Event.timezone, Event.status, Event.starts_at
    wanted: Select[*tuple[Any, ...]] = select(*columns).where(
        Event.organization_id == organization_id, coming | is_kept
    )
    return db.session.execute(wanted.order_by(Event.starts_at, Event.id).limit(_MOST_EVENTS)).all()


def types_for(event_ids: Sequence[int]) -> Sequence[Row[Any]]:
    """Their ticket types: rows of ``uuid, name, event_id``. One statement."""
    columns = TicketType.uuid, TicketType.name, TicketType.event_id
    wanted: Select[*tuple[Any, ...]] = select(*columns).where(TicketType.event_id.in_(event_ids))
    return db.session.execute(wanted.order_by(TicketType.event_id, TicketType.id)).all()


_BATCH = 500
_MOST_EVENTS = 200


def _wanted(organization_id: int, words: str, state: str, event_id: int | None) -> list[ColumnElement[bool]]:
    where = [PromoCode.organization_id == organization_id]
    if words:
        where.append(PromoCode.code.icontains(words, autoescape=True))
    if event_id is not None:
        where.append(or_(PromoCode.event_id.is_(None), PromoCode.event_id == event_id))
    if state in STATES:
        usable = and_(
            PromoCode.is_active,
            or_(PromoCode.ends_at.is_(None), PromoCode.ends_at > clock.now()),
            or_(PromoCode.max_uses.is_(None), PromoCode.used < PromoCode.max_uses),
        )
        where.append(usable if state == ACTIVE else not_(usable))
    return where


def _given(ids: Sequence[int]) -> defaultdict[int, dict[str, int]]:
    found: defaultdict[int, dict[str, int]] = defaultdict(dict)
    sums = (
        select(Order.promo_code_id, Order.currency, func.sum(Order.discount).label("discount"))
        .where(Order.promo_code_id.in_(ids), Order.status == CONFIRMED)
        .group_by(Order.promo_code_id, Order.currency)
    )
    for row in db.session.execute(sums) if ids else ():
        found[row.promo_code_id][row.currency] = int(row.discount)
    return found


@functools.cache
def _described() -> Select[*tuple[Any, ...]]:
    return _rows().add_columns(
        PromoCode.id,
        PromoCode.organization_id,
        Event.title.label("event_title"),
        Event.slug.label("event_slug"),
        Event.timezone.label("event_timezone"),
        TicketType.name.label("type_name"),
    )


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
