"""Accounts in the hands of those who run the house."""

from __future__ import annotations

from ticketing import clock
from ticketing.errors import Invalid, NotFound
from ticketing.extensions import db
from ticketing.models import User
from ticketing.policy import SYSTEM, Actor
from ticketing.services import activity
from ticketing.services.accounts.addresses import find_by_email
from ticketing.services.accounts.registration import Person, register
from ticketing.transaction import transactional

#: What an account can be made, and the columns that say so.
RANKS: dict[str, dict[str, object]] = {
    "consumer": {"user_type": "consumer", "is_staff": False, "is_superuser": False, "is_support": False},
    "organizer": {"user_type": "organizer"},
    "support": {"is_support": True},
    "staff": {"is_staff": True},
    "superuser": {"is_staff": True, "is_superuser": True},
}


@transactional
def create_admin(email: str, password: str) -> User:
    """Open a superuser's account whose address needs no verification.

    :raises Invalid: the address is taken or malformed, or the password too weak.
    """
    user = register(SYSTEM, Person(email, password))
    user.email_verified_at = clock.now()
    _rank(user, "superuser")
    return user


@transactional
def promote(email: str, rank: str) -> User:
    """Make an account organizer, support, staff or superuser; ``consumer`` takes every rank away.

    :raises NotFound: no account has this address.
    :raises Invalid: there is no such rank.
    """
    if rank not in RANKS:
        raise Invalid("unknown_rank", f"A rank is one of {', '.join(RANKS)}.", field="rank")
    user = _found(email)
    _rank(user, rank)
    return user


@transactional
def deactivate(actor: Actor, email: str) -> User:
    """Close an account: it cannot sign in, and its tokens and sessions end at once.

    :raises NotFound: no account has this address.
    """
    user = _found(email)
    user.is_active = False
    user.token_epoch += 1
    activity.record(actor, "account_deactivated", user)
    return user


def _rank(user: User, rank: str) -> None:
    before = {column: getattr(user, column) for column in RANKS[rank]}
    for column, value in RANKS[rank].items():
        setattr(user, column, value)
    user.token_epoch += 1
    db.session.flush()
    activity.record(SYSTEM, "rank_changed", user, rank=rank, changed=activity.changes(before, RANKS[rank]))


def _found(email: str) -> User:
    user = find_by_email(email)
    if user is None:
        raise NotFound("account")
    return user
