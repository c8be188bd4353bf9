"""Orders that organizers make for others: sold at the door, or given away."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories import (
    BuyerFactory,
    EventFactory,
    OfferFactory,
    SupportFactory,
    UserFactory,
    in_days,
    member_of,
)
from tests.invariants.books import books_add_up  # noqa: F401 (a fixture)
from tests.jobs.visits import attached, text_of
from tests.services.selling import Sale
from tests.support.smtp import SmtpSink
from ticketing import clock
from ticketing.errors import Conflict, Invalid, NotAllowed, NotFound, SoldOut
from ticketing.extensions import db as extension
from ticketing.jobs import outbox
from ticketing.models import ActivityLog, DeskOrder, Event, LedgerEntry, Offer, Order, Organization, Ticket
from ticketing.models.organizations import MANAGER, MEMBER, OWNER
from ticketing.policy import Actor
from ticketing.queries import sales_figures
from ticketing.services import checkin, orders
from ticketing.services.checkin import Scan
from ticketing.services.idempotency import Idempotency
from ticketing.services.orders import Buyer, Line, Placed
from ticketing.services.tickets import code_of

pytestmark = pytest.mark.usefixtures("books_add_up")
GRACE = Buyer("Grace Hopper", "grace@example.org")


@pytest.fixture
def offer(app: Flask) -> Offer:
    return OfferFactory(price=2500, size=10)


@pytest.fixture
def manager(offer: Offer) -> Actor:
    return someone(offer, MANAGER)


def someone(offer: Offer, role: str) -> Actor:
    event = extension.session.get_one(Event, offer.event_id)
    return member_of(extension.session.get_one(Organization, event.organization_id), role)


def sold(actor: Actor, offer: Offer, number: int = 2, method: str = "cash", **more: Any) -> Placed:
    return orders.sell(actor, offer.event_id, [Line(offer.id, number)], method=method, **more)


def given(actor: Actor, offer: Offer, number: int = 2, buyer: Buyer = GRACE, **more: Any) -> Placed:
    return orders.give_away(actor, offer.event_id, [Line(offer.id, number)], buyer=buyer, **more)


def as_sale(placed: Placed, offer: Offer) -> Sale:
    """To look at it as the tests of money do."""
    sale = Sale.__new__(Sale)
    sale.id, sale.offer, sale.reference = placed.order_id, offer, ""
    return sale


def desk_of(placed: Placed) -> DeskOrder:
    return extension.session.scalars(select(DeskOrder).filter_by(order_id=placed.order_id)).one()


@pytest.mark.parametrize("method", ["cash", "card"])
def test_a_sale_at_the_door_is_paid_by_hand_and_valid_at_once(
    manager: Actor, offer: Offer, method: str
) -> None:
    placed = sold(manager, offer, method=method)
    sale = as_sale(placed, offer)
    assert sale.money == ("confirmed", 5000, 0)
    assert (sale.tickets, sale.stock, sale.owed) == (["active", "active"], (0, 2), 0)
    (payment,) = sale.payments
    assert (payment.gateway, payment.amount_received, payment.actor_id) == ("manual", 5000, manager.user_id)
    assert payment.details["method"] == method
    order, made = sale.order, desk_of(placed)
    assert (order.channel, order.user_id, order.fee, order.uuid) == ("door", None, 0, placed.uuid)
    assert (made.kind, made.method, made.actor_id) == ("door", method, manager.user_id)
    legs = {row.account: row.amount for row in extension.session.scalars(select(LedgerEntry))}
    assert legs == {"outside": 5000, "outside_sales": -5000}
    noted = extension.session.scalars(select(ActivityLog).filter_by(action="order_made")).one()
    assert (noted.user_id, noted.object_id) == (manager.user_id, placed.order_id)


def test_a_present_costs_nothing_and_comes_by_mail(manager: Actor, offer: Offer, smtp_sink: SmtpSink) -> None:
    sale = as_sale(given(manager, offer), offer)
    assert (sale.money, sale.payments) == (("confirmed", 0, 0), [])
    assert (sale.order.subtotal, sale.order.amount_due, sale.stock) == (0, 0, (0, 2))
    outbox.deliver_due()
    (letter,) = smtp_sink.to("grace@example.org")
    assert {"application/pdf", "text/calendar"} == set(attached(letter))
    for form in ("plain", "html"):
        assert "/bookings/" not in text_of(letter, form), "there is no account that could open it"


def test_a_buyer_at_the_door_is_written_to_only_where_an_address_was_given(
    manager: Actor, offer: Offer, smtp_sink: SmtpSink
) -> None:
    sold(manager, offer)
    outbox.deliver_due()
    assert not smtp_sink.messages
    sold(manager, offer, buyer=GRACE)
    outbox.deliver_due()
    (letter,) = smtp_sink.to("grace@example.org")
    assert "application/pdf" in attached(letter)


def test_a_present_is_the_account_s_that_has_proved_the_address_and_nobody_else_s(
    manager: Actor, offer: Offer
) -> None:
    claimed = UserFactory(email="grace@example.org")
    assert as_sale(given(manager, offer), offer).order.user_id is None
    claimed.email_verified_at, claimed.language = clock.now(), "de"
    extension.session.commit()
    order = as_sale(given(manager, offer, buyer=Buyer("Grace", "Grace@Example.org")), offer).order
    assert (order.user_id, order.language) == (claimed.id, "de")
    owners = set(extension.session.scalars(select(Ticket.user_id).where(Ticket.order_id == order.id)))
    assert owners == {claimed.id}
    at_the_door = as_sale(sold(manager, offer, buyer=GRACE), offer).order
    assert at_the_door.user_id is None


def test_what_is_handed_out_counts_for_nobody_s_limit(manager: Actor) -> None:
    offer = OfferFactory(event=EventFactory(tickets_per_account=2), size=20)
    boss, user = someone(offer, OWNER), UserFactory(email="grace@example.org", email_verified_at=clock.now())
    sold(boss, offer, 3)
    given(boss, offer, 3)
    for actor in (boss, Actor.of(user)):
        orders.place(actor, [Line(offer.id, 2)], terms=orders.terms_for("web"))


def test_never_more_than_there_are_and_held_ones_count(manager: Actor, offer: Offer) -> None:
    Sale(offer=offer, number=7)
    for make in (sold, given):
        with pytest.raises(SoldOut) as refused:
            make(manager, offer, 4)
        assert refused.value.details["available"] == 3
    given(manager, offer, 3)


def test_a_hold_whose_time_is_over_is_let_go(manager: Actor, offer: Offer) -> None:
    late = Sale(offer=offer, number=10)
    extension.session.get_one(Order, late.id).expires_at = clock.now() - timedelta(minutes=1)
    extension.session.commit()
    sold(manager, offer, 1)
    assert late.money[0] == "expired"


def test_windows_switches_and_bounds_are_for_the_public(manager: Actor) -> None:
    event = EventFactory(starts_at=in_days(-0.05))
    closed = {"sales_start_at": in_days(2), "is_active": False}
    offer = OfferFactory(
        event=event, size=50, ticket_type__min_purchase=3, ticket_type__event=event, **closed
    )
    boss = someone(offer, OWNER)
    sold(boss, offer, 1)
    given(boss, offer, 12)


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ({"status": "draft"}, "not_on_sale"),
        ({"status": "cancelled"}, "not_on_sale"),
        ({"starts_at": in_days(-2)}, "sales_ended"),
    ],
)
def test_nothing_is_handed_out_for_what_is_not_on_show_or_over(
    event: dict[str, Any], code: str, app: Flask
) -> None:
    offer = OfferFactory(event=EventFactory(**event), size=9)
    boss = someone(offer, OWNER)
    for make in (sold, given):
        with pytest.raises(Invalid) as refused:
            make(boss, offer, 1)
        assert refused.value.code == code


def test_nonsense_is_refused(manager: Actor, offer: Offer) -> None:
    other = OfferFactory()
    for lines, code in (
        ([], "no_items"),
        ([Line(offer.id, 0)], "bad_quantity"),
        ([Line(offer.id, 51)], "too_many"),
        ([Line(other.id, 1)], "other_event"),
        ([Line(offer.id, 1), Line(other.id, 1)], "several_events"),
    ):
        with pytest.raises(Invalid) as refused:
            orders.sell(manager, offer.event_id, lines, method="cash")
        assert refused.value.code == code
    with pytest.raises(Invalid, match="how it was paid"):
        sold(manager, offer, method="cheque")
    for buyer in (Buyer("", "grace@example.org"), Buyer("Grace", "")):
        with pytest.raises(Invalid, match="who gets"):
            given(manager, offer, buyer=buyer)
    assert as_sale(sold(manager, offer, 1), offer).stock == (0, 1)


def test_only_those_who_manage_hand_out(offer: Offer) -> None:
    for actor, refusal in (
        (someone(offer, MEMBER), NotAllowed),
        (SupportFactory(), NotAllowed),
        (BuyerFactory(), NotFound),
        (member_of(extension.session.get_one(Event, OfferFactory().event_id).organization), NotFound),
    ):
        with pytest.raises(refusal):
            sold(actor, offer)
        with pytest.raises(refusal):
            given(actor, offer)
    for role in (MANAGER, OWNER):
        sold(someone(offer, role), offer, 1)


def test_the_same_key_hands_out_once(manager: Actor, offer: Offer) -> None:
    once = Idempotency.of("desk", "form", b"2")
    first, again = sold(manager, offer, once=once), sold(manager, offer, once=once)
    assert (first.order_id, first.uuid) == (again.order_id, again.uuid)
    assert as_sale(first, offer).stock == (0, 2)
    with pytest.raises(Conflict):
        sold(manager, offer, once=Idempotency.of("desk", "form", b"3"))


def test_the_door_lets_them_in(manager: Actor, offer: Offer) -> None:
    for placed in (sold(manager, offer, 1), given(manager, offer, 1)):
        ticket = extension.session.scalars(select(Ticket).filter_by(order_id=placed.order_id)).one()
        code = code_of(ticket.uuid, ticket.code_version, ticket.key_version)
        assert checkin.scan(manager, offer.event_id, Scan(code=code)).result == "admitted"


def test_what_was_sold_at_the_door_is_handed_back_by_hand(manager: Actor, offer: Offer) -> None:
    placed = sold(manager, offer, 3)
    sale = as_sale(placed, offer)
    ids = list(extension.session.scalars(select(Ticket.id).filter_by(order_id=placed.order_id)))
    orders.return_tickets(manager, placed.order_id, ids[:1])
    assert (sale.money, sale.stock) == (("confirmed", 7500, 2500), (0, 2))
    orders.give_back(manager, placed.order_id)
    assert (sale.money, sale.stock) == (("cancelled", 7500, 7500), (0, 0))
    assert [refund.status for refund in sale.refunds] == ["succeeded", "succeeded"]


def test_a_present_is_taken_back_one_by_one_or_all(manager: Actor, offer: Offer, smtp_sink: SmtpSink) -> None:
    placed = given(manager, offer, 3)
    sale = as_sale(placed, offer)
    ids = list(extension.session.scalars(select(Ticket.id).filter_by(order_id=placed.order_id)))
    outbox.deliver_due()
    orders.return_tickets(manager, placed.order_id, ids[:1])
    assert (sale.money[0], sale.stock) == ("confirmed", (0, 2))
    outbox.deliver_due()
    letter = smtp_sink.to("grace@example.org")[-1]
    assert letter["subject"] == f"Tickets of booking {sale.order.number} were returned"
    assert "(1 of 3 returned)" in text_of(letter)
    orders.refund(manager, placed.order_id)
    assert (sale.money[0], sale.stock) == ("cancelled", (0, 0))


def test_takings_count_the_door_and_no_present(manager: Actor, offer: Offer) -> None:
    sold(manager, offer, 2)
    given(manager, offer, 5)
    (takings,) = sales_figures.of_event(offer.event_id).takings
    assert (takings.paid, takings.kept) == (5000, 5000)
