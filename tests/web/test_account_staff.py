"""The activity log's page: for staff, and for nobody else."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import ActivityLogFactory, UserFactory
from tests.web.conftest import browser_of
from tests.web.page import Page
from ticketing.web.staff import readable

LOG = "/staff/activity/"


@pytest.fixture
def staff(app: Flask) -> FlaskClient:
    return browser_of(app, UserFactory(email="staff@example.org", is_staff=True))


def rows(page: Page) -> int:
    return sum(known.get("class") == "log__row" for _tag, known in page.attributes)


def test_nobody_else_learns_that_there_is_such_a_page(app: Flask, client: FlaskClient) -> None:
    browsers = [client, browser_of(app, UserFactory()), browser_of(app, UserFactory(is_support=True))]
    for browser in browsers:
        answer = browser.get(LOG)
        assert answer.status_code == 404
        assert LOG not in browser.get("/").get_data(as_text=True)


@pytest.mark.parametrize("rank", ["is_staff", "is_superuser"])
def test_the_menu_leads_staff_to_the_log(app: Flask, rank: str) -> None:
    browser = browser_of(app, UserFactory(**{rank: True}))
    start = Page(browser.get("/")).link("Staff")
    assert Page(browser.get(start)).link("Activity") == LOG
    assert browser.get(LOG).status_code == 200


def test_a_deed_is_told_with_who_what_where_and_details(staff: FlaskClient) -> None:
    user = UserFactory(email="ada@example.org")
    ActivityLogFactory(
        user=user,
        action="event_updated",
        object_type="event",
        object_id=77,
        details={"changed": {"title": ["Old", "New <b>"]}, "reason": "typo"},
        ip_address="192.0.2.7",
        user_agent="Lynx",
    )
    page = Page(staff.get(LOG))
    for words in (
        "Event updated",
        "event 77",
        "Old → New <b>",
        "typo",
        "ada@example.org",
        "192.0.2.7",
        "Lynx",
    ):
        assert words in page.text
    assert "<b>" not in page.html


def test_an_account_is_named_by_address_or_number_and_failures_on_it_are_shown(staff: FlaskClient) -> None:
    ada, other = UserFactory(email="ada@example.org"), UserFactory()
    ActivityLogFactory(user=ada, action="order_placed")
    ActivityLogFactory(user=None, action="login_failed", object_type="user", object_id=ada.id)
    ActivityLogFactory(user=other, action="order_placed")
    for asked in ("ADA@example.org", str(ada.id)):
        page = Page(staff.get(LOG, query_string={"account": asked}))
        assert rows(page) == 2
        assert "2 entries" in page.headings


def test_an_action_narrows_the_log_and_stays_chosen(staff: FlaskClient) -> None:
    ActivityLogFactory(action="order_placed")
    ActivityLogFactory(action="refund_made")
    page = Page(staff.get(f"{LOG}?action=refund_made"))
    assert rows(page) == 1
    assert ("option", {"value": "refund_made", "selected": ""}) in page.attributes


@pytest.mark.parametrize("asked", ["nobody@example.org", "%00", "9" * 30, "²"])
def test_an_account_that_there_is_not_has_done_nothing(staff: FlaskClient, asked: str) -> None:
    ActivityLogFactory()
    page = Page(staff.get(f"{LOG}?account={asked}"))
    assert page.status == 200
    if asked != "%00":
        assert rows(page) == 0
        assert "No account has this address." in page.text


def test_the_log_comes_in_pages_and_filters_go_along(staff: FlaskClient) -> None:
    for _ in range(41):
        ActivityLogFactory(action="order_placed")
    first = Page(staff.get(f"{LOG}?action=order_placed"))
    assert rows(first) == 40
    onward = f"{LOG}?action=order_placed&page=2"
    assert onward in {href for _words, href in first.links}
    assert rows(Page(staff.get(onward))) == 1


def test_details_of_any_shape_can_be_read() -> None:
    assert readable({"changed": ["bio", "city"], "n": None, "deep": {"a": [1, 2]}}) == [
        ("Changed", "bio, city"),
        ("N", "–"),
        ("Deep", "A: 1, 2"),
    ]
    assert readable({"changed": {"rank": ["", "staff"]}}) == [("Rank", "– → staff")]
