"""The inbox of what gateways tell us: verified, kept once per event id, then acted upon."""

from __future__ import annotations

from typing import Any

import structlog
from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ticketing import clock
from ticketing.errors import Invalid, NotFound
from ticketing.extensions import db
from ticketing.gateways import gateway_named
from ticketing.models import GatewayEvent
from ticketing.models.types import table
from ticketing.policy import Actor, Permission, require
from ticketing.queries.gateway_events import DONE, MOST_ATTEMPTS, TRIED, pause_after, state_of
from ticketing.queries.keys import Key, load
from ticketing.services import activity
from ticketing.services.payments.settle import settle
from ticketing.transaction import transactional

log = structlog.get_logger(__name__)


def receive(gateway: str, body: bytes, signature: str) -> int:
    """Verify and keep an event, then act on it; its row's id. A repeated one changes nothing.

    When acting on it fails the event is kept all the same, and the sweep tries again.

    :raises Invalid: the signature or the body is no good.
    """
    event = gateway_named(gateway).read_event(body, signature)
    row_id = _keep(gateway, event.event_id, event.kind, event.reference, event.payload)
    _try(row_id)
    return row_id


def _try(row_id: int) -> bool:
    try:
        return process(row_id)
    except Exception as error:  # whatever it was, the event is kept and tried again
        log.warning("gateway_event_not_processed", id=row_id, error=repr(error))
        return False


def process(row_id: int) -> bool:
    """Act on a kept event unless that was done, or somebody is at it; True when it was done here."""
    row = _lease(row_id)
    if row is None:
        return False
    gateway = gateway_named(row.gateway)
    if row.reference is None:
        _done(row_id, "ignored: about no payment")
        return True
    try:
        # The event says that something happened; what is true now, the gateway itself is asked.
        observed = gateway.look_up(row.reference)
        payment = settle(row.gateway, row.reference, observed)
    except NotFound:
        _done(row_id, "ignored: unknown payment")
    else:
        _done(row_id, payment.status)
    return True


def process_waiting(limit: int = 100) -> int:
    """Act on kept events that nobody finished; how many were."""
    waiting = db.session.scalars(
        select(GatewayEvent.id)
        .where(GatewayEvent.processed_at.is_(None), GatewayEvent.attempts < MOST_ATTEMPTS, _is_free())
        .order_by(GatewayEvent.id)
        .limit(limit)
    ).all()
    return sum(_try(row_id) for row_id in waiting)


def process_again(actor: Actor, key: Key) -> bool:
    """Act at once on an event that waits or was given up, its attempts counted anew; True when it is done.

    :raises NotFound: there is no such event.
    :raises NotAllowed: the actor is not staff.
    :raises Invalid: it is done, or was tried less than a minute ago: somebody may be at it still.
    """
    row_id = _release(actor, key)
    _try(row_id)
    return load(GatewayEvent, row_id).processed_at is not None


@transactional
def _release(actor: Actor, key: Key) -> int:
    """Let the next who comes take an event, whatever its pause."""
    require(actor, Permission.INBOX_MANAGE)
    row = load(GatewayEvent, key, lock=True)
    state = state_of(row.processed_at, row.leased_until, row.attempts)
    if state == DONE:
        raise Invalid("processed", "This event has been processed.")
    if state == TRIED:
        raise Invalid("just_tried", "This event was tried less than a minute ago.")
    row.attempts, row.leased_until = 0, None
    activity.record(actor, "webhook_processed_again", ("gateway_event", row.id), event=row.event_id)
    return row.id


@transactional
def _keep(gateway: str, event_id: str, kind: str, reference: str | None, payload: dict[str, object]) -> int:
    insert = (sqlite if db.engine.dialect.name == "sqlite" else postgresql).insert
    db.session.execute(
        insert(table(GatewayEvent))
        .values(
            gateway=gateway,
            event_id=event_id,
            kind=kind[:80],
            reference=reference,
            payload=_storable(payload),
        )
        .on_conflict_do_nothing(index_elements=["gateway", "event_id"])
    )
    return db.session.scalars(
        select(GatewayEvent.id).where(GatewayEvent.gateway == gateway, GatewayEvent.event_id == event_id)
    ).one()


def _storable(value: Any) -> Any:
    """A document without the characters that no database takes."""
    if isinstance(value, dict):
        return {_storable(name): _storable(below) for name, below in value.items()}
    if isinstance(value, list):
        return [_storable(below) for below in value]
    return value.replace("\0", "").encode(errors="ignore").decode() if isinstance(value, str) else value


@transactional
def _lease(row_id: int) -> GatewayEvent | None:
    """Take an event for this worker. Nobody else may before the lease has ended: what fails rests longer
    each time."""
    row = load(GatewayEvent, row_id)
    taken = db.session.execute(
        update(GatewayEvent)
        .where(
            GatewayEvent.id == row_id,
            GatewayEvent.processed_at.is_(None),
            GatewayEvent.attempts == row.attempts,
            _is_free(),
        )
        .values(leased_until=clock.now() + pause_after(row.attempts), attempts=GatewayEvent.attempts + 1)
        .execution_options(synchronize_session=False)
    )
    return row if taken.rowcount == 1 else None  # type: ignore[attr-defined]


@transactional
def _done(row_id: int, outcome: str) -> None:
    row = load(GatewayEvent, row_id, lock=True)
    row.processed_at, row.outcome, row.leased_until = clock.now(), outcome[:200], None


def _is_free() -> ColumnElement[bool]:
    return or_(GatewayEvent.leased_until.is_(None), GatewayEvent.leased_until < clock.now())
