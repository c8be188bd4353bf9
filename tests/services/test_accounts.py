"""Accounts: every way in, and the ways out."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask_jwt_extended import decode_token
from sqlalchemy import select

from tests.factories import (
    PASSWORD,
    EventFactory,
    MembershipFactory,
    OfferFactory,
    OrganizationFactory,
    UserFactory,
)
from tests.invariants.stock import assert_stock_adds_up
from ticketing import clock
from ticketing.errors import Invalid, NotSignedIn
from ticketing.extensions import db as extension
from ticketing.models import ActivityLog, EmailToken, Order, OutboxMessage, Ticket, User
from ticketing.policy import ANONYMOUS, SYSTEM, Actor
from ticketing.services import accounts, orders, passwords, tokens
from ticketing.services.accounts import EmailNotVerified, Person, WrongCredentials
from ticketing.services.orders import Line, terms_for

pytestmark = pytest.mark.usefixtures("db")
NEW = "another quiet afternoon"


def _claims(user: User) -> dict[str, object]:
    claims: dict[str, object] = decode_token(tokens.issue(user).access)
    return claims


def _mails() -> list[str]:
    return list(extension.session.scalars(select(OutboxMessage.kind).order_by(OutboxMessage.id)))


def _log() -> list[str]:
    return list(extension.session.scalars(select(ActivityLog.action).order_by(ActivityLog.id)))


def test_a_new_account_signs_in_by_address_or_username_in_any_case() -> None:
    accounts.register(ANONYMOUS, Person("Ada@Example.org", PASSWORD, username="ada"))
    for login in ("ada@example.org", "ADA@EXAMPLE.ORG", "ada", "ADA"):
        assert accounts.authenticate(ANONYMOUS, login, PASSWORD).username == "ada"


def test_a_username_is_made_from_the_address_and_does_not_clash() -> None:
    first = accounts.register(ANONYMOUS, Person("ada@example.org", PASSWORD))
    second = accounts.register(ANONYMOUS, Person("ada@example.com", PASSWORD))
    assert first.username == "ada"
    assert second.username.startswith("ada-")


@pytest.mark.parametrize(
    ("person", "field"),
    [
        (Person("no address", PASSWORD), "email"),
        (Person("a@b", PASSWORD), "email"),
        (Person("taken@example.org", PASSWORD), "email"),
        (Person("TAKEN@example.org", PASSWORD), "email"),
        (Person("new@example.org", PASSWORD, username="taken"), "username"),
        (Person("new@example.org", PASSWORD, username="two words"), "username"),
        (Person("new@example.org", "short1"), "password"),
        (Person("new@example.org", "1234567890"), "password"),
        (Person("new@example.org", "password"), "password"),
        (Person("longname@example.org", "longname1"), "password"),
        (Person("new@example.org", "x" * 2000), "password"),
    ],
)
def test_what_cannot_be_an_account_is_refused_by_field(person: Person, field: str) -> None:
    UserFactory(email="taken@example.org", username="taken")
    with pytest.raises(Invalid) as refusal:
        accounts.register(ANONYMOUS, person)
    assert list(refusal.value.fields) == [field]


@pytest.mark.parametrize("password", ["password123", "SecurePass123!", PASSWORD])
def test_ordinary_passwords_are_accepted(password: str) -> None:
    assert passwords.weaknesses(password, ("john@example.com", "johndoe")) == []


def test_a_failed_sign_in_stays_in_the_log_and_holds_no_password() -> None:
    user = UserFactory()
    for login in (user.email, "nobody@example.org"):
        with pytest.raises(WrongCredentials):
            accounts.authenticate(ANONYMOUS, login, "wrong password")
    assert _log() == ["login_failed", "login_failed"]
    assert "wrong" not in str([row.details for row in extension.session.scalars(select(ActivityLog))])


def test_who_must_verify_signs_in_afterwards_only() -> None:
    user = accounts.register(ANONYMOUS, Person("new@example.org", PASSWORD), must_verify=True)
    with pytest.raises(EmailNotVerified):
        accounts.authenticate(ANONYMOUS, user.email, PASSWORD)
    accounts.verify_email(ANONYMOUS, accounts.mint_email_token(user.id, "verify"))
    assert accounts.authenticate(ANONYMOUS, user.email, PASSWORD).id == user.id


def test_a_changed_password_ends_every_older_token() -> None:
    user = UserFactory()
    claims = _claims(user)
    assert tokens.actor_of(claims).user_id == user.id
    accounts.change_password(Actor.of(user), old=PASSWORD, new=NEW)
    with pytest.raises(NotSignedIn):
        tokens.actor_of(claims)
    assert accounts.authenticate(ANONYMOUS, user.email, NEW)
    assert "mail.password_changed" in _mails()


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("wrong", NEW, "old_password"),
        (PASSWORD, "1234", "new_password"),
        (PASSWORD, PASSWORD, "new_password"),
    ],
)
def test_a_password_changes_only_for_who_knows_it_and_to_a_better_one(old: str, new: str, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        accounts.change_password(Actor.of(UserFactory()), old=old, new=new)
    assert list(refusal.value.fields) == [field]


def test_a_reset_works_once_within_the_hour_and_ends_older_tokens() -> None:
    user = UserFactory()
    claims = _claims(user)
    accounts.request_reset(ANONYMOUS, user.email.upper())
    assert _mails() == ["mail.reset_password"]
    token = accounts.mint_email_token(user.id, "reset")
    with pytest.raises(Invalid, match="too short"):
        accounts.confirm_reset(ANONYMOUS, token, "short")
    accounts.confirm_reset(ANONYMOUS, token, NEW)
    with pytest.raises(NotSignedIn):
        tokens.actor_of(claims)
    with pytest.raises(Invalid, match="not valid"):
        accounts.confirm_reset(ANONYMOUS, token, "yet another afternoon")


def test_a_reset_link_dies_after_an_hour() -> None:
    token = accounts.mint_email_token(UserFactory().id, "reset")
    later = clock.now() + timedelta(minutes=61)
    with time_machine.travel(later), pytest.raises(Invalid, match="not valid"):
        accounts.confirm_reset(ANONYMOUS, token, NEW)


def test_a_token_for_one_purpose_is_refused_for_another() -> None:
    user = UserFactory()
    with pytest.raises(Invalid):
        accounts.confirm_reset(ANONYMOUS, accounts.mint_email_token(user.id, "verify"), NEW)
    with pytest.raises(Invalid):
        accounts.verify_email(ANONYMOUS, accounts.mint_email_token(user.id, "reset"))


def test_a_newer_link_ends_the_older_one() -> None:
    user = UserFactory()
    older = accounts.mint_email_token(user.id, "verify")
    accounts.mint_email_token(user.id, "verify")
    with pytest.raises(Invalid):
        accounts.verify_email(ANONYMOUS, older)


def test_asking_for_mail_to_an_unknown_address_is_answered_like_any_other() -> None:
    assert accounts.request_reset(ANONYMOUS, "nobody@example.org") is None
    assert accounts.resend_verification(ANONYMOUS, "nobody@example.org") is None
    assert accounts.resend_verification(ANONYMOUS, "\0") is None
    assert _mails() == []


def test_a_new_address_counts_when_its_link_is_opened_and_the_old_one_is_told() -> None:
    user = UserFactory(email="old@example.org")
    accounts.request_email_change(Actor.of(user), password=PASSWORD, new_email="new@example.org")
    assert user.email == "old@example.org"
    token = accounts.mint_email_token(user.id, "change_email", "new@example.org")
    accounts.confirm_email_change(ANONYMOUS, token)
    assert user.email == "new@example.org"
    told = extension.session.scalars(
        select(OutboxMessage).where(OutboxMessage.kind == "mail.email_changed")
    ).one()
    assert told.payload["old_email"] == "old@example.org"


def test_an_address_that_was_taken_meanwhile_is_not_changed_to() -> None:
    user = UserFactory()
    token = accounts.mint_email_token(user.id, "change_email", "wanted@example.org")
    UserFactory(email="wanted@example.org")
    with pytest.raises(Invalid, match="exists already"):
        accounts.confirm_email_change(ANONYMOUS, token)


def test_a_deleted_account_leaves_no_name_behind_and_the_books_in_order() -> None:
    user = UserFactory(email="leaving@example.org")
    actor = Actor.of(user).seen_at("203.0.113.7", "a browser")
    offer = OfferFactory(size=5)
    kept = orders.place(actor, [Line(offer.id, 1)], terms=terms_for("btick")).order_id
    orders.confirm(SYSTEM, kept)
    waiting = orders.place(actor, [Line(offer.id, 2)], terms=terms_for("btick")).order_id
    claims = _claims(user)
    accounts.delete(actor, password=PASSWORD)
    extension.session.expire_all()
    confirmed, cancelled = (extension.session.get(Order, number) for number in (kept, waiting))
    assert confirmed
    assert cancelled
    assert (confirmed.status, confirmed.user_id, confirmed.buyer_email) == ("confirmed", None, "")
    assert cancelled.status == "cancelled"
    assert extension.session.scalars(select(Ticket.attendee_name)).all() == [""]
    assert set(extension.session.scalars(select(ActivityLog.ip_address))) == {""}
    with pytest.raises(NotSignedIn):
        tokens.actor_of(claims)
    assert_stock_adds_up(extension.session)


def test_the_only_owner_of_coming_events_cannot_leave() -> None:
    user = UserFactory()
    organization = OrganizationFactory()
    MembershipFactory(organization=organization, user=user, role="OWNER")
    EventFactory(organization=organization)
    with pytest.raises(Invalid, match="another owner"):
        accounts.delete(Actor.of(user), password=PASSWORD)
    MembershipFactory(organization=organization, user=UserFactory(), role="OWNER")
    accounts.delete(Actor.of(user), password=PASSWORD)


def test_a_closed_account_is_out_at_once() -> None:
    user = UserFactory()
    claims = _claims(user)
    accounts.deactivate(SYSTEM, user.email)
    with pytest.raises(NotSignedIn):
        tokens.actor_of(claims)
    with pytest.raises(WrongCredentials):
        accounts.authenticate(ANONYMOUS, user.email, PASSWORD)


def test_ranks_are_given_and_taken() -> None:
    user = UserFactory()
    assert accounts.promote(user.email, "support").is_support
    assert accounts.promote(user.email, "superuser").is_superuser
    assert not accounts.promote(user.email, "consumer").is_staff
    with pytest.raises(Invalid):
        accounts.promote(user.email, "emperor")


def test_nobody_gives_themselves_a_rank_through_the_profile() -> None:
    with pytest.raises(Invalid, match="cannot be changed"):
        accounts.update_profile(Actor.of(UserFactory()), is_staff="1")


def test_mailed_secrets_are_kept_as_hashes_only() -> None:
    token = accounts.mint_email_token(UserFactory().id, "reset")
    kept = extension.session.scalars(select(EmailToken)).one()
    assert token not in str(vars(kept))
