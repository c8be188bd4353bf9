"""Ranks: who is support, staff or superuser, and that a superuser is left."""

from __future__ import annotations

from sqlalchemy import select

from ticketing.errors import Invalid
from ticketing.extensions import db
from ticketing.models import User
from ticketing.policy import Actor, Permission, require
from ticketing.queries.keys import Key, load
from ticketing.services import activity
from ticketing.transaction import transactional

#: What an account can be made, and the columns that say so.
RANKS: dict[str, dict[str, object]] = {
    "consumer": {"user_type": "consumer", "is_staff": False, "is_superuser": False, "is_support": False},
    "organizer": {"user_type": "organizer"},
    "support": {"is_support": True},
    "staff": {"is_staff": True},
    "superuser": {"is_staff": True, "is_superuser": True},
}
#: What is asked of whoever gives or takes a rank, and the column that says who has it.
_GIVEN = {
    "support": (Permission.USER_MAKE_SUPPORT, "is_support"),
    "staff": (Permission.USER_MAKE_STAFF, "is_staff"),
    "superuser": (Permission.USER_MAKE_STAFF, "is_superuser"),
}


@transactional
def give_rank(actor: Actor, key: Key, rank: str) -> User:
    """Make another account ``support``, ``staff`` or ``superuser``. Its sessions and tokens end.

    :raises NotAllowed: it is the actor's own, or the rank is one that only superusers give.
    :raises Invalid: it has the rank, or is closed.
    """
    permission, column = _GIVEN[rank]
    user = load(User, key, lock=True)
    require(actor, permission, user)
    if not user.is_active:
        raise Invalid("closed", "This account is switched off.")
    if getattr(user, column):
        raise Invalid("has_rank", "This account has that rank already.")
    set_rank(actor, user, rank)
    return user


@transactional
def take_rank(actor: Actor, key: Key, rank: str) -> User:
    """Take that rank from another account. Its sessions and tokens end. A superuser stays staff.

    :raises NotAllowed: it is the actor's own, or the rank is one that only superusers take.
    :raises Invalid: it does not have the rank, is the last superuser, or still a superuser where ``staff`` is
        taken.
    """
    permission, column = _GIVEN[rank]
    superusers = lock_superusers()
    user = load(User, key, lock=True)
    require(actor, permission, user)
    if not getattr(user, column):
        raise Invalid("no_rank", "This account does not have that rank.")
    if rank == "staff" and user.is_superuser:
        raise Invalid("superuser", "A superuser is staff, too: take that rank first.")
    if rank == "superuser":
        refuse_last(user, superusers)
    _change(actor, user, rank, {column: False})
    return user


def set_rank(actor: Actor, user: User, rank: str) -> None:
    """Make a locked account that, whoever asks for it; its sessions and tokens end."""
    _change(actor, user, rank, RANKS[rank])


def _change(actor: Actor, user: User, rank: str, columns: dict[str, object]) -> None:
    changed = activity.apply(user, columns)
    user.token_epoch += 1
    db.session.flush()
    activity.record(actor, "rank_changed", user, rank=rank, changed=changed)


def lock_superusers() -> list[int]:
    """Every superuser who can sign in, locked, before any other account is: of two who take the rank from
    each other at once, the second sees what the first has done."""
    acting = select(User.id).where(User.is_superuser, User.is_active).order_by(User.id)
    return list(db.session.scalars(acting.with_for_update(key_share=True)))


def refuse_last(user: User, superusers: list[int]) -> None:
    """Go on only if somebody else is left who may give ranks."""
    if superusers == [user.id]:
        raise Invalid("last_superuser", "This is the last superuser: make another one first.")
