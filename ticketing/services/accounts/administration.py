"""Accounts in the hands of those who run the house."""

from __future__ import annotations

from ticketing import clock
from ticketing.errors import Invalid, NotFound
from ticketing.models import User
from ticketing.policy import SYSTEM, Actor, Permission, require
from ticketing.queries.keys import Key, load
from ticketing.services import activity, notifications, throttle, tickets
from ticketing.services.accounts import ranks
from ticketing.services.accounts.addresses import VERIFY, end_email_tokens, find_by_email
from ticketing.services.accounts.registration import Person, register
from ticketing.transaction import transactional


@transactional
def create_admin(email: str, password: str) -> User:
    """Open a superuser's account whose address needs no verification.

    :raises Invalid: the address is taken or malformed, or the password too weak.
    """
    user = register(SYSTEM, Person(email, password))
    user.email_verified_at = clock.now()
    ranks.set_rank(SYSTEM, user, "superuser")
    return user


@transactional
def promote(email: str, rank: str) -> User:
    """Make an account organizer, support, staff or superuser; ``consumer`` takes every rank away.

    :raises NotFound: no account has this address.
    :raises Invalid: there is no such rank.
    """
    if rank not in ranks.RANKS:
        raise Invalid("unknown_rank", f"A rank is one of {', '.join(ranks.RANKS)}.", field="rank")
    user = _found(email)
    ranks.set_rank(SYSTEM, user, rank)
    return user


@transactional
def deactivate(actor: Actor, email: str) -> User:
    """Close an account: it cannot sign in, and its tokens and sessions end at once.

    :raises NotFound: no account has this address.
    """
    user = _found(email)
    _close(actor, user)
    return user


@transactional
def close(actor: Actor, key: Key) -> User:
    """As ``deactivate``, for staff.

    :raises NotAllowed: it is the actor's own, or that of staff and the actor is no superuser.
    :raises Invalid: it is closed already, or the last superuser's.
    """
    superusers = ranks.lock_superusers()
    user = load(User, key, lock=True)
    require(actor, Permission.USER_CLOSE, user)
    if not user.is_active:
        raise Invalid("closed", "This account is switched off already.")
    ranks.refuse_last(user, superusers)
    _close(actor, user)
    return user


@transactional
def reopen(actor: Actor, key: Key) -> User:
    """Let a closed account sign in again.

    :raises NotAllowed: it is that of staff, and the actor is no superuser.
    :raises Invalid: it is open.
    """
    user = _mine(actor, key, Permission.USER_CLOSE)
    if user.is_active:
        raise Invalid("open", "This account is switched on already.")
    user.is_active = True
    activity.record(actor, "account_reactivated", user)
    return user


@transactional
def mark_verified(actor: Actor, key: Key) -> User:
    """Take note that an account's address is its own; whoever runs the house has seen to that.

    :raises NotAllowed: it is that of other staff, and the actor is no superuser.
    :raises Invalid: that is known already.
    """
    user = _mine(actor, key)
    _refuse_verified(user)
    user.email_verified_at = clock.now()
    tickets.claim(user)
    end_email_tokens(user.id, VERIFY)
    activity.record(actor, "email_marked_verified", user)
    return user


@transactional
def send_verification(actor: Actor, key: Key) -> User:
    """Send the mail again with which somebody shows that the address is theirs; older links end.

    :raises NotAllowed: it is that of other staff, and the actor is no superuser.
    :raises Invalid: the address is verified, or the account closed.
    :raises TooMany: the account got many mails already.
    """
    user = _mine(actor, key)
    _refuse_verified(user)
    _refuse_closed(user)
    throttle.take_mail(user.email)
    end_email_tokens(user.id, VERIFY)
    notifications.tell(notifications.VERIFY_EMAIL, language=user.language, user_id=user.id)
    activity.record(actor, "verification_resent", user)
    return user


@transactional
def send_reset(actor: Actor, key: Key) -> User:
    """Mail a link that sets a new password.

    :raises NotAllowed: it is that of other staff, and the actor is no superuser.
    :raises Invalid: the account is closed.
    :raises TooMany: the account got many mails already.
    """
    user = _mine(actor, key)
    _refuse_closed(user)
    throttle.take_mail(user.email)
    notifications.tell(notifications.RESET_PASSWORD, language=user.language, user_id=user.id)
    activity.record(actor, "password_reset_requested", user)
    return user


@transactional
def end_sessions(actor: Actor, key: Key) -> User:
    """End every token and web session of an account.

    :raises NotAllowed: it is that of other staff, and the actor is no superuser.
    """
    user = _mine(actor, key)
    user.token_epoch += 1
    activity.record(actor, "signed_out_everywhere", user)
    return user


def _mine(actor: Actor, key: Key, permission: Permission = Permission.USER_MANAGE) -> User:
    user = load(User, key, lock=True)
    require(actor, permission, user)
    return user


def _close(actor: Actor, user: User) -> None:
    user.is_active = False
    user.token_epoch += 1
    activity.record(actor, "account_deactivated", user)


def _refuse_verified(user: User) -> None:
    if user.email_verified_at is not None:
        raise Invalid("verified", "This address is verified already.")


def _refuse_closed(user: User) -> None:
    if not user.is_active:
        raise Invalid("closed", "This account is switched off.")


def _found(email: str) -> User:
    user = find_by_email(email)
    if user is None:
        raise NotFound("account")
    return user
