"""Promo codes as their organizers make and change them. What one is worth, and its use: ``promotions``.

Inside, a percentage is kept in hundredths of a per cent, an amount in minor units of the organization's
currency.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sqlalchemy import func, insert, select

from ticketing.errors import Invalid, NotAllowed, NotFound, said
from ticketing.extensions import db
from ticketing.models import Event, Order, Organization, PromoCode, TicketType
from ticketing.models.promotions import FIXED, PERCENT
from ticketing.models.types import table
from ticketing.policy import Actor, Permission, allows, require
from ticketing.queries.keys import Key, find, load, unknown
from ticketing.services import activity, idempotency, organizations
from ticketing.services.amounts import in_minor
from ticketing.services.idempotency import Idempotency
from ticketing.transaction import transactional

_ONLY_MANAGERS = said("Only an owner or manager of the organization can manage its promo codes.")


#: What random codes are made of: nothing that is taken for something else, read out or by hand.
_LETTERS = "ACDEFGHJKLMNPQRTUVWXY34679"
_RANDOM = 8
MOST_IN_SERIES = 1000
LONGEST_PREFIX = 20


@transactional
def create(
    actor: Actor, *, organization: Key | None = None, once: Idempotency | None = None, **details: Any
) -> PromoCode:
    """Add a promo code: of the given organization, else of its event's, else of the first that the actor
    owns or manages.

    ``value`` is a percentage (12.5) or, where ``kind`` is fixed, an amount in major units; so is
    ``minimum_subtotal``. ``event`` and ``ticket_type`` are keys of what it is limited to. A second call with
    the same ``once`` gives the first one's.

    :raises NotAllowed: the actor neither owns nor manages that organization, or any.
    :raises Invalid: the code is taken there, its value, times or numbers make no sense, or what it is limited
        to is another organization's.
    :raises Conflict: the idempotency key was used for another request.
    """
    if once is not None and (earlier := idempotency.claim(actor, once)) is not None:
        return load(PromoCode, earlier)
    owner = _organization_for(actor, organization, details.get("event"))
    require(actor, Permission.PROMO_MANAGE, owner, _ONLY_MANAGERS)
    promo = PromoCode(organization_id=owner.id, currency=owner.currency, used=0, code="", kind=PERCENT)
    _change(promo, {"value": Decimal(0), **details})
    db.session.add(promo)
    activity.record(actor, "promo_code_created", promo, code=promo.code, kind=promo.kind, value=promo.value)
    if once is not None:
        db.session.flush()
        idempotency.point_at(actor, once, promo.id)
    return promo


@transactional
def create_series(
    actor: Actor,
    *,
    organization: Key,
    number: int,
    prefix: str = "",
    once: Idempotency | None = None,
    **details: Any,
) -> str:
    """Add ``number`` random codes at once, each for one order; the beginning that they share, which is made
    up where ``prefix`` is empty. The other keywords are those of ``create``. A second call with the same
    ``once`` adds nothing.

    :raises NotAllowed: the actor neither owns nor manages that organization.
    :raises Invalid: there would be none or too many, a code begins like that already, or as in ``create``.
    :raises Conflict: the idempotency key was used for another request.
    """
    if once is not None and (earlier := idempotency.claim(actor, once)) is not None:
        return load(PromoCode, earlier).code[:-_RANDOM]
    owner = load(Organization, organization)
    require(actor, Permission.PROMO_MANAGE, owner, _ONLY_MANAGERS)
    if not 1 <= number <= MOST_IN_SERIES:
        sentence = said("Make 1 to %(most)s codes at once.", most=MOST_IN_SERIES)
        raise Invalid("bad_number", sentence, field="number")
    pattern = PromoCode(organization_id=owner.id, currency=owner.currency, used=0, code="", kind=PERCENT)
    _change(pattern, {"value": Decimal(0), **details, "max_uses": 1})
    start = _free_prefix(owner, prefix)
    common = {name: getattr(pattern, name) for name in (*_COLUMNS, "organization_id", "currency", "used")}
    common = {name: value for name, value in common.items() if value is not None}
    codes = _random_codes(start, number)
    db.session.execute(insert(table(PromoCode)), [common | {"code": code} for code in codes])
    if once is not None:
        made = select(PromoCode.id).where(PromoCode.organization_id == owner.id, PromoCode.code == codes[0])
        idempotency.point_at(actor, once, db.session.scalars(made).one())
    activity.record(actor, "promo_codes_created", owner, prefix=start, number=number, value=pattern.value)
    return start


@transactional
def update(actor: Actor, key: Key, **changed: Any) -> PromoCode:
    """Change a promo code; the keywords are those of ``create``. Orders keep the discount that they have.

    :raises NotFound: it is none of the actor's organizations'.
    :raises NotAllowed: the actor belongs to its organization, and neither owns nor manages it.
    :raises Invalid: as in ``create``, measured against what is stored where a keyword is missing; or it was
        used more often than it could be.
    """
    promo = _load(actor, key)
    before = {name: getattr(promo, name) for name in _COLUMNS}
    _change(promo, changed)
    after = {name: getattr(promo, name) for name in _COLUMNS}
    activity.record(actor, "promo_code_updated", promo, changed=activity.changes(before, after))
    return promo


@transactional
def delete(actor: Actor, key: Key) -> None:
    """Remove a promo code that no order has used.

    :raises NotFound: it is none of the actor's organizations'.
    :raises NotAllowed: the actor belongs to its organization, and neither owns nor manages it.
    :raises Invalid: orders have used it; it can be made inactive.
    """
    promo = _load(actor, key)
    if promo.used or db.session.scalar(select(Order.id).where(Order.promo_code_id == promo.id).limit(1)):
        sentence = said("Orders have used this promo code. It cannot be deleted; make it inactive instead.")
        raise Invalid("in_use", sentence)
    activity.record(actor, "promo_code_deleted", promo, code=promo.code)
    db.session.delete(promo)


def _free_prefix(owner: Organization, wanted: str) -> str:
    """How a series begins, with a dash at its end: so that it can be told from all others."""
    start = f"{wanted.rstrip('-') or ''.join(secrets.choice(_LETTERS) for _ in range(4))}-"
    begins_so = func.lower(PromoCode.code).startswith(start.lower(), autoescape=True)
    same = select(PromoCode.id).where(PromoCode.organization_id == owner.id, begins_so)
    if len(start) > LONGEST_PREFIX + 1:
        sentence = said("It has at most %(most)s characters.", most=LONGEST_PREFIX)
        raise Invalid("bad_prefix", sentence, field="prefix")
    if db.session.scalar(same.limit(1)) is not None:
        raise Invalid("prefix_taken", "The organization has codes that begin like this.", field="prefix")
    return start


def _random_codes(start: str, number: int) -> list[str]:
    """That many different ones."""
    codes: set[str] = set()
    while len(codes) < number:
        codes.add(start + "".join(secrets.choice(_LETTERS) for _ in range(_RANDOM)))
    return sorted(codes)


_COLUMNS = (
    "code", "kind", "value", "event_id", "ticket_type_id", "starts_at", "ends_at", "max_uses",
    "max_uses_per_account", "minimum_subtotal", "is_active",
)  # fmt: skip


def _organization_for(actor: Actor, given: Key | None, event: Key | None) -> Organization:
    if given is not None:
        return load(Organization, given, field="organization")
    if event is not None:
        found = find(Event, event)
        if found is None or not allows(actor, Permission.EVENT_FIND, found):
            raise unknown(Event, field="event")
        return load(Organization, found.organization_id)
    mine = organizations.managed(actor)
    if mine is not None:
        return mine
    if actor.is_admin:
        raise Invalid("organization_needed", "Say whose promo code it is.", field="organization")
    raise NotAllowed(_ONLY_MANAGERS)


def _load(actor: Actor, key: Key) -> PromoCode:
    """A promo code that the actor may change, locked."""
    promo = find(PromoCode, key, lock=True)
    owner = None if promo is None else load(Organization, promo.organization_id)
    if promo is None or not allows(actor, Permission.ORGANIZATION_SEE_DRAFTS, owner):
        raise NotFound("promo code")
    require(actor, Permission.PROMO_MANAGE, owner, _ONLY_MANAGERS)
    return promo


def _change(promo: PromoCode, given: dict[str, Any]) -> None:
    """Set what is given, in an order in which everything that it is measured by is known."""
    if "kind" in given and given["kind"] != promo.kind and "value" not in given:
        raise Invalid("value_needed", "A promo code of another kind needs another value.", field="value")
    for name in ("kind", "starts_at", "ends_at", "max_uses", "max_uses_per_account", "is_active"):
        if name in given:
            setattr(promo, name, given[name])
    for name, setting in _SETTINGS.items():
        if name in given:
            setting(promo, given[name])
    _check(promo)


def _check(promo: PromoCode) -> None:
    if promo.starts_at and promo.ends_at and promo.ends_at <= promo.starts_at:
        raise Invalid("ends_before_start", "It must end after it starts.", field="ends_at")
    if promo.max_uses is not None and promo.max_uses < promo.used:
        raise Invalid(
            "used_more_often",
            said("It was used %(number)s times already.", number=promo.used),
            field="max_uses",
        )
    if promo.ticket_type_id and promo.event_id:
        of_event = select(TicketType.id).where(
            TicketType.id == promo.ticket_type_id, TicketType.event_id == promo.event_id
        )
        if db.session.scalar(of_event) is None:
            raise Invalid("other_event", "This ticket type is another event's.", field="ticket_type")


def _set_code(promo: PromoCode, code: str) -> None:
    clash = select(PromoCode.id).where(
        PromoCode.organization_id == promo.organization_id,
        func.lower(PromoCode.code) == code.lower(),
        PromoCode.id != (promo.id or 0),
    )
    with db.session.no_autoflush:
        if db.session.scalar(clash) is not None:
            raise Invalid("code_taken", "The organization has this promo code already.", field="code")
    promo.code = code


def _set_value(promo: PromoCode, value: Decimal) -> None:
    if promo.kind == FIXED:
        promo.value = in_minor(value, promo.currency, field="value")
    else:
        if value > 100 or value * 100 != (hundredths := (value * 100).to_integral_value()):
            sentence = said("A percentage is at most 100 and has at most two decimals.")
            raise Invalid("bad_percentage", sentence, field="value")
        promo.value = int(hundredths)
    if promo.value <= 0:
        raise Invalid("bad_value", "It must take something off.", field="value")


def _set_minimum(promo: PromoCode, amount: Decimal) -> None:
    promo.minimum_subtotal = in_minor(amount, promo.currency, field="minimum_subtotal")


def _set_event(promo: PromoCode, key: Key | None) -> None:
    promo.event_id = None
    if key is not None:
        event = find(Event, key, where=[Event.organization_id == promo.organization_id])
        if event is None:
            raise unknown(Event, field="event")
        promo.event_id = event.id


def _set_ticket_type(promo: PromoCode, key: Key | None) -> None:
    promo.ticket_type_id = None
    if key is not None:
        own_events = select(Event.id).where(Event.organization_id == promo.organization_id)
        found = find(TicketType, key, where=[TicketType.event_id.in_(own_events)])
        if found is None:
            raise Invalid("unknown_ticket_type", "Ticket type not found", field="ticket_type")
        promo.ticket_type_id = found.id


_SETTINGS: dict[str, Callable[[PromoCode, Any], None]] = {
    "code": _set_code,
    "value": _set_value,
    "minimum_subtotal": _set_minimum,
    "event": _set_event,
    "ticket_type": _set_ticket_type,
}
