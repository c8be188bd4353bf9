"""Accounts: signing up, signing in."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import func, select

from ticketing import clock
from ticketing.errors import Invalid, RecordedRefusal
from ticketing.extensions import db
from ticketing.models import EmailToken, User
from ticketing.policy import Actor
from ticketing.queries.keys import load
from ticketing.services import activity, notifications, passwords
from ticketing.transaction import transactional

#: How long a mailed secret works, by what it is for.
TOKEN_LIFE = {"verify": timedelta(hours=24), "reset": timedelta(hours=1), "change_email": timedelta(hours=24)}
_USERNAME = re.compile(r"[\w.@+-]{1,150}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Person:
    """What somebody says of themselves when signing up."""

    email: str
    password: str
    username: str = ""
    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    user_type: str = "consumer"
    language: str = "en"


class WrongCredentials(RecordedRefusal):
    """No account has this name and password, or it may not sign in."""

    def __init__(self) -> None:
        super().__init__("wrong_credentials", "Invalid email or password.")


class EmailNotVerified(RecordedRefusal):
    """The account exists and must show first that its address is its own."""

    def __init__(self) -> None:
        super().__init__("email_not_verified", "Email not verified. Please check your email.")


@transactional
def register(actor: Actor, person: Person, *, must_verify: bool = False) -> User:
    """Open an account; the verification mail goes out (BTick 001 §1.1).

    A missing username is made from the address. The account may sign in at once unless ``must_verify``.

    :raises Invalid: the address or the username is taken or malformed, or the password too weak.
    """
    wrong: dict[str, list[str]] = {}
    email = _checked_email(person.email, wrong)
    username = person.username.strip() or (_free_username(email) if email else "")
    if person.username and not wrong:
        _check_username(username, wrong)
    weak = passwords.weaknesses(person.password, (email, username, person.first_name, person.last_name))
    if weak:
        wrong["password"] = weak
    if wrong:
        raise Invalid.in_fields(wrong)
    user = User(
        email=email,
        username=username,
        password_hash=passwords.hash_password(person.password),
        first_name=person.first_name.strip(),
        last_name=person.last_name.strip(),
        phone=person.phone.strip(),
        user_type=person.user_type,
        language=person.language,
        must_verify_email=must_verify,
        settings={},
    )
    db.session.add(user)
    db.session.flush()
    activity.record(actor, "account_registered", user)
    notifications.tell(notifications.VERIFY_EMAIL, language=user.language, user_id=user.id)
    return user


@transactional
def authenticate(actor: Actor, login: str, password: str) -> User:
    """The account with this e-mail address or username and this password.

    :raises WrongCredentials: there is none, or it is closed. The attempt stays in the activity log.
    :raises EmailNotVerified: the password is right, and the address is still to be verified.
    """
    user = _by_login(login)
    if user is None:
        passwords.waste_time(password)
        activity.record(actor, "login_failed", login=login[:254])
        raise WrongCredentials
    if not passwords.matches(password, user.password_hash) or not user.is_active:
        activity.record(actor, "login_failed", user)
        raise WrongCredentials
    if user.must_verify_email and user.email_verified_at is None:
        activity.record(actor, "login_failed", user, reason="email_not_verified")
        raise EmailNotVerified
    if passwords.hasher().check_needs_rehash(user.password_hash):
        user.password_hash = passwords.hash_password(password)
    user.last_login_at = clock.now()
    activity.record(Actor.of(user, address=actor.address, agent=actor.agent), "login", user)
    return user


@transactional
def mint_email_token(user_id: int, purpose: str) -> str:
    """A fresh single-use secret to be mailed; only its hash is kept."""
    token = secrets.token_urlsafe(32)
    db.session.add(
        EmailToken(
            user_id=user_id,
            purpose=purpose,
            token_hash=_hashed(token),
            expires_at=clock.now() + TOKEN_LIFE[purpose],
        )
    )
    return token


@transactional
def verify_email(actor: Actor, token: str) -> User:
    """Take note that an account's address is its own.

    :raises Invalid: the token is unknown, was used, or is too old.
    """
    row = db.session.scalars(
        select(EmailToken)
        .where(EmailToken.token_hash == _hashed(token), EmailToken.purpose == "verify")
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None or row.used_at is not None or row.expires_at <= clock.now():
        raise Invalid("bad_token", "This link is not valid any more.", field="token")
    row.used_at = clock.now()
    user = load(User, row.user_id, lock=True)
    user.email_verified_at = user.email_verified_at or clock.now()
    activity.record(actor, "email_verified", user)
    return user


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _by_login(login: str) -> User | None:
    login = login.strip().lower()
    if not login or "\0" in login:
        return None
    column = User.email if "@" in login else User.username
    user = db.session.scalars(select(User).where(func.lower(column) == login)).one_or_none()
    if user is None and "@" in login:
        user = db.session.scalars(select(User).where(func.lower(User.username) == login)).one_or_none()
    return user


def _checked_email(text: str, wrong: dict[str, list[str]]) -> str:
    """The address in the form that is stored; what is wrong with it goes into ``wrong``."""
    try:
        found = validate_email(text.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        wrong["email"] = ["Enter a valid email address."]
        return ""
    email = found.normalized
    if len(email) > 254:
        wrong["email"] = ["Enter a valid email address."]
        return ""
    if db.session.scalar(select(User.id).where(func.lower(User.email) == email.lower())):
        wrong["email"] = ["An account with this email address exists already."]
    return email


def _check_username(username: str, wrong: dict[str, list[str]]) -> None:
    if not _USERNAME.match(username):
        wrong["username"] = ["Use at most 150 letters, digits and @ . + - _ only."]
    elif db.session.scalar(select(User.id).where(func.lower(User.username) == username.lower())):
        wrong["username"] = ["This username is taken."]


def _free_username(email: str) -> str:
    """A username from the part before the @, with a tail that makes a clash unlikely where it is taken."""
    base = re.sub(r"[^a-z0-9.+_-]", "", email.split("@")[0].lower())[:100] or "user"
    if not db.session.scalar(select(User.id).where(func.lower(User.username) == base)):
        return base
    return f"{base}-{secrets.token_hex(4)}"
