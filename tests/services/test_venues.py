"""Whose a venue is, and who looks after it."""

from __future__ import annotations

import pytest

from tests.factories import (
    EventFactory,
    OrganizationFactory,
    StaffFactory,
    SupportFactory,
    UserFactory,
    VenueFactory,
    member_of,
)
from ticketing.errors import Invalid, NotAllowed, NotFound
from ticketing.extensions import db
from ticketing.models import ActivityLog, VenueMembership
from ticketing.policy import Actor
from ticketing.services import venues

pytestmark = pytest.mark.usefixtures("db")


def test_only_staff_says_whose_a_venue_is() -> None:
    organization = OrganizationFactory(name="Lantern Company", slug="lanterns")
    venue, user = VenueFactory(), UserFactory()
    for actor in (member_of(organization), SupportFactory()):
        with pytest.raises(NotAllowed):
            venues.assign(actor, venue.id, organization="lanterns")
        with pytest.raises(NotAllowed):
            venues.add_manager(actor, venue.id, user_email=user.email, role="STAFF")
        with pytest.raises(NotAllowed):
            venues.remove_manager(actor, venue.id, user.uuid)
    for text in ("lanterns", "LANTERN company"):
        assert venues.assign(StaffFactory(), venue.id, organization=text).organization_id == organization.id
    with pytest.raises(Invalid, match="No organization"):
        venues.assign(StaffFactory(), venue.id, organization="nobody")
    assert venues.assign(StaffFactory(), venue.id, organization="").organization_id is None


def test_a_place_where_others_meet_stays_public() -> None:
    ours, theirs = OrganizationFactory(slug="ours"), OrganizationFactory()
    venue = VenueFactory()
    EventFactory(organization=ours, venue=venue)
    assert venues.assign(StaffFactory(), venue.id, organization="ours").organization_id == ours.id
    venues.assign(StaffFactory(), venue.id, organization="")
    EventFactory(organization=theirs, venue=venue)
    with pytest.raises(Invalid, match="other organizations"):
        venues.assign(StaffFactory(), venue.id, organization="ours")


def test_no_two_public_venues_have_the_same_name() -> None:
    VenueFactory(name="Harbour Hall")
    mine = VenueFactory(name="harbour hall", organization_id=OrganizationFactory().id)
    with pytest.raises(Invalid, match="exists already"):
        venues.assign(StaffFactory(), mine.id, organization="")


def test_somebody_looks_after_a_venue_until_that_ends() -> None:
    venue, user = VenueFactory(), UserFactory(email="Ada@example.org")
    venues.add_manager(StaffFactory(), venue.id, user_email="ada@EXAMPLE.org", role="MANAGER")
    assert venues.update(Actor.of(user), venue.id, capacity=50).capacity == 50
    for email, role, words in (
        ("ada@example.org", "STAFF", "already"), ("nobody@example.org", "STAFF", "No account"),
        ("ada@example.org", "OWNER", "A role is one of MANAGER, STAFF"),
    ):  # fmt: skip
        with pytest.raises(Invalid, match=words):
            venues.add_manager(StaffFactory(), venue.id, user_email=email, role=role)
    venues.remove_manager(StaffFactory(), venue.id, user.uuid)
    with pytest.raises(NotAllowed):
        venues.update(Actor.of(user), venue.id, capacity=60)
    with pytest.raises(NotFound):
        venues.remove_manager(StaffFactory(), venue.id, user.uuid)
    assert db.session.scalar(db.select(db.func.count()).select_from(VenueMembership)) == 0
    noted = db.session.scalars(db.select(ActivityLog.action)).all()
    assert {"venue_manager_added", "venue_manager_removed"} <= set(noted)


def test_staff_of_a_venue_does_not_change_it() -> None:
    venue, user = VenueFactory(), UserFactory()
    venues.add_manager(StaffFactory(), venue.id, user_email=user.email, role="STAFF")
    with pytest.raises(NotAllowed):
        venues.update(Actor.of(user), venue.id, capacity=50)
