"""Many deeds at once: each by itself."""

from __future__ import annotations

import pytest

from tests.factories import StaffFactory, UserFactory
from ticketing.errors import Invalid
from ticketing.extensions import db
from ticketing.models import User
from ticketing.services import accounts, bulk
from ticketing.transaction import TransactionOpen, transactional

pytestmark = pytest.mark.usefixtures("db")


def test_what_is_refused_holds_up_nothing_and_is_told() -> None:
    good, closed, other = UserFactory(), UserFactory(is_active=False), UserFactory()
    keys = [good.uuid, closed.uuid, other.uuid, good.uuid]
    outcome = bulk.each(StaffFactory(), keys, accounts.close)
    assert outcome.done == [good.uuid, other.uuid]
    assert [(key, refusal.code) for key, refusal in outcome.refused] == [(closed.uuid, "closed")]
    db.session.expire_all()
    assert not db.session.get_one(User, good.id).is_active


def test_there_is_a_least_and_a_most() -> None:
    for keys in ([], list(range(1, bulk.MOST + 2))):
        with pytest.raises(Invalid, match="Choose"):
            bulk.each(StaffFactory(), keys, accounts.close)


def test_none_of_it_runs_in_somebody_elses_transaction() -> None:
    @transactional
    def outer() -> None:
        bulk.each(StaffFactory(), [1], accounts.close)

    with pytest.raises(TransactionOpen):
        outer()
