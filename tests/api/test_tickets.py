"""Ticket types (BTick 001 §6)."""

from __future__ import annotations

from typing import Any

import pytest
from flask_sqlalchemy import SQLAlchemy

from tests.api.conftest import Api, event_of, organization_of
from tests.factories import (
    BuyerFactory,
    EventFactory,
    OfferFactory,
    OrganizationFactory,
    StaffFactory,
    SupportFactory,
    member_of,
)
from ticketing.models import Offer, Quota
from ticketing.services import orders

TICKETS = "/api/v1/tickets/"


def body_of(event: Any, **changed: Any) -> dict[str, Any]:
    return {"event": event.id, "ticket_type": "VIP", "price": "159.90", "quota": 20, **changed}


def book(offer: Offer, quantity: int, *, confirmed: bool = False) -> None:
    placed = orders.place(BuyerFactory(), [orders.Line(offer.id, quantity)], terms=orders.terms_for("btick"))
    if confirmed:
        orders.confirm(SupportFactory(), placed.order_id)


def test_anybody_lists_ticket_types_the_cheapest_first(api: Api, statements: Any) -> None:
    dear, cheap = OfferFactory(price=500), OfferFactory(price=100)
    OfferFactory(event=EventFactory(status="draft"))
    with statements() as seen:
        answer = api.get(TICKETS)
    assert [row["id"] for row in answer.json] == [cheap.id, dear.id]
    assert len(seen) == 1
    assert [row["id"] for row in api.get(f"{TICKETS}?event={dear.event_id}").json] == [dear.id]


def test_ticket_types_of_drafts_are_for_members_and_staff(api: Api) -> None:
    offer = OfferFactory(event=EventFactory(status="draft"))
    for caller, status in (
        (api, 404),
        (api.by(BuyerFactory()), 404),
        (api.by(member_of(organization_of(offer), "MEMBER")), 200),
        (api.by(StaffFactory()), 200),
    ):
        assert caller.get(f"{TICKETS}{offer.id}/").status_code == status
        assert len(caller.get(TICKETS).json) == (1 if status == 200 else 0)


def test_owners_managers_and_staff_add_ticket_types(api: Api) -> None:
    event = EventFactory()
    organization = organization_of(event)
    kinds = iter(["VIP", "STUDENT", "GROUP"])
    for actor in (member_of(organization), member_of(organization, "MANAGER"), StaffFactory()):
        answer = api.by(actor).post(TICKETS, body_of(event, ticket_type=next(kinds)))
        assert answer.status_code == 201
        assert (answer.json["price"], answer.json["quota"], answer.json["sold"]) == ("159.90", 20, 0)


def test_nobody_else_adds_or_changes_or_removes_ticket_types(api: Api) -> None:
    offer = OfferFactory()
    event = event_of(offer)
    for actor in (
        BuyerFactory(),
        SupportFactory(),
        member_of(organization_of(event), "MEMBER"),
        member_of(OrganizationFactory()),
    ):
        by = api.by(actor)
        assert by.post(TICKETS, body_of(event)).status_code == 403
        assert by.put(f"{TICKETS}{offer.id}/", body_of(event)).status_code == 403
        assert by.patch(f"{TICKETS}{offer.id}/", {"quota": 5}).status_code == 403
        assert by.delete(f"{TICKETS}{offer.id}/").status_code == 403
    assert api.post(TICKETS, body_of(event)).status_code == 401


def test_a_strangers_draft_does_not_exist(api: Api) -> None:
    offer = OfferFactory(event=EventFactory(status="draft"))
    by = api.by(member_of(OrganizationFactory()))
    assert by.patch(f"{TICKETS}{offer.id}/", {"quota": 5}).status_code == 404
    assert by.delete(f"{TICKETS}{offer.id}/").status_code == 404


@pytest.mark.parametrize("confirmed", [True, False], ids=["sold", "held"])
def test_quota_never_falls_below_what_is_sold_or_held(api: Api, confirmed: bool, db: SQLAlchemy) -> None:
    offer = OfferFactory(size=10)
    book(offer, 4, confirmed=confirmed)
    by = api.by(StaffFactory())
    for answer in (
        by.patch(f"{TICKETS}{offer.id}/", {"quota": 3, "price": "1.00"}),
        by.put(f"{TICKETS}{offer.id}/", body_of(event_of(offer), quota=3)),
    ):
        assert answer.status_code == 400
        assert list(answer.json["field_errors"]) == ["quota"]
        assert "4" in answer.json["quota"][0]
    db.session.expire_all()
    assert db.session.get(Offer, offer.id).price == 2500, "a refused change changes nothing"
    answer = by.patch(f"{TICKETS}{offer.id}/", {"quota": 4})
    assert (answer.json["quota"], answer.json["sold"], answer.json["available"]) == (4, 4, 0)


@pytest.mark.parametrize("confirmed", [True, False], ids=["sold", "held"])
def test_only_unsold_ticket_types_are_deleted(api: Api, confirmed: bool, db: SQLAlchemy) -> None:
    offer = OfferFactory()
    by = api.by(member_of(organization_of(offer)))
    book(offer, 1, confirmed=confirmed)
    answer = by.delete(f"{TICKETS}{offer.id}/")
    assert answer.status_code == 400
    assert answer.json["detail"]
    unsold = OfferFactory(event=event_of(offer))
    number, quota = unsold.id, unsold.quota_id
    assert by.delete(f"{TICKETS}{number}/").status_code == 204
    assert api.get(f"{TICKETS}{number}/").status_code == 404
    db.session.expunge_all()
    assert db.session.get(Quota, quota) is None


def test_an_event_has_one_ticket_type_of_a_kind(api: Api) -> None:
    event = EventFactory()
    by = api.by(StaffFactory())
    assert by.post(TICKETS, body_of(event)).status_code == 201
    answer = by.post(TICKETS, body_of(event))
    assert answer.status_code == 400
    assert list(answer.json["field_errors"]) == ["non_field_errors"]


def test_a_cancelled_event_takes_no_ticket_types(api: Api) -> None:
    event = EventFactory(status="cancelled")
    assert api.by(StaffFactory()).post(TICKETS, body_of(event)).status_code == 400


def test_a_ticket_type_stays_with_its_event(api: Api) -> None:
    offer = OfferFactory()
    answer = api.by(StaffFactory()).patch(f"{TICKETS}{offer.id}/", {"event": EventFactory().id})
    assert list(answer.json["field_errors"]) == ["event"]


def test_a_changed_kind_and_price_show_at_once(api: Api) -> None:
    offer = OfferFactory()
    answer = api.by(StaffFactory()).put(
        f"{TICKETS}{offer.id}/", body_of(event_of(offer), ticket_type="STUDENT", price=7.5, quota=9)
    )
    assert (answer.json["ticket_type"], answer.json["price"], answer.json["quota"]) == ("STUDENT", "7.50", 9)


@pytest.mark.parametrize(
    ("price", "shown"), [("5", "5.00"), (5, "5.00"), (19.99, "19.99"), ("0", "0.00"), (" 3.5 ", "3.50")]
)
def test_a_price_is_text_with_two_decimals_however_it_was_sent(api: Api, price: Any, shown: str) -> None:
    answer = api.by(StaffFactory()).post(TICKETS, body_of(EventFactory(), price=price))
    assert answer.json["price"] == shown


@pytest.mark.parametrize(
    ("currency", "price", "shown"), [("JPY", "500", "500.00"), ("KWD", "1.125", "1.125")]
)
def test_a_price_has_the_decimals_of_its_currency(api: Api, currency: str, price: str, shown: str) -> None:
    event = EventFactory(organization=OrganizationFactory(currency=currency))
    assert api.by(StaffFactory()).post(TICKETS, body_of(event, price=price)).json["price"] == shown


@pytest.mark.parametrize(
    "price", ["-1", "1.005", "NaN", "Infinity", "1e400", "x", "", True, None, [], 10**30, "9" * 100]
)
def test_a_price_that_is_none_is_refused(api: Api, price: Any, db: SQLAlchemy) -> None:
    answer = api.by(StaffFactory()).post(TICKETS, body_of(EventFactory(), price=price))
    assert answer.status_code == 400
    assert list(answer.json["field_errors"]) == ["price"]
    assert db.session.query(Offer).count() == 0


@pytest.mark.parametrize("quota", [-1, 1.5, "x", True, None, 10**10, 2**64])
def test_a_quota_that_is_none_is_refused(api: Api, quota: Any) -> None:
    answer = api.by(StaffFactory()).post(TICKETS, body_of(EventFactory(), quota=quota))
    assert list(answer.json["field_errors"]) == ["quota"]


@pytest.mark.parametrize("missing", ["event", "ticket_type", "price"])
def test_a_ticket_type_needs_its_required_fields(api: Api, missing: str) -> None:
    body = body_of(EventFactory())
    del body[missing]
    assert list(api.by(StaffFactory()).post(TICKETS, body).json["field_errors"]) == [missing]


def test_an_unknown_event_or_kind_is_refused_with_its_field(api: Api) -> None:
    by, event = api.by(StaffFactory()), EventFactory()
    assert list(by.post(TICKETS, {**body_of(event), "event": 999}).json["field_errors"]) == ["event"]
    answer = by.post(TICKETS, body_of(event, ticket_type="BALCONY"))
    assert list(answer.json["field_errors"]) == ["ticket_type"]


def test_a_strangers_draft_takes_no_ticket_types_and_does_not_exist(api: Api) -> None:
    draft = EventFactory(status="draft")
    by = api.by(member_of(OrganizationFactory()))
    answers = [
        by.post(
            "/api/v1/tickets/", {"event": key, "ticket_type": "VIP", "price": "1", "quota": 5, "name": "New"}
        )
        for key in (draft.id, 999_999)
    ]
    assert [answer.status_code for answer in answers] == [400, 400]
    assert answers[0].text == answers[1].text
