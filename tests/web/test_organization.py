"""An organization's own pages: opening one, what it says of itself, its people, what was done."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.factories import (
    ActivityLogFactory,
    EventFactory,
    FollowFactory,
    InvitationFactory,
    MembershipFactory,
    OfferFactory,
    OrderFactory,
    OrganizationFactory,
    UserFactory,
)
from tests.web.conftest import browser_of
from tests.web.page import Page
from ticketing.extensions import db as extension
from ticketing.models import Invitation, Membership, Organization, User
from ticketing.models.organizations import MANAGER, MEMBER, OWNER
from ticketing.policy import Actor
from ticketing.queries.deeds import KINDS
from ticketing.services import activity, organizations
from ticketing.web.organizer.organization.activity import deed_words

NEW = "/organizer/organizations/new"


@pytest.fixture
def organization(app: Flask) -> Organization:
    return OrganizationFactory(name="Spree Sounds", slug="spree", contact_email="")


def user_with(role: str, organization: Organization, **details: Any) -> User:
    user: User = UserFactory(**details)
    MembershipFactory(organization=organization, user=user, role=role)
    return user


@pytest.fixture
def owner(organization: Organization) -> User:
    return user_with(OWNER, organization, first_name="Olga", last_name="Owner")


@pytest.fixture
def browser(app: Flask, owner: User) -> FlaskClient:
    """The owner's."""
    return browser_of(app, owner)


def at(organization: Organization, page: str) -> str:
    return f"/organizer/organizations/{organization.uuid}/{page}"


def roles_in(organization: Organization) -> dict[int, str]:
    extension.session.expire_all()
    wanted = select(Membership.user_id, Membership.role).where(Membership.organization_id == organization.id)
    return {row[0]: row[1] for row in extension.session.execute(wanted)}


def key_of(user: User, organization: Organization) -> UUID:
    wanted = select(Membership.uuid).where(
        Membership.user_id == user.id, Membership.organization_id == organization.id
    )
    return extension.session.scalars(wanted).one()


# Opening one


def opening(browser: FlaskClient, **typed: str) -> dict[str, str]:
    """The form as it was shown, with what was typed."""
    return Page(browser.get(NEW)).form("").fields | {"name": "Kiez Kino", "currency": "EUR"} | typed


def test_anybody_opens_an_organization_and_goes_on_to_its_first_event(
    app: Flask, user: User, signed_in: FlaskClient
) -> None:
    answer = signed_in.post(NEW, data=opening(signed_in, website="https://kino.example", description="Film"))
    opened = extension.session.scalars(select(Organization)).one()
    assert (answer.status_code, answer.location) == (303, f"/organizer/events/new?organization={opened.uuid}")
    assert (opened.name, opened.slug, opened.currency) == ("Kiez Kino", "kiez-kino", "EUR")
    assert (opened.website, opened.description) == ("https://kino.example", "Film")
    assert opened.contact_email == user.email
    assert roles_in(opened) == {user.id: OWNER}
    page = Page(signed_in.get(answer.location))
    assert page.status == 200
    assert "Kiez Kino is open." in page.text
    assert signed_in.get(at(opened, "settings")).status_code == 200


def test_the_same_form_sent_again_opens_nothing_more(signed_in: FlaskClient) -> None:
    typed = opening(signed_in)
    first, second = (signed_in.post(NEW, data=typed) for _ in range(2))
    assert first.location == second.location
    other = signed_in.post(NEW, data=typed | {"name": "Other"})
    assert other.status_code == 400
    assert extension.session.scalar(select(func.count(Organization.id))) == 1


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "  ", "Please give it a name."),
        ("name", "SPREE sounds", "exists already"),
        ("currency", "XXX", "Not a valid choice"),
        ("website", "javascript:alert(1)", "Enter an address like https://example.org."),
        ("contact_email", "nobody", "Enter a valid e-mail address."),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(
    organization: Organization, signed_in: FlaskClient, field: str, value: str, sentence: str
) -> None:
    answer = signed_in.post(NEW, data=opening(signed_in, description="Kept", **{field: value}))
    page = Page(answer)
    assert page.status == 400
    assert sentence in page.html.split(f'id="{field}-error"')[1].split("</p>")[0]
    assert ">Kept</textarea>" in page.html.replace("\r\n", "")
    assert extension.session.scalar(select(func.count(Organization.id))) == 1


def test_there_is_an_end_to_how_many_one_account_opens(
    app: Flask, user: User, signed_in: FlaskClient
) -> None:
    for _ in range(organizations.MOST_OWNED):
        MembershipFactory(user=user, role=OWNER)
    page = Page(signed_in.post(NEW, data=opening(signed_in)))
    assert page.status == 400
    assert "You own 10 organizations already." in page.text
    staff = UserFactory(is_staff=True)
    for _ in range(organizations.MOST_OWNED):
        MembershipFactory(user=staff, role=OWNER)
    other = browser_of(app, staff)
    assert other.post(NEW, data=opening(other)).status_code == 303


def test_the_way_there_is_on_every_page(client: FlaskClient, signed_in: FlaskClient) -> None:
    for browser in (client, signed_in):
        assert ("Organize events", NEW) in Page(browser.get("/")).links
    assert ("Open an organization", NEW) in Page(signed_in.get("/organizer/")).links
    assert client.get(NEW).location == f"/sign-in?next={NEW}"


# What it says of itself


def test_what_is_said_is_kept_and_shown(browser: FlaskClient, organization: Organization) -> None:
    event = EventFactory(organization=organization, refund_policy="", terms_and_conditions="")
    OfferFactory(event=event)
    said = {
        "name": "Spree & Co", "description": "We *play*.", "website": "https://spree.example",
        "contact_email": "office@example.org", "terms": "No dogs.", "refund_policy": "Until a day before.",
        "imprint": "1 River Street", "widget_origins": "https://Shop.Example/tickets\nhttps://b.example:444",
    }  # fmt: skip
    form = Page(browser.get(at(organization, "settings"))).form("").fields | said
    answer = browser.post(at(organization, "settings"), data=form)
    assert (answer.status_code, answer.location) == (303, at(organization, "settings"))
    extension.session.expire_all()
    assert organization.widget_origins == ["https://shop.example", "https://b.example:444"]
    page = Page(browser.get("/o/spree"))
    for words in ("Spree & Co", "No dogs.", "Until a day before.", "1 River Street"):
        assert words in page.text
    assert "office@example.org" not in page.html
    shown = Page(browser.get(f"/events/{event.slug}"))
    assert "No dogs." in shown.text
    event.terms_and_conditions = "Dogs welcome."
    extension.session.commit()
    shown = Page(browser.get(f"/events/{event.slug}"))
    assert "Dogs welcome." in shown.text
    assert "No dogs." not in shown.text
    assert "Until a day before." in shown.text


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org", "example.org", "https://", "https://user@example.org", "javascript:alert(1)",
        "https://*.example.org", "https://exa;mple.org", "https://example.org:99999", "https://localhost",
        "https://[::1]", "https://a_b.example", "https://-a.example", "null", "'self'",
    ],
)  # fmt: skip
def test_only_origins_of_websites_may_show_the_widget(
    browser: FlaskClient, organization: Organization, address: str
) -> None:
    form = Page(browser.get(at(organization, "settings"))).form("").fields | {"widget_origins": address}
    page = Page(browser.post(at(organization, "settings"), data=form))
    assert page.status == 400
    assert "is no address like https://example.org" in page.html.split('id="widget_origins-error"')[1]
    extension.session.expire_all()
    assert organization.widget_origins == []


def test_a_name_of_others_is_refused_and_one_s_own_is_kept(
    browser: FlaskClient, organization: Organization
) -> None:
    OrganizationFactory(name="Taken")
    form = Page(browser.get(at(organization, "settings"))).form("").fields
    assert browser.post(at(organization, "settings"), data=form | {"name": "TAKEN"}).status_code == 400
    assert browser.post(at(organization, "settings"), data=form).status_code == 303


# Who sees what


@pytest.mark.parametrize(
    ("page", "for_members"),
    [("events", True), ("members", True), ("settings", False), ("activity", False)],
)
def test_strangers_find_no_page_and_members_only_theirs(
    app: Flask, client: FlaskClient, organization: Organization, page: str, for_members: bool
) -> None:
    address = at(organization, page)
    for role in (OWNER, MANAGER):
        assert browser_of(app, user_with(role, organization)).get(address).status_code == 200
    member = browser_of(app, user_with(MEMBER, organization))
    assert member.get(address).status_code == (200 if for_members else 403)
    for stranger in (UserFactory(), user_with(OWNER, OrganizationFactory())):
        assert browser_of(app, stranger).get(address).status_code == 404
    assert client.get(address).location == f"/sign-in?next={address}"
    assert member.get(address).headers["Cache-Control"] == "no-store"


def test_tabs_lead_only_where_one_may_go_and_to_one_s_other_organizations(
    app: Flask, organization: Organization
) -> None:
    user = user_with(MEMBER, organization)
    other = OrganizationFactory(name="Kiez Kino")
    MembershipFactory(organization=other, user=user, role=OWNER)
    browser = browser_of(app, user)
    links = dict(Page(browser.get(at(organization, "members"))).links)
    assert {"Events", "Members"} <= set(links)
    assert not {"Page & terms", "Look", "Activity"} & set(links)
    assert links["Kiez Kino"] == at(other, "members")
    links = dict(Page(browser.get(at(other, "settings"))).links)
    assert {"Page & terms", "Look", "Activity"} <= set(links)
    assert links["Spree Sounds"] == at(organization, "events")


def test_the_events_of_one_organization_are_listed_alone(
    browser: FlaskClient, owner: User, organization: Organization
) -> None:
    other = OrganizationFactory()
    MembershipFactory(organization=other, user=owner, role=OWNER)
    EventFactory(organization=organization, title="Ours")
    EventFactory(organization=other, title="Theirs")
    page = Page(browser.get(at(organization, "events")))
    assert "Ours" in page.headings
    assert "Theirs" not in page.text


# Members


def test_a_manager_is_invited_and_the_invitation_taken_back(
    browser: FlaskClient, organization: Organization
) -> None:
    address = at(organization, "members")
    answer = browser.post(address, data={"email": "guest@example.org", "role": MANAGER})
    assert (answer.status_code, answer.location) == (303, address)
    page = Page(browser.get(address))
    assert "guest@example.org" in page.text
    assert "invited by Olga Owner" in page.text
    invitation = extension.session.scalars(select(Invitation)).one()
    again = browser.post(f"{address}/invitations/{invitation.uuid}/again")
    assert again.location == address
    assert browser.post(f"{address}/invitations/{invitation.uuid}/revoke").location == address
    page = Page(browser.get(address))
    assert "The invitation of guest@example.org is taken back." in page.text
    assert "invited by" not in page.text
    assert browser.post(f"{address}/invitations/{invitation.uuid}/revoke").status_code == 404


@pytest.mark.parametrize(("email", "role"), [("nobody", MEMBER), ("", MEMBER), ("a@example.org", "KING")])
def test_an_invitation_to_nobody_is_refused_beside_its_field(
    browser: FlaskClient, organization: Organization, email: str, role: str
) -> None:
    page = Page(browser.post(at(organization, "members"), data={"email": email, "role": role}))
    assert page.status == 400
    field = "role" if email.startswith("a@") else "email"
    assert f'id="{field}-error"' in page.html
    assert extension.session.scalar(select(func.count(Invitation.id))) == 0


def test_too_many_invitations_are_told_so(
    browser: FlaskClient, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ticketing.services.invitations.MOST_A_DAY", 1)
    address = at(organization, "members")
    browser.post(address, data={"email": "a@example.org", "role": MEMBER})
    refused = browser.post(address, data={"email": "b@example.org", "role": MEMBER})
    assert (refused.status_code, Page(refused).form(address).fields["email"]) == (429, "b@example.org")
    key = extension.session.scalars(select(Invitation.uuid)).one()
    assert browser.post(f"{address}/invitations/{key}/again").status_code == 429


def test_managers_are_offered_no_owners_and_members_nothing(app: Flask, organization: Organization) -> None:
    user_with(OWNER, organization, email="boss@example.org")
    address = at(organization, "members")
    manager = browser_of(app, user_with(MANAGER, organization))
    page = Page(manager.get(address))
    assert 'value="OWNER"' not in page.html
    assert manager.post(address, data={"email": "x@example.org", "role": OWNER}).status_code == 400
    member = browser_of(app, user_with(MEMBER, organization))
    page = Page(member.get(address))
    assert "boss@example.org" in page.text
    assert address not in {form.action for form in page.forms}
    assert [words.split()[0] for words, href in page.links if "/members/" in href] == ["Leave"]
    refused = member.post(address, data={"email": "x@example.org", "role": MEMBER})
    assert refused.status_code in (400, 403)
    assert extension.session.scalar(select(func.count(Invitation.id))) == 0


def test_a_role_is_changed_and_a_membership_ended_at_once(
    app: Flask, browser: FlaskClient, organization: Organization
) -> None:
    user = user_with(MEMBER, organization)
    address = f"{at(organization, 'members')}/{key_of(user, organization)}"
    assert browser.get(address).status_code == 200
    assert browser.post(address, data={"role": MANAGER}).location == at(organization, "members")
    assert roles_in(organization)[user.id] == MANAGER
    theirs = browser_of(app, user)
    draft = EventFactory(organization=organization, status="draft")
    assert theirs.get(f"/organizer/events/{draft.uuid}/").status_code == 200
    assert browser.post(f"{address}/remove").location == at(organization, "members")
    for gone in (at(organization, "events"), at(organization, "members"), f"/organizer/events/{draft.uuid}/"):
        assert theirs.get(gone).status_code == 404
    assert browser.get(address).status_code == 404


def test_the_last_owner_is_told_why_not(
    browser: FlaskClient, owner: User, organization: Organization
) -> None:
    address = f"{at(organization, 'members')}/{key_of(owner, organization)}"
    for answer in (browser.post(address, data={"role": MEMBER}), browser.post(f"{address}/remove")):
        page = Page(answer)
        assert page.status == 400
        assert "An organization needs an owner: name another one first." in page.text
    assert roles_in(organization) == {owner.id: OWNER}


def test_a_member_leaves(app: Flask, owner: User, organization: Organization) -> None:
    user = user_with(MEMBER, organization)
    browser = browser_of(app, user)
    address = f"{at(organization, 'members')}/{key_of(user, organization)}"
    page = Page(browser.get(address))
    assert [form.action for form in page.forms if organization_part(form.action)] == [f"{address}/remove"]
    assert browser.post(address, data={"role": OWNER}).status_code == 400
    assert browser.post(f"{address}/remove").location == "/organizer/"
    assert roles_in(organization) == {owner.id: OWNER}
    others = f"{at(organization, 'members')}/{key_of(owner, organization)}"
    assert browser_of(app, user_with(MEMBER, organization)).get(others).status_code == 404


def organization_part(action: str) -> bool:
    return action == "" or action.startswith("/organizer/organizations/")


# Activity


def test_what_was_done_is_told_in_words(
    app: Flask, browser: FlaskClient, owner: User, organization: Organization
) -> None:
    bob = UserFactory(first_name="Bob", last_name="Buyer")
    actor, buyer = Actor.of(owner), Actor.of(bob)
    event = EventFactory(organization=organization, title="Night Music")
    order = OrderFactory(event=event, user=bob)
    foreign = EventFactory(title="Elsewhere")
    guest = UserFactory(first_name="Gina", last_name="Guest")
    activity.record(actor, "event_published", event)
    activity.record(buyer, "order_placed", order)
    activity.record(buyer, "order_cancelled", order, reason="I am ill")
    activity.record(actor, "refund_requested", order, amount=100, reason="Rain")
    activity.record(actor, "event_published", foreign)
    activity.record(buyer, "organization_followed", organization)
    invited = InvitationFactory(organization=organization, email="tom@example.org")
    activity.record(actor, "member_invited", organization, invitation_id=invited.id, role=MEMBER)
    activity.record(
        actor, "member_role_changed", organization, user_id=guest.id, changed={"role": [MEMBER, MANAGER]}
    )
    extension.session.commit()
    page = Page(browser.get(at(organization, "activity")))
    for words in (
        "Olga Owner published an event", "Night Music", "Olga Owner gave money back", f"Order {order.number}",
        "“Rain”", "Olga Owner gave somebody another role", "Gina Guest · Member → Manager",
        "tom@example.org · Member",
    ):  # fmt: skip
        assert words in page.text
    for words in ("Elsewhere", "Bob Buyer", "I am ill", "followed"):
        assert words not in page.text
    for kind, words in zip(KINDS, ("published an event", "gave money back", "another role", ""), strict=True):
        part = Page(browser.get(at(organization, f"activity?kind={kind}")))
        assert words in part.text
        assert part.html.count('class="deed"') == (2 if kind == "people" else bool(words))


def test_every_deed_about_members_and_the_organization_has_words(
    app: Flask, organization: Organization
) -> None:
    with app.test_request_context():
        known = deed_words()
    for action in (
        "member_invited", "member_added", "member_removed", "member_left", "member_role_changed",
        "invitation_sent_again", "invitation_revoked", "invitation_accepted", "organization_created",
        "organization_updated", "organization_look_set", "event_created", "event_published",
    ):  # fmt: skip
        assert known[action]


# How much that costs


def test_as_many_statements_for_fifty_rows_as_for_five(
    browser: FlaskClient, owner: User, organization: Organization, statements: Any
) -> None:
    pages = ("events", "members", "settings", "activity", "activity?kind=events")

    def visit(page: str) -> int:
        with statements() as seen:
            assert browser.get(at(organization, page)).status_code == 200
        return len(seen)

    def more(number: int) -> None:
        for _ in range(number):
            user_with(MEMBER, organization)
            event = EventFactory(organization=organization)
            InvitationFactory(organization=organization, actor_id=owner.id)
            FollowFactory(organization=organization)
            ActivityLogFactory(
                user_id=owner.id, action="event_published", object_type="event", object_id=event.id
            )
        MembershipFactory(user=owner)

    more(5)
    few = [visit(page) for page in pages]
    more(45)
    assert [visit(page) for page in pages] == few
    assert max(few) <= 12, dict(zip(pages, few, strict=True))
