"""Events: drafting, publishing, calling off."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy import delete as sql_delete
from sqlalchemy import select

from ticketing import clock
from ticketing.errors import Invalid, NotAllowed, NotFound, said
from ticketing.extensions import db
from ticketing.models import (
    Event,
    EventCategory,
    Offer,
    Order,
    Organization,
    TicketType,
    Venue,
)
from ticketing.models.events import CANCELLED, PUBLISHED, SIMPLE
from ticketing.policy import Actor, Permission, allows, require
from ticketing.queries.keys import Key, load
from ticketing.services import activity, announcing, following, inventory, notifications
from ticketing.services.orders import cancelling
from ticketing.services.slugs import free_slug, secret_slug, without_secret
from ticketing.transaction import transactional

#: Outbox kind: end every order of an event that was called off.
WIND_UP = "event.wind_up"
#: In-flight sales that read "published" are over by then; a second pass catches what they left.
_SECOND_PASS = timedelta(minutes=2)


@transactional
def create(
    actor: Actor,
    *,
    organization: Key,
    venue: Key,
    title: str,
    starts_at: datetime,
    ends_at: datetime,
    category: Key | None = None,
    capacity: int | None = None,
    **details: Any,
) -> Event:
    """Draft an event of an organization (BTick 001 §2.2). ``capacity`` counts tickets over all offers.

    :raises NotAllowed: the actor is neither owner or manager of the organization nor staff.
    :raises Invalid: it would start in the past or end before it starts, or a reference leads nowhere.
    """
    owner = load(Organization, organization, field="organization")
    if not allows(actor, Permission.EVENT_CREATE, owner):
        raise NotAllowed("Only an owner or manager of the organization can create its events.")
    _check_times(starts_at, ends_at, fresh=True)
    place = _usable_venue(venue, owner.id)
    slug = free_slug(Event, title)
    event = Event(
        slug=secret_slug(slug) if details.get("is_unlisted") else slug,
        organization_id=owner.id,
        organizer_id=actor.user_id,
        venue_id=place.id,
        category_id=load(EventCategory, category, field="category").id if category is not None else None,
        title=title,
        starts_at=starts_at,
        ends_at=ends_at,
        timezone=checked_zone(details.pop("timezone", None) or place.timezone),
        currency=owner.currency,
        capacity=capacity,
        pricing_type=details.pop("pricing_type", SIMPLE),
        **details,
    )
    db.session.add(event)
    db.session.flush()
    inventory.set_event_capacity(event, capacity)
    activity.record(actor, "event_created", event, title=title)
    return event


@transactional
def update(actor: Actor, key: Key, **changed: Any) -> Event:
    """Change an event. Its slug stays, unless it goes off the lists or back on them. Status has verbs of its
    own (publish, cancel). Who has tickets is told of a new title, time or place a little later.

    :raises NotAllowed: the actor does not manage the event's organization.
    :raises Invalid: the times contradict each other, the capacity is below what is sold or held, or the
        event would move to another organization after its first order.
    """
    event = load(Event, key, lock=True)
    require_seen(actor, event, Permission.EVENT_MANAGE)
    changed = _resolved(actor, event, changed)
    starts_at, ends_at = changed.get("starts_at", event.starts_at), changed.get("ends_at", event.ends_at)
    moved = starts_at != event.starts_at
    _check_times(starts_at, ends_at, fresh=moved and event.is_published and not event.has_started)
    if "timezone" in changed:
        checked_zone(changed["timezone"])
    _check_pricing(event, changed)
    known = announcing.known_of(event)
    _rename(event, changed.get("is_unlisted", event.is_unlisted))
    before = {column: getattr(event, column) for column in changed}
    for column, value in changed.items():
        setattr(event, column, value)
    announcing.promise(event, known)
    if any(before.get(column) != changed.get(column) for column in ("capacity", "pricing_type")):
        inventory.set_event_capacity(event, event.capacity)
    if noted := activity.changes(before, changed):
        activity.record(actor, "event_updated", event, changed=noted)
    return event


def _rename(event: Event, is_unlisted: bool) -> None:
    """What is on no list has an address that nobody guesses; what is on them again has a plain one."""
    plain = without_secret(event.slug)
    if is_unlisted and not event.is_unlisted:
        event.slug = secret_slug(event.slug)
    elif event.is_unlisted and not is_unlisted and plain != event.slug:
        event.slug = free_slug(Event, plain)


@transactional
def delete(actor: Actor, key: Key, *, only_draft: bool = False) -> None:
    """Remove an event that nobody has ordered tickets for, with all its ticket types.

    :raises NotAllowed: the actor does not manage the event's organization.
    :raises Invalid: it has orders, or with ``only_draft`` was published; it can be cancelled instead.
    """
    event = load(Event, key, lock=True)
    require_seen(actor, event, Permission.EVENT_MANAGE)
    if only_draft and not event.is_draft:
        raise Invalid("not_a_draft", "Only drafts are deleted; an event that was published is called off.")
    if _has_orders(event):
        raise Invalid("has_orders", "This event has orders; it can be cancelled, not deleted.")
    activity.record(actor, "event_deleted", event, title=event.title)
    db.session.flush()
    db.session.expunge(event)
    db.session.execute(sql_delete(Event).where(Event.id == event.id))


@transactional
def publish(actor: Actor, key: Key, *, needs_tickets: bool = True) -> Event:
    """Put a draft on sale (BTick 001 §2.9). EasyTicket's may be announced before anything can be bought.

    :raises NotAllowed: the actor does not manage the event's organization.
    :raises Invalid: it has started, was cancelled, is on sale already, or has no ticket type where
        ``needs_tickets``.
    """
    event = load(Event, key, lock=True)
    require_seen(actor, event, Permission.EVENT_PUBLISH)
    for refusal in _in_the_way(event, needs_tickets):
        raise refusal
    event.status = PUBLISHED
    if event.published_at is None:
        event.published_at = clock.now()
        following.promise(event)
    activity.record(actor, "event_published", event)
    return event


def obstacles(actor: Actor, key: Key) -> list[Invalid]:
    """All that ``publish`` would refuse at this moment, the first of it first; nothing where it would not.

    :raises NotAllowed: the actor does not manage the event's organization.
    """
    event = load(Event, key)
    require_seen(actor, event, Permission.EVENT_PUBLISH)
    return list(_in_the_way(event, needs_tickets=True))


def _in_the_way(event: Event, needs_tickets: bool) -> Iterator[Invalid]:
    if event.is_cancelled:
        yield _refusal("event_cancelled", "A cancelled event cannot be published.")
    if event.is_published:
        yield _refusal("already_published", "This event is already published.")
    if event.has_started:
        yield _refusal("already_started", "An event that has started cannot be published.")
    if needs_tickets and not db.session.scalar(select(Offer.id).where(Offer.event_id == event.id).limit(1)):
        yield _refusal("no_tickets", "Add at least one ticket type before publishing.")


def _refusal(code: str, sentence: str) -> Invalid:
    return Invalid(code, sentence, field="non_field_errors")


def cancel(actor: Actor, key: Key, *, refuse_ended: bool = False) -> Event:
    """Call an event off, whatever its status (BTick 001 §2.10). A second time changes nothing.

    At once no more is sold and pending orders are cancelled. Confirmed ones follow in the background:
    paid ones get their money back, and everybody is told.

    :raises NotAllowed: the actor does not manage the event's organization.
    :raises Invalid: with ``refuse_ended``, it was cancelled already or has taken place (EasyTicket 003).
    """
    event, is_new = _close(actor, key, refuse_ended)
    if is_new:
        # What cannot be ended now, the wind-up tries again.
        with contextlib.suppress(cancelling.NotAllEnded):
            cancelling.cancel_pending_of(event.id)
    return event


@transactional
def _close(actor: Actor, key: Key, refuse_ended: bool) -> tuple[Event, bool]:
    event = load(Event, key, lock=True)
    require_seen(actor, event, Permission.EVENT_MANAGE)
    if refuse_ended:
        _refuse_ended(event)
    if event.is_cancelled:
        return event, False
    event.status = CANCELLED
    event.cancelled_at = clock.now()
    notifications.tell(WIND_UP, event_id=event.id)
    notifications.tell(WIND_UP, event_id=event.id, due_at=clock.now() + _SECOND_PASS)
    activity.record(actor, "event_cancelled", event)
    return event, True


def _refuse_ended(event: Event) -> None:
    if event.is_cancelled:
        raise _refusal("already_cancelled", "This event is already cancelled.")
    if event.is_published and event.is_over:
        raise _refusal("event_over", "This event has already taken place.")


def require_seen(actor: Actor, event: Event, permission: Permission, what: str = "event") -> None:
    """``require``, for an object that may itself be private: drafts and unlisted events do not exist for
    strangers, nor does ``what`` belongs to them.

    :raises NotFound: the actor may not even see the event.
    :raises NotAllowed: the actor may see it, and not do this.
    """
    if not allows(actor, permission, event):
        if actor.is_signed_in and not allows(actor, Permission.EVENT_FIND, event):
            raise NotFound(what)
        require(actor, permission, event)


def _resolved(actor: Actor, event: Event, changed: dict[str, Any]) -> dict[str, Any]:
    """The changes with references turned into columns."""
    changed = dict(changed)
    organization_id = event.organization_id
    if "organization" in changed:
        owner = load(Organization, changed.pop("organization"), field="organization")
        if owner.id != organization_id:
            if _has_orders(event):
                raise Invalid(
                    "has_orders", "An event with orders stays with its organization.", field="organization"
                )
            require(actor, Permission.EVENT_CREATE, owner)
            changed["organization_id"] = organization_id = owner.id
            changed["currency"] = _same_currency(event, owner)
    if "venue" in changed:
        changed["venue_id"] = _usable_venue(changed.pop("venue"), organization_id).id
    if "category" in changed:
        category = changed.pop("category")
        changed["category_id"] = (
            load(EventCategory, category, field="category").id if category is not None else None
        )
    return changed


def _same_currency(event: Event, owner: Organization) -> str:
    """Prices are minor units of the event's currency; an event with offers keeps it."""
    has_offers = db.session.scalar(select(Offer.id).where(Offer.event_id == event.id).limit(1))
    if has_offers and event.currency != owner.currency:
        values = {"own": event.currency, "organization": owner.name, "other": owner.currency}
        sentence = said(
            "Its tickets are priced in %(own)s, and %(organization)s sells in %(other)s.", **values
        )
        raise Invalid("other_currency", sentence, field="organization")
    return owner.currency


def _check_pricing(event: Event, changed: dict[str, Any]) -> None:
    """What is sold already keeps its kind, and a free event sells nothing that costs."""
    if changed.get("pricing_type", event.pricing_type) != event.pricing_type and db.session.scalar(
        select(TicketType.id).where(TicketType.event_id == event.id).limit(1)
    ):
        raise Invalid(
            "has_ticket_types", "An event with ticket types keeps its pricing.", field="pricing_type"
        )
    if changed.get("is_free") and db.session.scalar(
        select(Offer.id).where(Offer.event_id == event.id, Offer.price > 0).limit(1)
    ):
        raise Invalid("has_prices", "Some of its tickets have a price.", field="is_free")


def _usable_venue(key: Key, organization_id: int) -> Venue:
    venue = load(Venue, key, field="venue")
    if venue.organization_id not in (None, organization_id):
        raise Invalid("unknown_venue", "There is no such venue.", field="venue")
    return venue


def _check_times(starts_at: datetime, ends_at: datetime, *, fresh: bool) -> None:
    if ends_at <= starts_at:
        raise Invalid("ends_before_start", "The end must be after the start.", field="ends_at")
    if fresh and starts_at <= clock.now():
        raise Invalid("starts_in_past", "The start must be in the future.", field="starts_at")


def checked_zone(name: str) -> str:
    """The name of a time zone.

    :raises Invalid: there is none of that name.
    """
    if name not in available_timezones():
        raise Invalid("unknown_timezone", "There is no such time zone.", field="timezone")
    return name


def _has_orders(event: Event) -> bool:
    return bool(db.session.scalar(select(Order.id).where(Order.event_id == event.id).limit(1)))
