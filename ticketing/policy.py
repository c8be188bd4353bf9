"""Who may do what: one enum, one table of small predicates. Services enforce it, templates ask it."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import Any

from sqlalchemy import select

from ticketing.actors import ANONYMOUS, SYSTEM, Actor
from ticketing.errors import NotAllowed, NotFound, NotSignedIn, said
from ticketing.extensions import db
from ticketing.models import Event, Membership, Order, Organization, Ticket, User, Venue, VenueMembership
from ticketing.models.organizations import MANAGER, OWNER

__all__ = [
    "ANONYMOUS",
    "SYSTEM",
    "TABLE",
    "Actor",
    "Permission",
    "allows",
    "organization_ids",
    "require",
    "role_in",
]


class Permission(Enum):
    """What can be allowed."""

    CATEGORY_MANAGE = auto()
    VENUE_CREATE = auto()
    VENUE_DELETE = auto()
    VENUE_UPDATE = auto()
    ORGANIZATION_CREATE = auto()
    ORGANIZATION_DELETE = auto()
    ORGANIZATION_UPDATE = auto()
    ORGANIZATION_ADD_MEMBER = auto()
    ORGANIZATION_ADD_OWNER = auto()
    ORGANIZATION_OPEN = auto()
    ORGANIZATION_SEE = auto()
    ORGANIZATION_SEE_ACTIVITY = auto()
    ORGANIZATION_SEE_MEMBERS = auto()
    ORGANIZATION_SEE_DRAFTS = auto()
    EVENT_CREATE = auto()
    EVENT_HOST = auto()
    EVENT_STAGE = auto()
    EVENT_SEE = auto()
    EVENT_FIND = auto()
    EVENT_MANAGE = auto()
    EVENT_PUBLISH = auto()
    EVENT_SEE_ORDERS = auto()
    EVENT_SCAN = auto()
    EVENT_LIST_OWN = auto()
    ORDER_PLACE = auto()
    ORDER_SEE = auto()
    ORDER_SEE_ALL = auto()
    ORDER_PAY = auto()
    ORDER_CANCEL = auto()
    ORDER_CLEAN_UP = auto()
    PROMO_MANAGE = auto()
    ORDER_CONFIRM = auto()
    ORDER_REFUND = auto()
    ORDER_MAKE = auto()
    TICKET_HOLD = auto()
    MESSAGE_SEND_AGAIN = auto()
    ACTIVITY_SEE = auto()
    OUTBOX_MANAGE = auto()
    INBOX_MANAGE = auto()
    HEALTH_SEE = auto()
    BOOKS_SEE = auto()
    PAYMENT_MANAGE = auto()
    EVENT_FEATURE = auto()
    VENUE_ASSIGN = auto()
    USER_LIST = auto()
    USER_MANAGE = auto()
    USER_CLOSE = auto()
    USER_CLOSE_MANY = auto()
    USER_MAKE_SUPPORT = auto()
    USER_MAKE_STAFF = auto()


Predicate = Callable[[Actor, Any], bool]


def role_in(actor: Actor, organization_id: int) -> str | None:
    """The actor's role in an organization: OWNER, MANAGER, MEMBER or none."""
    if actor.user_id is None:
        return None
    return db.session.scalar(
        select(Membership.role).where(
            Membership.organization_id == organization_id, Membership.user_id == actor.user_id
        )
    )


def organization_ids(actor: Actor) -> list[int]:
    """The organizations that the actor belongs to, in any role."""
    if actor.user_id is None:
        return []
    return list(
        db.session.scalars(select(Membership.organization_id).where(Membership.user_id == actor.user_id))
    )


def _organization_id(subject: Organization | Event | Order) -> int:
    return subject.id if isinstance(subject, Organization) else subject.organization_id


def _admin(actor: Actor, _subject: Any) -> bool:
    return actor.is_admin


def _signed_in(actor: Actor, _subject: Any) -> bool:
    return actor.is_signed_in or actor.is_system


def _support(actor: Actor, _subject: Any) -> bool:
    return actor.is_admin or actor.is_support


def _member(actor: Actor, subject: Organization | Event | Order) -> bool:
    return actor.is_admin or role_in(actor, _organization_id(subject)) is not None


def _manager(actor: Actor, subject: Organization | Event | Order) -> bool:
    return actor.is_admin or role_in(actor, _organization_id(subject)) in (OWNER, MANAGER)


def _owner(actor: Actor, subject: Organization) -> bool:
    return actor.is_admin or role_in(actor, subject.id) == OWNER


def _organizer(actor: Actor, _subject: Any) -> bool:
    return actor.is_admin or actor.user_type == "organizer" or bool(organization_ids(actor))


def _host(actor: Actor, _subject: Any) -> bool:
    if actor.is_admin or actor.user_type == "organizer":
        return True
    manages = select(Membership.id).where(
        Membership.user_id == actor.user_id, Membership.role.in_((OWNER, MANAGER))
    )
    return actor.user_id is not None and db.session.scalar(manages.limit(1)) is not None


def _member_or_support(actor: Actor, subject: Event) -> bool:
    return actor.is_support or _member(actor, subject)


def _venue_manager(actor: Actor, venue: Venue) -> bool:
    if actor.is_admin:
        return True
    if venue.organization_id is not None and role_in(actor, venue.organization_id) in (OWNER, MANAGER):
        return True
    return actor.user_id is not None and bool(
        db.session.scalar(
            select(VenueMembership.id).where(
                VenueMembership.venue_id == venue.id,
                VenueMembership.user_id == actor.user_id,
                VenueMembership.role == "MANAGER",
            )
        )
    )


def _may_scan(actor: Actor, event: Event) -> bool:
    return actor.door_event_id == event.id or _member(actor, event)


def _may_see_event(actor: Actor, event: Event) -> bool:
    """Published ones are everybody's, and stay readable when they are called off."""
    return event.published_at is not None or _member(actor, event)


def _may_find_event(actor: Actor, event: Event) -> bool:
    """What is on no list is found by those who have to do with it, and by whoever is told where it is."""
    if not _may_see_event(actor, event):
        return False
    return not event.is_unlisted or _member_or_support(actor, event) or _has_ordered(actor, event)


def _has_ordered(actor: Actor, event: Event) -> bool:
    ordered = select(Order.id).where(Order.event_id == event.id, Order.user_id == actor.user_id)
    return actor.is_signed_in and db.session.scalar(ordered.limit(1)) is not None


def _buyer_or_support(actor: Actor, order: Order) -> bool:
    return _support(actor, order) or (actor.is_signed_in and order.user_id == actor.user_id)


def _buyer(actor: Actor, order: Order) -> bool:
    return actor.is_signed_in and order.user_id == actor.user_id


def _holder(actor: Actor, ticket: Ticket) -> bool:
    return actor.is_signed_in and ticket.user_id == actor.user_id


def _support_or_manager(actor: Actor, order: Order) -> bool:
    return _support(actor, order) or _manager(actor, order)


def _above(actor: Actor, user: User) -> bool:
    """Staff looks after everybody but staff; superusers after all."""
    if actor.is_superuser or actor.is_system:
        return True
    return actor.is_staff and not (user.is_staff or user.is_superuser)


def _above_another(actor: Actor, user: User) -> bool:
    return actor.user_id != user.id and _above(actor, user)


def _superuser_above_another(actor: Actor, user: User) -> bool:
    return actor.user_id != user.id and (actor.is_superuser or actor.is_system)


#: Each permission's predicate, and the documented class that it answers to.
TABLE: dict[Permission, Predicate] = {
    Permission.CATEGORY_MANAGE: _admin,  # IsAdminOrReadOnly
    Permission.VENUE_CREATE: _admin,  # IsAdminOrReadOnly
    Permission.VENUE_DELETE: _admin,  # IsAdminOrReadOnly
    Permission.VENUE_UPDATE: _venue_manager,  # IsVenueManager
    Permission.ORGANIZATION_CREATE: _admin,  # IsAdminOrReadOnly
    Permission.ORGANIZATION_DELETE: _admin,  # IsAdminOrReadOnly
    Permission.ORGANIZATION_UPDATE: _manager,  # IsOrganizationOwnerOrManager
    Permission.ORGANIZATION_ADD_MEMBER: _manager,  # IsOrganizationOwnerOrManager
    Permission.ORGANIZATION_ADD_OWNER: _owner,  # nobody makes somebody mightier than themselves
    Permission.ORGANIZATION_OPEN: _signed_in,  # on the web pages only
    Permission.ORGANIZATION_SEE: _member,  # its desk; its public page is everybody's
    Permission.ORGANIZATION_SEE_ACTIVITY: _manager,
    Permission.ORGANIZATION_SEE_MEMBERS: _member,  # IsOrganizationMember
    Permission.ORGANIZATION_SEE_DRAFTS: _member,  # IsOrganizationMember
    Permission.EVENT_CREATE: _manager,  # IsOrganizerOrAdmin, subject: the organization
    Permission.EVENT_HOST: _host,  # IsOrganizer; which organization's event it is comes later
    Permission.EVENT_STAGE: _admin,  # SecureTicket: admin
    Permission.EVENT_SEE: _may_see_event,
    Permission.EVENT_FIND: _may_find_event,  # by a key that can be guessed
    Permission.EVENT_MANAGE: _manager,  # CanManageEvent, and IsOrganizerOrAdmin for ticket types
    Permission.EVENT_PUBLISH: _manager,  # CanPublishEvent
    Permission.EVENT_SEE_ORDERS: _member_or_support,  # IsOrganizationMember
    Permission.EVENT_SCAN: _may_scan,  # EasyTicket: staff, or an organizer of the ticket's event
    Permission.EVENT_LIST_OWN: _organizer,  # IsOrganizerOrAdmin without an object
    Permission.ORDER_PLACE: _signed_in,  # IsCustomer: any active account
    Permission.ORDER_SEE: _buyer_or_support,
    Permission.ORDER_SEE_ALL: _support,
    Permission.ORDER_PAY: _buyer,  # EasyTicket: the order's owner
    Permission.ORDER_CANCEL: _buyer_or_support,
    Permission.ORDER_CLEAN_UP: _admin,  # EasyTicket: admin
    Permission.PROMO_MANAGE: _manager,  # subject: the organization
    Permission.ORDER_CONFIRM: _support,  # IsSupportOrAdmin
    Permission.ORDER_REFUND: _support_or_manager,  # CanRefundBooking
    Permission.ORDER_MAKE: _manager,  # at the box office; subject: the event
    Permission.TICKET_HOLD: _holder,  # EasyTicket: the ticket's owner
    Permission.MESSAGE_SEND_AGAIN: _support_or_manager,  # subject: the order that it is about
    Permission.ACTIVITY_SEE: _admin,
    Permission.OUTBOX_MANAGE: _admin,
    Permission.INBOX_MANAGE: _admin,
    Permission.HEALTH_SEE: _admin,
    Permission.BOOKS_SEE: _admin,
    Permission.PAYMENT_MANAGE: _admin,
    Permission.EVENT_FEATURE: _admin,
    Permission.VENUE_ASSIGN: _admin,  # whose it is, and who looks after it
    Permission.USER_LIST: _support,
    Permission.USER_MANAGE: _above,  # subject: the account
    Permission.USER_CLOSE: _above_another,
    Permission.USER_CLOSE_MANY: _admin,  # each of them as USER_CLOSE says
    Permission.USER_MAKE_SUPPORT: _above_another,
    Permission.USER_MAKE_STAFF: _superuser_above_another,
}

#: What is documented to be said where the general sentence would do (EasyTicket 003, Common Errors).
_SENTENCES = {
    Permission.EVENT_HOST: said("Only organizers can access this endpoint."),
    Permission.EVENT_LIST_OWN: said("Only organizers can access this endpoint."),
    Permission.EVENT_PUBLISH: said("You do not have permission to publish this event."),
    Permission.ORDER_CLEAN_UP: said("Only administrators can trigger order cleanup."),
}

#: Where a refusal must not even tell that the thing exists: what it is called.
_HIDDEN = {
    Permission.EVENT_SEE: "event",
    Permission.EVENT_FIND: "event",
    Permission.ORDER_SEE: "order",
    Permission.ORGANIZATION_SEE: "organization",
    Permission.TICKET_HOLD: "ticket",
}


def allows(actor: Actor, permission: Permission, subject: Any = None) -> bool:
    """Whether the actor may do that (to that)."""
    return TABLE[permission](actor, subject)


def require(actor: Actor, permission: Permission, subject: Any = None, sentence: str | None = None) -> None:
    """Go on only if the actor may do that.

    :raises NotFound: not even the existence of the subject is the actor's business.
    :raises NotSignedIn: an account could be allowed to.
    :raises NotAllowed: this account is not; ``sentence`` replaces the general one.
    """
    if allows(actor, permission, subject):
        return
    if permission in _HIDDEN:
        raise NotFound(_HIDDEN[permission])
    if not actor.is_signed_in:
        raise NotSignedIn
    sentence = sentence or _SENTENCES.get(permission)
    raise NotAllowed(sentence) if sentence else NotAllowed()
