"""Who stands at the door: a device with a pass of the event, or somebody who is signed in.

Where a browser has both, the pass counts: it knows the gate and what the gate lets in, and who was handed a
device should not scan in the name of whoever signed in on it before. A pass that has ended is said so once,
whatever else the browser has, so that nobody goes on scanning without a gate and does not notice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, current_app, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Row
from werkzeug.wrappers import Response as BaseResponse

from ticketing import clock
from ticketing.errors import NotFound
from ticketing.models import Event, ScannerPass
from ticketing.policy import Actor
from ticketing.queries import door as reading
from ticketing.services.checkin import find_pass
from ticketing.services.checkin.links import AFTERWARDS
from ticketing.services.checkin.lists import Wanted
from ticketing.services.checkin.rules import Occasion
from ticketing.web.actor import current_actor

COOKIE = "scanner"


class PassEnded(NotFound):
    """The browser brings a pass, and its link was taken back or has ended."""

    def __init__(self) -> None:
        super().__init__("scanner pass")
        self.code = "pass_ended"


@dataclass(frozen=True, slots=True)
class DoorEvent:
    """The event, as it was when the request came: commands forget rows that were read before them."""

    id: int
    uuid: UUID
    slug: str
    title: str
    status: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    check_in_policy: str

    @classmethod
    def of(cls, event: Event) -> DoorEvent:
        """What the door needs of it."""
        return cls(**{name: getattr(event, name) for name in cls.__slots__})

    @property
    def occasion(self) -> Occasion:
        """The event as the rules want it."""
        return Occasion.of(self)


@dataclass(frozen=True, slots=True)
class Scanner:
    """A device with a pass: its own name, its link's, and when the link ends."""

    id: int
    device: str
    name: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Door:
    """Where a request scans, and for whom. ``gate_types`` are the types that the gate lets in; empty: all."""

    actor: Actor
    event: DoorEvent
    device: str
    scanner: Scanner | None = None
    gate: str = ""
    gate_types: Sequence[int] = ()

    @property
    def wanted(self) -> Wanted:
        """The list that this device keeps; an account's counts as long as a link would."""
        until = self.event.ends_at + AFTERWARDS if self.scanner is None else self.scanner.expires_at
        return Wanted(self.event.occasion, str(self.event.uuid), self.event.title, self.gate_types, until)

    @property
    def counts(self) -> list[Row[Any]]:
        """How many are expected and in, by type of ticket."""
        today = self.event.occasion.counted_day(clock.now())
        return reading.counts(self.event.id, self.event.check_in_policy, today)


def door_of(key: UUID) -> Door:
    """The door of an event, for whoever is asking.

    :raises PassEnded: the browser's pass was good once.
    :raises NotSignedIn: it has none, and nobody is signed in.
    :raises NotFound: there is no such event for the account.
    """
    if secret := request.cookies.get(COOKIE):
        scanner = find_pass(secret)
        if scanner is None:
            raise PassEnded
        if scanner.link.event.uuid == key:
            return _with_pass(scanner)
    actor = current_actor()
    event = reading.scannable(actor, key)
    return Door(actor, DoorEvent.of(event), device_name())


def _with_pass(scanner: ScannerPass) -> Door:
    link = scanner.link
    actor = Actor(scanner_id=scanner.id, door_event_id=link.event_id)
    actor = actor.seen_at(request.remote_addr or "", request.user_agent.string)
    own = Scanner(scanner.id, scanner.device, link.name, link.expires_at)
    event = DoorEvent.of(link.event)
    return Door(actor, event, scanner.device, own, link.gate, tuple(link.ticket_type_ids))


def device_name() -> str:
    """What this device is called unless somebody names it."""
    agent = request.user_agent.string
    for mark in ("iPhone", "iPad"):
        if mark in agent:
            return mark
    if "Android" in agent:
        return _("Android phone") if "Mobile" in agent else _("Android tablet")
    if any(mark in agent for mark in ("Windows", "Macintosh", "X11")):
        return _("Computer")
    return _("Phone")


def _path(event: UUID) -> str:
    return url_for("door.scanner", event=event).rstrip("/")


def give_pass(answer: BaseResponse, event: UUID, secret: str, ends: datetime) -> None:
    """Leave a pass in this browser: for the event's door only, and no longer than its link counts."""
    answer.set_cookie(
        COOKIE,
        secret,
        expires=ends,
        path=_path(event),
        secure=_is_secure(),
        httponly=True,
        samesite="Lax",
    )


def take_pass_back(answer: Response, event: UUID) -> Response:
    """Make this browser forget its pass."""
    answer.delete_cookie(COOKIE, path=_path(event), secure=_is_secure(), httponly=True, samesite="Lax")
    return answer


def _is_secure() -> bool:
    return request.is_secure or bool(current_app.config["SESSION_COOKIE_SECURE"])
