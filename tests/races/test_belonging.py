"""An organization keeps an owner, and an invitation is taken once, whoever comes at the same moment."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.factories import (
    PASSWORD,
    BuyerFactory,
    EventFactory,
    InvitationFactory,
    OrganizationFactory,
    digest,
    member_of,
)
from tests.races import crowd
from ticketing.models import Membership, Organization
from ticketing.models.organizations import MEMBER, OWNER
from ticketing.services import accounts, invitations, organizations
from ticketing.services.idempotency import Idempotency

pytestmark = pytest.mark.races


def _owners(session: Any, organization: Organization) -> int:
    wanted = select(func.count(Membership.id)).where(
        Membership.organization_id == organization.id, Membership.role == OWNER
    )
    return int(session.scalar(wanted))


def _key(session: Any, user_id: int | None) -> Any:
    return session.scalar(select(Membership.uuid).where(Membership.user_id == user_id))


def test_of_two_owners_who_remove_each_other_at_once_one_stays(app: Flask, committed: Any) -> None:
    for _ in range(5):
        organization = OrganizationFactory()
        one, other = member_of(organization), member_of(organization)
        keys = _key(committed.session, one.user_id), _key(committed.session, other.user_id)
        deeds = [(one, organization.id, keys[1]), (other, organization.id, keys[0])]
        outcomes = crowd.of_threads(app, organizations.remove, deeds)
        assert outcomes == {"done": 1, "not_found": 1}
        committed.session.rollback()
        assert _owners(committed.session, organization) == 1


@pytest.mark.parametrize("steps_back", [False, True])
def test_of_two_owners_who_leave_or_step_back_at_once_one_stays(
    app: Flask, committed: Any, steps_back: bool
) -> None:
    for _ in range(3):
        organization = OrganizationFactory()
        owners = [member_of(organization), member_of(organization)]
        keys = [_key(committed.session, owner.user_id) for owner in owners]
        deeds = [
            (organizations.remove, owners[0], organization.id, keys[0]),
            (organizations.change_role, owners[1], organization.id, keys[1], MEMBER)
            if steps_back
            else (organizations.remove, owners[1], organization.id, keys[1]),
        ]
        outcomes = crowd.of_threads(app, lambda deed, *given: deed(*given), deeds)
        assert outcomes == {"done": 1, "last_owner": 1}
        committed.session.rollback()
        assert _owners(committed.session, organization) == 1


def test_an_owner_who_leaves_meets_one_who_deletes_their_account(app: Flask, committed: Any) -> None:
    """An organization with something to come keeps one of them."""
    for _ in range(3):
        organization = OrganizationFactory()
        EventFactory(organization=organization)
        one, other = member_of(organization), member_of(organization)
        key = _key(committed.session, other.user_id)

        def go(deed: Any) -> None:
            deed()

        outcomes = crowd.of_threads(
            app,
            go,
            [
                (partial(accounts.delete, one, password=PASSWORD),),
                (partial(organizations.remove, other, organization.id, key),),
            ],
        )
        assert outcomes in ({"done": 1, "last_owner": 1}, {"done": 1, "only_owner": 1})
        committed.session.rollback()
        assert _owners(committed.session, organization) == 1


def test_an_invitation_is_taken_by_one_of_many(app: Flask, committed: Any) -> None:
    organization = OrganizationFactory()
    InvitationFactory(organization=organization, token_hash=digest("secret"), role=MEMBER)
    guests = [BuyerFactory() for _ in range(6)]

    def take(guest: Any) -> None:
        invitations.accept(guest, "secret", as_somebody_else=True)

    outcomes = crowd.of_threads(app, take, [(guest,) for guest in guests])
    assert outcomes == {"done": 1, "bad_invitation": 5}


def test_an_address_that_is_invited_by_many_at_once_is_invited_once(app: Flask, committed: Any) -> None:
    organization = OrganizationFactory()
    owner = member_of(organization)

    def invite(_number: int) -> None:
        invitations.invite(owner, organization.id, email="guest@example.org")

    outcomes = crowd.of_threads(app, invite, [(number,) for number in range(4)])
    assert outcomes == {"done": 1, "already_invited": 3}


def test_one_form_that_is_sent_many_times_opens_one_organization(app: Flask, committed: Any) -> None:
    actor = BuyerFactory()
    once = Idempotency.of("organizations.open", "key", b"body")

    def open_it(_number: int) -> None:
        organizations.open_own(actor, name="Spree Sounds", currency="EUR", once=once)

    assert crowd.of_threads(app, open_it, [(number,) for number in range(4)]) == {"done": 4}
    found = select(func.count(Organization.id)).where(Organization.name == "Spree Sounds")
    assert committed.session.scalar(found) == 1


def test_nobody_owns_more_by_asking_many_times_at_once(
    app: Flask, committed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ticketing.services.organizations.opening.MOST_OWNED", 2)
    actor = BuyerFactory()

    def open_it(number: int) -> None:
        organizations.open_own(actor, name=f"House {number}", currency="EUR")

    outcomes = crowd.of_threads(app, open_it, [(number,) for number in range(5)])
    assert outcomes == {"done": 2, "too_many_organizations": 3}
