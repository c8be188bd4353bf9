"""Where an invitation's mail leads, with and without an account."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.factories import InvitationFactory, OrganizationFactory, UserFactory, digest
from tests.web.conftest import browser_of
from tests.web.page import Page
from ticketing.extensions import db as extension
from ticketing.models import Membership, Organization, User
from ticketing.models.organizations import MANAGER, OWNER

HERE = "/invitation?token=secret"


@pytest.fixture
def organization(app: Flask) -> Organization:
    """It has invited Gina."""
    made: Organization = OrganizationFactory(name="Spree <Sounds>")
    inviter = UserFactory(first_name="Olga", last_name="Owner")
    InvitationFactory(
        organization=made,
        email="gina@example.org",
        role=MANAGER,
        token_hash=digest("secret"),
        actor_id=inviter.id,
    )
    return made


def role_of(user: User) -> str | None:
    extension.session.expire_all()
    return extension.session.scalar(select(Membership.role).where(Membership.user_id == user.id))


def test_without_an_account_it_leads_through_sign_up_and_back(
    app: Flask, client: FlaskClient, organization: Organization
) -> None:
    page = Page(client.get(HERE))
    assert "Olga Owner invites you to manage the events of Spree <Sounds>." in page.text
    sign_up = page.link("Create an account")
    assert sign_up.startswith("/sign-up?next=/invitation?token")
    typed = {"email": "gina@example.org", "password": "a long walk on the beach", "user_type": "consumer"}
    answer = client.post(sign_up, data=typed)
    assert answer.location == HERE
    page = Page(client.get(HERE))
    assert "You come as gina@example.org." in page.text
    answer = client.post("/invitation", data=page.form("/invitation").fields)
    assert answer.location == f"/organizer/organizations/{organization.uuid}/events"
    user = extension.session.scalars(select(User).where(User.email == "gina@example.org")).one()
    assert role_of(user) == MANAGER
    assert user.email_verified_at is None
    assert client.get(answer.location).status_code == 200
    assert client.get(HERE).status_code == 400
    again = client.post("/invitation", data={"token": "secret"})
    assert again.location == answer.location, "the same form sent twice leads to the same page"


def test_somebody_with_an_account_is_asked_to_sign_in_first(
    app: Flask, client: FlaskClient, organization: Organization
) -> None:
    user = UserFactory(email="Gina@example.org")
    page = Page(client.get(HERE))
    assert page.link("Create another account").startswith("/sign-up?next=")
    assert client.post("/invitation", data={"token": "secret"}).location.startswith("/sign-in")
    browser = browser_of(app, user)
    assert browser.post("/invitation", data={"token": "secret"}).status_code == 303
    assert role_of(user) == MANAGER


def test_another_address_has_to_say_so(app: Flask, organization: Organization) -> None:
    user = UserFactory(email="other@example.org")
    browser = browser_of(app, user)
    page = Page(browser.get(HERE))
    assert "sent to gina@example.org, and you are signed in as other@example.org" in page.text
    fields = page.form("/invitation").fields
    refused = Page(browser.post("/invitation", data={"token": "secret"}))
    assert refused.status == 400
    assert "Please confirm that you come with another address." in refused.text
    assert role_of(user) is None
    assert browser.post("/invitation", data=fields | {"other": "y"}).status_code == 303
    assert role_of(user) == MANAGER


def test_nobody_becomes_an_owner_with_another_address(app: Flask) -> None:
    InvitationFactory(email="boss@example.org", role=OWNER, token_hash=digest("owners"))
    user = UserFactory(email="other@example.org")
    browser = browser_of(app, user)
    page = Page(browser.get("/invitation?token=owners"))
    assert "Only boss@example.org can become an owner." in page.text
    assert "Accept the invitation" not in page.html
    refused = browser.post("/invitation", data={"token": "owners", "other": "y"})
    assert refused.status_code == 400
    assert role_of(user) is None


@pytest.mark.parametrize("token", ["", "x", "%00", "secret%20x"])
def test_what_is_no_invitation_says_so_and_no_more(
    client: FlaskClient, signed_in: FlaskClient, organization: Organization, token: str
) -> None:
    for browser in (client, signed_in):
        page = Page(browser.get(f"/invitation?token={token}"))
        assert page.status == 400
        assert "Spree" not in page.text
    assert signed_in.post("/invitation", data={"token": "nonsense"}).status_code == 400


def test_the_page_is_kept_by_nobody(client: FlaskClient, organization: Organization) -> None:
    assert client.get(HERE).headers["Cache-Control"] == "no-store"
