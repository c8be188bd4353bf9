"""Categories, venues and organizations (BTick 001 §3-5)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask_sqlalchemy import SQLAlchemy

from tests.api.conftest import Api
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
    VenueMembershipFactory,
    member_of,
)
from ticketing import clock
from ticketing.models import EventCategory, Membership, Organization, Venue
from ticketing.policy import Actor

CATEGORIES, VENUES, ORGANIZATIONS = "/api/v1/categories/", "/api/v1/venues/", "/api/v1/organizations/"
FACTORIES = {CATEGORIES: CategoryFactory, VENUES: VenueFactory, ORGANIZATIONS: OrganizationFactory}
MODELS = {CATEGORIES: EventCategory, VENUES: Venue, ORGANIZATIONS: Organization}

each_kind = pytest.mark.parametrize("url", list(FACTORIES), ids=["category", "venue", "organization"])


def names(answer: Any) -> list[str]:
    return [row["name"] for row in answer.json]


# ---------------------------------------------------------------- what all three do alike


@each_kind
def test_anybody_lists_and_reads_them_by_name(api: Api, url: str, statements: Any) -> None:
    rows = {name: FACTORIES[url](name=name) for name in ("b", "C", "a")}
    number = rows["b"].id
    with statements() as seen:
        assert names(api.get(url)) == ["a", "b", "C"]
    assert len(seen) == 1
    assert api.get(f"{url}{number}/").json["name"] == "b"


@each_kind
def test_staff_make_change_and_remove_them(api: Api, url: str, db: SQLAlchemy) -> None:
    by = api.by(StaffFactory())
    made = by.post(url, {"name": " New "})
    assert made.status_code == 201
    assert made.json["name"] == "New"
    number = made.json["id"]
    assert by.put(f"{url}{number}/", {"name": "Newer"}).json["name"] == "Newer"
    assert by.patch(f"{url}{number}/", {}).json["name"] == "Newer"
    assert by.delete(f"{url}{number}/").status_code == 204
    assert by.get(f"{url}{number}/").status_code == 404
    assert db.session.query(MODELS[url]).count() == 0


@each_kind
def test_a_superuser_may_do_what_staff_may(api: Api, url: str) -> None:
    assert api.by(BuyerFactory(is_superuser=True)).post(url, {"name": "New"}).status_code == 201


@each_kind
def test_nobody_else_makes_or_removes_them(api: Api, url: str, db: SQLAlchemy) -> None:
    row = FACTORIES[url]()
    number = row.id
    for actor in (BuyerFactory(), SupportFactory(), member_of(OrganizationFactory())):
        assert api.by(actor).post(url, {"name": "New"}).status_code == 403
        assert api.by(actor).put(f"{url}{number}/", {"name": "New"}).status_code == 403
        assert api.by(actor).patch(f"{url}{number}/", {"name": "New"}).status_code == 403
        assert api.by(actor).delete(f"{url}{number}/").status_code == 403
    assert api.post(url, {"name": "New"}).status_code == 401
    assert db.session.query(MODELS[url]).filter_by(name="New").count() == 0


@each_kind
def test_a_name_is_required_and_taken_once_in_whatever_case(api: Api, url: str) -> None:
    by = api.by(StaffFactory())
    FACTORIES[url](name="Taken")
    other = FACTORIES[url](name="Other").id
    for body in ({}, {"name": ""}, {"name": "  "}, {"name": None}, {"name": 5}, {"name": "TAKEN"}):
        answer = by.post(url, body)
        assert answer.status_code == 400
        assert list(answer.json["field_errors"]) == ["name"]
    assert by.put(f"{url}{other}/", {}).status_code == 400
    assert by.patch(f"{url}{other}/", {"name": "taken"}).status_code == 400
    assert by.put(f"{url}{other}/", {"name": "OTHER"}).status_code == 200, "its own name is its own"


@each_kind
def test_one_that_events_use_stays(api: Api, url: str) -> None:
    event = EventFactory()
    number = {
        CATEGORIES: event.category_id,
        VENUES: event.venue_id,
        ORGANIZATIONS: event.organization_id,
    }[url]
    answer = api.by(StaffFactory()).delete(f"{url}{number}/")
    assert answer.status_code == 400
    assert answer.json["code"] == "in_use"


# ---------------------------------------------------------------- venues


def test_a_venues_managers_change_it_and_do_not_remove_it(api: Api) -> None:
    venue = VenueFactory()
    number = venue.id
    manager, helper = UserFactory(), UserFactory()
    VenueMembershipFactory(venue=venue, user=manager, role="MANAGER")
    VenueMembershipFactory(venue=venue, user=helper, role="STAFF")
    by = api.by(manager)
    answer = by.put(f"{VENUES}{number}/", {"name": "Hall", "address": "2 Side Street", "capacity": 70})
    assert (answer.json["address"], answer.json["capacity"]) == ("2 Side Street", 70)
    assert by.patch(f"{VENUES}{number}/", {"capacity": "80"}).json["capacity"] == 80
    assert by.delete(f"{VENUES}{number}/").status_code == 403
    assert api.by(helper).patch(f"{VENUES}{number}/", {"capacity": 90}).status_code == 403


@pytest.mark.parametrize("capacity", [-1, 1.5, "many", True, None, 2**31, 10**30])
def test_a_venues_capacity_is_a_number_of_people(api: Api, capacity: Any) -> None:
    answer = api.by(StaffFactory()).post(VENUES, {"name": "Hall", "capacity": capacity})
    assert list(answer.json["field_errors"]) == ["capacity"]


def test_a_private_venue_is_seen_by_its_organization_and_with_its_events(api: Api) -> None:
    organization = OrganizationFactory()
    hidden = VenueFactory(organization_id=organization.id)
    shown = VenueFactory(organization_id=organization.id)
    EventFactory(venue=shown, organization=organization)
    hidden_id, shown_id = hidden.id, shown.id
    member = member_of(organization, "MEMBER")
    assert api.get(VENUES).json == []
    assert api.get(f"{VENUES}{shown_id}/").status_code == 200
    assert api.get(f"{VENUES}{hidden_id}/").status_code == 404
    assert api.get(f"{VENUES}{hidden_id}/schedule/").status_code == 404
    assert api.by(BuyerFactory()).get(f"{VENUES}{hidden_id}/").status_code == 404
    assert api.by(member).get(f"{VENUES}{hidden_id}/").status_code == 200
    assert api.by(StaffFactory()).get(f"{VENUES}{hidden_id}/").status_code == 200


def test_a_venues_schedule_is_its_future_published_events(api: Api) -> None:
    venue = VenueFactory()
    number = venue.id

    def event(title: str, days: float, **more: Any) -> None:
        EventFactory(venue=venue, title=title, starts_at=clock.now() + timedelta(days=days), **more)

    event("later", 9)
    event("sooner", 2)
    event("running", -0.01)
    event("draft", 3, status="draft")
    event("cancelled", 3, status="cancelled")
    EventFactory(title="elsewhere")
    assert [row["title"] for row in api.get(f"{VENUES}{number}/schedule/").json] == ["sooner", "later"]


# ---------------------------------------------------------------- organizations


def test_owners_managers_and_staff_change_an_organization(api: Api) -> None:
    organization = OrganizationFactory()
    number = organization.id
    changed = {"name": "New", "website": "https://example.org", "contact_email": "new@example.org"}
    for actor in (member_of(organization), member_of(organization, "MANAGER"), StaffFactory()):
        answer = api.by(actor).put(f"{ORGANIZATIONS}{number}/", changed)
        assert {name: answer.json[name] for name in changed} == changed
    for actor in (member_of(organization, "MEMBER"), BuyerFactory(), member_of(OrganizationFactory())):
        assert api.by(actor).patch(f"{ORGANIZATIONS}{number}/", {"website": ""}).status_code == 403


@pytest.mark.parametrize(
    ("field", "value"),
    [("website", "javascript:alert(1)"), ("website", "nonsense"), ("contact_email", "nonsense")],
)
def test_an_organizations_website_and_address_are_real_ones(api: Api, field: str, value: str) -> None:
    answer = api.by(StaffFactory()).post(ORGANIZATIONS, {"name": "New", field: value})
    assert list(answer.json["field_errors"]) == [field]
    assert api.by(StaffFactory()).post(ORGANIZATIONS, {"name": "New", field: ""}).status_code == 201


def test_members_see_all_events_of_an_organization_and_outsiders_published_ones(api: Api) -> None:
    organization = OrganizationFactory()
    number = organization.id
    for status in ("draft", "published", "cancelled"):
        EventFactory(organization=organization, title=status, status=status)
    url = f"{ORGANIZATIONS}{number}/events/"

    def seen(actor: Actor) -> list[str]:
        return [row["title"] for row in api.by(actor).get(url).json]

    everything = ["cancelled", "published", "draft"]
    for role in ("OWNER", "MANAGER", "MEMBER"):
        assert seen(member_of(organization, role)) == everything, "newest first"
    assert seen(StaffFactory()) == everything
    assert seen(BuyerFactory()) == ["published"]
    assert seen(member_of(OrganizationFactory())) == ["published"]
    assert api.get(url).status_code == 401


def test_members_are_listed_for_members_owners_first(api: Api, statements: Any) -> None:
    organization = OrganizationFactory()
    number = organization.id
    for role in ("MEMBER", "MANAGER", "OWNER"):
        MembershipFactory(organization=organization, role=role)
    by = api.by(member_of(organization, "MEMBER"))
    with statements() as seen:
        answer = by.get(f"{ORGANIZATIONS}{number}/members/")
    assert [row["role"] for row in answer.json] == ["OWNER", "MANAGER", "MEMBER", "MEMBER"]
    assert len(seen) == 4, "who calls, the organization, the caller's role, the members"
    for actor in (BuyerFactory(), member_of(OrganizationFactory())):
        assert api.by(actor).get(f"{ORGANIZATIONS}{number}/members/").status_code == 403
    assert api.by(StaffFactory()).get(f"{ORGANIZATIONS}{number}/members/").status_code == 200


def test_owners_managers_and_staff_add_members(api: Api, db: SQLAlchemy) -> None:
    organization = OrganizationFactory()
    number = organization.id
    url = f"{ORGANIZATIONS}{number}/add-member/"
    for actor in (member_of(organization), member_of(organization, "MANAGER"), StaffFactory()):
        user = UserFactory()
        answer = api.by(actor).post(url, {"user_email": user.email.upper(), "role": "MANAGER"})
        assert answer.status_code == 201
        assert (answer.json["user"], answer.json["role"]) == (user.id, "MANAGER")
    for actor in (member_of(organization, "MEMBER"), BuyerFactory(), member_of(OrganizationFactory())):
        body = {"user_email": UserFactory().email, "role": "MEMBER"}
        assert api.by(actor).post(url, body).status_code == 403
    assert api.post(url, {"user_email": UserFactory().email}).status_code == 401


def test_a_new_member_is_a_member_unless_told(api: Api) -> None:
    number = OrganizationFactory().id
    answer = api.by(StaffFactory()).post(
        f"{ORGANIZATIONS}{number}/add-member/", {"user_email": UserFactory().email}
    )
    assert answer.json["role"] == "MEMBER"


def test_staff_add_the_first_owner(api: Api) -> None:
    by = api.by(StaffFactory())
    number = by.post(ORGANIZATIONS, {"name": "New"}).json["id"]
    owner = UserFactory()
    body = {"user_email": owner.email, "role": "OWNER"}
    assert by.post(f"{ORGANIZATIONS}{number}/add-member/", body).status_code == 201
    assert api.by(owner).patch(f"{ORGANIZATIONS}{number}/", {"website": ""}).status_code == 200


def test_a_manager_makes_nobody_an_owner(api: Api, db: SQLAlchemy) -> None:
    organization = OrganizationFactory()
    number = organization.id
    body = {"user_email": UserFactory().email, "role": "OWNER"}
    answer = api.by(member_of(organization, "MANAGER")).post(f"{ORGANIZATIONS}{number}/add-member/", body)
    assert answer.status_code == 403
    assert db.session.query(Membership).filter_by(role="OWNER").count() == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "user_email"),
        ({"user_email": "nobody@example.org"}, "user_email"),
        ({"user_email": "nonsense"}, "user_email"),
        ({"user_email": "nobody@example.org", "role": "STAFF"}, "role"),
    ],
)
def test_a_member_is_an_account_with_a_role(api: Api, body: dict, field: str) -> None:
    number = OrganizationFactory().id
    answer = api.by(StaffFactory()).post(f"{ORGANIZATIONS}{number}/add-member/", body)
    assert answer.status_code == 400
    assert list(answer.json["field_errors"]) == [field]


def test_nobody_is_a_member_twice(api: Api) -> None:
    membership = MembershipFactory()
    url = f"{ORGANIZATIONS}{membership.organization_id}/add-member/"
    answer = api.by(StaffFactory()).post(url, {"user_email": membership.user.email})
    assert list(answer.json["field_errors"]) == ["non_field_errors"]
