"""What staff may do to accounts, and that a superuser is left."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tests.factories import PASSWORD, BuyerFactory, StaffFactory, SupportFactory, UserFactory
from ticketing import clock
from ticketing.errors import Invalid, NotAllowed, TooMany
from ticketing.extensions import db
from ticketing.models import ActivityLog, User
from ticketing.policy import SYSTEM, Actor
from ticketing.services import accounts, throttle

pytestmark = pytest.mark.usefixtures("db")
RANKS = ("support", "staff", "superuser")


def superuser(**details: Any) -> User:
    return UserFactory(is_staff=True, is_superuser=True, **details)


def test_support_and_buyers_do_nothing_to_accounts() -> None:
    user = UserFactory()
    for actor in (SupportFactory(), BuyerFactory()):
        for deed in (
            accounts.close, accounts.reopen, accounts.mark_verified, accounts.send_verification,
            accounts.send_reset, accounts.end_sessions,
        ):  # fmt: skip
            with pytest.raises(NotAllowed):
                deed(actor, user.id)
        for rank in RANKS:
            for change in (accounts.give_rank, accounts.take_rank):
                with pytest.raises(NotAllowed):
                    change(actor, user.id, rank)


def test_staff_keeps_its_hands_off_staff() -> None:
    actor = StaffFactory()
    for other in (UserFactory(is_staff=True), superuser()):
        for deed in (accounts.close, accounts.mark_verified, accounts.send_reset, accounts.end_sessions):
            with pytest.raises(NotAllowed):
                deed(actor, other.id)
        with pytest.raises(NotAllowed):
            accounts.give_rank(actor, other.id, "support")
    root = Actor.of(superuser())
    assert not accounts.close(root, UserFactory(is_staff=True).id).is_active


def test_only_superusers_make_staff() -> None:
    user = UserFactory()
    for rank in ("staff", "superuser"):
        with pytest.raises(NotAllowed):
            accounts.give_rank(StaffFactory(), user.id, rank)
    assert accounts.give_rank(StaffFactory(), user.id, "support").is_support
    root = Actor.of(superuser())
    assert accounts.give_rank(root, user.id, "staff").is_staff
    with pytest.raises(Invalid, match="has that rank already"):
        accounts.give_rank(root, user.id, "staff")
    assert accounts.give_rank(root, user.id, "superuser").is_superuser
    with pytest.raises(Invalid, match="take that rank first"):
        accounts.take_rank(root, user.id, "staff")
    assert accounts.take_rank(root, user.id, "superuser").is_staff
    assert not accounts.take_rank(root, user.id, "staff").is_staff
    with pytest.raises(Invalid, match="does not have that rank"):
        accounts.take_rank(root, user.id, "staff")


def test_nobody_changes_their_own_rank() -> None:
    first, _second = superuser(), superuser()
    for rank in RANKS:
        for change in (accounts.give_rank, accounts.take_rank):
            with pytest.raises(NotAllowed):
                change(Actor.of(first), first.id, rank)
    with pytest.raises(NotAllowed):
        accounts.close(Actor.of(first), first.id)


def test_a_rank_ends_sessions_and_is_noted() -> None:
    user, root = UserFactory(), Actor.of(superuser())
    before = user.token_epoch
    assert accounts.give_rank(root, user.id, "support").token_epoch > before
    noted = db.session.scalars(db.select(ActivityLog).where(ActivityLog.action == "rank_changed")).one()
    assert (noted.user_id, noted.object_id) == (root.user_id, user.id)
    assert noted.details == {"rank": "support", "changed": {"is_support": [False, True]}}


def test_the_last_superuser_stays() -> None:
    last = superuser()
    superuser(is_active=False)
    for deed in (
        lambda: accounts.take_rank(SYSTEM, last.id, "superuser"),
        lambda: accounts.close(SYSTEM, last.id),
        lambda: accounts.delete(Actor.of(last), password=PASSWORD),
    ):
        with pytest.raises(Invalid, match="last superuser"):
            deed()
    db.session.expire_all()
    assert (last.is_superuser, last.is_active) == (True, True)
    superuser()
    assert not accounts.take_rank(SYSTEM, last.id, "superuser").is_superuser


def test_a_closed_account_gets_no_rank_and_no_mail() -> None:
    actor, user = Actor.of(superuser()), UserFactory(is_active=False)
    with pytest.raises(Invalid, match="switched off"):
        accounts.give_rank(actor, user.id, "support")
    for deed in (accounts.send_reset, accounts.send_verification, accounts.close):
        with pytest.raises(Invalid, match="switched off"):
            deed(actor, user.id)
    assert accounts.reopen(actor, user.id).is_active
    with pytest.raises(Invalid, match="switched on already"):
        accounts.reopen(actor, user.id)


def test_a_verified_address_is_not_verified_again() -> None:
    actor = StaffFactory()
    user = UserFactory(email_verified_at=clock.now() - timedelta(days=1))
    for deed in (accounts.mark_verified, accounts.send_verification):
        with pytest.raises(Invalid, match="verified already"):
            deed(actor, user.id)


def test_a_link_that_went_out_ends_when_the_address_is_marked() -> None:
    user = UserFactory()
    token = accounts.mint_email_token(user.id, accounts.VERIFY)
    accounts.mark_verified(StaffFactory(), user.id)
    assert not accounts.email_token_works(token, accounts.VERIFY)


def test_nobody_is_flooded_with_mails(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "RATELIMIT_ENABLED", True)
    monkeypatch.setitem(app.config, "RATELIMIT_STORAGE_URI", "memory://")
    monkeypatch.setitem(app.extensions, "limits", throttle.Limits(app))
    actor, user = StaffFactory(), UserFactory()
    outcome = [_refused(lambda: accounts.send_reset(actor, user.id)) for _ in range(30)]
    assert (outcome[0], outcome[-1]) == (False, True)


def _refused(deed: Callable[[], object]) -> bool:
    try:
        deed()
    except TooMany:
        return True
    return False
