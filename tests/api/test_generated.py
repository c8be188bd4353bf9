"""Calls that schemathesis makes up from the published schema, as three kinds of accounts: no 5xx, no status
and no body that the schema does not name."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import select

from tests.api.contract import Contract
from tests.factories import (
    BuyerFactory,
    EventFactory,
    MembershipFactory,
    OfferFactory,
    OrganizationFactory,
    PromoCodeFactory,
    StaffFactory,
    UserFactory,
    VenueMembershipFactory,
    member_of,
)
from tests.services.pricing import WHOLE, new_type
from tests.support.fixtures import apart
from ticketing.extensions import db as extension
from ticketing.models import Ticket, User
from ticketing.policy import Actor
from ticketing.services import orders, tokens

#: Calls of each operation, by each account, with good and with bad values. Fixed, like the seed: the suite
#: has a minute for this, on one database.
EXAMPLES = {GenerationMode.POSITIVE: 2, GenerationMode.NEGATIVE: 2}
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def _manager(organization: Any) -> Actor:
    return member_of(organization, "MANAGER")


ACTORS: dict[str, Callable[[Any], Actor]] = {
    "staff": lambda _organization: StaffFactory(),
    "manager": _manager,
    "consumer": lambda _organization: BuyerFactory(),
}


def _world() -> tuple[Any, dict[str, list[Any]]]:
    """An organization with something in every list, and what paths and bodies may name."""
    organization = OrganizationFactory()
    event = EventFactory(organization=organization)
    draft = EventFactory(organization=organization, status="draft")
    # Its key is in no path, so that nobody calls it off.
    offer = OfferFactory(event=EventFactory(organization=organization))
    unsold = OfferFactory(event=draft)
    MembershipFactory(organization=organization)
    VenueMembershipFactory(venue=event.venue)
    keys = {
        "event": [event.id, str(event.uuid), event.slug, draft.id, 999],
        "event_ticket": [offer.id, str(offer.uuid), 999],
        "ticket": [offer.id, str(offer.uuid), unsold.id, 999],
        "organization": [organization.id, organization.slug, 999],
        "venue": [event.venue_id, str(event.venue.uuid), 999],
        "category": [event.category_id, event.category.slug, 999],
        "starts_at": ["2130-01-01T20:00:00Z", "2130-01-02", "2000-01-01"],
        "start_date": ["2130-01-01T20:00:00Z", "2130-01-02", "2000-01-01"],
        "end_date": ["2130-01-03T20:00:00+02:00", "2130-01-04"],
        "ends_at": ["2130-01-03T20:00:00+02:00", "2130-01-04"],
        "user_email": [UserFactory().email, "nobody@example.org"],
    }
    ours = {"{promo_code}": [PromoCodeFactory(organization=organization, code="OURS").id, 999]}
    bought = {
        "BookingBody.event": [offer.event_id, event.id, 999],
        "EasyTicketOrderBody.event": [offer.event_id],
        "EasyTicketOrderLineBody.ticket_type_id": [offer.ticket_type_id],
        "EasyTicketCodeBody.promo_code": ["OURS", "NO-SUCH"],
    }
    return organization, keys | ours | bought | _ticket_types(organization)


def _ticket_types(organization: Any) -> dict[str, list[Any]]:
    """Ticket types of every pricing type, and their parts."""
    made = {
        kind: new_type(EventFactory(organization=organization, pricing_type=kind), **details)
        for kind, details in WHOLE.items()
    }
    types = {kind: ticket_type.id for kind, ticket_type in made.items()}
    keys: dict[str, list[Any]] = {"{ticket_type}": [*types.values(), str(made["simple"].uuid), 999]}
    for kind, name, schema in (
        ("tiered", "tier", "Tier"),
        ("day_based", "day_pass", "DayPass"),
        ("tier_and_day", "day_tier_price", "DayTierPrice"),
    ):
        parts = made[kind].offers
        keys[name] = [*(part.id for part in parts), str(parts[0].uuid), 999]
        for form in ("Body", "Patch"):
            keys[f"EasyTicket{schema}{form}.ticket_type"] = [types[kind], types[kind], types["simple"], 999]
    return keys


def _bookings(actor: Actor, offer_id: int) -> list[Any]:
    """A pending and a confirmed booking of the account's own."""
    pending, confirmed = (
        orders.place(actor, [orders.Line(offer_id, 2)], terms=orders.terms_for("btick")).order_id
        for _ in range(2)
    )
    orders.confirm(StaffFactory(), confirmed)
    return [pending, confirmed, 999]


def _tickets(order_id: int) -> list[Any]:
    """The tickets of that order, as their holder names them."""
    ids = extension.session.scalars(select(Ticket.uuid).where(Ticket.order_id == order_id)).all()
    return [*map(str, ids), 999]


def _aimed(document: dict[str, Any], keys: dict[str, list[Any]]) -> dict[str, Any]:
    """The schema, with values in its paths and bodies that lead somewhere. A key is a field's name, that of
    one schema's (``EasyTicketTierBody.ticket_type``), or of paths only (``{ticket_type}``)."""
    aimed = copy.deepcopy(document)
    for name, schema in aimed["components"]["schemas"].items():
        if name.endswith(("Body", "Patch")):
            for field in schema["properties"]:
                if values := keys.get(f"{name}.{field}", keys.get(field)):
                    schema["properties"][field] = {"enum": values}
    for path in aimed["paths"].values():
        for parameter in path.get("parameters", ()):
            if parameter["in"] == "path":
                name = parameter["name"]
                parameter["schema"] = {"enum": keys.get(f"{{{name}}}") or keys[name]}
    return aimed


@pytest.mark.one_database
@pytest.mark.parametrize("name", list(ACTORS))
def test_no_made_up_call_is_answered_otherwise_than_documented(
    name: str, app: Flask, contract: Contract, db: SQLAlchemy
) -> None:
    organization, keys = _world()
    offer_id = keys["event_ticket"][0]
    actor = ACTORS[name](organization)
    keys["booking"] = keys["booking_id"] = keys["order"] = _bookings(actor, offer_id)
    keys["my_ticket"] = _tickets(keys["order"][1])
    schema = schemathesis.openapi.from_dict(_aimed(contract.document, keys))
    schema.app = app
    fine, operations = 0, [found.ok() for found in schema.get_all_operations()]
    for operation in operations:
        statuses = [
            status
            for mode, examples in EXAMPLES.items()
            for status in _fuzz(operation.as_strategy(mode), examples, _token(actor))
        ]
        fine += any(status < 300 for status in statuses)
    assert fine > len(operations) / 3, "calls that are all refused early show little"


def _token(actor: Actor) -> str:
    """A fresh one: the calls before may have signed the account out."""
    extension.session.expire_all()
    return tokens.issue(extension.session.get_one(User, actor.user_id)).access


def _fuzz(strategy: Any, examples: int, token: str) -> list[int]:
    statuses: list[int] = []

    @seed(1)
    @settings(
        max_examples=examples,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def run(case: Case) -> None:
        headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}
        answer = apart(lambda: case.call(headers=headers))
        statuses.append(answer.status_code)
        case.validate_response(answer, checks=CHECKS)

    run()
    return statuses
