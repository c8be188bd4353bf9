"""How the house runs at this moment: versions, what waits and since when, what room is left."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, and_, case, func, literal, select, text

from ticketing import clock
from ticketing.extensions import db
from ticketing.models import GatewayEvent, Order, OutboxMessage, Payment
from ticketing.models.orders import PENDING
from ticketing.models.outbox import FAILED, QUEUED, SENT
from ticketing.models.payments import OPEN, REVIEW
from ticketing.policy import Actor, Permission, require
from ticketing.queries import gateway_events
from ticketing.queries.messages import PLANNED, SENDING
from ticketing.queries.staff import in_state

#: What a runner that is at work never leaves lying so long.
LATE = timedelta(minutes=5)
#: Buyers pay within minutes; what is open longer was left, or nobody told us.
LONG_OPEN = timedelta(hours=1)
_WAITING = (PLANNED, QUEUED, SENDING, FAILED)


@dataclass(frozen=True, slots=True)
class Depth:
    """How many stand so, and since when the oldest of them does."""

    number: int = 0
    oldest: datetime | None = None

    @property
    def is_late(self) -> bool:
        """Whether the oldest waits longer than a runner that is at work would let it."""
        return self.oldest is not None and self.oldest < clock.now() - LATE


@dataclass(frozen=True, slots=True)
class Room:
    """A folder, and bytes: free, and in all, on its disk."""

    path: str
    free: int
    total: int

    @property
    def is_short(self) -> bool:
        """Less than a twentieth is free."""
        return self.free * 20 < self.total


@dataclass(frozen=True, slots=True)
class Running:
    """All of it. ``outbox`` is by state, without what was sent; its ``queued`` counts from when they were
    due."""

    versions: Mapping[str, str]
    database: str
    migration: str
    newest_migration: str
    outbox: Mapping[str, Depth]
    outbox_last: datetime | None
    inbox_waiting: Depth
    inbox_given_up: Depth
    inbox_last: datetime | None
    holds_overdue: Depth
    payments_long_open: Depth
    payments_in_review: Depth
    rooms: list[Room]

    @property
    def is_migrated(self) -> bool:
        """The database is as this version wants it."""
        return self.migration == self.newest_migration


def look(actor: Actor) -> Running:
    """How the house runs. Six statements, each along an index.

    :raises NotAllowed: the actor is not staff.
    """
    require(actor, Permission.HEALTH_SEE)
    now = clock.now()
    waiting, given_up, last = _inbox()
    long_open, in_review = _payments(now)
    return Running(
        versions=_versions(),
        database=_database(),
        migration=db.session.scalar(text("SELECT version_num FROM alembic_version")) or "",
        newest_migration=_newest_migration(),
        outbox=_outbox(now),
        outbox_last=_outbox_last(),
        inbox_waiting=waiting,
        inbox_given_up=given_up,
        inbox_last=last,
        holds_overdue=_holds_overdue(now),
        payments_long_open=long_open,
        payments_in_review=in_review,
        rooms=_rooms(),
    )


@lru_cache(1)
def _versions() -> dict[str, str]:
    """What is installed; run from a checkout, the shop itself is not."""
    found = {"Python": platform.python_version()}
    for name in ("ticketing", "Flask", "SQLAlchemy", "granian"):
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def _database() -> str:
    """``PostgreSQL 18.6``; no address and no name."""
    dialect = db.engine.dialect
    names = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}
    numbers = getattr(dialect, "server_version_info", None) or ()
    if dialect.name == "sqlite":
        numbers = dialect.dbapi.sqlite_version_info if dialect.dbapi else ()
    return f"{names.get(dialect.name, dialect.name)} {'.'.join(map(str, numbers))}".strip()


def _newest_migration() -> str:
    """The last that this version of the code brings along."""
    from alembic.script import ScriptDirectory

    config = current_app.extensions["migrate"].migrate.get_config()
    return ScriptDirectory.from_config(config).get_current_head() or ""


def _outbox(now: datetime) -> dict[str, Depth]:
    state = case(*((in_state(name, now), literal(name)) for name in _WAITING)).label("state")
    rows = db.session.execute(
        select(state, func.count(), func.min(OutboxMessage.due_at))
        .where(OutboxMessage.status.in_((QUEUED, FAILED)))
        .group_by(state)
    )
    found = {name: Depth(number, oldest) for name, number, oldest in rows}
    return {name: found.get(name, Depth()) for name in _WAITING}


def _outbox_last() -> datetime | None:
    """When the message was sent that was due last: as good as the last one, and found along the index."""
    sent = select(OutboxMessage.sent_at).where(OutboxMessage.status == SENT)
    return db.session.scalar(sent.order_by(OutboxMessage.due_at.desc()).limit(1))


def _inbox() -> tuple[Depth, Depth, datetime | None]:
    """What waits, what was given up, and when an event was processed last."""
    last = select(func.max(GatewayEvent.processed_at)).scalar_subquery()
    is_waiting = gateway_events.CONDITIONS[gateway_events.WAITING]
    is_given_up = gateway_events.CONDITIONS[gateway_events.GIVEN_UP]
    row = db.session.execute(
        select(
            *_depth(is_waiting, GatewayEvent.created_at),
            *_depth(is_given_up, GatewayEvent.created_at),
            last,
        ).where(GatewayEvent.processed_at.is_(None))
    ).one()
    return Depth(row[0], row[1]), Depth(row[2], row[3]), row[4]


def _depth(condition: ColumnElement[bool], since: Any) -> tuple[ColumnElement[int], ColumnElement[Any]]:
    return func.count().filter(condition), func.min(since).filter(condition)


def _holds_overdue(now: datetime) -> Depth:
    row = db.session.execute(
        select(func.count(), func.min(Order.expires_at)).where(
            Order.status == PENDING, Order.expires_at <= now
        )
    ).one()
    return Depth(row[0], row[1])


def _payments(now: datetime) -> tuple[Depth, Depth]:
    """What is open for long, and what has to be looked into."""
    is_long_open = and_(Payment.status == OPEN, Payment.created_at < now - LONG_OPEN)
    row = db.session.execute(
        select(
            *_depth(is_long_open, Payment.created_at),
            *_depth(Payment.status == REVIEW, Payment.created_at),
        ).where(Payment.status.in_((OPEN, REVIEW)))
    ).one()
    return Depth(row[0], row[1]), Depth(row[2], row[3])


def _rooms() -> list[Room]:
    """Where we keep things; a folder that was not made yet is left out."""
    folders = [Path(current_app.config[name]) for name in ("INSTANCE", "MEDIA_ROOT")]
    found = {str(folder): shutil.disk_usage(folder) for folder in folders if folder.exists()}
    return [Room(path, usage.free, usage.total) for path, usage in found.items()]
