"""What the pages for staff share: where they hang, who sees which room, what stands at their top."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, request, url_for
from flask_babel import lazy_gettext as _l

from ticketing.errors import NotFound
from ticketing.policy import Actor, Permission, allows
from ticketing.web.actor import current_actor
from ticketing.web.caching import keep_private
from ticketing.web.staff.lists import address, in_words

bp = Blueprint("staff", __name__, url_prefix="/staff")
bp.after_request(keep_private)


@dataclass(frozen=True, slots=True)
class Room:
    """All pages below ``/staff/<name>``; to whoever lacks the permission there is no such room."""

    name: str
    endpoint: str
    words: Any
    permission: Permission
    said: Any = ""
    icon: str = "list"


ROOMS = (
    Room(
        "users", "staff.users", _l("People"), Permission.USER_LIST,
        _l("Accounts: ranks, sign-ins, switching off and on"), "people",
    ),
    Room(
        "organizations", "staff.organizations", _l("Organizations"), Permission.ORGANIZATION_CREATE,
        _l("Who puts events on, their members and their money"), "person",
    ),
    Room(
        "events", "staff.events", _l("Events"), Permission.EVENT_FEATURE,
        _l("Everything on show, over or drafted; what stands on the start page"), "calendar",
    ),
    Room(
        "venues", "staff.venues", _l("Venues"), Permission.VENUE_CREATE,
        _l("Places, public and private, and who looks after them"), "pin",
    ),
    Room(
        "categories", "staff.categories", _l("Categories"), Permission.CATEGORY_MANAGE,
        _l("What kinds of events there are"), "filter",
    ),
    Room(
        "orders", "staff.orders", _l("Orders"), Permission.ORDER_SEE_ALL,
        _l("Every booking: confirm, cancel, give back"), "ticket",
    ),
    Room(
        "payments", "staff.payments", _l("Payments"), Permission.PAYMENT_MANAGE,
        _l("What was paid and given back, gateway by gateway"), "card",
    ),
    Room(
        "books", "staff.books", _l("Books"), Permission.BOOKS_SEE,
        _l("Whether orders, money, stock and tickets agree"), "check",
    ),
    Room(
        "activity", "staff.log", _l("Activity"), Permission.ACTIVITY_SEE,
        _l("Who did what to what, from where"), "list",
    ),
    Room(
        "outbox", "staff.outbox", _l("Outbox"), Permission.OUTBOX_MANAGE,
        _l("Mails and deeds that go out, and what stopped them"), "mail",
    ),
    Room(
        "webhooks", "staff.webhooks", _l("Webhooks"), Permission.INBOX_MANAGE,
        _l("What payment providers told us"), "download",
    ),
    Room(
        "health", "staff.health", _l("Health"), Permission.HEALTH_SEE,
        _l("Versions, queues and room on the disks"), "spark",
    ),
)  # fmt: skip


def rooms_of(actor: Actor) -> list[Room]:
    """Where the actor may go."""
    return [room for room in ROOMS if allows(actor, room.permission)]


def _name() -> str:
    """Of the room that the address lies in; none at the start."""
    return request.path.removeprefix("/staff/").partition("/")[0]


@bp.before_request
def _hide() -> None:
    """To everybody else there is no such page; the start is for whoever may go anywhere."""
    mine = {room.name for room in rooms_of(current_actor())}
    if not mine or (_name() and _name() not in mine):
        raise NotFound("page")


@bp.context_processor
def _frame() -> dict[str, Any]:
    """Words, address, and how each tab stands to the page that is shown: ``page`` is that page, ``true`` led
    there."""
    start = (str(_l("Start")), url_for("staff.index"), "" if _name() else "page")
    tabs = [(str(room.words), url_for(room.endpoint), _current(room)) for room in rooms_of(current_actor())]
    return {"tabs": [start, *tabs], "address": address, "in_words": in_words}


def _current(room: Room) -> str:
    if room.endpoint == request.endpoint:
        return "page"
    return "true" if room.name == _name() else ""
