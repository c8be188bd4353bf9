"""What waits for an organizer: few kinds of things, each exactly so at this moment. One statement."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, literal, select, union_all
from sqlalchemy.orm import aliased

from ticketing import clock
from ticketing.extensions import db
from ticketing.models import Event, Invitation, Offer, Order, Organization, OutboxMessage, Refund, ScannerLink
from ticketing.models.events import DRAFT, PUBLISHED
from ticketing.models.outbox import FAILED
from ticketing.models.payments import REFUND_FAILED
from ticketing.queries.messages import MAIL

#: So many of each kind are named.
MOST = 5
_SOON = timedelta(days=7)
_Statement = Select[*tuple[Any, ...]]

NO_TICKETS, TOO_LATE, NO_SCANNER = "no_tickets", "too_late", "no_scanner"
REFUND, MAILS, INVITATIONS = "refund", "mails", "invitations"


def find(organizations: Collection[int], managed: Collection[int]) -> list[Row[Any]]:
    """Things to do in these organizations, the pressing ones first: rows of ``what, id, title, number`` (what
    it is about, how it is called, how many).

    - ``refund``: an order's refund failed, and none was promised since; ``id`` and ``title`` of the order.
    - ``mails``: orders of an event that is not over have a mail that could not be delivered; ``id`` is the
      latest of these orders.
    - ``no_scanner``: an event begins within seven days and nobody without an account could scan there.
    - ``too_late``, ``no_tickets``: a draft's start has passed, or it sells nothing; where these are managed.
    - ``invitations``: nobody has answered yet; ``id`` of the organization, where it is managed.
    """
    if not organizations:
        return []
    mine, own = Order.organization_id.in_(organizations), Event.organization_id.in_(organizations)
    parts = [_refunds(mine), _mails(own), _unscanned(own)]
    if managed:
        parts += [*_drafts(Event.organization_id.in_(managed)), _invitations(managed)]
    limited = [select(part.limit(MOST).subquery()) for part in parts]
    return list(db.session.execute(union_all(*limited)).all())


def _row(what: str, key: Any, title: Any, number: Any = None) -> _Statement:
    number = literal(1) if number is None else number
    return select(literal(what).label("what"), key.label("id"), title.label("title"), number.label("number"))


def _refunds(mine: ColumnElement[bool]) -> _Statement:
    later = aliased(Refund)
    promised_since = exists().where(
        later.order_id == Refund.order_id, later.id > Refund.id, later.status != REFUND_FAILED
    )
    failed = select(Refund.order_id).where(Refund.status == REFUND_FAILED, ~promised_since)
    return _row(REFUND, Order.uuid, Order.number).where(mine, Order.id.in_(failed)).order_by(Order.id.desc())


def _mails(own: ColumnElement[bool]) -> _Statement:
    undelivered = (
        select(
            Order.event_id,
            func.max(Order.id).label("latest"),
            func.count(Order.id.distinct()).label("number"),
        )
        .join(OutboxMessage, OutboxMessage.order_id == Order.id)
        .join(Event, Event.id == Order.event_id)
        .where(
            OutboxMessage.status == FAILED,
            OutboxMessage.kind.startswith(MAIL),
            own,
            Event.ends_at > clock.now(),
        )
        .group_by(Order.event_id)
        .subquery()
    )
    return (
        _row(MAILS, Order.uuid, Event.title, undelivered.c.number)
        .select_from(undelivered)
        .join(Order, Order.id == undelivered.c.latest)
        .join(Event, Event.id == undelivered.c.event_id)
        .order_by(Event.starts_at, Event.id)
    )


def _unscanned(own: ColumnElement[bool]) -> _Statement:
    now = clock.now()
    is_open = exists().where(
        ScannerLink.event_id == Event.id, ScannerLink.revoked_at.is_(None), ScannerLink.expires_at > now
    )
    soon = and_(Event.starts_at <= now + _SOON, Event.ends_at > now)
    return (
        _row(NO_SCANNER, Event.uuid, Event.title)
        .where(own, Event.status == PUBLISHED, soon, ~is_open)
        .order_by(Event.starts_at, Event.id)
    )


def _drafts(managed: ColumnElement[bool]) -> list[_Statement]:
    draft = managed & (Event.status == DRAFT)
    sells = exists().where(Offer.event_id == Event.id)
    now = clock.now()
    return [
        _row(TOO_LATE, Event.uuid, Event.title)
        .where(draft, Event.starts_at <= now)
        .order_by(Event.id.desc()),
        _row(NO_TICKETS, Event.uuid, Event.title)
        .where(draft, Event.starts_at > now, ~sells)
        .order_by(Event.starts_at, Event.id),
    ]


def _invitations(managed: Collection[int]) -> _Statement:
    return (
        _row(INVITATIONS, Organization.uuid, Organization.name, func.count())
        .join(Invitation, Invitation.organization_id == Organization.id)
        .where(
            Organization.id.in_(managed),
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
            Invitation.expires_at > clock.now(),
        )
        .group_by(Organization.id, Organization.uuid, Organization.name)
        .order_by(Organization.id)
    )
