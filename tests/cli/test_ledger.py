"""``flask ledger check``: what it says, and with which exit code."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from tests.services.selling import Sale, paid_sale
from ticketing import clock
from ticketing.extensions import db as extension
from ticketing.models import Balance, Payment
from ticketing.queries import books

pytestmark = pytest.mark.usefixtures("db")
CHECK = ["ledger", "check"]


def _set(statement: Any) -> None:
    extension.session.execute(statement.execution_options(synchronize_session=False))
    extension.session.commit()


def test_books_that_add_up_are_said_to_and_the_exit_code_is_zero(runner: Any) -> None:
    paid_sale()
    result = runner.invoke(args=CHECK)
    assert result.exit_code == 0, result.output
    assert result.output == "The books add up: 1 orders, 5 ledger entries, 0 warnings.\n"


def test_an_empty_house_has_nothing_wrong(runner: Any) -> None:
    result = runner.invoke(args=CHECK)
    assert (result.exit_code, result.output) == (
        0,
        "The books add up: 0 orders, 0 ledger entries, 0 warnings.\n",
    )


def test_what_is_wrong_is_a_line_of_its_own_and_the_exit_code_is_one(runner: Any) -> None:
    sale = paid_sale()
    _set(update(Balance).values(amount=Balance.amount + 1))
    result = runner.invoke(args=CHECK)
    assert result.exit_code == 1
    first, last = result.output.splitlines()
    subject = f"organization {sale.order.organization_id}"
    assert first == f"Wrong: {subject}: its balance should be 50.00 USD and is 50.01 USD [balance]"
    assert last == "The books do not add up: 1 findings, 1 orders, 5 ledger entries, 0 warnings."


def test_a_warning_is_told_and_does_not_fail(runner: Any) -> None:
    Sale().start()
    _set(update(Payment).values(created_at=clock.now() - timedelta(days=2)))
    result = runner.invoke(args=CHECK)
    assert result.exit_code == 0
    first, last = result.output.splitlines()
    assert first.startswith("Warning: payment ")
    assert "52.50 USD are open since" in first
    assert last == "The books add up: 1 orders, 0 ledger entries, 1 warnings."


def test_nothing_is_written(runner: Any, statements: Any) -> None:
    paid_sale()
    with statements() as seen:
        runner.invoke(args=CHECK)
    assert len(seen.matching("SELECT")) == len(books.CHECKS) + len(books.LOOKS) + 2
    assert not [one for one in seen if one.split()[0] in ("INSERT", "UPDATE", "DELETE")]
