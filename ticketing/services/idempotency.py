"""Requests that must not be done twice: the key is written in the deed's own transaction."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ticketing import clock
from ticketing.errors import Conflict, Invalid
from ticketing.extensions import db
from ticketing.models import IdempotencyKey
from ticketing.models.types import table
from ticketing.policy import Actor
from ticketing.transaction import transactional

KEPT = timedelta(hours=24)
LONGEST_KEY = 200


@dataclass(frozen=True, slots=True)
class Idempotency:
    """A caller's key for one request to one route, and a hash of what it asked for."""

    route: str
    key: str
    body_hash: str

    @classmethod
    def of(cls, route: str, key: str, body: bytes) -> Idempotency:
        """For the raw body of a request.

        :raises Invalid: the key is empty or too long.
        """
        if not 0 < len(key) <= LONGEST_KEY or "\0" in key:
            raise Invalid("bad_idempotency_key", f"Idempotency-Key has 1 to {LONGEST_KEY} characters.")
        return cls(route, key, hashlib.sha256(body).hexdigest())


def claim(actor: Actor, once: Idempotency) -> int | None:
    """Take the key for this transaction; the id of what was made under it before, if anything was.

    A concurrent request with the same key waits here until the first one has ended.

    :raises Conflict: the key came with another body before.
    """
    insert = (sqlite if db.engine.dialect.name == "sqlite" else postgresql).insert
    fresh = db.session.execute(
        insert(table(IdempotencyKey))
        .values(actor=_name(actor), route=once.route, key=once.key, body_hash=once.body_hash)
        .on_conflict_do_nothing(index_elements=["actor", "route", "key"])
    )
    if fresh.rowcount == 1:  # type: ignore[attr-defined]
        return None
    row = _find(actor, once)
    if row is None or row.created_at < clock.now() - KEPT:
        forget(actor, once)
        return claim(actor, once)
    if row.body_hash != once.body_hash:
        raise Conflict("idempotency_conflict", "This Idempotency-Key was used for another request.")
    return row.object_id


def point_at(actor: Actor, once: Idempotency, object_id: int) -> None:
    """Remember what was made under the key."""
    db.session.execute(update(IdempotencyKey).where(*_same(actor, once)).values(object_id=object_id))


@transactional
def remember_answer(actor: Actor, once: Idempotency, status: int, answer: str) -> None:
    """Keep the first answer, so that a replay is told the same."""
    db.session.execute(
        update(IdempotencyKey)
        .where(*_same(actor, once), IdempotencyKey.answer.is_(None))
        .values(answer_status=status, answer=answer)
    )


def earlier_answer(actor: Actor, once: Idempotency) -> tuple[int, str] | None:
    """Status and body that were given under the key, if they were kept.

    :raises Conflict: the key came with another body before.
    """
    row = _find(actor, once)
    if row is None or row.created_at < clock.now() - KEPT:
        return None
    if row.body_hash != once.body_hash:
        raise Conflict("idempotency_conflict", "This Idempotency-Key was used for another request.")
    return (row.answer_status, row.answer) if row.answer_status and row.answer is not None else None


def forget(actor: Actor, once: Idempotency) -> None:
    """Drop a key that has served its time."""
    db.session.execute(delete(IdempotencyKey).where(*_same(actor, once)))


@transactional
def forget_old() -> int:
    """Drop every key older than a day; how many there were."""
    gone = db.session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < clock.now() - KEPT))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def _find(actor: Actor, once: Idempotency) -> IdempotencyKey | None:
    statement = select(IdempotencyKey).where(*_same(actor, once))
    return db.session.scalars(statement.execution_options(populate_existing=True)).one_or_none()


def _same(actor: Actor, once: Idempotency) -> tuple[ColumnElement[bool], ...]:
    return (
        IdempotencyKey.actor == _name(actor),
        IdempotencyKey.route == once.route,
        IdempotencyKey.key == once.key,
    )


def _name(actor: Actor) -> str:
    return f"user:{actor.user_id}" if actor.is_signed_in else f"address:{actor.address}"
