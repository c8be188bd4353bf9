"""Accounts from the command line."""

from __future__ import annotations

from typing import Any

from tests.factories import PASSWORD, UserFactory
from ticketing.extensions import db as extension
from ticketing.models import User
from ticketing.policy import ANONYMOUS
from ticketing.services import accounts


def _read(email: str) -> User:
    extension.session.expire_all()
    return extension.session.query(User).filter_by(email=email).one()


def test_an_admin_is_created_and_may_sign_in_at_once(runner: Any) -> None:
    result = runner.invoke(args=["users", "create-admin", "boss@example.org", "--password", PASSWORD])
    assert result.exit_code == 0, result.output
    user = accounts.authenticate(ANONYMOUS, "boss@example.org", PASSWORD)
    assert user.is_staff
    assert user.is_superuser
    assert user.email_verified_at is not None


def test_a_weak_password_is_refused_in_words_and_nothing_is_made(runner: Any) -> None:
    result = runner.invoke(args=["users", "create-admin", "boss@example.org", "--password", "1234"])
    assert result.exit_code == 1
    assert "too short" in result.output
    assert extension.session.query(User).count() == 0


def test_an_account_is_promoted_and_brought_down_again(runner: Any) -> None:
    email = UserFactory().email
    runner.invoke(args=["users", "promote", email, "support"])
    assert _read(email).is_support
    runner.invoke(args=["users", "promote", email, "consumer"])
    assert not _read(email).is_support


def test_a_deactivated_account_is_out_at_once(runner: Any) -> None:
    user = UserFactory()
    epoch, email = user.token_epoch, user.email
    assert runner.invoke(args=["users", "deactivate", email]).exit_code == 0
    assert not _read(email).is_active
    assert _read(email).token_epoch > epoch


def test_an_unknown_account_is_said_to_be_unknown(runner: Any) -> None:
    result = runner.invoke(args=["users", "promote", "nobody@example.org", "staff"])
    assert result.exit_code == 1
    assert "No such account" in result.output
