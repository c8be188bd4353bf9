"""Each check of the books can fail: one thing is broken by SQL, and exactly that is found."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import bindparam, select, text

from tests.factories import EventFactory
from tests.invariants.books import assert_books_add_up
from tests.services.selling import Sale, code_for, offer_in, paid_sale
from ticketing import clock
from ticketing.extensions import db as extension
from ticketing.gateways import Declined
from ticketing.gateways.sandbox import Sandbox
from ticketing.models import Offer, Order, Quota
from ticketing.models.types import UtcDateTime
from ticketing.policy import SYSTEM
from ticketing.queries import books
from ticketing.services import offers, orders, refunds
from ticketing.services.orders import ItemBack

Ids = dict[str, int]


@pytest.fixture
def ids(db: Any, monkeypatch: pytest.MonkeyPatch) -> Ids:
    """Sales that have ended in every way; the ids of what the cases break."""
    offer = offer_in("USD", size=100)
    paid = paid_sale(offer=offer, code=code_for(offer).code)
    part = paid_sale(offer=offer, number=3)
    orders.give_back(SYSTEM, part.id, items=[ItemBack(part.order.items[0].id, 1)])
    cancelled = paid_sale(offer=offer)
    orders.cancel(cancelled.buyer, cancelled.id)
    refunds.carry_out(cancelled.refunds[0].id)
    failed = _with_a_failed_refund(offer, monkeypatch)
    manual, given_back = (Sale(offer=offer, channel="btick") for _ in range(2))
    for sale in (manual, given_back):
        orders.confirm(SYSTEM, sale.id)
    orders.refund(SYSTEM, given_back.id)
    pending = Sale(offer=offer)
    pending.start()
    lapsed = Sale(offer=offer)
    lapsed.run_out()
    sales = {"paid": paid, "part": part, "cancelled": cancelled, "failed": failed, "manual": manual}
    sales |= {"given_back": given_back, "pending": pending, "lapsed": lapsed}
    found = {name: sale.id for name, sale in sales.items()}
    for name, sale in sales.items():
        found |= {f"{name}_payment": payment.id for payment in sale.payments}
        found |= {f"{name}_refund": refund.id for refund in sale.refunds}
    order = paid.order
    found |= {
        "quota": offer.quota_id,
        "organization": order.organization_id,
        "code": order.promo_code_id or 0,
    }
    return {**found, **_days(), "item": part.order.items[0].id}


def _with_a_failed_refund(offer: Offer, monkeypatch: pytest.MonkeyPatch) -> Sale:
    sale = paid_sale(offer=offer)
    orders.cancel(sale.buyer, sale.id)
    with monkeypatch.context() as patch:
        patch.setattr(Sandbox, "refund", _decline)
        refunds.carry_out(sale.refunds[0].id)
    return sale


def _decline(*_given: Any, **_more: Any) -> str:
    raise Declined("no")


def _days() -> Ids:
    """An event of two days that admits fifty on each, with a pass for the first and one for both."""
    event = EventFactory(pricing_type="day_based", capacity=50)
    whole = {"name": "Pass", "price": Decimal(10), "quantity": 10}
    made = offers.create_type(
        SYSTEM,
        event=event.id,
        name="Pass",
        total_quantity=20,
        day_passes=[
            {**whole, "name": "One", "day_number": 1},
            {**whole, "name": "Two", "day_number": 2},
            {**whole, "name": "Both", "is_all_days": True},
        ],
    )
    first, second = extension.session.scalars(
        select(Quota.id).where(Quota.event_id == event.id, Quota.kind == "day").order_by(Quota.id)
    )
    one, two, both = sorted(made.offers, key=lambda offer: offer.id)
    names = {"one": one.id, "two": two.id, "both": both.id, "first_day": first, "second_day": second}
    return {**names, "own_quota": one.quota_id, "type_quota": made.quota_id or 0}


def _break(ids: Ids, statements: tuple[str, ...]) -> None:
    old = clock.now() - timedelta(days=2)
    for statement in statements:
        sql = text(statement.format(**ids))
        if ":old" in statement:
            sql = sql.bindparams(bindparam("old", old, type_=UtcDateTime))
        assert extension.session.execute(sql).rowcount > 0, statement
    extension.session.commit()


def _shift(posting: str, account: str, by: int) -> str:
    source, source_id, kind = posting.split()
    return (
        f"UPDATE ledger_entries SET amount = amount + {by} WHERE source = '{source}'"
        f" AND source_id = {source_id} AND kind = '{kind}' AND account = '{account}'"
    )


def _leg(source: str, source_id: str, kind: str, account: str, amount: int) -> str:
    return (
        "INSERT INTO ledger_entries (organization_id, order_id, source, source_id, kind, account, amount,"
        " currency, created_at) VALUES ({organization}, {paid}, "
        f"'{source}', {source_id}, '{kind}', '{account}', {amount}, 'USD', :old)"
    )


def _rename(source: str, source_id: str, kind: str, account: str, new: str) -> str:
    return (
        f"UPDATE ledger_entries SET account = '{new}' WHERE source = '{source}'"
        f" AND source_id = {source_id} AND kind = '{kind}' AND account = '{account}'"
    )


#: What is found, of what, and the statements that bring it about.
CASES: dict[str, tuple[str, tuple[str, ...]]] = {
    "posting_unbalanced": (
        "posting 'sent' of withdrawal 1",
        (_leg("withdrawal", "1", "sent", "payouts", 5),),
    ),
    "payment_paid_posting": (
        "payment {paid_payment}",
        (
            _shift("payment {paid_payment} paid", "gateway", -1),
            _shift("payment {paid_payment} paid", "fees", 1),
        ),
    ),
    "payment_gateway_fee_posting": (
        "payment {paid_payment}",
        ("UPDATE payments SET gateway_fee = gateway_fee + 1 WHERE id = {paid_payment}",),
    ),
    "refund_refunded_posting": (
        "refund {given_back_refund}",
        (_rename("refund", "{given_back_refund}", "refunded", "outside", "gateway"),),
    ),
    "refund_failed_posting": (
        "refund {failed_refund}",
        (_rename("refund", "{failed_refund}", "failed", "gateway", "gateway_fees"),),
    ),
    "posting_without_cause": (
        "posting 'paid' of payment 999999",
        (
            _leg("payment", "999999", "paid", "outside", 7),
            _leg("payment", "999999", "paid", "outside_sales", -7),
        ),
    ),
    "posting_misplaced": (
        "posting 'paid' of payment {manual_payment}",
        (
            ("UPDATE ledger_entries SET order_id = {part} WHERE source = 'payment'"
            " AND source_id = {manual_payment}"),
        ),
    ),
    "balance": (
        "organization {organization}",
        ("UPDATE balances SET amount = amount + 1 WHERE organization_id = {organization}",),
    ),
    "payment_received": (
        "payment {paid_payment}",
        ("UPDATE payments SET amount = amount + 1 WHERE id = {paid_payment}",),
    ),
    "payment_refunded": (
        "payment {part_payment}",
        (
            "UPDATE payments SET amount_refunded = amount_refunded + 1 WHERE id = {part_payment}",
            "UPDATE orders SET amount_refunded = amount_refunded + 1 WHERE id = {part}",
        ),
    ),
    "payment_overdrawn": (
        "payment {given_back_payment}",
        (
            ("UPDATE payments SET amount = amount - 1, amount_received = amount_received - 1"
            " WHERE id = {given_back_payment}"),
            "UPDATE orders SET amount_paid = amount_paid - 1 WHERE id = {given_back}",
            _shift("payment {given_back_payment} paid", "outside", -1),
            _shift("payment {given_back_payment} paid", "outside_sales", 1),
        ),
    ),
    "payment_fee": (
        "payment {paid_payment}",
        ("UPDATE orders SET fee = fee + 1, discount = discount + 1 WHERE id = {paid}",),
    ),
    "payment_fee_given_back": (
        "payment {given_back_payment}",
        ("UPDATE payments SET service_fee = 1 WHERE id = {given_back_payment}",),
    ),
    "payment_misplaced": (
        "payment {part_payment}",
        ("UPDATE refunds SET currency = 'EUR' WHERE id = {part_refund}",),
    ),
    "order_paid": ("{paid}", ("UPDATE orders SET amount_paid = amount_paid - 1 WHERE id = {paid}",)),
    "order_refunded": (
        "{part}",
        ("UPDATE orders SET amount_refunded = amount_refunded + 1 WHERE id = {part}",),
    ),
    "order_subtotal": (
        "{manual}",
        ("UPDATE orders SET subtotal = subtotal + 1, discount = discount + 1 WHERE id = {manual}",),
    ),
    "order_total": ("{manual}", ("UPDATE orders SET discount = discount + 1 WHERE id = {manual}",)),
    "order_unpaid": (
        "{paid}",
        ("UPDATE orders SET fee = fee + 1, amount_due = amount_due + 1 WHERE id = {paid}",),
    ),
    "order_given_back_and_valid": (
        "{given_back}",
        ("UPDATE orders SET status = 'confirmed', expires_at = NULL WHERE id = {given_back}",),
    ),
    "money_without_order": (
        "{paid}",
        ("UPDATE orders SET fee = fee - 1, amount_due = amount_due - 1 WHERE id = {paid}",),
    ),
    "quota": ("quota {quota} (offer)", ("UPDATE quotas SET held = held + 1 WHERE id = {quota}",)),
    "quota_oversold": ("quota {quota} (offer)", ("UPDATE quotas SET size = 1 WHERE id = {quota}",)),
    "quota_not_drawn_on": (
        "offer {both}",
        ("DELETE FROM offer_quotas WHERE offer_id = {both} AND quota_id = {second_day}",),
    ),
    "quota_drawn_on": (
        "offer {one}",
        ("INSERT INTO offer_quotas (offer_id, quota_id) VALUES ({one}, {second_day})",),
    ),
    "promo_code": ("promo code", ("UPDATE promo_codes SET used = used + 1 WHERE id = {code}",)),
    "promo_code_overused": ("promo code", ("UPDATE promo_codes SET max_uses = 0 WHERE id = {code}",)),
    "tickets": (
        "{manual}",
        ("UPDATE tickets SET status = 'cancelled' WHERE order_id = {manual} AND position = 1",),
    ),
    "tickets_of_no_order": (
        "{cancelled}",
        ("UPDATE tickets SET status = 'active' WHERE order_id = {cancelled} AND position = 1",),
    ),
}  # fmt: skip
#: What the database itself refuses, and is asked to overlook here.
REFUSED = {
    "quota_oversold": [("quotas", "never_oversold")],
    "promo_code_overused": [("promo_codes", "uses_within_limit")],
    "order_total": [("orders", "adds_up")],
    "payment_overdrawn": [("payments", "refunds_within_receipt"), ("orders", "refunds_within_payment")],
}
WAITING: dict[str, tuple[str, tuple[str, ...]]] = {
    "refund_waiting": (
        "refund {part_refund}",
        ("UPDATE refunds SET status = 'requested', created_at = :old WHERE id = {part_refund}",),
    ),
    "payment_open": (
        "payment {pending_payment}",
        ("UPDATE payments SET created_at = :old WHERE id = {pending_payment}",),
    ),
    "payment_in_review": (
        "payment {pending_payment}",
        ("UPDATE payments SET status = 'review' WHERE id = {pending_payment}",),
    ),
    "gateway_event_waiting": (
        "gateway event",
        (
            (
                "UPDATE gateway_events SET processed_at = NULL, created_at = :old"
                " WHERE id = (SELECT MAX(id) FROM gateway_events)"
            ),
        ),
    ),
}


@contextmanager
def _tried() -> Iterator[None]:
    """What happens within is undone in the end, so that one world serves all cases."""
    extension.session.commit()
    # The session's own savepoints begin and end inside of this one.
    connection: Any = extension.engines[None]
    connection.exec_driver_sql("SAVEPOINT tried")
    try:
        yield
    finally:
        extension.session.rollback()
        connection.exec_driver_sql("ROLLBACK TO SAVEPOINT tried")
        extension.session.expire_all()


def _overlook(kind: str) -> None:
    """The database does not look at the CHECKs that this case violates."""
    connection = extension.session.connection()
    for table, name in REFUSED.get(kind, ()):
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        else:
            connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}")


@pytest.fixture
def strict_again(db: Any) -> Iterator[None]:
    yield
    connection = db.session.connection()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = OFF")


def _subject(pattern: str, ids: Ids) -> str:
    """Orders are called by their numbers."""
    if pattern.startswith("{") and pattern.endswith("}"):
        return f"order {extension.session.get_one(Order, ids[pattern[1:-1]]).number}"
    return pattern.format(**ids)


def test_what_is_broken_is_found_and_nothing_else(ids: Ids, strict_again: None) -> None:
    for kind, (pattern, statements) in CASES.items():
        with _tried():
            _overlook(kind)
            _break(ids, statements)
            findings = books.check()
            assert [finding.kind for finding in findings] == [kind], [str(one) for one in findings]
            assert findings[0].subject.startswith(_subject(pattern, ids))
            assert re.search(r"\bshould\b|\bstill\b|\bat most\b", findings[0].sentence)
    assert books.check() == []


def test_what_has_waited_too_long_is_a_warning_and_no_finding(ids: Ids) -> None:
    known = set(books.audit().warnings)
    for kind, (pattern, statements) in WAITING.items():
        with _tried():
            _break(ids, statements)
            audit = books.audit()
            (new,) = set(audit.warnings) - known
            assert new.kind == kind
            assert new.subject.startswith(_subject(pattern, ids))
            assert audit.findings == []


def test_money_that_a_failed_refund_left_behind_is_a_warning(ids: Ids) -> None:
    audit = books.audit()
    assert audit.findings == []
    assert [(one.kind, one.subject) for one in audit.warnings] == [("money_kept", _subject("{failed}", ids))]


def test_every_check_has_a_case() -> None:
    assert {one.kind for one in books.CHECKS} == set(CASES)
    assert {one.kind for one in books.LOOKS} == {*WAITING, "money_kept"}


def test_sentences_name_what_is_expected_and_what_was_found(ids: Ids) -> None:
    _break(ids, CASES["quota"][1])
    (found,) = books.check()
    sentence = "its stock should be 2 held and 6 sold and is 3 held and 6 sold"
    assert str(found) == f"quota {ids['quota']} (offer): {sentence} [quota]"


def test_amounts_are_told_in_the_currency_s_own_digits(db: Any) -> None:
    sale = paid_sale(offer=offer_in("KWD", price=1500))
    _break({"id": sale.id}, ("UPDATE orders SET amount_paid = amount_paid - 1 WHERE id = {id}",))
    (found,) = books.check()
    assert found.sentence == "what was paid should be 3.150 KWD and is 3.149 KWD"


def test_broken_books_are_not_listed_without_end(db: Any) -> None:
    sale = Sale(size=200, number=1)
    for _ in range(101):
        Sale(offer=sale.offer, buyer=sale.buyer, number=1)
    _break({"offer": sale.offer.id}, ("UPDATE orders SET amount_paid = amount_paid + 1",))
    findings = [one for one in books.check() if one.kind == "order_paid"]
    assert len(findings) == 101
    assert findings[-1].subject == "and more"


def test_the_number_of_statements_does_not_depend_on_the_number_of_orders(ids: Ids, statements: Any) -> None:
    with statements() as seen:
        assert books.check() == []
    reads = [statement for statement in seen if statement.startswith("SELECT")]
    assert len(reads) == len(books.CHECKS)


def test_the_invariant_of_the_tests_is_this_check(ids: Ids) -> None:
    assert_books_add_up(extension.session)
    _break(ids, CASES["balance"][1])
    with pytest.raises(AssertionError, match="its balance should be"):
        assert_books_add_up(extension.session)
