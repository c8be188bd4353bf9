"""One of everything, somebody of every role, and a call of every route that could succeed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from json import dumps
from typing import Any

from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from tests.factories import (
    PASSWORD,
    CategoryFactory,
    EventFactory,
    MembershipFactory,
    OfferFactory,
    OrganizationFactory,
    PromoCodeFactory,
    UserFactory,
    VenueFactory,
    VenueMembershipFactory,
)
from tests.services.pricing import PARTS, WHOLE, new_type
from ticketing.api.openapi import Published
from ticketing.api.routes import Routes
from ticketing.extensions import db
from ticketing.gateways.sandbox import sign
from ticketing.models import Event, Ticket, User
from ticketing.policy import SYSTEM, Actor
from ticketing.services import accounts, orders, tokens
from ticketing.services.tickets import code_of

#: The columns of the table. «buyer» owns the bookings, «stranger» another organization; the others stand in
#: the organization that everything belongs to.
ROLES = (
    "anonymous", "consumer", "buyer", "stranger", "member", "manager", "owner", "venue", "support", "staff",
)  # fmt: skip
NEW_PASSWORD = "quite another long walk"
EVENT = {"title": "New", "starts_at": "2130-01-01T20:00:00Z", "ends_at": "2130-01-01T23:00:00Z"}


@dataclass
class Somebody:
    """A role's account, as plain values."""

    user_id: int | None = None
    email: str = "nobody@example.org"
    access: str | None = None
    refresh: str = "none"


class World:
    """What paths and bodies name. Everything is an id; ``at`` gives the one that a route is called with."""

    def __init__(self) -> None:
        self.people = {role: Somebody() for role in ROLES}
        organization, empty = OrganizationFactory(), OrganizationFactory()
        self.organization, self.empty = organization.id, empty.id
        for role in ROLES[1:]:
            self._join(role, (organization, empty))
        hall, unused_hall = VenueFactory(), VenueFactory()
        self.unused_hall = VenueMembershipFactory(venue=unused_hall).venue_id
        VenueMembershipFactory(
            venue=hall, user=db.session.get(User, self.people["venue"].user_id), role="MANAGER"
        )
        event = EventFactory(organization=organization, venue=hall)
        draft = EventFactory(organization=organization, venue=hall, status="draft")
        self.hall, self.category, self.unused_category = hall.id, event.category_id, CategoryFactory().id
        self.event, self.draft = event.id, draft.id
        called_off = EventFactory(
            organization=organization, venue=hall, status="cancelled", published_at=event.published_at
        )
        self.called_off = called_off.id
        self.offer, self.draft_offer = OfferFactory(event=event).id, OfferFactory(event=draft).id
        self._make_ticket_types(event, organization=organization, venue=hall)
        self.promo_code = PromoCodeFactory(organization=organization, code="WORLD").id
        self.pending, self.confirmed = (self._booking() for _ in range(2))
        orders.confirm(SYSTEM, self.confirmed)
        ticket = db.session.scalars(select(Ticket).where(Ticket.order_id == self.confirmed).limit(1)).one()
        self.my_ticket = ticket.id
        self.code = code_of(ticket.uuid, ticket.code_version, ticket.key_version)
        waiting = UserFactory(must_verify_email=True).id
        self.verifying = accounts.mint_email_token(waiting, "verify")
        self.resetting = accounts.mint_email_token(waiting, "reset")
        self.moving = accounts.mint_email_token(waiting, "change_email", "moved@example.org")
        self.newcomer = UserFactory().email
        db.session.commit()

    def _join(self, role: str, organizations: tuple[Any, ...]) -> None:
        user = UserFactory(
            is_staff=role == "staff", is_support=role == "support", email=f"{role}@example.org"
        )
        if role in ("member", "manager", "owner"):
            for organization in organizations:
                MembershipFactory(organization=organization, user=user, role=role.upper())
        if role == "stranger":
            user.user_type = "organizer"
            MembershipFactory(organization=OrganizationFactory(), user=user, role="OWNER")
        pair = tokens.issue(user)
        self.people[role] = Somebody(user.id, user.email, pair.access, pair.refresh)

    def _make_ticket_types(self, simple: Event, **where: Any) -> None:
        """A ticket type of each pricing type with its first part, that nobody has ordered; and a draft's."""
        made = {"simple": new_type(simple, **WHOLE["simple"])}
        for kind in PARTS:
            made[kind] = new_type(EventFactory(pricing_type=kind, **where), **WHOLE[kind])
        self.types = {kind: ticket_type.id for kind, ticket_type in made.items()}
        self.parts = {kind: ticket_type.offers[0].id for kind, ticket_type in made.items()}
        hidden = new_type(EventFactory(pricing_type="tiered", status="draft", **where), **WHOLE["tiered"])
        self.draft_type, self.draft_tier = hidden.id, hidden.offers[0].id

    def _booking(self) -> int:
        buyer = Actor.of(db.session.get_one(User, self.people["buyer"].user_id))
        placed = orders.place(buyer, [orders.Line(self.offer, 2)], terms=orders.terms_for("btick"))
        return placed.order_id

    def at(self, name: str) -> int:
        """The object that a path's placeholder names unless the call says otherwise."""
        return {
            "event": self.event,
            "ticket": self.offer,
            "booking": self.pending,
            "order": self.pending,
            "promo_code": self.promo_code,
            "organization": self.organization,
            "venue": self.hall,
            "category": self.category,
            "ticket_type": self.types["simple"],
            "tier": self.parts["tiered"],
            "day_pass": self.parts["day_based"],
            "day_tier_price": self.parts["tier_and_day"],
            "my_ticket": self.my_ticket,
        }[name]


@dataclass(frozen=True)
class Call:
    """How a route is called: which objects its path and its query name, what its body says, what goes with
    that body."""

    body: Callable[[World, Somebody], Any] = lambda _world, _somebody: None
    at: Callable[[World], dict[str, int]] = lambda _world: {}
    headers: Callable[[Any], dict[str, str]] = lambda _body: {}
    query: Callable[[World], str] = lambda _world: ""


def _said(**body: Any) -> Call:
    return Call(lambda _world, _somebody: body)


def _token(name: str, **more: Any) -> Call:
    return Call(lambda world, _somebody: {"token": getattr(world, name), **more})


_LOGIN = Call(lambda world, _somebody: {"email": world.people["buyer"].email, "password": PASSWORD})
_REFRESH = Call(lambda _world, somebody: {"refresh": somebody.refresh})
_CHANGE_PASSWORD = _said(old_password=PASSWORD, new_password=NEW_PASSWORD)
_EVENT = Call(
    lambda world, _somebody: {
        **EVENT,
        "organization": world.organization,
        "venue": world.hall,
        "category": world.category,
    },
    lambda world: {"event": world.draft},
)
_DRAFT = Call(at=lambda world: {"event": world.draft})
_TICKET = Call(
    lambda world, _somebody: {
        "event": world.event, "ticket_type": "VIP", "price": "10.00", "quota": 5, "name": "New",
    }
)  # fmt: skip
_TICKET_TYPE = Call(
    lambda world, _somebody: {"event": world.event, "name": "New", "price": "10.00", "total_quantity": 5}
)


def _part(kind: str) -> Call:
    """A part that the world's type of that pricing type has not."""
    new = {
        "tiered": {"tier_number": 9, "name": "New"},
        "day_based": {"day_number": 9, "name": "New"},
        "tier_and_day": {"day_number": 9, "day_name": "New", "tier_number": 9, "tier_name": "New"},
    }[kind]
    return Call(
        lambda world, _somebody: {"ticket_type": world.types[kind], "price": "10.00", "quantity": 5, **new}
    )


_NEW_ACCOUNT = {"email": "new@example.org", "password": NEW_PASSWORD}
_VENUE = _said(name="New", address="1 New Street", city="Lisbon", capacity=10)
_HOSTED = {
    "title": "New",
    "description": "New",
    "venue_name": "New",
    "venue_city": "Lisbon",
    "start_date": EVENT["starts_at"],
    "end_date": EVENT["ends_at"],
    "total_capacity": 500,
}
#: Only who knows the gateway's secret can say it, whoever that is.
_TOLD_BY_GATEWAY = Call(
    lambda _world, _somebody: {"id": "evt_1", "type": "customer.created"},
    headers=lambda body: {"Stripe-Signature": sign(dumps(body).encode())},
)
_CONFIRMED = Call(at=lambda world: {"booking": world.confirmed})
_PAID = Call(at=lambda world: {"order": world.confirmed})
_ORDER = Call(
    lambda world, _somebody: {
        "event": world.event,
        "items": [{"ticket_type_id": world.types["simple"], "quantity": 1}],
    }
)
_PROMO_CODE = Call(
    lambda world, _somebody: {"organization": world.organization, "code": "NEW", "value": 12.5}
)

#: Calls that need more than the usual objects and an empty body.
CALLS: dict[str, Call] = {
    "POST /api/auth/register/": _said(**_NEW_ACCOUNT),
    "POST /api/auth/signup/": _said(**_NEW_ACCOUNT, password_confirm=NEW_PASSWORD),
    "POST /api/auth/verify-email/": _token("verifying"),
    "POST /api/auth/resend-verification/": _said(email="somebody@example.org"),
    "POST /api/auth/login/": _LOGIN,
    "POST /api/auth/jwt/create/": _LOGIN,
    "POST /api/auth/jwt/refresh/": _REFRESH,
    "POST /api/auth/token/refresh/": _REFRESH,
    "POST /api/auth/check-password-strength/": _said(password="anything"),
    "POST /api/auth/change-password/": _CHANGE_PASSWORD,
    "PUT /api/auth/change-password/": _CHANGE_PASSWORD,
    "PATCH /api/auth/change-password/": _CHANGE_PASSWORD,
    "POST /api/auth/password-reset/": _said(email="somebody@example.org"),
    "POST /api/auth/password-reset/confirm/": _token("resetting", new_password=NEW_PASSWORD),
    "POST /api/auth/change-email/": _said(new_email="new@example.org", password=PASSWORD),
    "POST /api/auth/change-email/confirm/": _token("moving"),
    "DELETE /api/auth/account/": _said(password=PASSWORD),
    "POST /api/v1/auth/users/": _said(**_NEW_ACCOUNT, username="newcomer"),
    "POST /api/v1/auth/login/": _LOGIN,
    "POST /api/v1/auth/jwt/refresh/": _REFRESH,
    "POST /api/v1/events/": _EVENT,
    "PUT /api/v1/events/<event>/": _EVENT,
    "DELETE /api/v1/events/<event>/": Call(at=lambda world: {"event": world.draft}),
    "POST /api/v1/events/<event>/publish/": _DRAFT,
    "POST /api/events/": _said(**_HOSTED),
    "PUT /api/events/<event>/": _said(**_HOSTED),
    "DELETE /api/events/<event>/": _DRAFT,
    "POST /api/events/<event>/publish/": _DRAFT,
    "GET /api/events/<event>/cancellation/": Call(at=lambda world: {"event": world.called_off}),
    "GET /api/events/by_category/": Call(query=lambda world: f"?category={world.category}"),
    "POST /api/events/categories/": _said(name="New"),
    "PUT /api/events/categories/<category>/": _said(name="New"),
    "DELETE /api/events/categories/<category>/": Call(at=lambda world: {"category": world.unused_category}),
    "GET /api/tickets/types/by_event/": Call(query=lambda world: f"?event_id={world.event}"),
    "POST /api/tickets/types/": _TICKET_TYPE,
    "PUT /api/tickets/types/<ticket_type>/": _TICKET_TYPE,
    "POST /api/tickets/tiers/": _part("tiered"),
    "PUT /api/tickets/tiers/<tier>/": _part("tiered"),
    "POST /api/tickets/day-passes/": _part("day_based"),
    "PUT /api/tickets/day-passes/<day_pass>/": _part("day_based"),
    "GET /api/tickets/day-tier-prices/matrix/": Call(
        query=lambda world: f"?ticket_type={world.types['tier_and_day']}"
    ),
    "POST /api/tickets/day-tier-prices/": _part("tier_and_day"),
    "PUT /api/tickets/day-tier-prices/<day_tier_price>/": _part("tier_and_day"),
    "POST /api/tickets/my-tickets/verify/": Call(lambda world, _somebody: {"qr_code_data": world.code}),
    "PATCH /api/tickets/my-tickets/<my_ticket>/": _said(attendee_name="New"),
    "POST /api/tickets/my-tickets/<my_ticket>/transfer/": _said(email="new@example.org"),
    "POST /api/v1/tickets/": _TICKET,
    "PUT /api/v1/tickets/<ticket>/": _TICKET,
    "DELETE /api/v1/tickets/<ticket>/": Call(at=lambda world: {"ticket": world.draft_offer}),
    "POST /api/v1/bookings/": Call(lambda world, _somebody: {"event_ticket": world.offer, "quantity": 1}),
    "POST /api/v1/bookings/<booking>/refund/": _CONFIRMED,
    "POST /api/bookings/": Call(
        lambda world, _somebody: {"event": world.event, "seats_booked": 1, "event_ticket": world.offer}
    ),
    "POST /api/payments/create-payment-intent/": Call(lambda world, _somebody: {"booking_id": world.pending}),
    "POST /api/orders/": _ORDER,
    "POST /api/orders/<order>/confirm_payment/": _said(payment_id="test-1", payment_method="card"),
    "POST /api/orders/<order>/promo-code/": _said(promo_code="WORLD"),
    "POST /api/orders/<order>/refund/": _PAID,
    "GET /api/orders/<order>/payment-status/": _PAID,
    "GET /api/orders/<order>/download/": _PAID,
    "GET /api/orders/<order>/calendar/": _PAID,
    "POST /api/promo-codes/": _PROMO_CODE,
    "PUT /api/promo-codes/<promo_code>/": _PROMO_CODE,
    "POST /api/v1/organizations/": _said(name="New"),
    "PUT /api/v1/organizations/<organization>/": _said(name="New"),
    "DELETE /api/v1/organizations/<organization>/": Call(at=lambda world: {"organization": world.empty}),
    "POST /api/v1/organizations/<organization>/add-member/": Call(
        lambda world, _somebody: {"user_email": world.newcomer, "role": "MEMBER"}
    ),
    "POST /api/v1/venues/": _VENUE,
    "PUT /api/v1/venues/<venue>/": _VENUE,
    "DELETE /api/v1/venues/<venue>/": Call(at=lambda world: {"venue": world.unused_hall}),
    "POST /api/v1/categories/": _said(name="New"),
    "PUT /api/v1/categories/<category>/": _said(name="New"),
    "DELETE /api/v1/categories/<category>/": Call(at=lambda world: {"category": world.unused_category}),
    "POST /api/payments/webhook/": _TOLD_BY_GATEWAY,
    "POST /api/webhooks/stripe/": _TOLD_BY_GATEWAY,
}


def routes(app: Flask) -> list[tuple[str, str, Rule]]:
    """Every method of every route of the API: its name in the table, the method, the rule."""
    published: Published = app.extensions["openapi"]
    ours = {blueprint.name for blueprint in _blueprints(published)}
    found = [
        (f"{method} {_plain(rule)}", method, rule)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.split(".")[0] in ours
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]
    return sorted(found, key=lambda row: (row[2].rule, row[1]))


def _blueprints(published: Published) -> tuple[Routes, ...]:
    return tuple(published._blueprints)


def _plain(rule: Rule) -> str:
    return rule.rule.replace("<key:", "<")


def path_of(rule: Rule, keys: dict[str, Any]) -> str:
    """The rule's path with these keys in it."""
    path = _plain(rule)
    for name in rule.arguments:
        path = path.replace(f"<{name}>", str(keys[name]))
    return path


@contextlib.contextmanager
def undone() -> Iterator[None]:
    """What is written inside is gone afterwards."""
    db.session.commit()
    db.session.remove()
    connection: Any = db.engines[None]
    connection.exec_driver_sql("SAVEPOINT undone")
    try:
        yield
    finally:
        db.session.remove()
        connection.exec_driver_sql("ROLLBACK TO SAVEPOINT undone")
        connection.exec_driver_sql("RELEASE SAVEPOINT undone")


def table_text(heading: str, rows: dict[str, list[str]]) -> str:
    """Rows of cells by name, one column a role, as people read and review them."""
    wide = max(map(len, rows)) + 2
    lines = [f"{'':{wide}}{''.join(f'{role:11}' for role in ROLES)}".rstrip()]
    lines += [
        f"{name:{wide}}{''.join(f'{cell:11}' for cell in cells)}".rstrip() for name, cells in rows.items()
    ]
    return f"{heading}\n" + "\n".join(lines) + "\n"
