"""What was done about an organization, its events and its orders by those who look after them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, false, func, literal, or_, select, union_all

from ticketing.extensions import db
from ticketing.models import (
    ActivityLog,
    Event,
    Invitation,
    Offer,
    Order,
    PromoCode,
    ScannerLink,
    Ticket,
    TicketType,
    User,
)
from ticketing.queries.catalog import Page

PAGE_SIZE = 40
EVENTS, ORDERS, PEOPLE, ORGANIZATION = "events", "orders", "people", "organization"
KINDS = (EVENTS, ORDERS, PEOPLE, ORGANIZATION)
#: What buyers and the public do.
_NOT_THEIRS = (
    "order_placed", "payment_started", "promo_code_changed", "ticket_renamed", "ticket_transferred",
    "organization_followed", "organization_unfollowed",
)  # fmt: skip
_LOG = ActivityLog
_NAME = func.trim(User.first_name + " " + User.last_name)
_PERSON = func.coalesce(func.nullif(_NAME, ""), User.email)


def _is(model: Any, name: str) -> ColumnElement[bool]:
    return and_(_LOG.object_type == name, model.id == _LOG.object_id)


_EVENT_ID = func.coalesce(
    case((_LOG.object_type == "event", _LOG.object_id)),
    TicketType.event_id,
    Offer.event_id,
    ScannerLink.event_id,
)
_ROWS: Select[*tuple[Any, ...]] = (
    select(
        _LOG.created_at,
        _LOG.action,
        _LOG.details,
        _PERSON.label("person"),
        Event.uuid.label("event_uuid"),
        Event.title.label("event_title"),
        Order.uuid.label("order_uuid"),
        Order.number.label("order_number"),
    )
    .select_from(_LOG)
    .outerjoin(User, User.id == _LOG.user_id)
    .outerjoin(TicketType, _is(TicketType, "tickettype"))
    .outerjoin(Offer, _is(Offer, "offer"))
    .outerjoin(ScannerLink, _is(ScannerLink, "scannerlink"))
    .outerjoin(Order, _is(Order, "order"))
    .outerjoin(Event, Event.id == _EVENT_ID)
)


def of_organization(organization_id: int, *, kind: str = "", page: int = 1, size: int = PAGE_SIZE) -> Page:
    """Deeds, the newest first: rows of ``created_at, action, details, person`` with what they were done to:
    ``event_uuid, event_title, order_uuid, order_number``, and ``whom``, the account or the invited address
    that a deed was about. Three statements.

    What buyers do with their own orders is not in it, and of things that are gone nothing is known.
    """
    where = [
        _LOG.user_id.is_not(None),
        _LOG.action.not_in(_NOT_THEIRS),
        or_(false(), *(_ABOUT[name](organization_id) for name in ([kind] if kind in _ABOUT else KINDS))),
    ]
    total = db.session.scalar(select(func.count(_LOG.id)).where(*where)) or 0
    number = min(max(page, 1), max(1, -(-total // size)))
    ordered = _ROWS.where(*where).order_by(_LOG.created_at.desc(), _LOG.id.desc())
    rows = db.session.execute(ordered.limit(size).offset((number - 1) * size)).all()
    whom = _whom(rows)
    return Page([_Deed(row, whom) for row in rows], number, size, total)


class _Deed:
    """A row with what is told of whom it is about."""

    def __init__(self, row: Row[Any], whom: dict[tuple[str, int], str]) -> None:
        self._row = row
        self.whom = next((whom[key] for key in _keys(row) if key in whom), "")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, name)


def _keys(row: Row[Any]) -> list[tuple[str, int]]:
    """The account, else the invitation, whose number stands in a deed's details."""
    return [(name, row.details[name]) for name in ("user_id", "invitation_id") if row.details.get(name)]


def _whom(rows: Sequence[Row[Any]]) -> dict[tuple[str, int], str]:
    """What accounts and invited addresses are called. One statement."""
    keys = {key for row in rows for key in _keys(row)}
    users, invited = (
        [number for name, number in keys if name == one] for one in ("user_id", "invitation_id")
    )
    named = union_all(
        select(literal("user_id"), User.id, _PERSON).where(User.id.in_(users)),
        select(literal("invitation_id"), Invitation.id, Invitation.email).where(Invitation.id.in_(invited)),
    )
    return {(row[0], row[1]): row[2] for row in db.session.execute(named)}


def _done_to(object_type: str, ids: Any) -> ColumnElement[bool]:
    return and_(_LOG.object_type == object_type, _LOG.object_id.in_(ids))


def _about_events(organization_id: int) -> ColumnElement[bool]:
    events = select(Event.id).where(Event.organization_id == organization_id)
    parts = ((TicketType, "tickettype"), (Offer, "offer"), (ScannerLink, "scannerlink"), (Ticket, "ticket"))
    codes = select(PromoCode.id).where(PromoCode.organization_id == organization_id)
    return or_(
        _done_to("event", events),
        _done_to("promocode", codes),
        *(_done_to(name, select(model.id).where(model.event_id.in_(events))) for model, name in parts),
    )


def _about_orders(organization_id: int) -> ColumnElement[bool]:
    orders = select(Order.id).where(
        Order.organization_id == organization_id,
        or_(Order.user_id.is_(None), Order.user_id != _LOG.user_id),
    )
    return _done_to("order", orders.correlate(_LOG))


def _about_people(organization_id: int) -> ColumnElement[bool]:
    is_of_people = or_(_LOG.action.startswith("member_"), _LOG.action.startswith("invitation_"))
    return and_(_is_it(organization_id), is_of_people)


def _about_itself(organization_id: int) -> ColumnElement[bool]:
    return and_(_is_it(organization_id), _LOG.action.startswith("organization_"))


def _is_it(organization_id: int) -> ColumnElement[bool]:
    return and_(_LOG.object_type == "organization", _LOG.object_id == organization_id)


_ABOUT = {
    EVENTS: _about_events,
    ORDERS: _about_orders,
    PEOPLE: _about_people,
    ORGANIZATION: _about_itself,
}
