"""Clearing what is there."""

from __future__ import annotations

from sqlalchemy import delete

from ticketing.extensions import db
from ticketing.models import EmailToken, RevokedToken, User
from ticketing.seeding.bulk import Advance, unwatched

#: These go with their account: a superuser's revoked tokens must not come back to life.
_GO_WITH_USERS = {RevokedToken.__table__, EmailToken.__table__}


def number_of_tables() -> int:
    """How many will be cleared."""
    return len(db.metadata.sorted_tables)


def clear(advance: Advance = unwatched) -> None:
    """Remove every row but superusers and their sign-in tokens, children before their parents."""
    for table in reversed(db.metadata.sorted_tables):
        if table not in _GO_WITH_USERS and table is not User.__table__:
            db.session.execute(delete(table))
        advance(1)
    db.session.execute(
        delete(User).where(User.is_superuser.is_(False)).execution_options(synchronize_session=False)
    )
