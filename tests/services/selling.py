"""What the tests of money do again and again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from tests.factories import BuyerFactory, OfferFactory, OrganizationFactory, PromoCodeFactory
from ticketing import clock
from ticketing.extensions import db as extension
from ticketing.gateways import Observed
from ticketing.gateways.sandbox import NAME, Sandbox
from ticketing.models import Event, Offer, Order, OutboxMessage, Payment, PromoCode, Quota, Refund, Ticket
from ticketing.policy import Actor
from ticketing.queries import orders as reading
from ticketing.services import ledger, orders
from ticketing.services.orders import Line, terms_for
from ticketing.services.payments import inbox, intents
from ticketing.services.payments.intents import Started
from ticketing.services.payments.settle import settle


def offer_in(currency: str, **details: Any) -> Offer:
    """An offer of an organization that sells in that currency."""
    return OfferFactory(event__organization=OrganizationFactory(currency=currency), **details)


def code_for(offer: Offer, **details: Any) -> PromoCode:
    """A promo code of the offer's organization, ten per cent unless told."""
    event = extension.session.get_one(Event, offer.event_id)
    return PromoCodeFactory(
        **{"organization_id": event.organization_id, "currency": event.currency, **details}
    )


class Sale:
    """An order of two tickets at 25.00, on the web: 50.00 and 2.50 of fee. Its payment is not started."""

    def __init__(
        self,
        *,
        channel: str = "web",
        price: int = 2500,
        number: int = 2,
        size: int = 10,
        offer: Offer | None = None,
        buyer: Actor | None = None,
        code: str = "",
    ) -> None:
        self.offer: Offer = offer or OfferFactory(size=size, price=price)
        self.buyer: Actor = buyer or BuyerFactory()
        lines = [Line(self.offer.id, number)]
        self.id = orders.place(self.buyer, lines, terms=terms_for(channel), code=code).order_id
        self.reference = ""

    @property
    def order(self) -> Order:
        """As it stands now, with everything."""
        extension.session.expire_all()
        return reading.detail(self.id)

    @property
    def money(self) -> tuple[str, int, int]:
        """Status, what was paid, what was given back."""
        order = self.order
        return order.status, order.amount_paid, order.amount_refunded

    @property
    def payments(self) -> list[Payment]:
        """Fresh, in the order they were started."""
        return self._rows(Payment)

    @property
    def refunds(self) -> list[Refund]:
        """Fresh, in the order they were promised."""
        return self._rows(Refund)

    def _rows(self, model: Any) -> list[Any]:
        statement = select(model).where(model.order_id == self.id).order_by(model.id)
        return list(extension.session.scalars(statement.execution_options(populate_existing=True)))

    @property
    def tickets(self) -> list[str]:
        """Their states, one after the other."""
        return [ticket.status for ticket in self._rows(Ticket)]

    @property
    def stock(self) -> tuple[int, int]:
        """Held and sold of the offer."""
        extension.session.expire_all()
        quota = extension.session.get_one(Quota, self.offer.quota_id)
        return quota.held, quota.sold

    @property
    def owed(self) -> int:
        """What we owe the organizer."""
        order = self.order
        return ledger.balance_of(order.organization_id, order.currency)

    def start(self) -> Started:
        """Open the payment, or find it."""
        started = intents.start(self.buyer, self.id)
        self.reference = started.intent.reference
        return started

    def pay(self, *, approve: bool = True, reference: str = "") -> None:
        """Start the payment if that was not done, decide it at the gateway, and let us hear of it."""
        if not (reference or self.reference):
            self.start()
        inbox.receive(NAME, *Sandbox().decide(reference or self.reference, approve))

    def settle(self, state: str = "paid", amount: int | None = None, **observed: Any) -> Payment:
        """Say what the gateway is to have seen of the payment."""
        order = self.order
        seen = Observed(state, order.amount_due if amount is None else amount, order.currency, **observed)
        return settle(NAME, self.reference, seen)

    def run_out(self) -> None:
        """Its time to pay is over, and a sweep has noticed."""
        order = extension.session.get_one(Order, self.id)
        order.expires_at = clock.now() - timedelta(minutes=1)
        extension.session.commit()
        orders.expire_due()

    def use_ticket(self, position: int = 1) -> None:
        """Somebody comes in with that ticket of it."""
        ticket = self._rows(Ticket)[position - 1]
        ticket.status = "used"
        extension.session.commit()

    def promised(self) -> list[str]:
        """The kinds of messages about this order that wait in the outbox."""
        rows = extension.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
        ids = {payment.id for payment in self.payments}
        return [
            row.kind
            for row in rows
            if row.payload.get("order_id") == self.id or row.payload.get("payment_id") in ids
        ]


def paid_sale(**details: Any) -> Sale:
    """A sale whose buyer has paid."""
    sale = Sale(**details)
    sale.pay()
    return sale
