"""The pages on which a draft is looked at, copied and deleted, and on which a cancelled event is wound up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import (
    EventFactory,
    MembershipFactory,
    OfferFactory,
    OrderFactory,
    OrganizationFactory,
    PaymentFactory,
    RefundFactory,
)
from tests.web.conftest import browser_of
from tests.web.page import Page
from ticketing import clock
from ticketing.extensions import db as extension
from ticketing.models import Event, Organization
from ticketing.models.organizations import MANAGER, MEMBER, OWNER


@pytest.fixture
def organization(app: Flask) -> Organization:
    return OrganizationFactory(name="Lantern Company", currency="EUR")


@pytest.fixture
def manager(app: Flask, organization: Organization) -> FlaskClient:
    """The browser of somebody who manages it."""
    return browser_of(app, MembershipFactory(organization=organization, role=MANAGER).user)


@pytest.fixture
def draft(organization: Organization) -> Event:
    event = EventFactory(organization=organization, title="Walk", status="draft", published_at=None)
    OfferFactory(event=event, price=2500)
    return event


def at(event: Event, more: str) -> str:
    return f"/organizer/events/{event.uuid}/{more}"


# ---------------------------------------------------------------- preview


def test_a_draft_is_shown_as_buyers_will_see_it_and_sells_nothing(
    app: Flask, manager: FlaskClient, client: FlaskClient, organization: Organization, draft: Event
) -> None:
    assert ("Preview", at(draft, "preview")) in Page(manager.get(at(draft, "edit"))).links
    for browser in (manager, browser_of(app, MembershipFactory(organization=organization, role=MEMBER).user)):
        page = Page(browser.get(at(draft, "preview")))
        assert page.status == 200
        assert "This is a preview" in page.text
        assert "€25.00" in page.text
        assert "Tickets are not on sale yet." in page.text
        assert not [known for tag, known in page.attributes if known.get("type") == "number"]
        assert "Get tickets" not in page.text
        assert 'name="robots" content="noindex"' in page.html
    assert client.get(at(draft, "preview")).location.startswith("/sign-in")
    assert browser_of(app, MembershipFactory(role=OWNER).user).get(at(draft, "preview")).status_code == 404


def test_what_is_published_is_looked_at_where_everybody_does(
    manager: FlaskClient, organization: Organization
) -> None:
    event = EventFactory(organization=organization)
    assert manager.get(at(event, "preview")).location == f"/events/{event.slug}"


# ---------------------------------------------------------------- copies


def test_a_copy_is_made_from_its_form_once(manager: FlaskClient, draft: Event) -> None:
    draft.timezone = "Europe/Lisbon"
    extension.session.commit()
    page = Page(manager.get(at(draft, "duplicate")))
    sent = page.form("").fields
    assert sent["title"] == "Walk"
    year = clock.now().year + 1
    sent |= {"title": "Walk again", "starts_at": f"{year}-07-01T20:00"}
    first, second = (manager.post(at(draft, "duplicate"), data=sent) for _ in range(2))
    assert (first.status_code, first.location) == (303, second.location)
    copy = extension.session.query(Event).filter_by(title="Walk again").one()
    assert first.location == at(copy, "edit")
    assert (copy.status, copy.starts_at.hour) == ("draft", 19)
    asked = Page(manager.post(at(draft, "duplicate"), data=sent | {"title": "Third"}))
    assert asked.status == 409
    assert asked.link("Go to that copy") == at(copy, "edit")
    assert extension.session.query(Event).count() == 2
    again = sent | {"title": "Third", "once": asked.form("").fields["once"]}
    assert manager.post(at(draft, "duplicate"), data=again).status_code == 303
    assert extension.session.query(Event).count() == 3


def test_the_form_of_a_copy_suggests_the_same_weekday_of_a_week_to_come(
    manager: FlaskClient, organization: Organization
) -> None:
    begun = clock.now() - timedelta(days=16)
    event = EventFactory(organization=organization, starts_at=begun)
    fields = Page(manager.get(at(event, "duplicate"))).form("").fields
    assert fields["starts_at"] == (begun + timedelta(days=21)).strftime("%Y-%m-%dT%H:%M")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"starts_at": "2020-01-01T10:00"}, "in the future"),
        ({"starts_at": "soon"}, "when it starts"),
        ({"title": " "}, "give it a title"),
    ],
)
def test_a_copy_that_cannot_be_is_refused_and_nothing_typed_is_lost(
    manager: FlaskClient, draft: Event, typed: dict[str, str], sentence: str
) -> None:
    sent = Page(manager.get(at(draft, "duplicate"))).form("").fields | typed
    page = Page(manager.post(at(draft, "duplicate"), data=sent))
    assert page.status == 400
    assert sentence in page.text
    shown = page.form("").fields
    assert {name: shown[name] for name in ("title", "starts_at", "once")} == {
        name: sent[name].strip() for name in ("title", "starts_at", "once")
    }
    assert extension.session.query(Event).count() == 1


# ---------------------------------------------------------------- deleting


def test_a_draft_is_deleted_after_it_was_asked(manager: FlaskClient, draft: Event) -> None:
    address = at(draft, "delete")
    assert "its 1 ticket type" in Page(manager.get(address)).text
    assert manager.post(address).location == "/organizer/?when=drafts"
    assert extension.session.query(Event).count() == 0
    assert "The draft “Walk” is deleted." in Page(manager.get("/organizer/?when=drafts")).text
    assert manager.post(address).status_code == 404


def test_what_was_ordered_or_published_is_not_deleted(
    manager: FlaskClient, organization: Organization, draft: Event
) -> None:
    OrderFactory(event=draft)
    refused = Page(manager.post(at(draft, "delete")))
    assert refused.status == 400
    assert "it can be cancelled, not deleted" in refused.text
    shown = EventFactory(organization=organization)
    assert "Delete it" not in Page(manager.get(at(shown, "delete"))).text
    assert manager.post(at(shown, "delete")).status_code == 400
    assert at(shown, "delete") not in Page(manager.get(at(shown, "edit"))).html
    assert extension.session.query(Event).count() == 2


def test_members_may_not_and_strangers_find_nothing(
    app: Flask, organization: Organization, draft: Event
) -> None:
    member = MembershipFactory(organization=organization, role=MEMBER).user
    stranger = MembershipFactory(role=OWNER).user
    for user, status in ((member, 403), (stranger, 404)):
        browser = browser_of(app, user)
        for path in ("duplicate", "delete"):
            assert browser.get(at(draft, path)).status_code == status
            assert browser.post(at(draft, path), data={"title": "x"}).status_code == status
        assert browser.post(at(draft, "link")).status_code == status
        assert browser.post(at(draft, "autosave")).status_code == status
    assert extension.session.query(Event).count() == 1


# ---------------------------------------------------------------- winding up


@pytest.fixture
def called_off(organization: Organization) -> Event:
    return EventFactory(
        organization=organization,
        currency="EUR",
        status="cancelled",
        cancelled_at=clock.now() - timedelta(hours=1),
    )


def refunded(event: Event, status: str) -> None:
    """An order that ended with the event, and its refund that stands so."""
    order = OrderFactory(
        event=event, status="cancelled", cancelled_at=clock.now(), currency="EUR", amount_paid=1000
    )
    RefundFactory(
        payment=PaymentFactory(order=order), order_id=order.id, amount=1000, status=status, currency="EUR"
    )


def work(page: Page) -> dict[str, str]:
    """The part that asks again, and the bar's own figures."""
    part = next(known for _, known in page.attributes if known.get("id") == "work")
    return part | next(known for tag, known in page.attributes if tag == "progress")


def test_calling_off_leads_to_its_progress_which_asks_again_until_all_is_done(
    manager: FlaskClient, called_off: Event
) -> None:
    OrderFactory(event=called_off, status="confirmed", currency="EUR", amount_paid=1000)
    refunded(called_off, "succeeded")
    refunded(called_off, "requested")
    page = Page(manager.get(at(called_off, "winding-up")))
    part = work(page)
    assert part["hx-get"] == at(called_off, "winding-up")
    assert (part["value"], part["max"]) == ("3", "5")
    assert page.text.count("€10.00") == 2
    assert ("Winding up", at(called_off, "winding-up")) in page.links


@pytest.mark.parametrize(
    ("refunds", "sentence"),
    [
        ((), "Nobody had ordered"),
        (("succeeded", "succeeded"), "Everything has ended, and all money"),
        (("succeeded", "failed"), "but 1 refund has failed"),
    ],
)
def test_what_is_over_stands_still(
    manager: FlaskClient, called_off: Event, refunds: tuple[str, ...], sentence: str
) -> None:
    for status in refunds:
        refunded(called_off, status)
    page = Page(manager.get(at(called_off, "winding-up")))
    part = work(page)
    assert sentence in page.text
    assert "hx-get" not in part
    assert part["value"] == part["max"]


def test_what_was_not_called_off_has_nothing_to_wind_up(manager: FlaskClient, draft: Event) -> None:
    assert manager.get(at(draft, "winding-up")).status_code == 404


@pytest.mark.parametrize("path", ["preview", "duplicate", "delete", "winding-up", "edit"])
def test_as_many_statements_for_much_as_for_little(
    manager: FlaskClient, draft: Event, called_off: Event, statements: Any, path: str
) -> None:
    event = called_off if path == "winding-up" else draft
    address = at(event, path)

    def count() -> int:
        with statements() as seen:
            assert manager.get(address).status_code == 200
        return len(seen)

    refunded(called_off, "requested")
    few = count()
    for _ in range(9):
        OfferFactory(event=draft)
        refunded(called_off, "requested")
    assert count() == few <= 12
