"""Passwords: changing, resetting; and ending every session and token that is older."""

from __future__ import annotations

from ticketing import clock
from ticketing.errors import Invalid, said
from ticketing.models import User
from ticketing.policy import Actor
from ticketing.services import activity, notifications, passwords, throttle
from ticketing.services.accounts.addresses import (
    CHANGE,
    RESET,
    end_email_tokens,
    find_by_email,
    own_account,
    spend_email_token,
)
from ticketing.transaction import transactional


@transactional
def change_password(actor: Actor, *, old: str, new: str) -> User:
    """Give the account another password. Every older token and web session of it ends at once.

    :raises Invalid: the old password is wrong, or the new one is too weak or the same.
    """
    user = own_account(actor)
    if not passwords.matches(old, user.password_hash):
        raise Invalid("wrong_password", "This is not your current password.", field="old_password")
    _set_password(user, new, field="new_password")
    activity.record(actor, "password_changed", user)
    notifications.tell(notifications.PASSWORD_CHANGED, language=user.language, user_id=user.id)
    return user


@transactional
def request_reset(actor: Actor, email: str) -> None:
    """Mail a link that sets a new password, where an account has this address. The caller learns nothing
    of that."""
    user = find_by_email(email)
    if user is None or not user.is_active or not throttle.may_mail(user.email):
        return
    notifications.tell(notifications.RESET_PASSWORD, language=user.language, user_id=user.id)
    activity.record(actor, "password_reset_requested", user)


@transactional
def confirm_reset(actor: Actor, token: str, new: str) -> User:
    """Set a new password by a mailed link, which also shows that the address is the account's own.

    :raises Invalid: the token is no good, or the password too weak (the token then still works).
    """
    user, _ = spend_email_token(token, RESET)
    if not user.is_active:
        raise Invalid("bad_token", "This link is not valid any more.", field="token")
    _set_password(user, new, field="new_password")
    user.email_verified_at = user.email_verified_at or clock.now()
    activity.record(actor, "password_reset", user)
    throttle.forgive(actor.address, user.email)
    notifications.tell(notifications.PASSWORD_CHANGED, language=user.language, user_id=user.id)
    return user


@transactional
def sign_out_everywhere(actor: Actor) -> User:
    """End every token and web session of the account."""
    user = own_account(actor)
    user.token_epoch += 1
    activity.record(actor, "signed_out_everywhere", user)
    return user


def _set_password(user: User, password: str, *, field: str) -> None:
    """A refusal rolls the whole command back, the used-up token included."""
    personal = (user.email, user.username, user.first_name, user.last_name)
    weak = passwords.weaknesses(password, personal)
    if passwords.matches(password, user.password_hash):
        weak = [said("This is the password that you have.")]
    if weak:
        raise Invalid.in_fields({field: weak})
    user.password_hash = passwords.hash_password(password)
    user.token_epoch += 1
    end_email_tokens(user.id, RESET, CHANGE)
