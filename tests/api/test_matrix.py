"""Who may call what: every route, by every role, against a table that people can read (``matrix.txt``).

``WRITE_MATRIX=1 pytest tests/api/test_matrix.py`` writes the table anew; the difference is then for review.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from werkzeug.routing import Rule

from tests.api.conftest import Api
from tests.api.contract import Contract
from tests.api.world import CALLS, ROLES, Call, World, path_of, routes, table_text, undone
from ticketing.models import Event, Offer, Order, PromoCode, Ticket, TicketType

TABLE = Path(__file__).with_name("matrix.txt")
HEADING = """\
# Who may call what. One row a route, one column a role; a cell is what the answer begins with: 2xx, or the
# status of the refusal. Every row is called with a valid body and an object that the call could succeed on.
#
# buyer owns the bookings; stranger is an organizer elsewhere; member, manager, owner belong to the
# organization; venue manages the venue; support and staff are flags of the account.
"""


def answered(api: Api, world: World, name: str, method: str, rule: Rule, role: str) -> str:
    """What the answer begins with."""
    call, somebody = CALLS.get(name, Call()), world.people[role]
    chosen = call.at(world)
    keys = {placeholder: chosen.get(placeholder) or world.at(placeholder) for placeholder in rule.arguments}
    by = api if somebody.access is None else api.with_token(somebody.access)
    body = call.body(world, somebody)
    if body is None and method != "GET":
        body = {}
    # Every call comes from a browser of its own: cookies of the one before would sign it.
    api.client.delete_cookie("access_token")
    api.client.delete_cookie("refresh_token")
    status = by.call(
        method, path_of(rule, keys) + call.query(world), body, headers=call.headers(body)
    ).status_code
    return "2xx" if status < 300 else str(status)


def called(api: Api, world: World, name: str, method: str, rule: Rule, role: str) -> str:
    """What the answer begins with; what the call did is undone."""
    with undone():
        return answered(api, world, name, method, rule, role)


def read() -> dict[str, list[str]]:
    """The table's rows; a name is a method and a path."""
    lines = [line.split() for line in TABLE.read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == list(ROLES)
    return {" ".join(words[:2]): words[2:] for words in lines[1:]}


@pytest.mark.one_database
def test_every_route_answers_every_role_as_the_table_says(app: Flask, api: Api, db: SQLAlchemy) -> None:
    world = World()
    found = {
        name: [called(api, world, name, method, rule, role) for role in ROLES]
        for name, method, rule in routes(app)
    }
    if os.environ.get("WRITE_MATRIX"):
        TABLE.write_text(table_text(HEADING, found))
    table = read()
    assert sorted(found.keys() - table.keys()) == [], "new routes: look at their rows and add them"
    assert sorted(table.keys() - found.keys()) == [], "rows without a route"
    wrong = {
        f"{name} as {role}": f"{got}, not {told}"
        for name, cells in found.items()
        for role, got, told in zip(ROLES, cells, table[name], strict=True)
        if got != told
    }
    assert wrong == {}


def test_every_row_shows_a_call_that_somebody_may_make() -> None:
    """A row without a success would only show that its body is wrong."""
    assert {name for name, cells in read().items() if "2xx" not in cells} == set()


def test_the_table_is_written_as_it_is_printed() -> None:
    assert TABLE.read_text() == table_text(HEADING, read())


# ------------------------------------------------------------------ what belongs to others


def private_keys(world: World, db: SQLAlchemy) -> dict[str, list[Any]]:
    """Every form of the keys of what a stranger must not even see."""
    order, draft, offer = (
        db.session.get_one(model, number)
        for model, number in ((Order, world.pending), (Event, world.draft), (Offer, world.draft_offer))
    )
    paid = db.session.get_one(Order, world.confirmed)
    code = db.session.get_one(PromoCode, world.promo_code)
    hidden = db.session.get_one(TicketType, world.draft_type)
    tier = db.session.get_one(Offer, world.draft_tier)
    mine = db.session.get_one(Ticket, world.my_ticket)
    return {
        "booking": [order.id, order.uuid, order.number, paid.id],
        "order": [order.id, order.uuid, order.number, paid.id],
        "promo_code": [code.id, code.uuid],
        "event": [draft.id, draft.uuid, draft.slug],
        "ticket": [offer.id, offer.uuid],
        "ticket_type": [hidden.id, hidden.uuid],
        "tier": [tier.id, tier.uuid],
        "my_ticket": [mine.id, mine.uuid],
    }


def bodies(call: Call, world: World, role: str) -> Any:
    return call.body(world, world.people[role])


@pytest.mark.one_database
@pytest.mark.parametrize("role", ["anonymous", "consumer", "stranger"])
def test_nobody_reaches_what_belongs_to_others(
    app: Flask, contract: Contract, db: SQLAlchemy, role: str
) -> None:
    """All routes with an object in their path, by every form of its key."""
    world = World()
    private = private_keys(world, db)
    api = Api(app.test_client(), contract, world.people[role].access)
    tried, reached = 0, []
    for name, method, rule in routes(app):
        changes = method != "GET"
        for placeholder in rule.arguments:
            keys = private.get(placeholder, [world.at(placeholder)] if changes else [])
            for key in keys:
                body = bodies(CALLS.get(name, Call()), world, role) or ({} if changes else None)
                with undone():
                    status = api.call(method, path_of(rule, {placeholder: key}), body).status_code
                tried += 1
                if status not in (401, 403, 404):
                    reached.append(f"{name} with {key}: {status}")
    assert reached == []
    assert tried > 60


@pytest.mark.one_database
def test_nobody_learns_from_a_refusal_what_there_is(app: Flask, contract: Contract, db: SQLAlchemy) -> None:
    """A private object that belongs to others is refused like one that does not exist."""
    world = World()
    private = private_keys(world, db)
    api = Api(app.test_client(), contract, world.people["stranger"].access)
    told = []
    for name, method, rule in routes(app):
        for placeholder in rule.arguments & private.keys():
            body = bodies(CALLS.get(name, Call()), world, "stranger") or ({} if method != "GET" else None)
            answers = []
            for key in (private[placeholder][0], 999_999):
                with undone():
                    answers.append(api.call(method, path_of(rule, {placeholder: key}), body))
            if answers[0].text != answers[1].text:
                told.append((name, *(answer.json["detail"] for answer in answers)))
    assert told == []
