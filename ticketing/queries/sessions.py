"""Whom a browser's session belongs to."""

from __future__ import annotations

from sqlalchemy import select

from ticketing.extensions import db
from ticketing.models import User


def find_account(session_id: str) -> User | None:
    """The open account that ``User.get_id`` wrote into a session, unless its epoch was raised since."""
    number, _dot, epoch = session_id.partition(".")
    if not all(part.isascii() and part.isdigit() and len(part) < 19 for part in (number, epoch)):
        return None
    return db.session.scalar(
        select(User).where(User.id == int(number), User.token_epoch == int(epoch), User.is_active)
    )
