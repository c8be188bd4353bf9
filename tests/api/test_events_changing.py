"""Drafting, publishing and calling off events (BTick 001 §2, 000 §10)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask_sqlalchemy import SQLAlchemy

from tests.api.conftest import Api, organization_of
from tests.factories import (
    BuyerFactory,
    CategoryFactory,
    EventFactory,
    OfferFactory,
    OrganizationFactory,
    StaffFactory,
    SupportFactory,
    VenueFactory,
    member_of,
)
from ticketing import clock
from ticketing.jobs import outbox
from ticketing.models import Event, Order, OutboxMessage, Quota
from ticketing.services import orders

EVENTS = "/api/v1/events/"


def in_days(days: float) -> Any:
    return clock.now() + timedelta(days=days)


def body_of(event: Event | None = None, **changed: Any) -> dict[str, Any]:
    """A whole event as its PUT wants it."""
    source = event or EventFactory.build(
        organization=OrganizationFactory(), venue=VenueFactory(), category=CategoryFactory()
    )
    return {
        "title": source.title,
        "organization": source.organization_id,
        "venue": source.venue_id,
        "category": source.category_id,
        "starts_at": source.starts_at.isoformat(),
        "ends_at": source.ends_at.isoformat(),
        **changed,
    }


# ---------------------------------------------------------------- writing


def test_owners_managers_and_staff_draft_events(api: Api) -> None:
    organization = OrganizationFactory()
    for actor in (member_of(organization), member_of(organization, "MANAGER"), StaffFactory()):
        answer = api.by(actor).post(EVENTS, body_of(organization=organization.id))
        assert answer.status_code == 201
        assert answer.json["status"] == "DRAFT"
        assert answer.json["organization"] == organization.id


def test_members_strangers_and_other_organizations_draft_none(api: Api, db: SQLAlchemy) -> None:
    organization = OrganizationFactory()
    for actor in (
        member_of(organization, "MEMBER"),
        BuyerFactory(),
        SupportFactory(),
        member_of(OrganizationFactory()),
    ):
        assert api.by(actor).post(EVENTS, body_of(organization=organization.id)).status_code == 403
    assert api.post(EVENTS, body_of(organization=organization.id)).status_code == 401
    assert db.session.query(Event).count() == 0


def test_an_event_is_drafted_whatever_status_is_sent(api: Api) -> None:
    answer = api.by(StaffFactory()).post(EVENTS, body_of(status="PUBLISHED"))
    assert answer.json["status"] == "DRAFT"


@pytest.mark.parametrize("missing", ["title", "organization", "venue", "category", "starts_at", "ends_at"])
def test_a_whole_event_needs_its_required_fields(api: Api, missing: str) -> None:
    event = EventFactory()
    body = body_of(event)
    del body[missing]
    by = api.by(StaffFactory())
    for answer in (by.post(EVENTS, body), by.put(f"{EVENTS}{event.id}/", body)):
        assert answer.status_code == 400
        assert list(answer.json["field_errors"]) == [missing]
    assert by.patch(f"{EVENTS}{event.id}/", body).status_code == 200


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"organization": 9999}, "organization"),
        ({"venue": 9999}, "venue"),
        ({"category": 9999}, "category"),
        ({"title": " "}, "title"),
        ({"title": "x" * 256}, "title"),
        ({"capacity": -1}, "capacity"),
        ({"starts_at": "2000-01-01"}, "starts_at"),
        ({"ends_at": "2000-01-01"}, "ends_at"),
    ],
)
def test_an_event_that_makes_no_sense_is_refused_with_the_field(
    api: Api, changed: dict, field: str, db: SQLAlchemy
) -> None:
    answer = api.by(StaffFactory()).post(EVENTS, body_of(**changed))
    assert answer.status_code == 400
    assert list(answer.json["field_errors"]) == [field]
    assert db.session.query(Event).count() == 0


def test_an_event_ends_after_it_starts(api: Api) -> None:
    start = in_days(3).isoformat()
    answer = api.by(StaffFactory()).post(EVENTS, body_of(starts_at=start, ends_at=start))
    assert list(answer.json["field_errors"]) == ["ends_at"]


def test_a_private_venue_is_for_its_own_organization(api: Api) -> None:
    organization = OrganizationFactory()
    private = VenueFactory(organization_id=OrganizationFactory().id)
    answer = api.by(StaffFactory()).post(EVENTS, body_of(organization=organization.id, venue=private.id))
    assert list(answer.json["field_errors"]) == ["venue"]


def test_put_changes_all_and_patch_what_it_names(api: Api, db: SQLAlchemy) -> None:
    event = EventFactory(description="old")
    by = api.by(member_of(organization_of(event), "MANAGER"))
    assert by.patch(f"{EVENTS}{event.id}/", {"title": "new"}).json["description"] == "old"
    answer = by.put(f"{EVENTS}{event.uuid}/", body_of(event, title="newer", description="new", capacity=7))
    assert (answer.json["title"], answer.json["description"], answer.json["capacity"]) == ("newer", "new", 7)


@pytest.mark.parametrize("deed", ["put", "patch", "delete", "publish", "cancel"])
def test_only_owners_managers_and_staff_change_an_event(api: Api, deed: str) -> None:
    published, draft = EventFactory(), EventFactory(status="draft")

    def status(actor: Any, event: Event) -> int:
        by = api.by(actor) if actor else api
        url = f"{EVENTS}{event.id}/"
        if deed == "put":
            return by.put(url, body_of(event)).status_code
        if deed == "patch":
            return by.patch(url, {}).status_code
        return by.delete(url).status_code if deed == "delete" else by.post(f"{url}{deed}/").status_code

    for event, hidden in ((published, 403), (draft, 404)):
        assert status(None, event) == 401
        assert status(BuyerFactory(), event) == hidden
        assert status(member_of(OrganizationFactory()), event) == hidden
        assert status(member_of(organization_of(event), "MEMBER"), event) == 403
    assert status(member_of(organization_of(draft), "MANAGER"), draft) in (200, 204, 400)


def test_an_events_capacity_never_falls_below_what_is_sold_or_held(api: Api) -> None:
    offer = OfferFactory()
    orders.place(BuyerFactory(), [orders.Line(offer.id, 4)], terms=orders.terms_for("btick"))
    by = api.by(StaffFactory())
    answer = by.patch(f"{EVENTS}{offer.event_id}/", {"capacity": 3})
    assert answer.status_code == 400
    assert list(answer.json["field_errors"]) == ["capacity"]
    assert by.patch(f"{EVENTS}{offer.event_id}/", {"capacity": 4}).status_code == 200
    sold_out = api.by(BuyerFactory()).post("/api/v1/bookings/", {"event_ticket": offer.id})
    assert sold_out.json["code"] == "sold_out"
    assert by.patch(f"{EVENTS}{offer.event_id}/", {"capacity": None}).status_code == 200
    assert api.by(BuyerFactory()).post("/api/v1/bookings/", {"event_ticket": offer.id}).status_code == 201


def test_an_event_is_deleted_only_without_orders(api: Api, db: SQLAlchemy) -> None:
    offer = OfferFactory()
    by = api.by(StaffFactory())
    orders.place(BuyerFactory(), [orders.Line(offer.id, 1)], terms=orders.terms_for("btick"))
    assert by.delete(f"{EVENTS}{offer.event_id}/").status_code == 400
    free = OfferFactory().event_id
    assert by.delete(f"{EVENTS}{free}/").status_code == 204
    assert by.get(f"{EVENTS}{free}/").status_code == 404
    assert db.session.query(Event).count() == 1


# ---------------------------------------------------------------- publishing


def test_publishing_puts_a_draft_on_sale(api: Api) -> None:
    offer = OfferFactory(event=EventFactory(status="draft"))
    answer = api.by(member_of(organization_of(offer))).post(f"{EVENTS}{offer.event_id}/publish/")
    assert answer.status_code == 200
    assert answer.json["message"]
    assert answer.json["event"]["status"] == "PUBLISHED"
    assert len(api.get(EVENTS).json) == 1


def test_publishing_needs_a_future_start(api: Api) -> None:
    event = EventFactory(status="draft", starts_at=in_days(-0.01))
    OfferFactory(event=event)
    _refused(api.by(StaffFactory()).post(f"{EVENTS}{event.id}/publish/"), "already_started")


def test_publishing_needs_an_event_that_is_not_cancelled(api: Api) -> None:
    event = EventFactory(status="cancelled")
    OfferFactory(event=event)
    _refused(api.by(StaffFactory()).post(f"{EVENTS}{event.id}/publish/"), "event_cancelled")


def test_publishing_needs_at_least_one_ticket_type(api: Api) -> None:
    event = EventFactory(status="draft")
    _refused(api.by(StaffFactory()).post(f"{EVENTS}{event.id}/publish/"), "no_tickets")


def test_an_event_is_published_once(api: Api) -> None:
    offer = OfferFactory()
    _refused(api.by(StaffFactory()).post(f"{EVENTS}{offer.event_id}/publish/"), "already_published")


def _refused(answer: Any, code: str) -> None:
    assert answer.status_code == 400
    assert answer.json["code"] == code
    assert list(answer.json["field_errors"]) == ["non_field_errors"]


# ---------------------------------------------------------------- cancelling


@pytest.mark.parametrize("status", ["draft", "published", "cancelled"])
def test_an_event_can_be_cancelled_from_any_status(api: Api, status: str) -> None:
    event = EventFactory(status=status)
    answer = api.by(member_of(organization_of(event))).post(f"{EVENTS}{event.id}/cancel/")
    assert answer.status_code == 200
    assert answer.json["event"]["status"] == "CANCELLED"


def test_cancelling_an_event_ends_its_pending_bookings_and_tells_their_holders(
    api: Api, db: SQLAlchemy
) -> None:
    offer = OfferFactory()
    placed = orders.place(BuyerFactory(), [orders.Line(offer.id, 3)], terms=orders.terms_for("btick"))
    api.by(StaffFactory()).post(f"{EVENTS}{offer.event_id}/cancel/")
    assert db.session.get(Order, placed.order_id).status == "cancelled"
    assert db.session.get(Quota, offer.quota_id).held == 0
    told = db.session.query(OutboxMessage).filter_by(order_id=placed.order_id).all()
    assert [message.kind for message in told] == ["mail.event_cancelled"]


def test_cancelling_an_event_starts_the_refund_of_paid_bookings_and_tells_their_holders(
    api: Api, db: SQLAlchemy
) -> None:
    offer = OfferFactory()
    placed = orders.place(BuyerFactory(), [orders.Line(offer.id, 3)], terms=orders.terms_for("btick"))
    orders.confirm(SupportFactory(), placed.order_id)
    api.by(StaffFactory()).post(f"{EVENTS}{offer.event_id}/cancel/")
    outbox.deliver_due()
    order = db.session.get(Order, placed.order_id)
    assert (order.status, order.amount_refunded) == ("cancelled", order.amount_paid)
    assert db.session.get(Quota, offer.quota_id).sold == 0
    told = [message.kind for message in db.session.query(OutboxMessage).filter_by(order_id=order.id)]
    assert "mail.event_cancelled" in told


def test_a_cancelled_event_sells_nothing(api: Api) -> None:
    offer = OfferFactory()
    api.by(StaffFactory()).post(f"{EVENTS}{offer.event_id}/cancel/")
    assert api.get(f"{EVENTS}{offer.event_id}/available-tickets/").json == []
    assert api.by(BuyerFactory()).post("/api/v1/bookings/", {"event_ticket": offer.id}).status_code == 400


def test_cancelling_twice_tells_nobody_twice(api: Api, db: SQLAlchemy) -> None:
    event = EventFactory()
    by = api.by(StaffFactory())
    by.post(f"{EVENTS}{event.id}/cancel/")
    before = db.session.query(OutboxMessage).count()
    assert by.post(f"{EVENTS}{event.id}/cancel/").status_code == 200
    assert db.session.query(OutboxMessage).count() == before


# ---------------------------------------------------------------- its bookings


def test_an_events_bookings_are_for_members_support_and_staff(api: Api) -> None:
    offer = OfferFactory()
    buyer = BuyerFactory()
    orders.place(buyer, [orders.Line(offer.id, 2)], terms=orders.terms_for("btick"))
    url = f"{EVENTS}{offer.event_id}/bookings/"
    organization = organization_of(offer)
    for actor in (
        member_of(organization, "MEMBER"),
        member_of(organization),
        SupportFactory(),
        StaffFactory(),
    ):
        answer = api.by(actor).get(url)
        assert [row["user_email"] for row in answer.json] == [buyer.email]
    for actor in (buyer, member_of(OrganizationFactory())):
        assert api.by(actor).get(url).status_code == 403
    assert api.get(url).status_code == 401
