"""Organizations, venues, categories, events: found, changed, deleted while nothing needs them; for staff."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import (
    BalanceFactory,
    CategoryFactory,
    EventFactory,
    MembershipFactory,
    OrderFactory,
    OrganizationFactory,
    UserFactory,
    VenueFactory,
    VenueMembershipFactory,
)
from tests.web.conftest import browser_of
from tests.web.page import Page
from tests.web.staffroom import done, rows, statements_of
from ticketing.extensions import db
from ticketing.models import Event, EventCategory, Membership, Organization, Venue, VenueMembership

ORGANIZATIONS, VENUES = "/staff/organizations/", "/staff/venues/"
CATEGORIES, EVENTS = "/staff/categories/", "/staff/events/"


@pytest.fixture
def staff(app: Flask) -> FlaskClient:
    return browser_of(app, UserFactory(email="staff@example.org", is_staff=True))


def fresh(row: Any) -> Any:
    db.session.expire_all()
    return db.session.get(type(row), row.id)


def test_to_everybody_else_there_is_no_such_page(app: Flask, client: FlaskClient) -> None:
    organization, venue, category, event = (
        OrganizationFactory(), VenueFactory(), CategoryFactory(), EventFactory(),
    )  # fmt: skip
    pages = (
        ORGANIZATIONS, f"{ORGANIZATIONS}new", f"{ORGANIZATIONS}{organization.uuid}",
        f"{ORGANIZATIONS}{organization.uuid}/edit", f"{ORGANIZATIONS}{organization.uuid}/delete",
        f"{ORGANIZATIONS}{organization.uuid}/members", VENUES, f"{VENUES}new", f"{VENUES}{venue.uuid}",
        f"{VENUES}{venue.uuid}/edit", f"{VENUES}{venue.uuid}/delete", f"{VENUES}{venue.uuid}/owner",
        f"{VENUES}{venue.uuid}/managers", CATEGORIES, f"{CATEGORIES}new", f"{CATEGORIES}{category.uuid}",
        f"{CATEGORIES}{category.uuid}/delete", EVENTS, f"{EVENTS}{event.uuid}/feature",
        f"{EVENTS}bulk?deed=feature",
    )  # fmt: skip
    for browser in (client, browser_of(app, UserFactory()), browser_of(app, UserFactory(is_support=True))):
        for address in pages:
            assert browser.get(address).status_code in (404, 405), address
            assert browser.post(address).status_code in (404, 405), address


# Organizations


def test_organizations_are_found_and_sorted(staff: FlaskClient) -> None:
    big = OrganizationFactory(name="Big Band", contact_email="band@example.org")
    MembershipFactory(organization=big)
    EventFactory(organization=big)
    OrganizationFactory(name="Aardvark")
    for asked, number in (("", 2), ("q=BAND", 1), ("q=band@example", 1), ("q=%25", 0), ("sort=-members", 2)):
        assert rows(Page(staff.get(f"{ORGANIZATIONS}?{asked}"))) == number, asked
    for sort, first in (
        ("name", "Aardvark"),
        ("-name", "Big Band"),
        ("-members", "Big Band"),
        ("events", "Aardvark"),
    ):
        assert Page(staff.get(f"{ORGANIZATIONS}?sort={sort}")).headings[2] == first, sort


def test_an_organization_is_told_with_members_events_and_money(
    staff: FlaskClient, statements: Callable[[], Any]
) -> None:
    organization = OrganizationFactory(name="Lantern Company")
    event = EventFactory(organization=organization, title="Lantern Walk")
    OrderFactory(event=event, status="confirmed", subtotal=5000, amount_paid=5000, amount_refunded=1500)
    BalanceFactory(organization=organization, currency="USD", amount=3210)
    address = f"{ORGANIZATIONS}{organization.uuid}"
    page = Page(staff.get(address))
    for words in ("Lantern Walk", "$50.00", "−$15.00", "$32.10"):
        assert words in page.text, words
    counted = statements_of(staff, address, lambda: MembershipFactory(organization=organization), statements)
    assert counted[0] == counted[1] <= 10


def test_an_organization_is_opened_changed_and_deleted(staff: FlaskClient) -> None:
    answer = staff.post(f"{ORGANIZATIONS}new", data={"name": " Lantern Company ", "contact_email": "x"})
    page = Page(answer)
    assert (answer.status_code, "This is no e-mail address." in page.text) == (400, True)
    assert page.forms[-1].fields["name"].strip() == "Lantern Company"
    made = staff.post(f"{ORGANIZATIONS}new", data={"name": "Lantern Company"}).location
    page = Page(staff.get(made))
    assert "Add its owner now." in page.text
    taken = Page(staff.post(f"{ORGANIZATIONS}new", data={"name": "LANTERN company"}))
    assert (taken.status, "exists already" in taken.text) == (400, True)
    edit = {"name": "Lantern & Sons", "website": "https://lanterns.example", "contact_email": "a@example.org"}
    assert staff.post(f"{made}/edit", data=edit).location == made
    assert "Lantern & Sons" in Page(staff.get(made)).text
    assert Page(staff.get(f"{made}/edit")).forms[-1].fields["website"] == "https://lanterns.example"
    assert "The organization is deleted." in done(staff, f"{made}/delete").text
    assert staff.get(made).status_code == 404


def test_an_organization_with_events_stays(staff: FlaskClient) -> None:
    organization = EventFactory().organization_id
    address = f"{ORGANIZATIONS}{db.session.get_one(Organization, organization).uuid}"
    assert "Delete" not in [words for words, _href in Page(staff.get(address)).links]
    assert staff.post(f"{address}/delete").status_code == 303
    assert db.session.get(Organization, organization) is not None


def test_a_member_is_added_by_mail(staff: FlaskClient) -> None:
    organization, ada = OrganizationFactory(), UserFactory(email="ada@example.org")
    address = f"{ORGANIZATIONS}{organization.uuid}/members"
    for email, words in (("", "Please give an address."), ("nobody@example.org", "No account")):
        page = Page(staff.post(address, data={"user_email": email, "role": "OWNER"}))
        assert (page.status, words in page.text) == (400, True)
        assert page.form(address).fields["user_email"] == email
    assert staff.post(address, data={"user_email": "ada@example.org", "role": "OWNER"}).status_code == 303
    assert db.session.scalars(db.select(Membership.role)).all() == ["OWNER"]
    again = Page(staff.post(address, data={"user_email": ada.email, "role": "MEMBER"}))
    assert (again.status, "already a member" in again.text) == (400, True)


# Venues


def test_venues_are_found_and_filtered(staff: FlaskClient) -> None:
    VenueFactory(name="Harbour Hall", city="Porto")
    VenueFactory(name="Back Room", organization_id=OrganizationFactory(name="Lantern Company").id)
    for asked, number in (
        ("", 2), ("q=porto", 1), ("shown=public", 1), ("shown=private", 1), ("shown=x&sort=-events", 2),
        ("q=nowhere", 0),
    ):  # fmt: skip
        assert rows(Page(staff.get(f"{VENUES}?{asked}"))) == number, asked
    assert "Lantern Company" in Page(staff.get(f"{VENUES}?shown=private")).text


def test_a_venue_is_added_changed_and_deleted(staff: FlaskClient) -> None:
    given = {"name": "Harbour Hall", "city": "Porto", "timezone": "Europe/Lisbon", "capacity": "300",
             "latitude": "41.1", "longitude": "-8.6"}  # fmt: skip
    wrong = Page(staff.post(f"{VENUES}new", data=given | {"latitude": "91", "timezone": "Moon/Base"}))
    assert wrong.status == 400
    assert "Number must be between -90 and 90." in wrong.text
    made = staff.post(f"{VENUES}new", data=given).location
    page = Page(staff.get(made))
    for words in ("Harbour Hall", "Porto", "Europe/Lisbon", "300", "41.100000, -8.600000"):
        assert words in page.text, words
    taken = Page(staff.post(f"{VENUES}new", data=given | {"name": "HARBOUR hall"}))
    assert (taken.status, "exists already" in taken.text) == (400, True)
    assert staff.post(f"{made}/edit", data=given | {"capacity": "", "latitude": ""}).location == made
    venue = db.session.scalars(db.select(Venue)).one()
    assert (venue.capacity, venue.latitude, venue.city) == (0, None, "Porto")
    assert "The venue is deleted." in done(staff, f"{made}/delete").text
    assert db.session.scalars(db.select(Venue)).all() == []


def test_a_venue_in_use_stays(staff: FlaskClient) -> None:
    venue = db.session.get_one(Venue, EventFactory().venue_id)
    assert "Delete" not in [words for words, _href in Page(staff.get(f"{VENUES}{venue.uuid}")).links]
    assert staff.post(f"{VENUES}{venue.uuid}/delete").status_code == 303
    assert fresh(venue) is not None


def test_a_venue_is_made_private_and_public_again(staff: FlaskClient) -> None:
    venue, organization = VenueFactory(), OrganizationFactory(name="Lantern Company")
    address = f"{VENUES}{venue.uuid}/owner"
    page = Page(staff.post(address, data={"organization": "Nobody & Co"}))
    assert (page.status, "No organization has this name." in page.text) == (400, True)
    assert page.form(address).fields["organization"] == "Nobody & Co"
    staff.post(address, data={"organization": "lantern company"})
    assert fresh(venue).organization_id == organization.id
    page = Page(staff.get(f"{VENUES}{venue.uuid}"))
    assert page.form(address).fields["organization"] == "Lantern Company"
    staff.post(address, data={"organization": ""})
    assert fresh(venue).organization_id is None


def test_somebody_looks_after_a_venue_until_that_ends(staff: FlaskClient) -> None:
    venue, ada = VenueFactory(), UserFactory(email="ada@example.org")
    address = f"{VENUES}{venue.uuid}/managers"
    assert Page(staff.post(address, data={"user_email": "nobody@example.org", "role": "STAFF"})).status == 400
    assert staff.post(address, data={"user_email": "ada@example.org", "role": "MANAGER"}).status_code == 303
    page = Page(staff.get(f"{VENUES}{venue.uuid}"))
    assert f"{address}/{ada.uuid}/remove" in {href for _words, href in page.links}
    assert db.session.scalars(db.select(VenueMembership.role)).all() == ["MANAGER"]
    assert "does not look after" in done(staff, f"{address}/{ada.uuid}/remove").text
    assert db.session.scalars(db.select(VenueMembership)).all() == []
    assert staff.get(f"{address}/{ada.uuid}/remove").status_code == 404


def test_venues_cost_a_fixed_number_of_statements(staff: FlaskClient, statements: Callable[[], Any]) -> None:
    for address, make in (
        (VENUES, VenueFactory),
        (f"{VENUES}{VenueFactory().uuid}", None),
    ):
        venue = None if make else db.session.scalars(db.select(Venue).order_by(Venue.id.desc())).first()
        more = make or (lambda venue=venue: VenueMembershipFactory(venue=venue))
        counted = statements_of(staff, address, more, statements)
        assert counted[0] == counted[1] <= 7, address


# Categories


def test_categories_are_found_and_filtered(staff: FlaskClient) -> None:
    CategoryFactory(name="Walks", slug="walks")
    CategoryFactory(name="Plays", slug="plays", is_active=False)
    for asked, number in (("", 2), ("q=WALK", 1), ("active=yes", 1), ("active=no", 1), ("sort=-events", 2)):
        assert rows(Page(staff.get(f"{CATEGORIES}?{asked}"))) == number, asked


def test_a_category_is_added_changed_and_deleted(staff: FlaskClient) -> None:
    wrong = Page(staff.post(f"{CATEGORIES}new", data={"name": "Walks", "slug": "Night Walks!"}))
    assert (wrong.status, "Small letters" in wrong.text) == (400, True)
    staff.post(f"{CATEGORIES}new", data={"name": "Night Walks", "is_active": "y"})
    made = db.session.scalars(db.select(EventCategory)).one()
    assert (made.slug, made.is_active) == ("night-walks", True)
    taken = Page(staff.post(f"{CATEGORIES}new", data={"name": "NIGHT walks"}))
    assert (taken.status, "exists already" in taken.text) == (400, True)
    staff.post(f"{CATEGORIES}{made.uuid}", data={"name": "Walks", "slug": "walks", "description": "Slow."})
    made = fresh(made)
    assert (made.name, made.slug, made.description, made.is_active) == ("Walks", "walks", "Slow.", False)
    assert "The category is deleted." in done(staff, f"{CATEGORIES}{made.uuid}/delete").text
    assert db.session.scalars(db.select(EventCategory)).all() == []


def test_a_category_in_use_stays_and_can_be_switched_off(staff: FlaskClient) -> None:
    used, other = CategoryFactory(name="Walks"), CategoryFactory(name="Plays")
    EventFactory(category=used)
    assert "Delete this category" not in Page(staff.get(f"{CATEGORIES}{used.uuid}")).text
    assert staff.post(f"{CATEGORIES}{used.uuid}/delete").status_code == 303
    chosen = [str(used.uuid), str(other.uuid)]
    page = Page(staff.post(f"{CATEGORIES}bulk", data={"deed": "switch-off", "chosen": chosen}))
    assert "2 categories are off." in page.headings
    assert [fresh(row).is_active for row in (used, other)] == [False, False]
    staff.post(f"{CATEGORIES}bulk", data={"deed": "switch-on", "chosen": chosen[:1]})
    assert [fresh(row).is_active for row in (used, other)] == [True, False]


# Events


def test_events_are_found_filtered_and_sorted(staff: FlaskClient) -> None:
    organization = OrganizationFactory(name="Lantern Company")
    EventFactory(title="Aria", organization=organization, is_featured=True, venue=VenueFactory(city="Porto"))
    EventFactory(title="Zither", status="draft", organization=organization)
    EventFactory(title="Market", status="cancelled")
    day = db.session.scalars(db.select(Event.starts_at).where(Event.title == "Aria")).one().date().isoformat()
    for asked, number in (
        ("", 3), ("q=lantern", 2), ("q=porto+aria", 1), ("status=draft", 1), ("status=x", 3),
        ("featured=yes", 1), ("featured=no", 2), (f"since={day}", 3), ("until=2020-01-01", 0),
    ):  # fmt: skip
        assert rows(Page(staff.get(f"{EVENTS}?{asked}"))) == number, asked
    page = Page(staff.get(f"{EVENTS}?sort=-title"))
    assert page.headings[2] == "Zither"
    for words in ("Aria", "Zither"):
        assert staff.get(page.link(words)).status_code == 200


def test_an_event_is_put_on_the_start_page_and_taken_from_it(staff: FlaskClient) -> None:
    event, draft = EventFactory(title="Aria"), EventFactory(title="Sketch", status="draft")
    back = f"{EVENTS}?q=aria"
    assert staff.post(f"{EVENTS}{event.uuid}/feature", data={"back": back}).location == back
    assert fresh(event).is_featured
    assert "The event is featured now." in Page(staff.get(back)).text
    staff.post(f"{EVENTS}{draft.uuid}/feature", data={"back": "https://evil.test/"})
    assert "Only events on show can be featured." in Page(staff.get(EVENTS)).text
    staff.post(f"{EVENTS}{event.uuid}/unfeature")
    assert not fresh(event).is_featured


def test_many_events_are_featured(staff: FlaskClient) -> None:
    event, draft = EventFactory(title="Aria"), EventFactory(title="Sketch", status="draft")
    chosen = [str(event.uuid), str(draft.uuid)]
    assert "Feature 2 events?" in Page(
        staff.get(f"{EVENTS}bulk", query_string={"deed": "feature", "chosen": chosen})
    ).headings  # fmt: skip
    page = Page(staff.post(f"{EVENTS}bulk", data={"deed": "feature", "chosen": chosen}))
    assert "1 event is featured." in page.headings
    assert "Sketch Only events on show can be featured." in page.text
    assert [fresh(row).is_featured for row in (event, draft)] == [True, False]
    page = Page(staff.post(f"{EVENTS}bulk", data={"deed": "unfeature", "chosen": chosen}))
    assert "1 event is not featured any more." in page.headings


@pytest.mark.parametrize(
    ("address", "make"),
    [(EVENTS, EventFactory), (CATEGORIES, CategoryFactory), (ORGANIZATIONS, OrganizationFactory)],
)
def test_lists_cost_a_fixed_number_of_statements(
    staff: FlaskClient, statements: Callable[[], Any], address: str, make: Callable[[], object]
) -> None:
    counted = statements_of(staff, address, make, statements)
    assert counted[0] == counted[1] <= 5
    assert rows(Page(staff.get(address))) == 40
    assert f"{address}?page=2" in {href for _words, href in Page(staff.get(address)).links}


@pytest.mark.parametrize("address", [ORGANIZATIONS, VENUES, CATEGORIES, EVENTS])
def test_nothing_is_a_friendly_page(staff: FlaskClient, address: str) -> None:
    assert any(heading.startswith("No ") for heading in Page(staff.get(address)).headings)
    page = Page(staff.get(f"{address}?q=nothing"))
    assert "Nothing found" in page.headings
    assert page.link("Show everything") == address
