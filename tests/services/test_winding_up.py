"""An event that is called off gives everything back to everybody, whatever happens on the way."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select, update

from tests.factories import OfferFactory
from tests.invariants.books import books_add_up  # noqa: F401 (a fixture)
from tests.services.selling import Sale, code_for, paid_sale
from ticketing import clock
from ticketing.extensions import db as extension
from ticketing.gateways.sandbox import Sandbox
from ticketing.jobs import outbox
from ticketing.models import Event, Offer, OutboxMessage, PromoCode
from ticketing.policy import SYSTEM
from ticketing.services import events, orders
from ticketing.services.orders import cancelling

pytestmark = pytest.mark.usefixtures("books_add_up")


class Crash(BaseException):
    """The process ends here."""


@pytest.fixture
def offer() -> Offer:
    return OfferFactory(size=50, price=2500)


def test_everybody_gets_everything_back(offer: Offer) -> None:
    code = code_for(offer, max_uses=1)
    paid, reduced = paid_sale(offer=offer), paid_sale(offer=offer, code=code.code)
    pending, manual = Sale(offer=offer), Sale(offer=offer, channel="btick")
    pending.start()
    orders.confirm(SYSTEM, manual.id)
    part = paid_sale(offer=offer)
    orders.give_back(SYSTEM, part.id, amount=10)
    events.cancel(SYSTEM, offer.event_id)
    assert (pending.money[0], paid.money[0]) == ("cancelled", "confirmed"), "confirmed ones follow"
    outbox.deliver_due()
    assert [sale.money for sale in (paid, reduced, manual, part)] == [
        ("cancelled", 5250, 5250),
        ("cancelled", 4750, 4750),
        ("cancelled", 5000, 5000),
        ("cancelled", 5250, 5250),
    ]
    assert Sandbox().look_up(part.reference).refunded == 5250
    assert Sandbox().look_up(pending.reference).state == "cancelled"
    assert (paid.stock, paid.owed) == ((0, 0), 0)
    assert extension.session.get_one(PromoCode, code.id).used == 0


def test_a_free_ticket_is_cancelled_and_its_holder_told() -> None:
    free = Sale(price=0)
    events.cancel(SYSTEM, free.offer.event_id)
    assert cancelling.wind_up(free.offer.event_id) == 1
    assert (free.money, free.tickets) == (("cancelled", 0, 0), ["cancelled", "cancelled"])
    assert "mail.event_cancelled" in free.promised()


def test_a_crash_in_the_middle_loses_nobody_and_pays_nobody_twice(
    offer: Offer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sales = [paid_sale(offer=offer) for _ in range(4)]
    events.cancel(SYSTEM, offer.event_id)
    _crash_at(monkeypatch, 3, offer.event_id)
    assert sorted(sale.money[0] for sale in sales) == ["cancelled", "cancelled", "confirmed", "confirmed"]
    assert cancelling.wind_up(offer.event_id) == 2
    assert cancelling.wind_up(offer.event_id) == 0
    assert {sale.money for sale in sales} == {("cancelled", 5250, 5250)}
    assert [len(sale.refunds) for sale in sales] == [1, 1, 1, 1]


def _crash_at(monkeypatch: pytest.MonkeyPatch, number: int, event_id: int) -> None:
    """The process that winds the event up ends within the transaction of that order."""
    end, calls = cancelling.end_if, []

    def end_or_crash(*given: Any, **more: Any) -> bool:
        calls.append(given)
        ended = end(*given, **more)
        if len(calls) == number:
            raise Crash
        return ended

    with monkeypatch.context() as patch:
        patch.setattr(cancelling, "end_if", end_or_crash)
        with pytest.raises(Crash):
            cancelling.wind_up(event_id)


@pytest.mark.parametrize("kind", ["pending", "confirmed"])
def test_an_order_that_cannot_be_ended_holds_up_none_of_the_others(
    offer: Offer, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    stuck = Sale(offer=offer) if kind == "pending" else paid_sale(offer=offer)
    other = paid_sale(offer=offer)
    end_if = cancelling.end_if

    def failing(actor: Any, order_id: int, *rest: Any, **named: Any) -> bool:
        if order_id == stuck.id:
            raise ValueError("broken")
        return end_if(actor, order_id, *rest, **named)

    with monkeypatch.context() as patch:
        patch.setattr(cancelling, "end_if", failing)
        events.cancel(SYSTEM, offer.event_id)
        with pytest.raises(cancelling.NotAllEnded, match=str(stuck.id)):
            cancelling.wind_up(offer.event_id)
    assert (stuck.money[0], other.money[0]) == (kind, "cancelled")
    assert cancelling.wind_up(offer.event_id) == 1
    outbox.deliver_due()


def test_a_second_pass_ends_what_was_sold_while_the_event_was_called_off(offer: Offer) -> None:
    in_flight = Sale(offer=offer)
    in_flight.start()
    events.cancel(SYSTEM, offer.event_id)
    cancelling.wind_up(offer.event_id)
    # As it is left behind by a sale that had read "published" just before.
    _published(offer, True)
    late, latest = Sale(offer=offer), paid_sale(offer=offer)
    _published(offer, False)
    _let_the_second_pass_come()
    outbox.deliver_due()
    assert (late.money[0], latest.money) == ("cancelled", ("cancelled", 5250, 5250))
    assert late.stock == (0, 0)


def _published(offer: Offer, is_it: bool) -> None:
    status = "published" if is_it else "cancelled"
    extension.session.execute(update(Event).where(Event.id == offer.event_id).values(status=status))
    extension.session.commit()


def _let_the_second_pass_come() -> None:
    waiting = OutboxMessage.kind == events.WIND_UP
    assert extension.session.scalar(select(func.count()).where(waiting)) == 2
    extension.session.execute(update(OutboxMessage).where(waiting).values(due_at=clock.now()))
    extension.session.commit()


def test_calling_it_off_again_promises_nothing_twice(offer: Offer) -> None:
    sale = paid_sale(offer=offer)
    for _ in range(2):
        events.cancel(SYSTEM, offer.event_id)
        cancelling.wind_up(offer.event_id)
    assert [refund.amount for refund in sale.refunds] == [5250]
    assert sale.promised().count("mail.event_cancelled") == 1
