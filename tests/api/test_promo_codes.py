"""Promo codes, for organizers."""

from __future__ import annotations

from typing import Any

import pytest
from flask_sqlalchemy import SQLAlchemy

from tests.api.conftest import Api, event_of
from tests.api.test_easyticket_orders import ORDERS, wanted
from tests.factories import (
    BuyerFactory,
    EventFactory,
    OfferFactory,
    OrganizationFactory,
    PromoCodeFactory,
    StaffFactory,
    SupportFactory,
    TicketTypeFactory,
    member_of,
)
from ticketing.models import ActivityLog, Organization, PromoCode
from ticketing.policy import Actor

CODES = "/api/promo-codes/"
SPRING = {"code": "SPRING", "value": 12.5}


class House:
    """An organization, its manager, one of its events and a ticket type of that."""

    def __init__(self, api: Api, currency: str = "USD") -> None:
        self.organization: Organization = OrganizationFactory(currency=currency)
        self.event = EventFactory(organization=self.organization)
        self.type = TicketTypeFactory(event=self.event)
        self.id, self.event_id, self.type_id = self.organization.id, self.event.id, self.type.id
        self.manager: Actor = member_of(self.organization, "MANAGER")
        self.member: Actor = member_of(self.organization, "MEMBER")
        self.by = api.by(self.manager)

    def add(self, **more: Any) -> Any:
        answer = self.by.post(CODES, SPRING | more)
        assert answer.status_code == 201, answer.text
        return answer.json

    def refused(self, **more: Any) -> list[str]:
        answer = self.by.post(CODES, SPRING | more)
        assert answer.status_code == 400, answer.text
        return list(answer.json["field_errors"])


@pytest.fixture
def house(api: Api) -> House:
    return House(api)


def test_a_code_is_the_organizations_of_whoever_makes_it(house: House, db: SQLAlchemy) -> None:
    shown = house.add()
    assert shown["organization"] == str(db.session.get_one(Organization, house.id).uuid)
    assert (shown["kind"], shown["value"], shown["currency"]) == ("percent", 12.5, "USD")
    assert (shown["used"], shown["is_active"], shown["minimum_subtotal"]) == (0, True, "0.00")
    assert db.session.query(PromoCode).one().value == 1250
    assert db.session.query(ActivityLog).filter_by(action="promo_code_created").count() == 1


def test_an_amount_is_in_the_organizations_currency(api: Api, db: SQLAlchemy) -> None:
    house = House(api, "KWD")
    shown = house.add(kind="fixed", value="2.500", minimum_subtotal=10)
    assert (shown["value"], shown["minimum_subtotal"], shown["currency"]) == ("2.500", "10.000", "KWD")
    assert db.session.query(PromoCode).one().value == 2500


def test_a_code_can_be_limited(house: House) -> None:
    limits = {
        "event": str(house.event.uuid),
        "ticket_type": str(house.type.uuid),
        "starts_at": "2130-01-01T00:00:00.000000Z",
        "ends_at": "2130-02-01T00:00:00.000000Z",
        "max_uses": 100,
        "max_uses_per_account": 1,
        "minimum_subtotal": "20.00",
        "is_active": False,
    }
    shown = house.add(**limits)
    assert {name: shown[name] for name in limits} == limits


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"code": ""}, "code"),
        ({"code": "  "}, "code"),
        ({"code": "x" * 51}, "code"),
        ({"code": "nul\0"}, "code"),
        ({"code": None}, "code"),
        ({"value": 0}, "value"),
        ({"value": -1}, "value"),
        ({"value": 100.01}, "value"),
        ({"value": 12.345}, "value"),
        ({"value": "1e999999"}, "value"),
        ({"value": "1e-999999"}, "value"),
        ({"value": 10**40}, "value"),
        ({"value": "half"}, "value"),
        ({"value": True}, "value"),
        ({"kind": "fixed", "value": 0}, "value"),
        ({"kind": "fixed", "value": 0.001}, "value"),
        ({"kind": "fixed", "value": 10**30}, "value"),
        ({"kind": "gift"}, "kind"),
        ({"event": 999}, "event"),
        ({"event": "no-such"}, "event"),
        ({"ticket_type": 999}, "ticket_type"),
        ({"starts_at": "2130-01-02", "ends_at": "2130-01-01"}, "ends_at"),
        ({"starts_at": "tomorrow"}, "starts_at"),
        ({"max_uses": 0}, "max_uses"),
        ({"max_uses": 2**40}, "max_uses"),
        ({"max_uses_per_account": -1}, "max_uses_per_account"),
        ({"minimum_subtotal": -1}, "minimum_subtotal"),
        ({"minimum_subtotal": 0.001}, "minimum_subtotal"),
        ({"is_active": "perhaps"}, "is_active"),
        ({"organization": 999}, "organization"),
    ],
)
def test_what_is_wrong_with_a_code_is_named(
    house: House, db: SQLAlchemy, more: dict[str, Any], field: str
) -> None:
    assert house.refused(**more) == [field]
    assert db.session.query(PromoCode).count() == 0


def test_what_a_code_is_limited_to_is_its_organizations(house: House) -> None:
    stranger = OfferFactory()
    assert house.refused(organization=house.id, event=stranger.event_id) == ["event"]
    assert house.refused(ticket_type=stranger.ticket_type_id) == ["ticket_type"]
    other = EventFactory(organization=house.organization)
    assert house.refused(event=other.id, ticket_type=house.type_id) == ["ticket_type"]


def test_an_organization_has_a_code_once_whatever_its_letters(house: House, api: Api) -> None:
    house.add()
    assert house.refused(code=" spring ") == ["code"]
    House(api).add()


def test_a_code_of_an_event_is_its_organizations(house: House, api: Api) -> None:
    shown = api.by(StaffFactory()).post(CODES, {**SPRING, "event": house.event_id})
    assert shown.status_code == 201
    assert api.by(StaffFactory()).post(CODES, SPRING).status_code == 400, "whose?"
    assert (
        api.by(member_of(OrganizationFactory())).post(CODES, {**SPRING, "event": house.event_id}).status_code
        == 403
    )
    draft = EventFactory(status="draft")
    assert house.refused(event=draft.id) == ["event"]


def test_only_owners_and_managers_make_codes(house: House, api: Api, db: SQLAlchemy) -> None:
    for actor in (BuyerFactory(), SupportFactory(), house.member, BuyerFactory(user_type="organizer")):
        assert api.by(actor).post(CODES, {**SPRING, "organization": house.id}).status_code == 403
        assert api.by(actor).post(CODES, SPRING).status_code == 403
    assert db.session.query(PromoCode).count() == 0


# ---------------------------------------------------------------- reading and changing


def test_a_list_shows_ones_organizations_codes_newest_first(house: House, api: Api) -> None:
    House(api).add()
    for code in ("A", "B"):
        house.add(code=code)
    house.add(code="C", event=house.event_id, is_active=False)
    for actor in (house.manager, house.member):
        assert [row["code"] for row in api.by(actor).get(CODES).json["results"]] == ["C", "B", "A"]
    assert api.by(StaffFactory()).get(CODES).json["count"] == 4
    assert [row["code"] for row in house.by.get(f"{CODES}?event={house.event_id}").json["results"]] == ["C"]
    assert house.by.get(f"{CODES}?is_active=true").json["count"] == 2
    assert house.by.get(f"{CODES}?event=no-such").json["count"] == 0
    assert house.by.get(f"{CODES}?page_size=2").json["next"]
    assert api.by(BuyerFactory()).get(CODES).json["detail"] == "Only organizers can access this endpoint."


def test_fifty_codes_are_listed_in_as_many_statements_as_one(house: House, statements: Any) -> None:
    counts = []
    for number in (1, 49):
        for _ in range(number):
            PromoCodeFactory(organization_id=house.id)
        house.by.get(CODES)
        with statements() as seen:
            house.by.get(f"{CODES}?page_size=100")
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 5


def test_a_strangers_code_does_not_exist(house: House, api: Api) -> None:
    path = f"{CODES}{house.add()['id']}/"
    for actor in (BuyerFactory(), SupportFactory(), member_of(OrganizationFactory())):
        by = api.by(actor)
        for method, body in (("GET", None), ("PATCH", {"value": 1}), ("PUT", SPRING), ("DELETE", None)):
            assert by.call(method, path, body).status_code == 404
    assert api.by(house.member).get(path).status_code == 200
    assert api.by(house.member).patch(path, {"value": 1}).status_code == 403
    assert api.by(house.member).delete(path).status_code == 403


def test_parts_of_a_code_are_changed_and_the_rest_stays(house: House, db: SQLAlchemy) -> None:
    path = f"{CODES}{house.add(max_uses=5)['id']}/"
    shown = house.by.patch(path, {"code": "AUTUMN", "is_active": False}).json
    assert (shown["code"], shown["is_active"], shown["value"], shown["max_uses"]) == (
        "AUTUMN",
        False,
        12.5,
        5,
    )
    assert house.by.patch(path, {"max_uses": None}).json["max_uses"] is None
    assert house.by.patch(path, {"code": "autumn"}).json["code"] == "autumn", "its own is not taken"
    assert house.by.put(path, {"code": "WINTER", "kind": "fixed", "value": 3}).json["value"] == "3.00"
    log = db.session.query(ActivityLog).filter_by(action="promo_code_updated").first()
    assert log.details["changed"] == {"code": ["SPRING", "AUTUMN"], "is_active": [True, False]}


def test_another_kind_needs_another_value(house: House) -> None:
    path = f"{CODES}{house.add()['id']}/"
    assert list(house.by.patch(path, {"kind": "fixed"}).json["field_errors"]) == ["value"]
    assert house.by.patch(path, {"kind": "fixed", "value": 3}).json["value"] == "3.00"
    assert house.by.patch(path, {"ends_at": "2130-01-01", "starts_at": "2130-01-02"}).status_code == 400
    assert house.by.put(path, {"code": "X"}).status_code == 400


def test_used_codes_stay_and_can_be_made_inactive(house: House, api: Api, db: SQLAlchemy) -> None:
    offer, buyer = OfferFactory(ticket_type=house.type, price=5000), BuyerFactory()
    path = f"{CODES}{house.add(max_uses=3)['id']}/"
    for _ in range(2):
        order = api.by(buyer).post(ORDERS, wanted(offer, 1, promo_code="spring")).json
    assert order["discount_amount"] == "6.25"
    assert house.by.get(path).json["used"] == 2
    assert list(house.by.patch(path, {"max_uses": 1}).json["field_errors"]) == ["max_uses"]
    assert house.by.delete(path).json["code"] == "in_use"
    house.by.patch(path, {"is_active": False, "value": 50})
    assert api.by(buyer).post(ORDERS, wanted(offer, 1, promo_code="spring")).status_code == 400
    assert api.by(buyer).get(f"{ORDERS}{order['id']}/").json["discount_amount"] == "6.25"


def test_an_unused_code_is_deleted(house: House, db: SQLAlchemy) -> None:
    path = f"{CODES}{house.add()['id']}/"
    assert house.by.delete(path).status_code == 204
    assert house.by.get(path).status_code == 404
    assert db.session.query(PromoCode).count() == 0
    assert db.session.query(ActivityLog).filter_by(action="promo_code_deleted").count() == 1


def test_a_code_is_for_its_own_event_and_type_only(house: House, api: Api) -> None:
    ours = OfferFactory(ticket_type=house.type)
    other = OfferFactory(event=event_of(ours))
    house.add(code="EVENT", event=house.event_id)
    house.add(code="TYPE", ticket_type=house.type_id)
    elsewhere = OfferFactory(event=EventFactory(organization=house.organization))
    by = api.by(BuyerFactory())
    works = {(ours, "EVENT"): 201, (other, "EVENT"): 201, (elsewhere, "EVENT"): 400}
    works |= {(ours, "TYPE"): 201, (other, "TYPE"): 400}
    for (offer, code), status in works.items():
        assert by.post(ORDERS, wanted(offer, 1, promo_code=code)).status_code == status, code
