"""Who belongs to an organization: roles, their limits, and that there is always an owner."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories import (
    BuyerFactory,
    InvitationFactory,
    MembershipFactory,
    OrganizationFactory,
    StaffFactory,
    UserFactory,
    member_of,
)
from ticketing.errors import Invalid, NotAllowed, NotFound
from ticketing.extensions import db as extension
from ticketing.models import ActivityLog, Invitation, Membership, Organization
from ticketing.models.organizations import MANAGER, MEMBER, OWNER
from ticketing.policy import Actor
from ticketing.services import organizations


@pytest.fixture
def organization(app: Flask) -> Organization:
    return OrganizationFactory()


def membership_of(actor: Actor, organization: Organization) -> Membership | None:
    extension.session.expire_all()
    wanted = select(Membership).where(
        Membership.user_id == actor.user_id, Membership.organization_id == organization.id
    )
    return extension.session.scalars(wanted).one_or_none()


def key_of(actor: Actor, organization: Organization) -> Any:
    membership = membership_of(actor, organization)
    assert membership is not None
    return membership.uuid


def deeds(organization: Organization) -> list[tuple[str, dict[str, Any]]]:
    wanted = select(ActivityLog).where(ActivityLog.object_id == organization.id).order_by(ActivityLog.id)
    return [(row.action, row.details) for row in extension.session.scalars(wanted)]


def test_an_owner_gives_somebody_another_role(organization: Organization) -> None:
    owner, member = member_of(organization), member_of(organization, MEMBER)
    organizations.change_role(owner, organization.id, key_of(member, organization), MANAGER)
    assert membership_of(member, organization).role == MANAGER  # type: ignore[union-attr]
    assert deeds(organization) == [
        ("member_role_changed", {"user_id": member.user_id, "changed": {"role": [MEMBER, MANAGER]}})
    ]


def test_the_same_role_once_more_is_no_deed(organization: Organization) -> None:
    owner = member_of(organization)
    organizations.change_role(owner, organization.id, key_of(owner, organization), OWNER)
    assert deeds(organization) == []


@pytest.mark.parametrize("role", [MANAGER, MEMBER])
def test_managers_and_members_neither_make_nor_touch_owners(organization: Organization, role: str) -> None:
    owner, other = member_of(organization), member_of(organization, MEMBER)
    actor = member_of(organization, role)
    for deed in (
        lambda: organizations.change_role(actor, organization.id, key_of(other, organization), OWNER),
        lambda: organizations.change_role(actor, organization.id, key_of(actor, organization), OWNER),
        lambda: organizations.change_role(actor, organization.id, key_of(owner, organization), MEMBER),
        lambda: organizations.remove(actor, organization.id, key_of(owner, organization)),
    ):
        with pytest.raises(NotAllowed):
            deed()


def test_members_change_nobody(organization: Organization) -> None:
    member_of(organization)
    actor, other = member_of(organization, MEMBER), member_of(organization, MEMBER)
    with pytest.raises(NotAllowed):
        organizations.change_role(actor, organization.id, key_of(other, organization), MANAGER)
    with pytest.raises(NotAllowed):
        organizations.remove(actor, organization.id, key_of(other, organization))


def test_managers_manage_members_and_each_other(organization: Organization) -> None:
    member_of(organization)
    actor, other = member_of(organization, MANAGER), member_of(organization, MANAGER)
    organizations.change_role(actor, organization.id, key_of(other, organization), MEMBER)
    organizations.remove(actor, organization.id, key_of(other, organization))
    assert membership_of(other, organization) is None


def test_the_last_owner_stays_one(organization: Organization) -> None:
    owner = member_of(organization)
    member_of(organization, MANAGER)
    MembershipFactory(organization=organization, user=UserFactory(is_active=False), role=OWNER)
    for actor in (owner, StaffFactory()):
        for deed in (
            lambda actor: organizations.change_role(
                actor, organization.id, key_of(owner, organization), MANAGER
            ),
            lambda actor: organizations.remove(actor, organization.id, key_of(owner, organization)),
        ):
            with pytest.raises(Invalid) as refused:
                deed(actor)
            assert refused.value.code == "last_owner"
    member_of(organization)
    organizations.remove(owner, organization.id, key_of(owner, organization))
    assert membership_of(owner, organization) is None


def test_anybody_may_leave(organization: Organization) -> None:
    member_of(organization)
    member = member_of(organization, MEMBER)
    organizations.remove(member, organization.id, key_of(member, organization))
    assert membership_of(member, organization) is None
    assert deeds(organization) == [("member_left", {"user_id": member.user_id, "role": MEMBER})]


def test_strangers_find_neither_the_organization_nor_its_members(organization: Organization) -> None:
    member = member_of(organization)
    for stranger in (BuyerFactory(), member_of(OrganizationFactory())):
        with pytest.raises(NotFound):
            organizations.remove(stranger, organization.id, key_of(member, organization))


def test_a_member_of_another_organization_is_not_found(organization: Organization) -> None:
    owner, elsewhere = member_of(organization), OrganizationFactory()
    foreign = key_of(member_of(elsewhere, MEMBER), elsewhere)
    for key in (foreign, uuid4()):
        with pytest.raises(NotFound):
            organizations.remove(owner, organization.id, key)
        with pytest.raises(NotFound):
            organizations.change_role(owner, organization.id, key, MANAGER)


def open_roles(organization: Organization) -> list[str]:
    extension.session.expire_all()
    wanted = select(Invitation.role).where(
        Invitation.organization_id == organization.id, Invitation.revoked_at.is_(None)
    )
    return sorted(extension.session.scalars(wanted))


def test_who_is_removed_takes_open_invitations_along(organization: Organization) -> None:
    owner, manager = member_of(organization), member_of(organization, MANAGER)
    InvitationFactory(organization=organization, actor_id=manager.user_id)
    InvitationFactory(organization=organization, actor_id=owner.user_id, role=MANAGER)
    InvitationFactory(actor_id=manager.user_id)
    organizations.remove(owner, organization.id, key_of(manager, organization))
    assert open_roles(organization) == [MANAGER]


def test_who_can_do_less_takes_along_what_they_could_not_offer_any_more(organization: Organization) -> None:
    owner, other = member_of(organization), member_of(organization)
    for role in (OWNER, MEMBER):
        InvitationFactory(organization=organization, actor_id=other.user_id, role=role)
    organizations.change_role(owner, organization.id, key_of(other, organization), MANAGER)
    assert open_roles(organization) == [MEMBER]
    organizations.change_role(owner, organization.id, key_of(other, organization), MEMBER)
    assert open_roles(organization) == []
