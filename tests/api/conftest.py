"""A program that calls the API, whose every answer is held against the published schema."""

from __future__ import annotations

from json import dumps
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.api.contract import Contract
from ticketing.extensions import db
from ticketing.models import Event, Offer, Organization, User
from ticketing.policy import Actor
from ticketing.services import tokens


def event_of(offer: Offer) -> Event:
    """An offer's event, also where a command has made the session forget it."""
    return db.session.get_one(Event, offer.event_id)


def organization_of(thing: Event | Offer) -> Organization:
    """The organization behind an event or an offer."""
    event = thing if isinstance(thing, Event) else event_of(thing)
    return db.session.get_one(Organization, event.organization_id)


class Api:
    """Calls, as nobody or with somebody's bearer token: ``api.by(actor).get("/api/v1/bookings/")``."""

    def __init__(self, client: FlaskClient, contract: Contract, token: str | None = None) -> None:
        self.client, self.contract, self.token = client, contract, token

    def by(self, actor: Actor | User) -> Api:
        """The same program with that account's access token."""
        number = actor.id if isinstance(actor, User) else actor.user_id
        user = db.session.get(User, number)
        assert user is not None
        return self.with_token(tokens.issue(user).access)

    def with_token(self, token: str) -> Api:
        """The same program with this token."""
        return Api(self.client, self.contract, token)

    def call(self, method: str, path: str, json: Any = None, **kwargs: Any) -> TestResponse:
        """One call; its answer has passed the schema."""
        headers = dict(kwargs.pop("headers", {}))
        if self.token is not None:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        if json is not None:
            kwargs |= {"data": dumps(json), "content_type": "application/json"}
        answer = self.client.open(path, method=method, headers=headers, **kwargs)
        self.contract.check(method, path, answer)
        return answer

    def get(self, path: str, **kwargs: Any) -> TestResponse:
        return self.call("GET", path, **kwargs)

    def post(self, path: str, json: Any = None, **kwargs: Any) -> TestResponse:
        return self.call("POST", path, json, **kwargs)

    def put(self, path: str, json: Any = None, **kwargs: Any) -> TestResponse:
        return self.call("PUT", path, json, **kwargs)

    def patch(self, path: str, json: Any = None, **kwargs: Any) -> TestResponse:
        return self.call("PATCH", path, json, **kwargs)

    def delete(self, path: str, **kwargs: Any) -> TestResponse:
        return self.call("DELETE", path, **kwargs)


@pytest.fixture(scope="session")
def contract(app: Flask) -> Contract:
    """What the application promises."""
    return Contract(app)


@pytest.fixture
def api(client: FlaskClient, contract: Contract) -> Api:
    """A program that is not signed in."""
    return Api(client, contract)
