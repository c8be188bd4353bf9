"""The pages on which organizers set what an event sells."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import (
    EventFactory,
    MembershipFactory,
    OfferFactory,
    OrderItemFactory,
    OrganizationFactory,
    QuotaFactory,
    TicketTypeFactory,
)
from tests.web.conftest import browser_of
from tests.web.page import Page
from ticketing import clock
from ticketing.extensions import db as extension
from ticketing.models import Event, Offer, Organization, Quota, TicketType
from ticketing.models.organizations import MANAGER, MEMBER, OWNER


@pytest.fixture
def organization(app: Flask) -> Organization:
    return OrganizationFactory(name="Lantern Company", currency="EUR")


@pytest.fixture
def manager(app: Flask, organization: Organization) -> FlaskClient:
    """The browser of somebody who manages it."""
    return browser_of(app, MembershipFactory(organization=organization, role=MANAGER).user)


@pytest.fixture
def event(organization: Organization) -> Event:
    return EventFactory(organization=organization, currency="EUR", timezone="Europe/Lisbon")


def at(event: Event, more: str = "") -> str:
    return f"/organizer/events/{event.uuid}/tickets{more}"


def kind(event: Event, *, sold: int = 0, held: int = 0, **columns: Any) -> TicketType:
    """A kind of ticket that is there, twenty of them for 25 each."""
    made: TicketType = TicketTypeFactory(event=event, **({"name": "Standing"} | columns))
    stock = QuotaFactory(event=event, size=20, sold=sold, held=held)
    OfferFactory(event=event, ticket_type=made, quota=stock, price=2500)
    return made


def written(**fields: Any) -> dict[str, Any]:
    """A form that is filled in."""
    return {
        "name": "Standing",
        "description": "",
        "price": "12.50",
        "total_quantity": "40",
        "sales_start": "",
        "sales_end": "",
        "min_purchase": "1",
        "max_purchase": "10",
        "is_active": "y",
        **fields,
    }


def form_of(page: Page) -> dict[str, str]:
    return next(form.fields for form in page.forms if "total_quantity" in form.fields)


def beside(page: Page, field: str) -> str:
    """What stands beside a field that was marked."""
    assert any(known.get("id") == field and known.get("aria-invalid") for _, known in page.attributes), field
    return page.html.split(f'id="{field}-error"')[1].split("</p>")[0]


def test_a_kind_is_added_with_price_stock_window_and_limits(manager: FlaskClient, event: Event) -> None:
    assert at(event, "/new") in Page(manager.get(at(event))).html
    assert form_of(Page(manager.get(at(event, "/new"))))["max_purchase"] == "10"
    year = event.starts_at.year
    window = {"sales_start": f"{year}-01-05T10:00", "sales_end": f"{year}-01-20T18:30"}
    answer = manager.post(at(event, "/new"), data=written(min_purchase="2", max_purchase="6", **window))
    assert answer.location == at(event)
    made, offer, stock = (extension.session.query(model).one() for model in (TicketType, Offer, Quota))
    assert (made.name, made.min_purchase, made.max_purchase, made.is_active) == ("Standing", 2, 6, True)
    assert (offer.price, stock.size) == (1250, 40)
    assert made.sales_start_at == datetime(year, 1, 5, 10, 0, tzinfo=UTC)
    assert made.sales_end_at == datetime(year, 1, 20, 18, 30, tzinfo=UTC)
    assert event.lowest_price == 1250
    page = Page(manager.get(at(event)))
    assert "€12.50" in page.text
    assert "Sold 0 Held 0 Left 40" in page.text


def test_a_kind_is_shown_and_changed(manager: FlaskClient, event: Event) -> None:
    moment = clock.now().replace(microsecond=5)
    made = kind(event, sold=3, held=2, sales_end_at=moment)
    page = Page(manager.get(at(event, f"/{made.uuid}")))
    assert "3 sold, 2 held" in page.text
    shown = form_of(page)
    assert (shown["name"], shown["price"], shown["total_quantity"]) == ("Standing", "25.00", "20")
    sent = {**written(), **shown, "name": "Stalls", "price": "30"}
    sent.pop("is_active")
    assert manager.post(at(event, f"/{made.uuid}"), data=sent).location == at(event)
    extension.session.expire_all()
    assert (made.name, made.is_active, made.sales_end_at) == ("Stalls", False, moment)
    offer, stock = (extension.session.query(model).one() for model in (Offer, Quota))
    assert (offer.price, stock.size, stock.sold, stock.held) == (3000, 20, 3, 2)
    assert "Not on offer" in Page(manager.get(at(event))).text


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"name": ""}, "name", "give it a name"),
        ({"name": "Balcony"}, "name", "of this name already"),
        ({"price": ""}, "price", "give it a price"),
        ({"price": "NaN"}, "price", ""),
        ({"price": "-1"}, "price", "not negative"),
        ({"price": "1.005"}, "price", ""),
        ({"price": "9" * 30}, "price", ""),
        ({"total_quantity": ""}, "total_quantity", "how many"),
        ({"total_quantity": "4"}, "total_quantity", "less than the 5 tickets"),
        (
            {"sales_start": "2030-01-02T10:00", "sales_end": "2030-01-01T10:00"},
            "sales_end",
            "after they start",
        ),
        ({"min_purchase": "5", "max_purchase": "4"}, "min_purchase", "more than the maximum"),
        ({"max_purchase": "0"}, "max_purchase", "between 1 and"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(
    manager: FlaskClient, event: Event, typed: dict[str, str], field: str, sentence: str
) -> None:
    kind(event, name="Balcony")
    made = kind(event, sold=3, held=2)
    sent = written(name="Stalls") | typed
    page = Page(manager.post(at(event, f"/{made.uuid}"), data=sent))
    assert page.status == 400
    assert sentence in beside(page, field)
    shown = form_of(page)
    assert {name: shown[name] for name in typed} == typed
    assert made.name == "Standing"
    if field != "total_quantity" or not sent[field]:
        again = Page(manager.post(at(event, "/new"), data=sent))
        assert sentence in beside(again, field)
    assert extension.session.query(TicketType).count() == 2


def test_a_kind_that_nobody_has_ordered_is_removed_and_any_other_is_not(
    manager: FlaskClient, event: Event
) -> None:
    free, ordered = kind(event, name="Balcony"), kind(event)
    offer = extension.session.query(Offer).filter_by(ticket_type_id=ordered.id).one()
    OrderItemFactory(offer=offer)
    assert manager.post(at(event, f"/{free.uuid}/remove")).location == at(event)
    page = Page(manager.post(at(event, f"/{ordered.uuid}/remove")))
    assert page.status == 400
    assert "were ordered; it cannot be deleted" in page.text
    assert [name for (name,) in extension.session.query(TicketType.name)] == ["Standing"]


def test_a_kind_of_another_event_is_not_found(manager: FlaskClient, event: Event) -> None:
    other = kind(EventFactory())
    for path in (f"/{other.uuid}", f"/{other.uuid}/remove"):
        assert manager.post(at(event, path), data=written(name="Mine")).status_code == 404
    assert manager.get(at(event, f"/{other.uuid}")).status_code == 404
    extension.session.expire_all()
    assert other.name == "Standing"


def test_members_may_not_and_strangers_find_nothing(
    app: Flask, event: Event, organization: Organization
) -> None:
    made = kind(event)
    member = MembershipFactory(organization=organization, role=MEMBER).user
    stranger = MembershipFactory(role=OWNER).user
    for user, status in ((member, 403), (stranger, 404)):
        browser = browser_of(app, user)
        for path in ("", "/new", f"/{made.uuid}"):
            assert browser.get(at(event, path)).status_code == status
            if path:
                assert browser.post(at(event, path), data=written()).status_code == status
        assert browser.post(at(event, f"/{made.uuid}/remove")).status_code == status
    assert extension.session.query(TicketType).count() == 1


def test_as_many_statements_for_many_kinds_as_for_one(
    manager: FlaskClient, event: Event, statements: Any
) -> None:
    address = at(event)

    def count() -> int:
        with statements() as seen:
            assert manager.get(address).status_code == 200
        return len(seen)

    kind(event)
    count()
    few = count()
    for number in range(5):
        kind(event, name=f"Kind {number}")
    assert count() == few
