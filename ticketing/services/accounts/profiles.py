"""What people say of themselves."""

from __future__ import annotations

from ticketing.errors import Invalid
from ticketing.models import User
from ticketing.policy import Actor
from ticketing.services import activity
from ticketing.services.accounts.addresses import own_account
from ticketing.transaction import transactional

#: What an account may change of itself by simply saying so.
OWN_COLUMNS = ("first_name", "last_name", "phone", "bio", "city", "country", "language")


@transactional
def update_profile(actor: Actor, **changed: str) -> User:
    """Change names, phone and the like. Address, password and rights have ways of their own.

    :raises Invalid: a column that is not the account's to change.
    """
    if foreign := set(changed) - set(OWN_COLUMNS):
        raise Invalid("not_changeable", "This cannot be changed here.", field=min(foreign))
    user = own_account(actor)
    before = {column: getattr(user, column) for column in changed}
    for column, value in changed.items():
        setattr(user, column, value.strip())
    activity.record(actor, "profile_updated", user, changed=sorted(activity.changes(before, changed)))
    return user
