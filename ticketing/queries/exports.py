"""Files of an event's rows that somebody asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, select

from ticketing import clock
from ticketing.errors import NotFound
from ticketing.extensions import db
from ticketing.models import Event, Export
from ticketing.policy import Actor, Permission, allows
from ticketing.queries import organizer
from ticketing.queries.keys import Key, condition_for

_EXPORTS: Select[*tuple[Any, ...]] = select(
    Export.id,
    Export.uuid,
    Export.event_id,
    Export.actor_id,
    Export.kind,
    Export.form,
    Export.asked,
    Export.status,
    Export.total,
    Export.done,
    Export.file,
    Export.created_at,
    Export.expires_at,
    Event.organization_id,
).join(Export.event)


def get(actor: Actor, event_key: Key, key: Key) -> Row[Any]:
    """One that the actor asked for, or that somebody else did for an event that the actor manages. What they
    may see now counts, not what they might when they asked.

    :raises NotFound: there is none, it is none of the actor's business, or it has served its time.
    """
    event = organizer.get_event(actor, event_key)
    mine = _EXPORTS.where(
        Export.event_id == event.id, condition_for(Export, key), Export.expires_at > clock.now()
    )
    row = db.session.execute(mine).one_or_none()
    if row is None or not (row.actor_id == actor.user_id or allows(actor, Permission.EVENT_MANAGE, event)):
        raise NotFound("export")
    return row


def of_actor(actor: Actor, event_id: int) -> Sequence[Row[Any]]:
    """The files of the event that the actor asked for and that are still there, newest first. One
    statement."""
    mine = _EXPORTS.where(
        Export.event_id == event_id, Export.actor_id == actor.user_id, Export.expires_at > clock.now()
    )
    return db.session.execute(mine.order_by(Export.id.desc()).limit(20)).all()
