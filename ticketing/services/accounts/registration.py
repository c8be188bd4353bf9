"""Signing up."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import func, select

from ticketing.errors import Invalid, said
from ticketing.extensions import db
from ticketing.models import User
from ticketing.policy import Actor
from ticketing.services import activity, notifications, passwords
from ticketing.transaction import transactional

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


def register(actor: Actor, person: Person, *, must_verify: bool = False) -> User:
    """Open an account; the verification mail goes out (BTick 001 §1.1).

    A missing username is made from the address. The account may sign in at once unless ``must_verify``. The
    password is hashed before the transaction begins: that takes long on purpose, and nobody's booking waits
    for it.

    :raises Invalid: the address or the username is taken or malformed, or the password too weak.
    """
    _checked(person)
    return _open(actor, person, passwords.hash_password(person.password), must_verify)


@transactional
def _open(actor: Actor, person: Person, password_hash: str, must_verify: bool) -> User:
    email, username = _checked(person)
    user = User(
        email=email,
        username=username,
        password_hash=password_hash,
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


def _checked(person: Person) -> tuple[str, str]:
    """The address and the username that the account would have.

    :raises Invalid: something is taken, malformed or too weak; every field that is.
    """
    wrong: dict[str, list[str]] = {}
    email = checked_email(person.email, wrong)
    username = person.username.strip() or (_free_username(email) if email else "")
    if person.username and not wrong:
        _check_username(username, wrong)
    weak = passwords.weaknesses(person.password, (email, username, person.first_name, person.last_name))
    if weak:
        wrong["password"] = weak
    if wrong:
        raise Invalid.in_fields(wrong)
    return email, username


def checked_email(text: str, wrong: dict[str, list[str]]) -> str:
    """The address in the form that is stored; what is wrong with it goes into ``wrong``."""
    try:
        found = validate_email(text.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        wrong["email"] = [said("Enter a valid email address.")]
        return ""
    email = found.normalized
    if len(email) > 254:
        wrong["email"] = [said("Enter a valid email address.")]
        return ""
    if db.session.scalar(select(User.id).where(func.lower(User.email) == email.lower())):
        wrong["email"] = [said("An account with this email address exists already.")]
    return email


def _check_username(username: str, wrong: dict[str, list[str]]) -> None:
    if not _USERNAME.match(username):
        wrong["username"] = [said("Use at most 150 letters, digits and @ . + - _ only.")]
    elif db.session.scalar(select(User.id).where(func.lower(User.username) == username.lower())):
        wrong["username"] = [said("This username is taken.")]


def _free_username(email: str) -> str:
    """A username from the part before the @, with a tail that makes a clash unlikely where it is taken."""
    base = re.sub(r"[^a-z0-9.+_-]", "", email.split("@")[0].lower())[:100] or "user"
    if not db.session.scalar(select(User.id).where(func.lower(User.username) == base)):
        return base
    return f"{base}-{secrets.token_hex(4)}"
