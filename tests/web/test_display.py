"""How money, moments and texts are shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from ticketing import clock
from ticketing.models import Order
from ticketing.web import display

WHEN = datetime(2031, 1, 31, 23, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def english(app: Flask) -> Iterator[None]:
    """A request in the default language."""
    with app.test_request_context("/"):
        yield


def plain(text: str) -> str:
    """The text with ordinary spaces."""
    return text.replace("\u202f", " ").replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [(2550, "USD", "$25.50"), (0, "USD", "$0.00"), (1234567, "EUR", "€12,345.67"), (500, "JPY", "¥500")],
)
def test_money_is_shown_in_the_currencys_own_digits(minor: int, currency: str, shown: str) -> None:
    assert plain(display.show_money(minor, currency)) == shown


def test_what_costs_nothing_is_free() -> None:
    assert display.show_price(0, "USD") == "Free"


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("UTC", "Fri, Jan 31, 2031, 11:30 PM UTC"),
        ("Europe/Berlin", "Sat, Feb 1, 2031, 12:30 AM CET"),
        ("America/New_York", "Fri, Jan 31, 2031, 6:30 PM EST"),
        ("America/Sao_Paulo", "Fri, Jan 31, 2031, 8:30 PM UTC-03"),
        ("Nowhere/Land", "Fri, Jan 31, 2031, 11:30 PM UTC"),
        ("../etc/passwd", "Fri, Jan 31, 2031, 11:30 PM UTC"),
    ],
)
def test_moments_are_shown_at_the_events_place(zone: str, shown: str) -> None:
    assert plain(display.show_moment(WHEN, zone)) == shown


def test_this_years_days_need_no_year() -> None:
    assert str(clock.now().year) not in display.show_day(clock.now(), "UTC")


@pytest.mark.parametrize(
    ("hours", "shown"),
    [
        (2, "12:30 AM – 2:30 AM CET"),
        (48, "Sat, Feb 1, 2031, 12:30 AM CET – Mon, Feb 3, 2031, 12:30 AM CET"),
    ],
)
def test_a_span_names_the_day_only_where_it_changes(hours: int, shown: str) -> None:
    assert plain(display.show_span(WHEN, WHEN + timedelta(hours=hours), "Europe/Berlin")) == shown


def test_day_and_hours_name_each_day_once() -> None:
    evening = plain(display.show_when(WHEN, WHEN + timedelta(hours=3), "Europe/Berlin"))
    assert evening == plain(f"{display.show_day(WHEN, 'Europe/Berlin')}, ") + plain(
        display.show_span(WHEN, WHEN + timedelta(hours=3), "Europe/Berlin")
    )
    days = WHEN, WHEN + timedelta(days=2), "Europe/Berlin"
    assert plain(display.show_when(*days)) == plain(display.show_span(*days))


def test_a_span_over_the_change_of_clocks_names_both_zones() -> None:
    start = datetime(2031, 3, 30, 0, 0, tzinfo=UTC)
    shown = plain(display.show_span(start, start + timedelta(hours=3), "Europe/Berlin"))
    assert shown == "1:00 AM CET – 5:00 AM CEST"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        ("one", "<p>one</p>"),
        ("one\ntwo", "<p>one<br>two</p>"),
        ("one\r\n\r\n\r\ntwo\r\n", "<p>one</p>\n<p>two</p>"),
        ("<i>&", "<p>&lt;i&gt;&amp;</p>"),
    ],
)
def test_paragraphs_keep_lines_and_escape_the_rest(text: str, html: str) -> None:
    assert display.paragraphs(text) == html


@pytest.mark.parametrize(("hold", "shown"), [(timedelta(minutes=15), "15"), (timedelta(seconds=30), "0.5")])
def test_a_hold_is_told_in_minutes(hold: timedelta, shown: str) -> None:
    assert display.hold_minutes(hold) == shown


@pytest.mark.parametrize(
    ("details", "on_its_way", "shown"),
    [
        ({"status": "confirmed"}, 0, ("good", "Confirmed")),
        (
            {"status": "confirmed", "amount_paid": 100, "amount_refunded": 40}, 40,
            ("good", "Confirmed, partly refunded"),
        ),
        ({"status": "cancelled"}, 0, ("", "Cancelled")),
        ({"status": "cancelled", "amount_paid": 100, "amount_refunded": 100}, 0, ("", "Cancelled, refunded")),
        (
            {"status": "cancelled", "amount_paid": 100, "amount_refunded": 100}, 60,
            ("", "Cancelled, refund on its way"),
        ),
        (
            {"status": "cancelled", "amount_paid": 100, "amount_refunded": 40}, 0,
            ("", "Cancelled, partly refunded"),
        ),
        ({"status": "expired", "amount_paid": 100, "amount_refunded": 100}, 0, ("", "Expired, refunded")),
        ({"status": "failed"}, 0, ("bad", "Payment failed")),
    ],
)  # fmt: skip
def test_an_order_says_what_became_of_it(
    details: dict[str, Any], on_its_way: int, shown: tuple[str, str]
) -> None:
    order = Order(**({"amount_paid": 0, "amount_refunded": 0} | details))
    assert display.order_badge(order, on_its_way) == shown
