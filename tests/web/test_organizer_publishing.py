"""The pages on which organizers put an event on sale and call it off."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import EventFactory, MembershipFactory, OfferFactory, OrderFactory, OrganizationFactory
from tests.web.conftest import browser_of
from tests.web.page import Page
from ticketing import clock
from ticketing.extensions import db as extension
from ticketing.models import Event, Order, Organization, OutboxMessage
from ticketing.models.organizations import MANAGER, MEMBER, OWNER
from ticketing.services.events import WIND_UP


@pytest.fixture
def organization(app: Flask) -> Organization:
    return OrganizationFactory(name="Lantern Company", currency="EUR")


@pytest.fixture
def manager(app: Flask, organization: Organization) -> FlaskClient:
    """The browser of somebody who manages it."""
    return browser_of(app, MembershipFactory(organization=organization, role=MANAGER).user)


@pytest.fixture
def draft(organization: Organization) -> Event:
    return EventFactory(organization=organization, status="draft", published_at=None, currency="EUR")


@pytest.fixture
def shown(organization: Organization) -> Event:
    return EventFactory(organization=organization, title="Lantern  Walk", currency="EUR")


def at(event: Event, more: str) -> str:
    return f"/organizer/events/{event.uuid}/{more}"


def status(event: Event) -> str:
    extension.session.expire_all()
    return event.status


def test_the_checklist_names_all_that_is_missing_and_offers_no_button(
    manager: FlaskClient, draft: Event
) -> None:
    draft.starts_at = clock.now() - timedelta(hours=1)
    extension.session.flush()
    page = Page(manager.get(at(draft, "publish")))
    assert "Add at least one ticket type" in page.text
    assert "has started cannot be published" in page.text
    assert "Publish it now" not in page.text
    refused = Page(manager.post(at(draft, "publish")))
    assert (refused.status, status(draft)) == (400, "draft")
    assert "has started cannot be published" in refused.text


def test_a_complete_draft_is_published_and_everybody_sees_it(
    manager: FlaskClient, client: FlaskClient, draft: Event
) -> None:
    OfferFactory(event=draft)
    public = f"/events/{draft.slug}"
    assert client.get(public).status_code == 404
    assert "Publish it now" in Page(manager.get(at(draft, "publish"))).text
    assert manager.post(at(draft, "publish")).location == f"/organizer/events/{draft.uuid}/"
    assert status(draft) == "published"
    assert client.get(public).status_code == 200
    again = Page(manager.post(at(draft, "publish")))
    assert again.status == 400
    assert "already published" in again.text


def test_what_calling_off_ends_is_counted_before(manager: FlaskClient, shown: Event) -> None:
    soon = clock.now() + timedelta(minutes=9)
    for paid, back in ((5000, 0), (3000, 1000), (0, 0)):
        OrderFactory(event=shown, status="confirmed", currency="EUR", amount_paid=paid, amount_refunded=back)
    OrderFactory(event=shown, status="pending", currency="EUR", expires_at=soon)
    OrderFactory(event=shown, status="pending", currency="EUR", expires_at=soon - timedelta(hours=1))
    OrderFactory(event=shown, status="cancelled", currency="EUR", amount_paid=900)
    page = Page(manager.get(at(shown, "cancel")))
    assert "3 confirmed orders end" in page.text
    assert "1 order that waits for its payment is cancelled" in page.text
    assert "€70.00 go back" in page.text


@pytest.mark.parametrize("typed", ["", "Lantern", "yes"])
def test_without_its_title_an_event_goes_on(manager: FlaskClient, shown: Event, typed: str) -> None:
    page = Page(manager.post(at(shown, "cancel"), data={"title": typed}))
    assert (page.status, status(shown)) == (400, "published")
    assert page.form("").fields["title"] == typed
    assert 'id="title-error"' in page.html


def test_with_its_title_typed_it_is_called_off_and_its_orders_end(manager: FlaskClient, shown: Event) -> None:
    soon = clock.now() + timedelta(minutes=9)
    OrderFactory(event=shown, status="pending", currency="EUR", expires_at=soon)
    assert manager.post(at(shown, "cancel"), data={"title": " lantern walk "}).status_code == 303
    assert status(shown) == "cancelled"
    assert extension.session.query(Order.status).scalar() == "cancelled"
    assert extension.session.query(OutboxMessage).filter_by(kind=WIND_UP).count() == 2
    again = Page(manager.post(at(shown, "cancel"), data={"title": "Lantern Walk"}))
    assert again.status == 400
    assert "already cancelled" in again.text


def test_what_has_taken_place_is_not_called_off(manager: FlaskClient, shown: Event) -> None:
    shown.starts_at, shown.ends_at = clock.now() - timedelta(hours=3), clock.now() - timedelta(hours=1)
    extension.session.flush()
    page = Page(manager.post(at(shown, "cancel"), data={"title": "Lantern Walk"}))
    assert page.status == 400
    assert "already taken place" in page.text
    assert status(shown) == "published"


def test_members_may_not_and_strangers_find_nothing(
    app: Flask, draft: Event, shown: Event, organization: Organization
) -> None:
    OfferFactory(event=draft)
    member = MembershipFactory(organization=organization, role=MEMBER).user
    stranger = MembershipFactory(role=OWNER).user
    for user, code in ((member, 403), (stranger, 404)):
        browser = browser_of(app, user)
        for event, path in ((draft, "publish"), (draft, "cancel"), (shown, "publish"), (shown, "cancel")):
            assert browser.get(at(event, path)).status_code == code
            assert browser.post(at(event, path), data={"title": event.title}).status_code == code
    assert (status(draft), status(shown)) == ("draft", "published")


@pytest.mark.parametrize("path", ["publish", "cancel"])
def test_as_many_statements_for_many_orders_as_for_one(
    manager: FlaskClient, shown: Event, statements: Any, path: str
) -> None:
    address = at(shown, path)

    def count() -> int:
        with statements() as seen:
            assert manager.get(address).status_code == 200
        return len(seen)

    OrderFactory(event=shown, status="confirmed", amount_paid=5000)
    few = count()
    for _number in range(4):
        OfferFactory(event=shown)
        OrderFactory(event=shown, status="confirmed", amount_paid=5000)
    assert count() == few
