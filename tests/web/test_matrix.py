"""Who sees which page: every page, by every role, against a table that people can read (``matrix.txt``).

``WRITE_MATRIX=1 pytest tests/web/test_matrix.py`` writes the table anew; the difference is then for review.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy

from tests.api.world import ROLES, World, table_text
from ticketing.models import Event, Order, Organization, Ticket, User

TABLE = Path(__file__).with_name("matrix.txt")
HEADING = """\
# Who sees which page. One row a page, one column a role; «in» is asked to sign in, 3xx led elsewhere.
# buyer placed the orders; the draft belongs to the organization of member, manager and owner.
"""
#: What any page may ask of the database, whoever looks at it.
MOST_STATEMENTS = 12
#: Pages that are no pages for people, or that another test looks at with the files that they need.
LEFT_OUT = {"static", "media.picture", "sandbox.page", "health.alive", "health.ready", "health.metrics"}


def pages(app: Flask, db: SQLAlchemy, world: World) -> Iterator[tuple[str, str]]:
    """Name and address of every page that is opened, one for each object that it can show."""
    events = [("event", world.event), ("draft", world.draft)]
    orders = [("pending", world.pending), ("confirmed", world.confirmed)]
    uuids = [(name, str(db.session.get_one(Event, number).uuid)) for name, number in events]
    slugs = [(name, db.session.get_one(Event, number).slug) for name, number in events]
    keys = [(name, str(db.session.get_one(Order, number).uuid)) for name, number in orders]
    ticket = [("confirmed", str(db.session.get_one(Ticket, world.my_ticket).uuid))]
    draft = db.session.get_one(Event, world.draft)
    shown = db.session.get_one(Event, world.event)
    organizers = [("event's", db.session.get_one(Organization, shown.organization_id).slug)]
    organizations = [("draft's", str(db.session.get_one(Organization, draft.organization_id).uuid))]
    shown_by = (
        ("slug", slugs),
        ("event", uuids),
        ("key", keys),
        ("order", keys),
        ("ticket", ticket),
        ("organization", organizations),
        ("organizer", organizers),
    )
    urls = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint in LEFT_OUT or rule.rule.startswith("/api/"):
            continue
        if not rule.arguments:
            yield rule.rule, urls.build(rule.endpoint)
        for placeholder, shown in shown_by:
            if rule.arguments == {placeholder}:
                for name, value in shown:
                    yield f"{rule.rule}={name}", urls.build(rule.endpoint, {placeholder: value})


def signed_in(app: Flask, db: SQLAlchemy, user_id: int | None) -> FlaskClient:
    """A browser with that account's session."""
    browser = app.test_client()
    if user_id is not None:
        with browser.session_transaction() as session:
            session["_user_id"] = db.session.get_one(User, user_id).get_id()
            session["_fresh"] = True
    return browser


def answered(browser: FlaskClient, address: str) -> str:
    """What the answer begins with."""
    answer = browser.get(address)
    if answer.status_code in range(300, 400):
        return "in" if answer.location.startswith("/sign-in") else "3xx"
    return "2xx" if answer.status_code < 300 else str(answer.status_code)


@pytest.mark.one_database
def test_every_page_answers_every_role_as_the_table_says_and_asks_little(
    app: Flask, db: SQLAlchemy, statements: Any
) -> None:
    world = World()
    opened = sorted(pages(app, db, world))
    people = {role: signed_in(app, db, world.people[role].user_id) for role in ROLES}
    found: dict[str, list[str]] = {}
    asked: dict[str, int] = {}
    for name, address in opened:
        found[name] = []
        for browser in people.values():
            with statements() as seen:
                found[name].append(answered(browser, address))
            asked[name] = max(asked.get(name, 0), len(seen))
    if os.environ.get("WRITE_MATRIX"):
        TABLE.write_text(table_text(HEADING, found))
    assert table_text(HEADING, found) == TABLE.read_text()
    assert {name: number for name, number in asked.items() if number > MOST_STATEMENTS} == {}
