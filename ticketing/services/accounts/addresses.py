"""E-mail addresses: showing that one is one's own, and changing it. Every mailed secret works once."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import func, select, update

from ticketing import clock
from ticketing.errors import Invalid, NotSignedIn
from ticketing.extensions import db
from ticketing.models import EmailToken, User
from ticketing.policy import Actor
from ticketing.queries.keys import load
from ticketing.services import activity, notifications, passwords, throttle, tickets
from ticketing.services.accounts.registration import checked_email
from ticketing.transaction import transactional

VERIFY, RESET, CHANGE = "verify", "reset", "change_email"
#: How long a mailed secret works, by what it is for.
TOKEN_LIFE = {VERIFY: timedelta(hours=24), RESET: timedelta(hours=1), CHANGE: timedelta(hours=24)}


@transactional
def mint_email_token(user_id: int, purpose: str, new_email: str | None = None) -> str:
    """A fresh single-use secret to be mailed; only its hash is kept, and older ones of the purpose die."""
    end_email_tokens(user_id, purpose)
    token = secrets.token_urlsafe(32)
    db.session.add(
        EmailToken(
            user_id=user_id,
            purpose=purpose,
            token_hash=_hashed(token),
            new_email=new_email,
            expires_at=clock.now() + TOKEN_LIFE[purpose],
        )
    )
    return token


def spend_email_token(token: str, purpose: str) -> tuple[User, EmailToken]:
    """Use a mailed secret up; its account, locked.

    It is looked up by its SHA-256, so that no comparison tells by its duration how much of a guess was right.

    :raises Invalid: it is unknown, for something else, was used, or is too old.
    """
    row = db.session.scalars(
        select(EmailToken)
        .where(EmailToken.token_hash == _hashed(token), EmailToken.purpose == purpose)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None or row.used_at is not None or row.expires_at <= clock.now():
        raise Invalid("bad_token", "This link is not valid any more.", field="token")
    row.used_at = clock.now()
    return load(User, row.user_id, lock=True), row


def email_token_works(token: str, purpose: str) -> bool:
    """Whether a mailed secret could be used now. Asking uses nothing up."""
    row = db.session.scalar(
        select(EmailToken).where(EmailToken.token_hash == _hashed(token), EmailToken.purpose == purpose)
    )
    return row is not None and row.used_at is None and row.expires_at > clock.now()


def end_email_tokens(user_id: int, *purposes: str) -> None:
    """Let no secret that went out for these purposes work any more."""
    db.session.execute(
        update(EmailToken)
        .where(EmailToken.user_id == user_id, EmailToken.purpose.in_(purposes), EmailToken.used_at.is_(None))
        .values(used_at=clock.now())
        .execution_options(synchronize_session=False)
    )


@transactional
def verify_email(actor: Actor, token: str) -> User:
    """Take note that an account's address is its own; its holder is welcomed.

    :raises Invalid: the token is unknown, was used, or is too old.
    """
    user, _ = spend_email_token(token, VERIFY)
    if user.email_verified_at is None:
        user.email_verified_at = clock.now()
        tickets.claim(user)
        notifications.tell(notifications.WELCOME, language=user.language, user_id=user.id)
    activity.record(actor, "email_verified", user)
    return user


@transactional
def resend_verification(actor: Actor, email: str) -> None:
    """Send the verification mail again, where an account waits for it. The caller learns nothing of that."""
    user = find_by_email(email)
    if user is None or user.email_verified_at is not None or not user.is_active:
        return
    if not throttle.may_mail(user.email):
        return
    end_email_tokens(user.id, VERIFY)
    notifications.tell(notifications.VERIFY_EMAIL, language=user.language, user_id=user.id)
    activity.record(actor, "verification_resent", user)


@transactional
def request_email_change(actor: Actor, *, password: str, new_email: str) -> None:
    """Mail a link to the new address; the old one stays until it is opened.

    :raises Invalid: the password is wrong, or the new address is malformed or taken.
    :raises TooMany: the account has asked for many mails already.
    """
    user = own_account(actor)
    if not passwords.matches(password, user.password_hash):
        raise Invalid("wrong_password", "This is not your password.", field="password")
    wrong: dict[str, list[str]] = {}
    checked = checked_email(new_email, wrong)
    if wrong:
        raise Invalid.in_fields({"new_email": wrong["email"]})
    throttle.take_mail(user.email)
    notifications.tell(notifications.CHANGE_EMAIL, language=user.language, user_id=user.id, new_email=checked)
    activity.record(actor, "email_change_requested", user)


@transactional
def confirm_email_change(actor: Actor, token: str) -> User:
    """Make the new address the account's; the old one is told.

    :raises Invalid: the token is no good, or the address was taken meanwhile.
    """
    user, row = spend_email_token(token, CHANGE)
    wrong: dict[str, list[str]] = {}
    new_email = checked_email(row.new_email or "", wrong)
    if wrong:
        raise Invalid("email_taken", wrong["email"][0], field="token")
    old_email, user.email = user.email, new_email
    user.email_verified_at = clock.now()
    tickets.claim(user)
    end_email_tokens(user.id, VERIFY, RESET, CHANGE)
    notifications.tell(
        notifications.EMAIL_CHANGED, language=user.language, user_id=user.id, old_email=old_email
    )
    activity.record(actor, "email_changed", user)
    return user


def find_by_email(email: str) -> User | None:
    """The account with this address, in any case of letters, locked; or nothing."""
    email = email.strip().lower()
    if not email or "\0" in email:
        return None
    statement = select(User).where(func.lower(User.email) == email).with_for_update(key_share=True)
    return db.session.scalars(statement.execution_options(populate_existing=True)).one_or_none()


def own_account(actor: Actor) -> User:
    """The actor's own account, locked.

    :raises NotSignedIn: the actor has none.
    """
    if actor.user_id is None:
        raise NotSignedIn
    return load(User, actor.user_id, lock=True)


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
