"""An event finds or makes what it needs: whose it is, where it takes place, what kind it is."""

from __future__ import annotations

import datetime as dt
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from tests.factories import (
    BuyerFactory,
    CategoryFactory,
    EventFactory,
    MembershipFactory,
    OrganizationFactory,
    StaffFactory,
    SupportFactory,
    UserFactory,
    VenueFactory,
    member_of,
)
from tests.races import crowd
from ticketing import clock
from ticketing.errors import Invalid, NotAllowed, NotSignedIn
from ticketing.extensions import db as extension
from ticketing.models import ActivityLog, Event, Membership, Offer, Organization, User, Venue
from ticketing.models.organizations import MANAGER, MEMBER, OWNER
from ticketing.policy import ANONYMOUS, SYSTEM, Actor
from ticketing.services import hosting, organizations

PARK = {"name": "Central Park", "city": "New York"}


def organizer(**columns: Any) -> Actor:
    return Actor.of(UserFactory(user_type="organizer", **columns))


def draft(actor: Actor, **said: Any) -> Event:
    start = clock.now() + timedelta(days=9)
    details = {"title": "Festival", "starts_at": start, "ends_at": start + timedelta(hours=5), "place": PARK}
    return hosting.draft(actor, **(details | said))


def stage(actor: Actor, **said: Any) -> Event:
    details: dict[str, Any] = {
        "title": "Premiere",
        "venue": "Cinema",
        "date": dt.date(2130, 5, 1),
        "time": dt.time(19, 30),
        "seats": 10,
        "price": Decimal("12.50"),
    }
    return hosting.stage(actor, **(details | said))


def venue_of(event: Event) -> Venue:
    return extension.session.get_one(Venue, event.venue_id)


# ---------------------------------------------------------------- whose it is


def test_it_belongs_to_the_first_organization_that_its_maker_owns_or_manages(db: SQLAlchemy) -> None:
    merely, first, second = (OrganizationFactory() for _ in range(3))
    user = UserFactory()
    for organization, role in ((merely, MEMBER), (first, MANAGER), (second, OWNER)):
        MembershipFactory(organization=organization, user=user, role=role)
    actor, kept = Actor.of(user), first.id
    assert draft(actor).organization_id == kept
    assert draft(actor, organization=second.slug).organization_id == second.id
    with pytest.raises(NotAllowed, match="owner or manager"):
        draft(actor, organization=merely.id)


def test_an_organizer_without_one_gets_an_organization_of_that_name_once(db: SQLAlchemy) -> None:
    OrganizationFactory(name="ada lovelace")
    actor = organizer(first_name="Ada", last_name="Lovelace")
    events = [draft(actor) for _ in range(2)]
    own = db.session.query(Organization).filter_by(name="Ada Lovelace 2").one()
    assert {event.organization_id for event in events} == {own.id}
    membership = db.session.query(Membership).filter_by(organization_id=own.id).one()
    assert (membership.user_id, membership.role) == (actor.user_id, OWNER)
    noted = [row.action for row in db.session.query(ActivityLog).order_by(ActivityLog.id)]
    assert noted[:2] == ["organization_created", "member_added"]


def test_an_organization_is_never_called_like_an_address(db: SQLAlchemy) -> None:
    actor = organizer(first_name="", last_name="", username="ada", email="secret@example.org")
    draft(actor)
    assert db.session.query(Organization).one().name == "ada"


def test_staff_without_one_host_for_the_house_that_there_is_once(db: SQLAlchemy) -> None:
    OrganizationFactory(name="FOYER")
    events = [draft(StaffFactory()), draft(StaffFactory()), stage(StaffFactory())]
    house = db.session.query(Organization).filter_by(is_house=True).one()
    assert (house.name, house.currency) == ("Foyer 2", "USD")
    assert {event.organization_id for event in events} == {house.id}


def test_consumers_support_and_visitors_host_nothing(db: SQLAlchemy) -> None:
    member = UserFactory()
    MembershipFactory(user=member, role=MEMBER)
    for actor in (BuyerFactory(), SupportFactory(), Actor.of(member)):
        with pytest.raises(NotAllowed, match="Only organizers can access this endpoint"):
            draft(actor)
        with pytest.raises(NotAllowed):
            stage(actor)
    with pytest.raises(NotSignedIn):
        draft(ANONYMOUS)
    assert db.session.query(Event).count() == 0


@pytest.mark.races
def test_ten_requests_at_once_open_one_house(app: Flask, committed: Any) -> None:
    outcomes = crowd.of_threads(app, stage, [(StaffFactory(),) for _ in range(10)])
    assert outcomes == {"done": 10}
    assert committed.session.query(Organization).filter_by(is_house=True).count() == 1
    assert committed.session.query(Event).count() == 10


@pytest.mark.races
def test_ten_requests_of_one_organizer_at_once_open_one_organization(app: Flask, committed: Any) -> None:
    outcomes = crowd.of_threads(app, draft, [(organizer(),)] * 10)
    assert outcomes == {"done": 10}
    assert committed.session.query(Organization).count() == 1
    assert committed.session.query(Membership).count() == 1


# ---------------------------------------------------------------- where it takes place


def test_a_place_in_words_is_a_private_venue_found_by_name_and_city_or_made(db: SQLAlchemy) -> None:
    actor = organizer()
    first = venue_of(draft(actor, place={**PARK, "address": "5th Avenue", "country": ""}))
    assert (first.name, first.address, first.organization_id) == (
        "Central Park",
        "5th Avenue",
        organizations.managed(actor).id,
    )
    kept = first.id
    assert draft(actor, place={"name": "CENTRAL PARK", "city": "new york"}).venue_id == kept
    assert draft(actor, place={**PARK, "address": "5TH AVENUE"}).venue_id == kept
    assert draft(actor, place={**PARK, "address": "Columbus Circle"}).venue_id != kept
    assert draft(actor, place={**PARK, "city": "Chicago"}).venue_id != kept
    assert draft(organizer(), place=PARK).venue_id != kept
    assert draft(actor).timezone == "UTC"


def test_the_public_list_lends_no_venue_to_words(db: SQLAlchemy) -> None:
    public = VenueFactory(name="Central Park", city="New York").id
    assert draft(organizer()).venue_id != public


def test_changed_words_lead_to_another_venue_and_leave_the_old_one_alone(db: SQLAlchemy) -> None:
    actor = organizer()
    one, other = draft(actor, place={**PARK, "address": "5th Avenue"}).id, draft(actor).id
    moved = hosting.change(actor, one, place={"name": "Prospect Park"})
    assert (venue_of(moved).name, venue_of(moved).address) == ("Prospect Park", "5th Avenue")
    stayed = db.session.get_one(Event, other)
    assert venue_of(stayed).name == "Central Park"
    back = hosting.change(actor, one, place={**PARK, "address": "5th avenue"})
    assert back.venue_id == stayed.venue_id
    count = db.session.query(Venue).count()
    assert hosting.change(actor, one, place=PARK).venue_id == stayed.venue_id
    assert db.session.query(Venue).count() == count


def test_an_event_keeps_a_public_venue_whose_words_do_not_change(db: SQLAlchemy) -> None:
    event = EventFactory()
    place = {"name": event.venue.name, "city": event.venue.city}
    assert hosting.change(SYSTEM, event.id, place=place).venue_id == event.venue_id
    city = hosting.change(SYSTEM, event.id, place={"city": "Porto"})
    assert (venue_of(city).city, venue_of(city).organization_id) == ("Porto", event.organization_id)


def test_staff_made_venues_are_the_public_list(db: SQLAlchemy) -> None:
    first = stage(StaffFactory(), venue="Cinema", timezone="Asia/Tokyo")
    assert (venue_of(first).organization_id, venue_of(first).timezone) == (None, "Asia/Tokyo")
    assert stage(StaffFactory(), venue="CINEMA").venue_id == first.venue_id


# ---------------------------------------------------------------- what it is


def test_a_refused_event_leaves_neither_venue_nor_organization(db: SQLAlchemy) -> None:
    actor = organizer()
    past = clock.now() - timedelta(days=1)
    for said in (
        {"starts_at": past},
        {"ends_at": past},
        {"category": CategoryFactory(is_active=False).id},
        {"category": "unknown"},
        {"base_price": Decimal("0.001")},
        {"base_price": Decimal(5), "is_free": True},
        {"timezone": "Nowhere"},
        {"currency": "EUR"},
    ):
        with pytest.raises(Invalid):
            draft(actor, **said)
    with pytest.raises(Invalid):
        stage(StaffFactory(), date=dt.date(2001, 1, 1))
    kinds = (Event, Venue, Organization, Offer)
    assert [db.session.query(kind).count() for kind in kinds] == [0, 0, 0, 0]


def test_an_announced_price_is_kept_in_minor_units_of_the_organizations_currency(db: SQLAlchemy) -> None:
    yen = member_of(OrganizationFactory(currency="JPY"))
    assert draft(yen, base_price=Decimal(1200), currency="jpy").base_price == 1200
    assert draft(organizer(), base_price=Decimal("12.5")).base_price == 1250
    with pytest.raises(Invalid, match="finer"):
        draft(yen, base_price=Decimal("0.5"))


def test_a_drafts_start_moves_into_the_future_only(db: SQLAlchemy) -> None:
    actor = organizer()
    event = draft(actor)
    with pytest.raises(Invalid, match="future"):
        hosting.change(actor, event.id, starts_at=clock.now() - timedelta(days=1))
    later = clock.now() + timedelta(days=30)
    moved = hosting.change(actor, event.id, starts_at=later, ends_at=later + timedelta(hours=1))
    assert moved.starts_at == later


def test_a_moved_show_lasts_as_long_as_before(db: SQLAlchemy) -> None:
    event = stage(StaffFactory(), timezone="Europe/Lisbon")
    hosting.change(SYSTEM, event.id, ends_at=event.starts_at + timedelta(hours=2))
    moved = hosting.restage(SYSTEM, event.id, date=dt.date(2130, 12, 1))
    assert (moved.starts_at.hour, event.starts_at.hour) == (19, 19)  # winter time, and the same evening
    assert moved.ends_at - moved.starts_at == timedelta(hours=2)


def test_a_show_in_another_zone_stays_at_its_moment_unless_it_is_moved(db: SQLAlchemy) -> None:
    event = stage(StaffFactory())
    before = event.starts_at
    moved = hosting.restage(SYSTEM, event.id, timezone="Asia/Tokyo")
    assert (moved.starts_at, moved.timezone) == (before, "Asia/Tokyo")


def test_a_staged_event_has_one_ticket_type_and_is_on_sale(db: SQLAlchemy) -> None:
    staff = StaffFactory()
    event = stage(staff)
    offer = db.session.query(Offer).one()
    assert (offer.price, offer.event_id, event.status) == (1250, event.id, "published")
    assert db.session.get(User, staff.user_id).id == event.organizer_id
