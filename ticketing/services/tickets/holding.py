"""What the holder of a ticket may do with it: say who comes, and pass it on."""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.orm import joinedload

from ticketing import clock
from ticketing.errors import Invalid
from ticketing.extensions import db
from ticketing.models import Ticket, User
from ticketing.models.tickets import ACTIVE
from ticketing.policy import Actor, Permission, require
from ticketing.queries.keys import Key, load
from ticketing.services import activity, notifications
from ticketing.services.tickets.codes import code_hash, code_of, key_version
from ticketing.transaction import transactional


@transactional
def rename(
    actor: Actor, key: Key, *, name: str | None = None, email: str | None = None, phone: str | None = None
) -> Ticket:
    """Say who comes with a ticket; what is not said stays as it is, and so does its code.

    :raises NotFound: it is somebody else's.
    :raises Invalid: it is not valid any more, was used, or its event has begun.
    """
    ticket = _own(actor, key)
    said = {"attendee_name": name, "attendee_email": email, "attendee_phone": phone}
    changes = activity.apply(ticket, {column: value for column, value in said.items() if value is not None})
    # That something changed, not what: the log outlives an attendee's wish to be forgotten.
    activity.record(actor, "ticket_renamed", ticket, changed=bool(changes))
    return ticket


@transactional
def transfer(actor: Actor, key: Key, *, email: str, name: str = "") -> Ticket:
    """Pass a ticket on. It gets a new code, and the old one is worth nothing at once; both sides are told.
    An account with that verified address holds it from now on; without one, whoever verifies the address.

    :raises NotFound: it is somebody else's.
    :raises Invalid: it is not valid any more, was used, its event has begun, or it is theirs already.
    """
    ticket = _own(actor, key)
    if email.lower() == actor.email.lower():
        raise Invalid("own_ticket", "This ticket is yours already.", field="email")
    old_holder = ticket.user_id
    account = account_of(email)
    ticket.user_id = account.id if account is not None else None
    ticket.attendee_email, ticket.attendee_name = email, name
    ticket.code_version += 1
    ticket.key_version = key_version()
    ticket.code_hash = code_hash(code_of(ticket.uuid, ticket.code_version, ticket.key_version))
    db.session.flush()
    activity.record(actor, "ticket_transferred", ticket, to_account=ticket.user_id)
    language = actor.language
    notifications.tell_of_ticket(notifications.TICKET_RECEIVED, ticket, language=language, to=email)
    notifications.tell_of_ticket(
        notifications.TICKET_PASSED_ON, ticket, language=language, user_id=old_holder
    )
    return ticket


def claim(user: User) -> int:
    """An address was verified: tickets that were passed on to it are this account's; how many."""
    claimed = db.session.execute(
        update(Ticket)
        .where(
            Ticket.user_id.is_(None),
            Ticket.code_version > 1,
            func.lower(Ticket.attendee_email) == user.email.lower(),
        )
        .values(user_id=user.id, updated_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    return int(claimed.rowcount)  # type: ignore[attr-defined]


def _own(actor: Actor, key: Key) -> Ticket:
    ticket = load(Ticket, key, joinedload(Ticket.event), lock=True)
    require(actor, Permission.TICKET_HOLD, ticket)
    if ticket.status != ACTIVE or ticket.admissions:
        raise Invalid("ticket_not_valid", "This ticket was used or is not valid any more.")
    if ticket.event.has_started or ticket.event.is_cancelled:
        raise Invalid("event_started", "The event has begun or was cancelled.")
    return ticket


def account_of(email: str) -> User | None:
    """Whose address this is, as they have proved."""
    statement = select(User).where(
        func.lower(User.email) == email.lower(), User.is_active, User.email_verified_at.is_not(None)
    )
    return db.session.scalars(statement).one_or_none()
