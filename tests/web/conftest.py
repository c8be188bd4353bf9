"""Visitors of the pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import PASSWORD, UserFactory
from tests.web.page import Page
from ticketing.models import User

Get = Callable[..., Page]


@pytest.fixture
def get(client: FlaskClient) -> Get:
    """``get("/events/")`` as a visitor without an account, parsed."""
    return lambda address, **options: Page(client.get(address, **options))


@pytest.fixture
def user(app: Flask) -> User:
    """Somebody with an account."""
    return UserFactory(first_name="Grace", last_name="Hopper")


@pytest.fixture
def signed_in(app: Flask, user: User) -> FlaskClient:
    """That somebody's browser."""
    return browser_of(app, user)


def browser_of(app: Flask, user: User) -> FlaskClient:
    """A browser in which this account has signed in."""
    browser = app.test_client()
    answer = browser.post("/sign-in", data={"email": user.email, "password": PASSWORD})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return browser
