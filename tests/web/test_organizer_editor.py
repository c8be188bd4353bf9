"""The pages on which organizers write their events: a new one, and one that changes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import (
    CategoryFactory,
    EventFactory,
    MembershipFactory,
    OfferFactory,
    OrganizationFactory,
    UserFactory,
    VenueFactory,
)
from tests.web.conftest import browser_of
from tests.web.page import Page
from ticketing import clock
from ticketing.extensions import db as extension
from ticketing.models import Event, Organization, Venue
from ticketing.models.organizations import MANAGER, MEMBER, OWNER

NEW = "/organizer/events/new"


@pytest.fixture
def organization(app: Flask) -> Organization:
    return OrganizationFactory(name="Lantern Company")


@pytest.fixture
def manager(app: Flask, organization: Organization) -> FlaskClient:
    """The browser of somebody who manages it."""
    return browser_of(app, MembershipFactory(organization=organization, role=MANAGER).user)


def written(**fields: Any) -> dict[str, Any]:
    """A form that is filled in."""
    year = clock.now().year + 1
    return {
        "title": "Lantern Walk",
        "short_description": "By candlelight.",
        "description": "Meet at the harbour.",
        "category": "",
        "venue": "",
        "venue_name": "",
        "starts_at": f"{year}-07-01T20:00",
        "ends_at": f"{year}-07-01T23:30",
        "timezone": "Europe/Lisbon",
        "capacity": "",
        "check_in_policy": "multiple_entry",
        "terms_and_conditions": "Bring shoes.",
        "refund_policy": "None.",
        **fields,
    }


def edit(event: Event) -> str:
    return f"/organizer/events/{event.uuid}/edit"


def boxes(page: Page) -> dict[str, bool]:
    """Which boxes there are to tick, and which are."""
    inputs = (known for tag, known in page.attributes if tag == "input")
    return {known["name"]: "checked" in known for known in inputs if known.get("type") == "checkbox"}


def beside(page: Page, field: str) -> str:
    """What stands beside a field that was marked."""
    assert any(known.get("id") == field and known.get("aria-invalid") for _, known in page.attributes), field
    return page.html.split(f'id="{field}-error"')[1].split("</p>")[0]


def test_an_event_is_drafted_at_a_place_of_the_list_by_its_own_clock(
    manager: FlaskClient, organization: Organization
) -> None:
    venue, category = VenueFactory(name="Harbour Hall"), CategoryFactory(name="Walks")
    VenueFactory(name="Hidden Cellar", organization_id=OrganizationFactory().id)
    page = Page(manager.get(NEW))
    assert "Harbour Hall" in page.html
    assert "Hidden Cellar" not in page.html
    answer = manager.post(
        NEW, data=written(venue=str(venue.uuid), category=str(category.uuid), capacity="80")
    )
    assert answer.status_code == 303
    event = extension.session.query(Event).one()
    year = clock.now().year + 1
    assert (event.organization_id, event.venue_id, event.category_id) == (
        organization.id,
        venue.id,
        category.id,
    )
    assert (event.status, event.pricing_type, event.capacity) == ("draft", "simple", 80)
    assert event.starts_at == datetime(year, 7, 1, 19, 0, tzinfo=UTC), "Lisbon is an hour ahead in summer"
    assert (event.timezone, event.check_in_policy) == ("Europe/Lisbon", "multiple_entry")
    assert (event.terms_and_conditions, event.refund_policy) == ("Bring shoes.", "None.")
    assert ("New event", NEW) in Page(manager.get("/organizer/")).links


def test_a_place_that_is_typed_is_made_for_the_organization_alone(
    manager: FlaskClient, organization: Organization
) -> None:
    chosen = VenueFactory()
    typed = {"venue_name": "Old Barn", "venue_city": "Porto", "venue_address": "Rua 1"}
    assert manager.post(NEW, data=written(venue=str(chosen.uuid), **typed)).status_code == 303
    assert manager.post(NEW, data=written(title="Again", **typed)).status_code == 303
    barn = extension.session.query(Venue).filter_by(name="Old Barn").one()
    assert (barn.organization_id, barn.city, barn.address) == (organization.id, "Porto", "Rua 1")
    assert {event.venue_id for event in extension.session.query(Event)} == {barn.id}


def test_an_organizer_without_an_organization_gets_one(app: Flask) -> None:
    user = UserFactory(user_type="organizer", first_name="Iris", last_name="Murdoch")
    typed = written(venue_name="Old Barn", venue_city="Porto")
    assert browser_of(app, user).post(NEW, data=typed).status_code == 303
    event = extension.session.query(Event).one()
    organization = extension.session.get_one(Organization, event.organization_id)
    assert (organization.name, event.organizer_id) == ("Iris Murdoch", user.id)


def test_who_manages_several_organizations_chooses_one_of_them(
    app: Flask, organization: Organization
) -> None:
    user = MembershipFactory(organization=organization, role=OWNER).user
    other = MembershipFactory(user=user, role=MANAGER).organization
    third = MembershipFactory(user=user, role=MEMBER).organization
    browser, typed = browser_of(app, user), {"venue_name": "Old Barn", "venue_city": "Porto"}
    page = Page(browser.get(NEW))
    assert str(other.uuid) in page.html
    assert str(third.uuid) not in page.html
    refused = browser.post(NEW, data=written(organization=str(third.uuid), **typed))
    assert refused.status_code == 400
    assert extension.session.query(Event).count() == 0
    assert browser.post(NEW, data=written(organization=str(other.uuid), **typed)).status_code == 303
    assert extension.session.query(Event.organization_id).scalar() == other.id


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"title": " "}, "title", "give it a title"),
        ({"title": "x" * 256}, "title", "255"),
        ({"venue": ""}, "venue", "choose a place"),
        ({"venue_name": "Barn"}, "venue_city", "which city"),
        ({"venue_city": "Porto"}, "venue_name", "name the place"),
        ({"starts_at": ""}, "starts_at", "when it starts"),
        ({"ends_at": "soon"}, "ends_at", "when it ends"),
        ({"ends_at": "0900-01-01T10:00"}, "ends_at", "a date and a time"),
        ({"ends_at": "2020-01-01T10:00"}, "ends_at", "after the start"),
        ({"starts_at": "2020-01-01T10:00"}, "starts_at", "in the future"),
        ({"timezone": "Mars/Base"}, "timezone", "valid choice"),
        ({"capacity": "many"}, "capacity", "integer"),
        ({"capacity": "0"}, "capacity", "between 1 and"),
        ({"category": "x"}, "category", "valid choice"),
        ({"check_in_policy": "x"}, "check_in_policy", "valid choice"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(
    manager: FlaskClient, typed: dict[str, str], field: str, sentence: str
) -> None:
    venue = VenueFactory()
    sent = written(venue=str(venue.uuid)) | typed
    page = Page(manager.post(NEW, data=sent))
    assert page.status == 400
    assert sentence in beside(page, field)
    shown = page.form("").fields
    for name in ("title", "starts_at", "ends_at", "capacity", "venue_name"):
        assert shown[name] == sent[name].strip()
    assert "Meet at the harbour." in page.html
    assert extension.session.query(Event).count() == 0


def test_a_stored_event_is_shown_and_saved_unchanged_as_it_was(
    manager: FlaskClient, organization: Organization
) -> None:
    # An hour that comes twice in Lisbon, to the second: its second time.
    starts = datetime(clock.now().year + 3, 10, 25, 1, 30, 7, tzinfo=UTC)
    event = EventFactory(
        organization=organization, starts_at=starts, ends_at=starts.replace(hour=5), timezone="Europe/Lisbon"
    )
    venue, category = str(event.venue.uuid), str(event.category.uuid)
    before = {column.key: getattr(event, column.key) for column in Event.__table__.columns}
    page = Page(manager.get(edit(event)))
    fields = page.form("").fields
    assert fields["title"] == event.title
    empty = {name for name, is_ticked in boxes(page).items() if not is_ticked}
    # What is chosen or stands in a text area is no input.
    sent = {
        **written(),
        **{name: value for name, value in fields.items() if name not in empty},
        "venue": venue,
        "category": category,
        "description": event.description,
        "check_in_policy": event.check_in_policy,
        "terms_and_conditions": "",
        "refund_policy": "",
    }
    assert manager.post(edit(event), data=sent).status_code == 303
    extension.session.expire_all()
    after = {column.key: getattr(event, column.key) for column in Event.__table__.columns}
    assert {name for name in before if before[name] != after[name]} <= {"updated_at"}


def test_another_place_takes_nothing_over_from_the_one_before(
    manager: FlaskClient, organization: Organization
) -> None:
    event = EventFactory(organization=organization)
    old = event.venue_id
    sent = written(venue=str(event.venue.uuid), venue_name="Old Barn", venue_city="Porto")
    assert manager.post(edit(event), data=sent).status_code == 303
    extension.session.expire_all()
    place = extension.session.get_one(Venue, event.venue_id)
    assert place.id != old
    assert (place.name, place.city, place.address, place.country) == ("Old Barn", "Porto", "", "")
    assert place.organization_id == organization.id


def test_a_capacity_below_what_is_sold_is_refused_beside_its_field(
    manager: FlaskClient, organization: Organization
) -> None:
    event = EventFactory(organization=organization)
    OfferFactory(event=event, size=9).quota.sold = 7
    extension.session.flush()
    page = Page(manager.post(edit(event), data=written(venue=str(event.venue.uuid), capacity="6")))
    assert "less than the 7 tickets" in beside(page, "capacity")
    assert event.capacity is None


def test_a_category_that_is_out_of_use_stays_where_it_is_and_is_offered_nowhere_else(
    manager: FlaskClient, organization: Organization
) -> None:
    event = EventFactory(organization=organization, category=CategoryFactory(name="Séances", is_active=False))
    sent = written(venue=str(event.venue.uuid), category=str(event.category.uuid))
    assert "Séances" in Page(manager.get(edit(event))).html
    assert "Séances" not in Page(manager.get(NEW)).html
    assert manager.post(edit(event), data=sent).status_code == 303


def test_members_may_not_and_strangers_find_nothing(
    app: Flask, client: FlaskClient, organization: Organization
) -> None:
    shown, draft = (
        EventFactory(organization=organization),
        EventFactory(organization=organization, status="draft", published_at=None),
    )
    member = MembershipFactory(organization=organization, role=MEMBER).user
    stranger = MembershipFactory(role=OWNER).user
    for event in (shown, draft):
        title = event.title
        for user, status in ((member, 403), (stranger, 404)):
            browser = browser_of(app, user)
            assert browser.get(edit(event)).status_code == status
            assert browser.post(edit(event), data=written()).status_code == status
        assert event.title == title
        assert client.get(edit(event)).location.startswith("/sign-in")
    browser = browser_of(app, member)
    assert browser.get(NEW).status_code == browser.post(NEW, data=written()).status_code == 403
    assert NEW not in Page(browser.get("/organizer/")).html
    assert edit(shown) not in Page(browser.get(f"/organizer/events/{shown.uuid}/")).html


@pytest.mark.parametrize("path", ["new", "edit"])
def test_the_form_takes_as_many_statements_for_many_places_as_for_few(
    manager: FlaskClient, organization: Organization, statements: Any, path: str
) -> None:
    event = EventFactory(organization=organization)
    address = NEW if path == "new" else edit(event)
    manager.get(address)

    def count() -> int:
        with statements() as seen:
            assert manager.get(address).status_code == 200
        return len(seen)

    few = count()
    VenueFactory.create_batch(6)
    CategoryFactory.create_batch(6)
    assert count() == few
