"""Asking for a file of an event's rows, and noting who took which."""

from __future__ import annotations

from sqlalchemy import select

from ticketing import clock
from ticketing.documents.tables import MOST_XLSX_ROWS, XLSX
from ticketing.errors import Invalid, NotFound, said
from ticketing.extensions import db
from ticketing.models import Event, Export
from ticketing.models.desk import FAILED, RUNNING, WAITING
from ticketing.policy import Actor, Permission, allows
from ticketing.queries import exports
from ticketing.queries.keys import Key, load
from ticketing.services import activity, notifications
from ticketing.services.exports import tables
from ticketing.services.exports.keeping import KEPT
from ticketing.services.exports.tables import Asked
from ticketing.transaction import transactional

#: Outbox kind: make a file.
MAKE = "export.make"
#: Files of at most so many rows are written while somebody waits for them.
AT_ONCE = 5_000
#: So many files somebody may wait for.
MOST_OPEN = 5


@transactional
def ask(actor: Actor, event_key: Key, kind: str, form: str, asked: Asked) -> Export:
    """Have a file made in the background. Who asks for the same one once more while it is not finished is
    shown that one.

    :raises NotFound: there is no such event, or its orders are none of the actor's business.
    :raises Invalid: a workbook has not so many rows, or the actor waits for many files already.
    """
    event = _seen(actor, event_key)
    waiting, wanted = _waiting(actor), (event.id, kind, form, asked)
    same = [one for one in waiting if (one.event_id, one.kind, one.form, one.asked) == wanted]
    if same:
        return same[0]
    total = tables.count(kind, event.id, asked)
    if form == XLSX and total >= MOST_XLSX_ROWS:
        raise Invalid(
            "too_many_rows", "An Excel sheet has not so many rows: please choose CSV.", field="form"
        )
    if len(waiting) >= MOST_OPEN:
        raise Invalid("too_many_exports", said("%(most)s files are being made for you.", most=MOST_OPEN))
    made = Export(
        event_id=event.id,
        actor_id=actor.user_id or 0,
        kind=kind,
        form=form,
        asked=asked,
        language=actor.language,
        total=total,
        expires_at=clock.now() + KEPT,
    )
    db.session.add(made)
    db.session.flush()
    notifications.tell(MAKE, export_id=made.id)
    _record(actor, event, kind, form, total)
    return made


def _seen(actor: Actor, event_key: Key) -> Event:
    """The event, kept for this transaction: two clicks come one after the other."""
    event = load(Event, event_key, lock=True)
    if not allows(actor, Permission.EVENT_SEE_ORDERS, event):
        raise NotFound("event")
    return event


def _waiting(actor: Actor) -> list[Export]:
    """What is being made for the actor."""
    unfinished = Export.status.in_((WAITING, RUNNING)), Export.expires_at > clock.now()
    mine = select(Export).where(Export.actor_id == actor.user_id, *unfinished)
    return list(db.session.scalars(mine.order_by(Export.id)))


@transactional
def note(actor: Actor, event_key: Key, kind: str, form: str, rows: int) -> None:
    """Note that the actor takes a file along that is written at once.

    :raises NotFound: the event's orders are none of the actor's business.
    """
    _record(actor, _seen(actor, event_key), kind, form, rows)


def _record(actor: Actor, event: Event, kind: str, form: str, rows: int) -> None:
    activity.record(actor, f"{kind}_exported", event, title=event.title, rows=rows, form=form)


@transactional
def repeat(actor: Actor, event_key: Key, key: Key) -> None:
    """Have a file made anew that could not be made; one that is being made, or is finished, stays as it is.

    :raises NotFound: there is no such export, or none of the actor's.
    """
    export = load(Export, exports.get(actor, event_key, key).id, lock=True)
    if export.status != FAILED:
        return
    export.status, export.done, export.expires_at = WAITING, 0, clock.now() + KEPT
    notifications.tell(MAKE, export_id=export.id)
