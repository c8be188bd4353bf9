"""Invitations: offered by mail, taken once, by whoever reads that address."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from tests.factories import (
    BuyerFactory,
    InvitationFactory,
    MembershipFactory,
    OrganizationFactory,
    StaffFactory,
    UserFactory,
    digest,
    member_of,
)
from ticketing import clock
from ticketing.errors import Invalid, NotAllowed, NotFound, NotSignedIn, TooMany
from ticketing.extensions import db as extension
from ticketing.models import ActivityLog, Invitation, Membership, Organization, OutboxMessage
from ticketing.models.organizations import MANAGER, MEMBER, OWNER
from ticketing.policy import ANONYMOUS, Actor, role_in
from ticketing.services import invitations, notifications

GUEST = "guest@example.org"


@pytest.fixture
def organization(app: Flask) -> Organization:
    return OrganizationFactory()


@pytest.fixture
def owner(organization: Organization) -> Actor:
    return member_of(organization)


def invited(owner: Actor, organization: Organization, **details: Any) -> tuple[Invitation, str]:
    """An invitation, and the secret that its mail carries."""
    made = invitations.invite(owner, organization.id, **({"email": GUEST} | details))
    minted = invitations.mint(made.id)
    assert minted is not None
    return minted


def test_an_invitation_promises_one_mail_and_keeps_no_secret(
    owner: Actor, organization: Organization
) -> None:
    made = invitations.invite(owner, organization.id, email=GUEST, role=MANAGER)
    (message,) = extension.session.scalars(select(OutboxMessage))
    assert (message.kind, message.payload) == (notifications.INVITATION, {"invitation_id": made.id})
    _, secret = invitations.mint(made.id) or ("", "")
    stored = extension.session.scalars(select(Invitation)).one()
    assert stored.token_hash == digest(secret)
    assert clock.now() + timedelta(days=6, hours=23) < stored.expires_at <= clock.now() + timedelta(days=7)
    noted = extension.session.scalars(select(ActivityLog)).one()
    assert (noted.action, noted.details) == ("member_invited", {"invitation_id": made.id, "role": MANAGER})
    assert secret not in str(noted.details)


def test_the_mail_speaks_the_language_of_an_account_with_that_address(
    owner: Actor, organization: Organization
) -> None:
    UserFactory(email="Guest@example.org", language="de")
    invitations.invite(owner, organization.id, email=GUEST)
    assert extension.session.scalars(select(OutboxMessage)).one().language == "de"


def test_taking_it_makes_a_member_once(owner: Actor, organization: Organization) -> None:
    _, secret = invited(owner, organization, role=MANAGER)
    guest = Actor.of(UserFactory(email="Guest@Example.org"))
    for _ in range(2):
        assert invitations.accept(guest, secret).id == organization.id
    assert role_in(guest, organization.id) == MANAGER
    mine = select(func.count(Membership.id)).where(Membership.user_id == guest.user_id)
    assert extension.session.scalar(mine) == 1
    accepted = select(func.count()).where(ActivityLog.action == "invitation_accepted")
    assert extension.session.scalar(accepted) == 1
    with pytest.raises(Invalid) as refused:
        invitations.accept(BuyerFactory(), secret, as_somebody_else=True)
    assert refused.value.code == "bad_invitation"
    assert invitations.find_open(secret) is None


def test_taking_it_says_nothing_of_the_address(owner: Actor, organization: Organization) -> None:
    _, secret = invited(owner, organization)
    user = UserFactory(email=GUEST)
    invitations.accept(Actor.of(user), secret)
    extension.session.expire_all()
    assert user.email_verified_at is None


def test_it_needs_an_account(owner: Actor, organization: Organization) -> None:
    _, secret = invited(owner, organization)
    with pytest.raises(NotSignedIn):
        invitations.accept(ANONYMOUS, secret)


def test_another_address_comes_only_when_it_says_so_and_never_as_an_owner(
    owner: Actor, organization: Organization
) -> None:
    stranger = BuyerFactory()
    _, secret = invited(owner, organization)
    with pytest.raises(Invalid) as refused:
        invitations.accept(stranger, secret)
    assert refused.value.code == "confirm_other"
    invitations.accept(stranger, secret, as_somebody_else=True)
    assert role_in(stranger, organization.id) == MEMBER
    _, secret = invited(owner, organization, email="boss@example.org", role=OWNER)
    other = BuyerFactory()
    with pytest.raises(Invalid) as refused:
        invitations.accept(other, secret, as_somebody_else=True)
    assert refused.value.code == "other_address"
    assert role_in(other, organization.id) is None


def test_a_guess_and_nothing_at_all_lead_nowhere(owner: Actor, organization: Organization) -> None:
    invited(owner, organization)
    for guess in ("", "x", "\x00", "\ud800", "y" * 5000):
        assert invitations.find_open(guess) is None
        with pytest.raises(Invalid):
            invitations.accept(BuyerFactory(), guess)


def test_after_a_week_it_is_too_late(owner: Actor, organization: Organization) -> None:
    made, secret = invited(owner, organization)
    with time_machine.travel(clock.now() + timedelta(days=7, seconds=1)):
        assert invitations.find_open(secret) is None
        assert invitations.mint(made.id) is None
        with pytest.raises(Invalid):
            invitations.accept(Actor.of(UserFactory(email=GUEST)), secret)


def test_one_that_was_taken_back_is_dead(owner: Actor, organization: Organization) -> None:
    made, secret = invited(owner, organization)
    invitations.revoke(owner, organization.id, made.uuid)
    assert invitations.find_open(secret) is None
    assert invitations.mint(made.id) is None, "a mail that was not sent yet stays away"
    with pytest.raises(NotFound):
        invitations.send_again(owner, organization.id, made.uuid)
    invitations.invite(owner, organization.id, email=GUEST)


def test_sending_it_again_ends_the_older_link_and_gives_another_week(
    owner: Actor, organization: Organization
) -> None:
    made, first = invited(owner, organization)
    with time_machine.travel(clock.now() + timedelta(days=8)):
        invitations.send_again(owner, organization.id, made.uuid)
        assert invitations.find_open(first) is None
        _, second = invitations.mint(made.id) or ("", "")
        assert invitations.find_open(second) is not None


def test_an_address_is_invited_once_unless_its_time_is_over(owner: Actor, organization: Organization) -> None:
    made, _ = invited(owner, organization)
    with pytest.raises(Invalid) as refused:
        invitations.invite(owner, organization.id, email="GUEST@example.org")
    assert refused.value.code == "already_invited"
    with time_machine.travel(clock.now() + timedelta(days=8)):
        again = invitations.invite(owner, organization.id, email=GUEST, role=MANAGER)
    assert (again.id, again.role) == (made.id, MANAGER)


def test_members_are_not_invited_and_do_not_come_twice(owner: Actor, organization: Organization) -> None:
    user = UserFactory(email="here@example.org")
    MembershipFactory(organization=organization, user=user)
    with pytest.raises(Invalid) as refused:
        invitations.invite(owner, organization.id, email="HERE@example.org")
    assert refused.value.code == "already_member"
    _, secret = invited(owner, organization)
    with pytest.raises(Invalid) as refused:
        invitations.accept(Actor.of(user), secret, as_somebody_else=True)
    assert refused.value.code == "already_member"
    assert invitations.find_open(secret) is not None


def test_who_may_invite_whom(owner: Actor, organization: Organization) -> None:
    manager, member = member_of(organization, MANAGER), member_of(organization, MEMBER)
    invitations.invite(manager, organization.id, email="a@example.org", role=MANAGER)
    invitations.invite(StaffFactory(), organization.id, email="b@example.org", role=OWNER)
    for actor, role in ((manager, OWNER), (member, MEMBER)):
        with pytest.raises(NotAllowed):
            invitations.invite(actor, organization.id, email="c@example.org", role=role)
    for stranger in (BuyerFactory(), member_of(OrganizationFactory())):
        with pytest.raises(NotFound):
            invitations.invite(stranger, organization.id, email="c@example.org")


def test_managers_do_not_touch_an_invitation_to_be_an_owner(owner: Actor, organization: Organization) -> None:
    made, _ = invited(owner, organization, role=OWNER)
    manager = member_of(organization, MANAGER)
    for deed in (invitations.revoke, invitations.send_again):
        with pytest.raises(NotAllowed):
            deed(manager, organization.id, made.uuid)


def test_an_invitation_of_others_is_not_found(owner: Actor, organization: Organization) -> None:
    foreign = InvitationFactory()
    for deed in (invitations.revoke, invitations.send_again):
        for key in (foreign.uuid, uuid4()):
            with pytest.raises(NotFound):
                deed(owner, organization.id, key)


def test_so_many_a_day_and_no_more(
    owner: Actor, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invitations, "MOST_A_DAY", 3)
    made = invitations.invite(owner, organization.id, email="0@example.org")
    invitations.invite(owner, organization.id, email="1@example.org")
    invitations.send_again(owner, organization.id, made.uuid)
    for deed in (
        lambda: invitations.invite(owner, organization.id, email="2@example.org"),
        lambda: invitations.send_again(owner, organization.id, made.uuid),
    ):
        with pytest.raises(TooMany) as refused:
            deed()
        assert 86_000 < refused.value.retry_after <= 86_400
    other = OrganizationFactory()
    invitations.invite(member_of(other), other.id, email="2@example.org")
    with time_machine.travel(clock.now() + timedelta(hours=25)):
        invitations.invite(owner, organization.id, email="2@example.org")
