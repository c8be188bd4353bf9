"""What is always true of money, stock, promo codes and tickets, whatever happened before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select

from ticketing.models import Order
from ticketing.queries import books


def assert_books_add_up(session: Any) -> None:
    """There are orders, and ``flask ledger check`` would find nothing wrong with them."""
    session.commit()
    assert session.scalar(select(func.count()).select_from(Order)), "nothing to check"
    _assert_nothing_is_found()


def _assert_nothing_is_found() -> None:
    findings = books.check()
    assert not findings, "\n".join(str(finding) for finding in findings)


@pytest.fixture
def books_add_up(db: Any) -> Iterator[None]:
    """The test leaves books that add up."""
    yield
    db.session.commit()
    _assert_nothing_is_found()
