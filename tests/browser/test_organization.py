"""An organization in two browsers: opened, somebody invited by mail, at work as a manager, and removed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.barriers import AXE, BEYOND, SMALL
from tests.browser.conftest import DESKTOP, PHONE, sign_in
from tests.factories import (
    PASSWORD,
    EventFactory,
    FollowFactory,
    InvitationFactory,
    MembershipFactory,
    OrganizationFactory,
    UserFactory,
    digest,
)
from tests.support.server import Server
from ticketing import clock
from ticketing.jobs import outbox
from ticketing.models import Organization, User
from ticketing.models.organizations import MANAGER, OWNER
from ticketing.services import following

pytestmark = [pytest.mark.browser, pytest.mark.one_database]
Visit = Callable[..., Page]


@pytest.fixture
def owner(live_server: Server) -> User:
    made: User = UserFactory(email="iris@example.org", first_name="Iris", email_verified_at=clock.now())
    return made


def mailed_link(app: Flask, smtp_sink: Any) -> str:
    """The path that the newest invitation leads to."""
    with app.app_context():
        outbox.deliver_due()
    letter = next(one for one in reversed(smtp_sink.messages) if "Join" in one["subject"])
    return str(re.findall(r"(/invitation\?token=[\w-]+)", letter.get_body(("plain",)).get_content())[0])


def test_somebody_is_invited_signs_up_works_as_a_manager_and_is_removed(
    visit: Visit, app: Flask, owner: User, smtp_sink: Any
) -> None:
    page = visit("/")
    sign_in(page, owner)
    page.get_by_role("link", name="Organize events").last.click()
    page.get_by_label("Name").fill("Spree Sounds")
    page.get_by_label("Currency").select_option("EUR")
    page.get_by_role("button", name="Open the organization").click()
    expect(page.get_by_role("heading", name="New event")).to_be_visible()
    page.goto("/organizer/")
    page.get_by_role("link", name="Spree Sounds").click()
    page.get_by_role("link", name="Members", exact=True).click()
    page.get_by_label("E-mail address").fill("gina@example.org")
    page.get_by_label("Role").select_option(MANAGER)
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_text("An invitation is on its way to gina@example.org.")).to_be_visible()

    guest = visit(mailed_link(app, smtp_sink), viewport=PHONE)
    expect(guest.get_by_text("Iris Person", exact=False)).to_be_visible()
    guest.get_by_role("link", name="Create an account").click()
    guest.get_by_label("First name").fill("Gina")
    guest.get_by_label("E-mail address").fill("gina@example.org")
    guest.get_by_label("Password", exact=True).fill(PASSWORD)
    guest.get_by_role("button", name="Create account").click()
    expect(guest.get_by_text("You come as gina@example.org.")).to_be_visible()
    guest.get_by_role("button", name="Accept the invitation").click()
    expect(guest.get_by_role("heading", name="Events", exact=True)).to_be_visible()
    guest.get_by_role("link", name="Page & terms").click()
    guest.get_by_label("Refund policy").fill("Until a day before.")
    guest.get_by_role("button", name="Save").click()
    expect(guest.get_by_text("Saved.")).to_be_visible()

    page.goto(page.url)
    page.get_by_role("link", name="Change Gina").click()
    page.get_by_role("button", name="Remove this member").click()
    expect(page.get_by_text("Gina does not belong to it any more.")).to_be_visible()
    page.get_by_role("link", name="Activity").click()
    expect(page.get_by_text("Iris Person", exact=False).first).to_be_visible()
    expect(page.get_by_text("accepted an invitation")).to_be_visible()
    guest.goto(guest.url)
    expect(guest.get_by_text("404")).to_be_visible()


def test_a_visitor_follows_from_a_phone_and_is_back_where_they_were(visit: Visit, owner: User) -> None:
    organization = OrganizationFactory(name="Spree Sounds", slug="spree")
    event = EventFactory(organization=organization, title="Night Music", slug="night-music")
    page = visit(f"/events/{event.slug}", viewport=PHONE)
    page.get_by_role("link", name="Follow Spree Sounds").click()
    page.get_by_label("E-mail address").fill(owner.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("You follow Spree Sounds")).to_be_visible()
    expect(page).to_have_url(re.compile("/events/night-music$"))
    page.get_by_role("button", name="Following: stop Spree Sounds").click()
    expect(page.get_by_role("button", name="Follow Spree Sounds")).to_be_visible()


def pages_of(organization: Organization, owner: User, member: Any, event: Any) -> list[str]:
    """All that there is to see for an owner."""
    base = f"/organizer/organizations/{organization.uuid}"
    token = following.unsubscribe_token(owner.id, organization.id)
    return [
        f"{base}/events", f"{base}/members", f"{base}/members/{member.uuid}", f"{base}/settings",
        f"{base}/look", f"{base}/activity", "/organizer/organizations/new", "/account/following", "/o/spree",
        "/o/spree/follow", f"/unsubscribe?token={token}", "/unsubscribe", "/invitation",
        "/invitation?token=secret", f"/events/{event.slug}",
    ]  # fmt: skip


@pytest.mark.parametrize(("viewport", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")])
def test_the_pages_fit_and_axe_finds_no_barrier(
    visit: Visit, owner: User, viewport: Any, scheme: Any
) -> None:
    organization = OrganizationFactory(
        name="Spree Sounds", slug="spree", terms="No *dogs*.", refund_policy="Never.", imprint="Here."
    )
    MembershipFactory(organization=organization, user=owner, role=OWNER)
    member = MembershipFactory(organization=organization)
    MembershipFactory(user=owner)
    address = "somebody.with.a.rather.long.name.indeed@example.org"
    InvitationFactory(organization=organization, email=address, token_hash=digest("secret"))
    FollowFactory(user=owner, organization=organization)
    event = EventFactory(organization=organization)
    page = visit("/", viewport=viewport, color_scheme=scheme, reduced_motion="reduce")
    sign_in(page, owner)
    for path in pages_of(organization, owner, member, event):
        page.goto(path)
        assert page.evaluate(BEYOND) <= 0, path
        assert not page.evaluate(SMALL), path
        page.evaluate(AXE)
        found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")["violations"]
        assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == [], path
