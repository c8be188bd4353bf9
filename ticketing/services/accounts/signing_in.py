"""Signing in."""

from __future__ import annotations

from ticketing import clock
from ticketing.errors import RecordedRefusal, said
from ticketing.models import User
from ticketing.policy import Actor
from ticketing.queries.accounts import by_login
from ticketing.queries.keys import load
from ticketing.services import activity, passwords
from ticketing.transaction import transactional


class WrongCredentials(RecordedRefusal):
    """No account has this name and password, or it may not sign in."""

    def __init__(self) -> None:
        super().__init__("wrong_credentials", said("Invalid email or password."))


class EmailNotVerified(RecordedRefusal):
    """The account exists and must show first that its address is its own."""

    def __init__(self) -> None:
        super().__init__("email_not_verified", said("Email not verified. Please check your email."))


def authenticate(actor: Actor, login: str, password: str) -> User:
    """The account with this e-mail address or username and this password.

    The password is compared before the transaction begins: that takes long on purpose, and nobody's booking
    waits for it.

    :raises WrongCredentials: there is none, or it is closed. The attempt stays in the activity log.
    :raises EmailNotVerified: the password is right, and the address is still to be verified.
    """
    user = by_login(login)
    if user is None:
        passwords.waste_time(password)
        _turn_away(actor, login)
        raise WrongCredentials
    stored = user.password_hash
    if not passwords.matches(password, stored):
        _turn_away(actor, login, user.id)
        raise WrongCredentials
    outdated = passwords.hasher().check_needs_rehash(stored)
    return _let_in(actor, user.id, stored, passwords.hash_password(password) if outdated else stored)


@transactional
def _turn_away(actor: Actor, login: str, user_id: int | None = None) -> None:
    if user_id is None:
        activity.record(actor, "login_failed", login=_hint(login))
    else:
        activity.record(actor, "login_failed", ("user", user_id))


@transactional
def _let_in(actor: Actor, user_id: int, compared: str, keep: str) -> User:
    """Sign the account in, unless its password has changed since it was compared."""
    user = load(User, user_id, lock=True)
    if not user.is_active or user.password_hash != compared:
        activity.record(actor, "login_failed", user)
        raise WrongCredentials
    if user.must_verify_email and user.email_verified_at is None:
        activity.record(actor, "login_failed", user, reason="email_not_verified")
        raise EmailNotVerified
    user.password_hash = keep
    user.last_login_at = clock.now()
    activity.record(Actor.of(user, address=actor.address, agent=actor.agent), "login", user)
    return user


def _hint(login: str) -> str:
    """Enough of an unknown name to recognise it. All of it might be a password in the wrong field."""
    name, at, host = login.strip().partition("@")
    return f"{name[:2]}…{at}{host}"[:254]
