"""Double entry: every movement of money in legs that sum to zero, and the balance that we owe."""

from __future__ import annotations

from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ticketing.extensions import db
from ticketing.models import Balance, LedgerEntry, Order
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


def payment_received(order: Order, payment_id: int, amount: int, *, manual: bool) -> None:
    """The buyer paid: the organization gets the total less our fee. Money that was taken outside (at the
    box office, by support) never reaches our account and changes no balance."""
    if manual:
        post(order, "payment", payment_id, "paid", {"outside": amount, "outside_sales": -amount})
        return
    fee = min(order.fee, amount)
    post(
        order,
        "payment",
        payment_id,
        "paid",
        {"gateway": amount, "fees": -fee, "organization": -(amount - fee)},
    )


def refund_given(order: Order, refund_id: int, amount: int, fee_part: int, *, manual: bool) -> None:
    """The buyer gets ``amount`` back, ``fee_part`` of it from our fee."""
    if manual:
        post(order, "refund", refund_id, "refunded", {"outside": -amount, "outside_sales": amount})
        return
    post(
        order,
        "refund",
        refund_id,
        "refunded",
        {"gateway": -amount, "fees": fee_part, "organization": amount - fee_part},
    )


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
