"""Parts of pages that are remembered follow their content."""

from __future__ import annotations

from datetime import timedelta

import time_machine
from flask.testing import FlaskClient

from tests.factories import EventFactory, OfferFactory, in_days
from tests.web.conftest import Get
from ticketing import clock
from ticketing.models import Quota, User


def test_a_changed_title_shows_at_once(get: Get, db) -> None:
    event = EventFactory(title="Old name")
    assert "Old name" in get("/events/").text
    event.title = "New name"
    db.session.commit()
    page = get("/events/")
    assert "New name" in page.text
    assert "Old name" not in page.text


def test_a_sale_that_takes_the_last_ticket_shows_at_once(get: Get, db) -> None:
    OfferFactory(size=5)
    assert "Sold out" not in get("/events/").text
    db.session.execute(db.update(Quota).values(sold=5))
    db.session.commit()
    assert "Sold out" in get("/events/").text


def test_next_year_this_years_dates_carry_their_year(get: Get) -> None:
    start = clock.now().replace(month=12, day=31, hour=12) - timedelta(minutes=1)
    EventFactory(starts_at=start, ends_at=start + timedelta(days=40))
    with time_machine.travel(start, tick=False):
        assert str(start.year) not in get("/events/").text
    with time_machine.travel(start + timedelta(days=20), tick=False):
        assert f"Dec 31, {start.year}" in get("/events/").text


def test_the_top_of_the_page_is_everybodys_own(
    client: FlaskClient, signed_in: FlaskClient, user: User
) -> None:
    for _ in range(2):
        assert "Sign out" in signed_in.get("/").get_data(as_text=True)
        stranger = client.get("/").get_data(as_text=True)
        assert "Sign in" in stranger
        assert user.email not in stranger


def test_filters_show_what_is_chosen_and_what_there_is(get: Get) -> None:
    EventFactory(category__name="Jazz", category__slug="jazz", starts_at=in_days(3))
    chosen = get("/events/?category=jazz")
    assert (
        "input",
        {"type": "radio", "name": "category", "value": "jazz", "checked": ""},
    ) in chosen.attributes
    EventFactory(category__name="Opera", category__slug="opera")
    assert "Opera" in get("/events/?category=jazz").text
