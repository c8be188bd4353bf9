"""Double entry: every movement of money in legs that sum to zero, and the balance that we owe."""

from __future__ import annotations

from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ticketing.extensions import db
from ticketing.models import Balance, LedgerEntry, Order, Payment, Refund
from ticketing.models.payments import MANUAL
from ticketing.models.types import table


class Unbalanced(AssertionError):
    """Legs that do not sum to zero are never written."""


def post(order: Order, source: str, source_id: int, kind: str, legs: dict[str, int]) -> None:
    """Write the legs ``{account: minor units}`` of one movement about an order.

    Posting the same source and kind twice is refused by the database. What lands on the account
    ``organization`` (negative: we owe more) moves the organization's balance, whose row is locked.
    """
    legs = {account: amount for account, amount in legs.items() if amount}
    if sum(legs.values()):
        raise Unbalanced(f"{source} {source_id}: {legs}")
    if not legs:
        return
    rows = [
        {
            "organization_id": order.organization_id,
            "order_id": order.id,
            "source": source,
            "source_id": source_id,
            "kind": kind,
            "account": account,
            "amount": amount,
            "currency": order.currency,
        }
        for account, amount in sorted(legs.items())
    ]
    db.session.execute(insert(table(LedgerEntry)), rows)
    if owed := -legs.get("organization", 0):
        _move_balance(order.organization_id, order.currency, owed)


def payment_received(order: Order, payment: Payment) -> None:
    """The buyer paid: the organization gets the total less our fee. Money that was taken outside (at the
    box office, by support) never reaches our account and changes no balance."""
    amount, fee = payment.amount_received, payment.service_fee
    if payment.gateway == MANUAL:
        legs = {"outside": amount, "outside_sales": -amount}
    else:
        legs = {"gateway": amount, "fees": -fee, "organization": -(amount - fee)}
    post(order, "payment", payment.id, "paid", legs)


def gateway_fee(order: Order, payment: Payment) -> None:
    """What the gateway keeps for itself is our expense; a refund does not bring it back."""
    fee = payment.gateway_fee
    post(order, "payment", payment.id, "gateway_fee", {"gateway": -fee, "gateway_fees": fee})


def refund_given(order: Order, refund: Refund, gateway: str) -> None:
    """The buyer gets an amount back, a part of it out of our fee."""
    post(order, "refund", refund.id, "refunded", _refund_legs(refund, gateway))


def refund_failed(order: Order, refund: Refund, gateway: str) -> None:
    """The gateway would not: the money is still here, as if nothing had been promised."""
    legs = {account: -amount for account, amount in _refund_legs(refund, gateway).items()}
    post(order, "refund", refund.id, "failed", legs)


def _refund_legs(refund: Refund, gateway: str) -> dict[str, int]:
    if gateway == MANUAL:
        return {"outside": -refund.amount, "outside_sales": refund.amount}
    fee = refund.service_fee
    return {"gateway": -refund.amount, "fees": fee, "organization": refund.amount - fee}


def _move_balance(organization_id: int, currency: str, amount: int) -> None:
    moved = db.session.execute(
        update(Balance)
        .where(Balance.organization_id == organization_id, Balance.currency == currency)
        .values(amount=Balance.amount + amount)
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount == 0:  # type: ignore[attr-defined]
        dialect = sqlite if db.engine.dialect.name == "sqlite" else postgresql
        statement = dialect.insert(Balance).values(
            organization_id=organization_id, currency=currency, amount=amount
        )
        db.session.execute(
            statement.on_conflict_do_update(
                index_elements=["organization_id", "currency"], set_={"amount": Balance.amount + amount}
            )
        )


def balance_of(organization_id: int, currency: str) -> int:
    """What we owe the organization, in minor units."""
    statement = select(Balance.amount).where(
        Balance.organization_id == organization_id, Balance.currency == currency
    )
    return db.session.scalar(statement) or 0
