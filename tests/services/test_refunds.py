"""Giving money back: how much, to whom, by whom, and what becomes of the tickets and the stock."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update

from tests.factories import BuyerFactory, OfferFactory, SupportFactory, member_of
from tests.invariants.books import books_add_up  # noqa: F401 (a fixture)
from tests.services.selling import Sale, code_for, offer_in, paid_sale
from ticketing import clock
from ticketing.errors import Conflict, GatewayDown, Invalid, NotAllowed, NotFound
from ticketing.extensions import db as extension
from ticketing.gateways import Declined
from ticketing.gateways.sandbox import Sandbox
from ticketing.jobs import outbox
from ticketing.models import Event, Order, Organization, RefundLine, Ticket
from ticketing.models.organizations import MANAGER, MEMBER
from ticketing.policy import SYSTEM, Actor
from ticketing.services import orders, refunds, tickets
from ticketing.services.idempotency import Idempotency
from ticketing.services.orders import ItemBack, Line, terms_for

pytestmark = pytest.mark.usefixtures("books_add_up")


def some(sale: Sale, number: int) -> list[ItemBack]:
    return [ItemBack(sale.order.items[0].id, number)]


def someone_of(sale: Sale, role: str) -> Actor:
    return member_of(extension.session.get_one(Organization, sale.order.organization_id), role)


def refusal(actor: Actor, sale: Sale, **wanted: Any) -> str:
    before = sale.money
    with pytest.raises(Invalid) as refused:
        orders.give_back(actor, sale.id, **wanted)
    assert sale.money == before
    return refused.value.code


def let_it_start(sale: Sale) -> None:
    times = {"starts_at": clock.now() - timedelta(hours=1), "ends_at": clock.now() + timedelta(hours=2)}
    extension.session.execute(update(Event).where(Event.id == sale.offer.event_id).values(**times))
    extension.session.commit()


# ------------------------------------------------------------------ how much


def test_all_of_it_ends_the_order_and_everything_returns() -> None:
    sale = paid_sale()
    refund = orders.give_back(sale.buyer, sale.id)
    assert (refund.amount, refund.service_fee, refund.status) == (5250, 250, "succeeded")
    assert sale.money == ("cancelled", 5250, 5250)
    assert (sale.tickets, sale.stock, sale.owed) == (["cancelled", "cancelled"], (0, 0), 0)
    assert Sandbox().look_up(sale.reference).refunded == 5250


def test_a_part_leaves_the_order_its_tickets_and_its_stock() -> None:
    sale = paid_sale()
    refund = orders.give_back(sale.buyer, sale.id, amount=Decimal("10.00"), reason="sorry")
    assert (refund.amount, refund.service_fee, refund.reason) == (1000, 0, "sorry")
    assert sale.money == ("confirmed", 5250, 1000)
    assert (sale.tickets, sale.stock, sale.owed) == (["active", "active"], (0, 2), 4000)


def test_some_tickets_bring_their_price_without_our_fee_and_are_free_again() -> None:
    sale = paid_sale(number=3)
    refund = orders.give_back(sale.buyer, sale.id, items=some(sale, 2))
    assert (refund.amount, refund.service_fee) == (5000, 0)
    assert sale.money == ("confirmed", 7875, 5000)
    assert (sale.tickets, sale.stock, sale.owed) == (["active", "cancelled", "cancelled"], (0, 1), 2500)
    line = extension.session.scalars(select(RefundLine)).one()
    assert (line.refund_id, line.quantity, line.amount) == (refund.id, 2, 5000)


def test_discounted_tickets_bring_what_they_have_cost_rounded_down() -> None:
    offer = OfferFactory(price=1000)
    sale = paid_sale(offer=offer, number=3, code=code_for(offer, kind="fixed", value=100).code)
    assert orders.give_back(sale.buyer, sale.id, items=some(sale, 1)).amount == 966


def test_the_last_tickets_bring_all_that_is_left_our_fee_in_it() -> None:
    sale = paid_sale()
    orders.give_back(sale.buyer, sale.id, items=some(sale, 1))
    last = orders.give_back(sale.buyer, sale.id, items=some(sale, 1))
    assert (last.amount, last.service_fee) == (2750, 250)
    assert sale.money == ("cancelled", 5250, 5250)
    assert (sale.stock, sale.owed) == ((0, 0), 0)


def test_the_last_part_of_several_ends_the_order_and_brings_our_fee() -> None:
    sale = paid_sale()
    for amount in ("20.00", "30.00", "2.50"):
        orders.give_back(sale.buyer, sale.id, amount=Decimal(amount))
    assert [(one.amount, one.service_fee) for one in sale.refunds] == [(2000, 0), (3000, 0), (250, 250)]
    assert sale.money == ("cancelled", 5250, 5250)
    assert (sale.tickets, sale.stock, sale.owed) == (["cancelled", "cancelled"], (0, 0), 0)


@pytest.mark.parametrize(("currency", "amount", "minor"), [("JPY", "10", 10), ("KWD", "0.125", 125)])
def test_amounts_are_major_units_of_the_order_s_currency(currency: str, amount: str, minor: int) -> None:
    sale = paid_sale(offer=offer_in(currency, price=1500))
    assert orders.give_back(sale.buyer, sale.id, amount=Decimal(amount)).amount == minor


def test_tickets_of_several_items_are_told_apart() -> None:
    first = OfferFactory(price=2500)
    second = OfferFactory(event=first.event, price=4000)
    buyer = BuyerFactory()
    lines = [Line(first.id, 2), Line(second.id, 1)]
    order_id = orders.place(buyer, lines, terms=terms_for("btick")).order_id
    orders.confirm(SYSTEM, order_id)
    item = extension.session.get_one(Order, order_id)
    sale = Sale(offer=second, buyer=buyer)
    orders.cancel(buyer, sale.id)
    sale.id = item.id
    wanted = [ItemBack(one.uuid, 1) for one in sale.order.items]
    assert orders.give_back(SYSTEM, order_id, items=wanted).amount == 6500
    assert sorted(sale.tickets) == ["active", "cancelled", "cancelled"]
    assert sale.stock == (0, 0)


# ------------------------------------------------------------------ chosen tickets


def chosen(sale: Sale, *positions: int) -> list[Any]:
    """The public ids of the tickets at these positions."""
    rows = extension.session.scalars(
        select(Ticket).where(Ticket.order_id == sale.id).order_by(Ticket.id)
    ).all()
    return [rows[position - 1].uuid for position in positions]


def not_returned(actor: Actor, sale: Sale, *positions: int) -> str:
    before = sale.money, sale.tickets
    with pytest.raises(Invalid) as refused:
        orders.return_tickets(actor, sale.id, chosen(sale, *positions))
    assert (sale.money, sale.tickets) == before
    return refused.value.code


def test_the_tickets_that_were_chosen_leave_the_order_and_their_price_returns() -> None:
    sale = paid_sale(number=3)
    orders.return_tickets(someone_of(sale, MANAGER), sale.id, chosen(sale, 1, 2), reason="ill")
    (refund,) = sale.refunds
    assert (refund.amount, refund.service_fee, refund.status, refund.reason) == (5000, 0, "succeeded", "ill")
    assert sale.money == ("confirmed", 7875, 5000)
    assert (sale.tickets, sale.stock, sale.owed) == (["cancelled", "cancelled", "active"], (0, 1), 2500)
    line = extension.session.scalars(select(RefundLine)).one()
    assert (line.refund_id, line.quantity, line.amount) == (refund.id, 2, 5000)


def test_the_last_chosen_tickets_end_the_order_and_bring_all_that_is_left() -> None:
    sale = paid_sale(number=3)
    orders.return_tickets(sale.buyer, sale.id, chosen(sale, 2))
    orders.return_tickets(sale.buyer, sale.id, chosen(sale, 1, 3))
    assert [(one.amount, one.service_fee) for one in sale.refunds] == [(2500, 0), (5375, 375)]
    assert sale.money == ("cancelled", 7875, 7875)
    assert (sale.tickets, sale.stock, sale.owed) == (["cancelled"] * 3, (0, 0), 0)


def test_an_order_stays_with_its_tickets_though_the_chosen_ones_bring_all_its_money() -> None:
    sale = paid_sale()
    orders.give_back(SYSTEM, sale.id, amount=Decimal("27.50"))
    orders.return_tickets(SYSTEM, sale.id, chosen(sale, 1))
    assert [(one.amount, one.service_fee) for one in sale.refunds] == [(2750, 0), (2500, 250)]
    assert sale.money == ("confirmed", 5250, 5250)
    assert (sale.tickets, sale.stock, sale.owed) == (["cancelled", "active"], (0, 1), 0)
    orders.return_tickets(SYSTEM, sale.id, chosen(sale, 2))
    assert sale.money == ("cancelled", 5250, 5250)
    assert (sale.tickets, sale.stock) == (["cancelled", "cancelled"], (0, 0))


def test_free_tickets_are_returned_one_by_one_and_nothing_is_paid() -> None:
    sale = Sale(price=0, number=3)
    orders.return_tickets(sale.buyer, sale.id, chosen(sale, 2))
    assert (sale.money, sale.refunds) == (("confirmed", 0, 0), [])
    assert (sale.tickets, sale.stock) == (["active", "cancelled", "active"], (0, 2))
    assert sale.promised() == ["mail.order_confirmed", "mail.tickets_returned"]
    orders.return_tickets(sale.buyer, sale.id, chosen(sale, 1, 3))
    assert (sale.money, sale.stock) == (("cancelled", 0, 0), (0, 0))


def test_used_returned_and_others_tickets_are_not_chosen() -> None:
    sale, other = paid_sale(number=3), paid_sale()
    sale.use_ticket(1)
    manager = someone_of(sale, MANAGER)
    assert not_returned(manager, sale, 1, 2) == "ticket_used"
    orders.return_tickets(manager, sale.id, chosen(sale, 3))
    assert not_returned(manager, sale, 2, 3) == "ticket_used"
    with pytest.raises(Invalid, match="no such ticket"):
        orders.return_tickets(manager, sale.id, chosen(other, 1))
    assert not_returned(manager, sale) == "no_tickets"
    orders.return_tickets(manager, sale.id, chosen(sale, 2))
    assert (sale.money[0], sale.tickets) == ("confirmed", ["used", "cancelled", "cancelled"])
    assert not_returned(SYSTEM, Sale()) == "no_tickets"


def test_buyers_choose_before_the_start_while_nobody_came_in_and_what_is_still_theirs() -> None:
    sale = paid_sale(number=3)
    tickets.transfer(sale.buyer, chosen(sale, 1)[0], email="friend@example.org")
    assert not_returned(sale.buyer, sale, 1) == "passed_on"
    orders.return_tickets(sale.buyer, sale.id, chosen(sale, 2))
    sale.use_ticket(3)
    assert not_returned(sale.buyer, sale, 2) == "ticket_used"
    started = paid_sale()
    let_it_start(started)
    assert not_returned(started.buyer, started, 1) == "event_started"
    orders.return_tickets(someone_of(started, MANAGER), started.id, chosen(started, 1))
    for stranger, refusal_of in ((BuyerFactory(), NotFound), (someone_of(sale, MEMBER), NotAllowed)):
        with pytest.raises(refusal_of):
            orders.return_tickets(stranger, sale.id, chosen(sale, 1))


def test_the_same_key_returns_tickets_once() -> None:
    sale = paid_sale(number=3)
    once = Idempotency.of("return", "key", b"1")
    for _ in range(3):
        orders.return_tickets(sale.buyer, sale.id, chosen(sale, 1), once=once)
    assert sale.money == ("confirmed", 7875, 2500)


# ------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("amount", "code"),
    [("52.51", "more_than_paid"), ("0", "bad_amount"), ("-1", "bad_amount"), ("0.001", "bad_amount"),
     ("NaN", "bad_amount"), ("1e40", "bad_amount")],
)  # fmt: skip
def test_an_amount_is_more_than_nothing_and_no_more_than_is_left(amount: str, code: str) -> None:
    assert refusal(SYSTEM, paid_sale(), amount=Decimal(amount)) == code


def test_what_was_given_back_already_is_no_longer_there() -> None:
    sale = paid_sale()
    orders.give_back(SYSTEM, sale.id, amount=Decimal(50))
    assert refusal(SYSTEM, sale, amount=Decimal("2.51")) == "more_than_paid"


def test_an_amount_or_items_not_both_and_only_the_order_s_own() -> None:
    sale, other = paid_sale(), paid_sale()
    assert refusal(SYSTEM, sale, amount=Decimal(1), items=some(sale, 1)) == "amount_and_items"
    assert refusal(SYSTEM, sale, items=some(other, 1)) == "unknown_item"
    assert refusal(SYSTEM, sale, items=some(sale, 3)) == "too_many"
    assert refusal(SYSTEM, sale, items=some(sale, 1) * 3) == "too_many"


def test_a_pending_order_is_cancelled_not_refunded() -> None:
    sale = Sale()
    assert refusal(sale.buyer, sale) == "not_confirmed"
    assert refusal(SYSTEM, sale) == "not_confirmed"


def test_a_free_order_has_nothing_to_refund() -> None:
    sale = Sale(price=0)
    assert refusal(sale.buyer, sale) == "nothing_paid"
    assert refusal(SYSTEM, sale) == "nothing_paid"


def test_an_order_that_gave_everything_back_has_nothing_left() -> None:
    sale = paid_sale()
    orders.cancel(sale.buyer, sale.id)
    assert refusal(sale.buyer, sale) == "not_confirmed"
    assert refusal(SYSTEM, sale) == "not_confirmed"


def test_never_more_is_promised_than_was_received() -> None:
    sale = paid_sale()
    with pytest.raises(refunds.MoreThanPaid):
        refunds.request(SYSTEM, sale.order, sale.payments[0], 5251, "too much")
    with pytest.raises(refunds.MoreThanPaid):
        refunds.give_back(SYSTEM, sale.order, 5251, "too much")
    extension.session.rollback()


# ------------------------------------------------------------------ who may


def test_the_buyer_may_until_the_event_starts() -> None:
    sale = paid_sale()
    let_it_start(sale)
    assert refusal(sale.buyer, sale, amount=Decimal(1)) == "event_started"
    for actor in (someone_of(sale, MANAGER), SupportFactory()):
        orders.give_back(actor, sale.id, amount=Decimal(1))
    assert sale.money == ("confirmed", 5250, 200)


def test_the_buyer_may_as_long_as_nobody_has_come_in() -> None:
    sale = paid_sale(number=3)
    sale.use_ticket()
    assert refusal(sale.buyer, sale, items=some(sale, 1)) == "ticket_used"
    assert refusal(sale.buyer, sale) == "ticket_used"


def test_a_manager_gives_back_the_tickets_that_nobody_has_used() -> None:
    sale = paid_sale(number=4)
    manager = someone_of(sale, MANAGER)
    sale.use_ticket(1)
    sale.use_ticket(2)
    assert refusal(manager, sale, items=some(sale, 3)) == "ticket_used"
    orders.give_back(manager, sale.id, items=some(sale, 2))
    assert sale.tickets == ["used", "used", "cancelled", "cancelled"]
    assert (sale.money[0], sale.stock) == ("confirmed", (0, 2))


def test_all_of_it_leaves_used_tickets_used() -> None:
    sale = paid_sale()
    sale.use_ticket()
    orders.give_back(SYSTEM, sale.id)
    assert (sale.tickets, sale.stock) == (["used", "cancelled"], (0, 0))


def test_a_stranger_learns_nothing_and_a_plain_member_may_not() -> None:
    sale = paid_sale()
    with pytest.raises(NotFound):
        orders.give_back(BuyerFactory(), sale.id)
    with pytest.raises(NotAllowed):
        orders.give_back(someone_of(sale, MEMBER), sale.id)
    assert sale.money == ("confirmed", 5250, 0)


def test_a_manager_takes_a_booking_back_as_a_whole() -> None:
    sale = paid_sale(channel="btick")
    orders.refund(someone_of(sale, MANAGER), sale.id, reason="wrong date")
    assert sale.money == ("cancelled", 5000, 5000)
    assert (sale.stock, sale.order.cancellation_reason) == ((0, 0), "wrong date")
    with pytest.raises(Invalid, match="cancelled"):
        orders.refund(SYSTEM, sale.id)


# ------------------------------------------------------------------ money that was taken outside


def test_a_manual_payment_is_given_back_by_whoever_took_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sandbox, "refund", _must_not_be_called)
    sale = Sale(channel="btick")
    orders.confirm(SYSTEM, sale.id)
    part = orders.give_back(SYSTEM, sale.id, amount=Decimal(10))
    assert (part.status, part.gateway_reference) == ("succeeded", None)
    orders.give_back(SYSTEM, sale.id)
    assert sale.money == ("cancelled", 5000, 5000)
    assert (sale.owed, sale.stock) == (0, (0, 0))
    assert "payment.refund" not in sale.promised()


def _must_not_be_called(*_given: Any, **_more: Any) -> str:
    raise AssertionError("no gateway has this money")


# ------------------------------------------------------------------ twice, and not at once


def test_the_same_key_gives_back_once() -> None:
    sale = paid_sale()
    once = Idempotency.of("refund", "key", b"10")
    asked = [orders.give_back(sale.buyer, sale.id, amount=Decimal(10), once=once) for _ in range(3)]
    assert len({refund.id for refund in asked}) == 1
    assert sale.money == ("confirmed", 5250, 1000)
    assert Sandbox().look_up(sale.reference).refunded == 1000
    with pytest.raises(Conflict):
        orders.give_back(sale.buyer, sale.id, once=Idempotency.of("refund", "key", b"20"))


def _down(*_given: Any, **_more: Any) -> str:
    raise GatewayDown


def _decline(*_given: Any, **_more: Any) -> str:
    raise Declined("this card was closed")


def test_a_gateway_that_is_down_is_asked_again_by_the_outbox(monkeypatch: pytest.MonkeyPatch) -> None:
    sale = paid_sale()
    with monkeypatch.context() as patch:
        patch.setattr(Sandbox, "refund", _down)
        refund = orders.give_back(sale.buyer, sale.id, amount=Decimal(10))
        assert refund.status == "requested"
    assert (sale.money, sale.owed) == (("confirmed", 5250, 1000), 4000)
    outbox.deliver_due()
    assert [one.status for one in sale.refunds] == ["succeeded"]
    assert Sandbox().look_up(sale.reference).refunded == 1000


def test_a_refund_is_carried_out_once_however_often_it_is_tried() -> None:
    sale = paid_sale()
    orders.cancel(sale.buyer, sale.id)
    for _ in range(2):
        refunds.carry_out(sale.refunds[0].id)
    outbox.deliver_due()
    assert Sandbox().look_up(sale.reference).refunded == 5250
    assert sale.refunds[0].gateway_reference


# ------------------------------------------------------------------ the gateway refuses


def declined(sale: Sale, monkeypatch: pytest.MonkeyPatch, **wanted: Any) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Sandbox, "refund", _decline)
        orders.give_back(SYSTEM, sale.id, **wanted)


def test_a_refund_that_the_gateway_refuses_puts_the_money_back(monkeypatch: pytest.MonkeyPatch) -> None:
    sale = paid_sale()
    declined(sale, monkeypatch, amount=Decimal(10))
    assert (sale.money, sale.owed) == (("confirmed", 5250, 0), 5000)
    assert [(one.status, one.last_error) for one in sale.refunds] == [("failed", "this card was closed")]


def test_an_ended_order_may_keep_money_and_a_manager_gives_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    sale = paid_sale()
    declined(sale, monkeypatch)
    assert (sale.money, sale.stock, sale.owed) == (("cancelled", 5250, 0), (0, 0), 5000)
    assert refusal(sale.buyer, sale) == "not_confirmed"
    assert refusal(SYSTEM, sale, items=some(sale, 1)) == "not_confirmed"
    orders.give_back(someone_of(sale, MANAGER), sale.id, amount=Decimal(50))
    orders.give_back(SupportFactory(), sale.id)
    assert (sale.money, sale.owed) == (("cancelled", 5250, 5250), 0)


def test_our_fee_returns_once_even_where_an_earlier_part_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    sale = paid_sale()
    with monkeypatch.context() as patch:
        patch.setattr(Sandbox, "refund", _down)
        orders.give_back(SYSTEM, sale.id, amount=Decimal(10))
    orders.give_back(SYSTEM, sale.id)
    with monkeypatch.context() as patch:
        patch.setattr(Sandbox, "refund", _decline)
        refunds.carry_out(sale.refunds[0].id)
    assert sale.money == ("cancelled", 5250, 4250)
    orders.give_back(SYSTEM, sale.id)
    assert [(one.status, one.service_fee) for one in sale.refunds] == [
        ("failed", 0),
        ("succeeded", 250),
        ("succeeded", 0),
    ]
    assert (sale.money, sale.owed) == (("cancelled", 5250, 5250), 0)
