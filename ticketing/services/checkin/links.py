"""Scanner links: door staff need no account. A link's secret is seen once, kept as a hash, and exchanged by
each device that opens it for a pass of its own, which counts at this one event only."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ticketing import clock
from ticketing.errors import Invalid, NotFound
from ticketing.extensions import db
from ticketing.models import Event, ScannerLink, ScannerPass, TicketType
from ticketing.policy import ANONYMOUS, Actor, Permission, require
from ticketing.queries.keys import Key, load
from ticketing.services import activity
from ticketing.transaction import transactional

#: After the event, so that what was scanned without a network still arrives.
AFTERWARDS = timedelta(hours=12)
_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Opened:
    """A new pass and its secret, which is not kept."""

    scanner: ScannerPass
    secret: str


@transactional
def create_link(
    actor: Actor,
    event: Key,
    *,
    name: str,
    gate: str = "",
    ticket_types: Sequence[Key] = (),
    expires_at: datetime | None = None,
) -> tuple[ScannerLink, str]:
    """A link for the devices of one gate, and its secret. It ends half a day after the event unless told.

    :raises NotAllowed: the actor does not manage the event's organization.
    :raises Invalid: it would have ended already, or a ticket type is not the event's.
    """
    row = load(Event, event)
    require(actor, Permission.EVENT_SEE, row)
    require(actor, Permission.EVENT_MANAGE, row)
    ends = expires_at or row.ends_at + AFTERWARDS
    if ends <= clock.now():
        raise Invalid("already_ended", "This link would have ended already.", field="expires_at")
    types = [load(TicketType, key, field="ticket_types") for key in ticket_types]
    if any(one.event_id != row.id for one in types):
        raise Invalid("unknown_ticket_types", "These are not the event's ticket types.", field="ticket_types")
    secret = secrets.token_urlsafe(32)
    link = ScannerLink(
        event_id=row.id,
        name=name,
        gate=gate,
        ticket_type_ids=[one.id for one in types],
        secret_hash=_hash(secret),
        actor_id=actor.user_id,
        expires_at=ends,
    )
    db.session.add(link)
    activity.record(actor, "scanner_link_created", link, event_id=row.id, name=name, gate=gate)
    return link, secret


@transactional
def revoke_link(actor: Actor, key: Key) -> ScannerLink:
    """Take a link back: it and all its passes end at once.

    :raises NotAllowed: the actor does not manage the event's organization.
    """
    link = load(ScannerLink, key, joinedload(ScannerLink.event), lock=True)
    require(actor, Permission.EVENT_SEE, link.event)
    require(actor, Permission.EVENT_MANAGE, link.event)
    link.revoked_at = link.revoked_at or clock.now()
    activity.record(actor, "scanner_link_revoked", link, event_id=link.event_id)
    return link


def find_link(secret: str) -> ScannerLink | None:
    """The link of this secret with its event, as long as it is in force. It is not used by looking."""
    link = db.session.scalars(
        select(ScannerLink)
        .where(ScannerLink.secret_hash == _hash(secret))
        .options(joinedload(ScannerLink.event))
        .execution_options(populate_existing=True)
    ).one_or_none()
    return link if link is not None and _is_in_force(link) else None


@transactional
def open_link(secret: str, *, device: str, actor: Actor = ANONYMOUS) -> Opened:
    """Exchange a link's secret for a pass of this device. ``actor`` is whoever holds it.

    :raises NotFound: no such link is in force.
    """
    link = find_link(secret)
    if link is None:
        raise NotFound("scanner link")
    own = secrets.token_urlsafe(32)
    scanner = ScannerPass(link_id=link.id, secret_hash=_hash(own), device=device[:80], seen_at=clock.now())
    db.session.add(scanner)
    db.session.flush()
    activity.record(actor, "scanner_link_opened", link, event_id=link.event_id, device=scanner.device)
    return Opened(scanner, own)


def find_pass(secret: str) -> ScannerPass | None:
    """The pass of this secret with its link and event, as long as the link is in force."""
    scanner = db.session.scalars(
        select(ScannerPass)
        .where(ScannerPass.secret_hash == _hash(secret))
        .options(joinedload(ScannerPass.link).joinedload(ScannerLink.event))
        .execution_options(populate_existing=True)
    ).one_or_none()
    if scanner is None or not _is_in_force(scanner.link):
        return None
    if scanner.seen_at < clock.now() - _SEEN_EVERY:
        _note_seen(scanner.id)
        # A command forgets what was read before it.
        return find_pass(secret)
    return scanner


@transactional
def _note_seen(pass_id: int) -> None:
    load(ScannerPass, pass_id, lock=True).seen_at = clock.now()


def _is_in_force(link: ScannerLink) -> bool:
    return link.revoked_at is None and link.expires_at > clock.now()


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
