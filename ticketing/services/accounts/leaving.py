"""Leaving: the account and what it says of a person go, the organizer's books stay."""

from __future__ import annotations

from sqlalchemy import delete as sql_delete
from sqlalchemy import exists, select, update

from ticketing import clock
from ticketing.errors import Invalid, said
from ticketing.extensions import db
from ticketing.models import ActivityLog, Event, Membership, Order, OrderItem, Organization, Ticket, User
from ticketing.models.events import PUBLISHED
from ticketing.models.orders import PENDING
from ticketing.models.organizations import OWNER
from ticketing.models.types import table
from ticketing.policy import ANONYMOUS, Actor
from ticketing.services import activity, invitations, passwords
from ticketing.services.accounts import ranks
from ticketing.services.accounts.addresses import own_account
from ticketing.services.notifications import ORDER_CANCELLED
from ticketing.services.orders import cancelling
from ticketing.transaction import transactional


@transactional
def delete(actor: Actor, *, password: str) -> None:
    """Delete the actor's account for good. Its orders stay without a name, so that money still adds up;
    pending ones are cancelled, and tickets that were bought stay valid for whoever holds them.

    :raises Invalid: the password is wrong, an organization with coming events would lose its only owner, or
        the house its last superuser.
    """
    superusers = ranks.lock_superusers()
    user = own_account(actor)
    if not passwords.matches(password, user.password_hash):
        raise Invalid("wrong_password", "This is not your password.", field="password")
    ranks.refuse_last(user, superusers)
    if abandoned := _only_owned(user.id):
        raise Invalid(
            "only_owner",
            said("Give %(organization)s another owner first: it has events to come.", organization=abandoned),
        )
    activity.record(ANONYMOUS, "account_deleted", ("user", user.id))
    _cancel_pending(actor, user.id)
    _anonymise(user.id)
    invitations.forget(user.email)
    db.session.flush()
    db.session.expunge(user)
    db.session.execute(sql_delete(User).where(User.id == user.id))


def _only_owned(user_id: int) -> str | None:
    """The name of an organization with coming events that nobody else owns. All that the account owns are
    locked first, as by those who change who belongs to them."""
    owned = select(Membership.organization_id).where(Membership.user_id == user_id, Membership.role == OWNER)
    mine = select(Organization.id).where(Organization.id.in_(owned)).order_by(Organization.id)
    db.session.execute(mine.with_for_update(key_share=True))
    other = table(Membership).alias("other")
    return db.session.scalar(
        select(Organization.name)
        .join(Membership, Membership.organization_id == Organization.id)
        .where(
            Membership.user_id == user_id,
            Membership.role == OWNER,
            ~exists().where(
                other.c.organization_id == Organization.id, other.c.role == OWNER, other.c.user_id != user_id
            ),
            exists().where(
                Event.organization_id == Organization.id,
                Event.status == PUBLISHED,
                Event.ends_at > clock.now(),
            ),
        )
        .limit(1)
    )


def _cancel_pending(actor: Actor, user_id: int) -> None:
    ids = db.session.scalars(
        select(Order.id).where(Order.user_id == user_id, Order.status == PENDING).order_by(Order.id)
    ).all()
    for order_id in ids:
        cancelling.end_if(actor, order_id, PENDING, "The account was deleted.", told=ORDER_CANCELLED)


def _anonymise(user_id: int) -> None:
    """Take the person out of what must stay."""
    mine = select(Order.id).where(Order.user_id == user_id)
    nobody = {"synchronize_session": False}
    db.session.execute(
        update(Ticket)
        .where(Ticket.order_id.in_(mine))
        .values(attendee_name="", attendee_email="", attendee_phone="", user_id=None),
        execution_options=nobody,
    )
    db.session.execute(
        update(OrderItem).where(OrderItem.order_id.in_(mine)).values(attendees=[]), execution_options=nobody
    )
    db.session.execute(
        update(ActivityLog)
        .where(ActivityLog.user_id == user_id)
        .values(user_id=None, ip_address="", user_agent=""),
        execution_options=nobody,
    )
    db.session.execute(
        update(Order)
        .where(Order.user_id == user_id)
        .values(user_id=None, buyer_name="", buyer_email="", buyer_phone="", notes=""),
        execution_options=nobody,
    )
