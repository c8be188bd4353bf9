"""Accounts, organizations and their members."""

from __future__ import annotations

from typing import Any

from factory import LazyAttribute, Sequence, SubFactory

from tests.factories.base import Factory, digest, id_of, in_days
from ticketing import models
from ticketing.models import organizations
from ticketing.policy import Actor
from ticketing.services.passwords import hash_password

PASSWORD = "a long walk on the beach"


class UserFactory(Factory):
    """An account whose password is ``PASSWORD`` (or ``password=…``)."""

    class Meta:
        model = models.User

    class Params:
        password = PASSWORD

    email = Sequence(lambda n: f"person{n}@example.org")
    username = Sequence(lambda n: f"person{n}")
    password_hash = LazyAttribute(lambda row: hash_password(row.password))
    first_name = "Ada"
    last_name = Sequence(lambda n: f"Person{n}")


class BuyerFactory(UserFactory):
    """The ``Actor`` of a new account: ``BuyerFactory(is_staff=True)`` is staff."""

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        return Actor.of(super()._create(model_class, *args, **kwargs))


class StaffFactory(BuyerFactory):
    """An ``Actor`` who may do everything."""

    is_staff = True


class SupportFactory(BuyerFactory):
    """An ``Actor`` who helps buyers."""

    is_support = True


def member_of(organization: models.Organization, role: str = organizations.OWNER) -> Actor:
    """The ``Actor`` of a new account with that role in the organization."""
    user = UserFactory(user_type="organizer")
    MembershipFactory(organization=organization, user=user, role=role)
    return Actor.of(user)


class RevokedTokenFactory(Factory):
    class Meta:
        model = models.RevokedToken

    class Params:
        user = SubFactory(UserFactory)

    user_id = id_of("user")
    jti = Sequence(lambda n: f"token-{n}")
    expires_at = in_days(1)


class EmailTokenFactory(Factory):
    class Meta:
        model = models.EmailToken

    class Params:
        user = SubFactory(UserFactory)

    user_id = id_of("user")
    purpose = "reset"
    token_hash = Sequence(lambda n: digest(f"email token {n}"))
    expires_at = in_days(1)


class OrganizationFactory(Factory):
    class Meta:
        model = models.Organization

    name = Sequence(lambda n: f"Organization {n}")
    slug = Sequence(lambda n: f"organization-{n}")
    contact_email = "office@example.org"
    currency = "USD"


class MembershipFactory(Factory):
    class Meta:
        model = models.Membership

    organization = SubFactory(OrganizationFactory)
    user = SubFactory(UserFactory)
    organization_id, user_id = id_of("organization"), id_of("user")
    role = organizations.MEMBER


class InvitationFactory(Factory):
    class Meta:
        model = models.Invitation

    organization = SubFactory(OrganizationFactory)
    organization_id = id_of("organization")
    email = Sequence(lambda n: f"invited{n}@example.org")
    token_hash = Sequence(lambda n: digest(f"invitation {n}"))
    expires_at = in_days(7)


class FollowFactory(Factory):
    class Meta:
        model = models.Follow

    class Params:
        user = SubFactory(UserFactory)
        organization = SubFactory(OrganizationFactory)

    user_id, organization_id = id_of("user"), id_of("organization")


class PaymentProfileFactory(Factory):
    class Meta:
        model = models.PaymentProfile

    class Params:
        user = SubFactory(UserFactory)

    user_id = id_of("user")
    method = "bank_transfer"
    name = "Main account"
