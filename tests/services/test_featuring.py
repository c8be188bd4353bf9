"""Which events stand on the start page is the house's to say."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import EventFactory, OrganizationFactory, StaffFactory, SupportFactory, member_of
from ticketing import clock
from ticketing.errors import Invalid, NotAllowed
from ticketing.extensions import db
from ticketing.models import ActivityLog, Event
from ticketing.services import featuring, hosting

pytestmark = pytest.mark.usefixtures("db")
PLACE = {"name": "Harbour Hall", "city": "Porto"}


def test_only_staff_features_events() -> None:
    organization = OrganizationFactory()
    event = EventFactory(organization=organization)
    for actor in (member_of(organization), SupportFactory()):
        for deed in (featuring.feature, featuring.unfeature):
            with pytest.raises(NotAllowed):
                deed(actor, event.id)
    assert featuring.feature(StaffFactory(), event.id).is_featured
    with pytest.raises(Invalid, match="already"):
        featuring.feature(StaffFactory(), event.id)
    assert not featuring.unfeature(StaffFactory(), event.id).is_featured
    with pytest.raises(Invalid, match="not featured"):
        featuring.unfeature(StaffFactory(), event.id)
    actions = db.session.scalars(db.select(ActivityLog.action).order_by(ActivityLog.id)).all()
    assert actions == ["event_featured", "event_unfeatured"]


def test_only_what_is_on_show_is_featured() -> None:
    now = clock.now()
    for event in (
        EventFactory(status="draft"),
        EventFactory(status="cancelled"),
        EventFactory(is_unlisted=True),
        EventFactory(starts_at=now - timedelta(hours=3), ends_at=now - timedelta(hours=1)),
    ):
        with pytest.raises(Invalid, match="on show"):
            featuring.feature(StaffFactory(), event.id)


def test_what_an_organizer_says_of_it_changes_nothing() -> None:
    """A program that sends back all that it has read is not turned away for that."""
    organization = OrganizationFactory()
    organizer, starts = member_of(organization), clock.now() + timedelta(days=9)
    given = {"title": "Lantern Walk", "starts_at": starts, "ends_at": starts + timedelta(hours=2)}
    event = hosting.draft(organizer, organization=organization.id, place=PLACE, is_featured=True, **given)
    assert not event.is_featured
    assert not hosting.change(organizer, event.id, is_featured=True).is_featured
    assert hosting.change(StaffFactory(), event.id, is_featured=True).is_featured
    changed = hosting.change(organizer, event.id, is_featured=False, title="Lantern Run")
    assert (changed.is_featured, changed.title) == (True, "Lantern Run")
    assert db.session.get_one(Event, event.id).is_featured
