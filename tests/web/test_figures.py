"""How sales go of late, what waits, and one event over time: what the organizers' pages say of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import (
    CheckInFactory,
    DeskOrderFactory,
    EventFactory,
    InvitationFactory,
    MembershipFactory,
    OfferFactory,
    OrderFactory,
    OrderItemFactory,
    OrganizationFactory,
    OutboxMessageFactory,
    PaymentFactory,
    RefundFactory,
    ScannerLinkFactory,
    TicketFactory,
    UserFactory,
)
from tests.web.conftest import browser_of
from tests.web.page import Page
from ticketing import clock
from ticketing.extensions import db as extension
from ticketing.models import Event, Order, Organization
from ticketing.models.organizations import MANAGER, MEMBER
from ticketing.queries.quarters import quarter_at
from ticketing.queries.sales_figures import Sold
from ticketing.web.organizer.figures import charts, periods, spans

HOME = "/organizer/"


@pytest.fixture
def organization(app: Flask) -> Organization:
    return OrganizationFactory(name="Lantern Company")


@pytest.fixture
def manager(app: Flask, organization: Organization) -> FlaskClient:
    """The browser of somebody who manages it."""
    return browser_of(app, MembershipFactory(organization=organization, role=MANAGER).user)


def at(event: Event) -> str:
    return f"/organizer/events/{event.uuid}/"


def sale(event: Event, when: datetime | None = None, *, tickets: int = 2, **details: Any) -> Order:
    """A confirmed order that was paid."""
    given = {"amount_paid": 5000, "confirmed_at": when or clock.now()} | details
    order: Order = OrderFactory(event=event, status="confirmed", **given)
    OrderItemFactory(order=order, quantity=tickets)
    return order


def figure(page: Page, term: str) -> str:
    """What stands under a term of the figures."""
    return page.text.split(f" {term} ", 1)[1].split(" Last ")[0][:80]


# ------------------------------------------------------------------ of late


def sold(when: datetime, tickets: int = 1, revenue: int = 100) -> Sold:
    return Sold(quarter_at(when), "USD", tickets, 0, revenue)


def test_today_begins_at_midnight_there_and_is_compared_until_the_same_time() -> None:
    zone = ZoneInfo("Europe/Berlin")
    now = datetime(2026, 6, 10, 12, 0, tzinfo=UTC)
    early, late = timedelta(hours=1), timedelta(days=1)
    midnight = datetime(2026, 6, 9, 22, 0, tzinfo=UTC)
    found = periods.recent(
        [
            sold(midnight, 1),
            sold(midnight - timedelta(minutes=15), 10),
            sold(now - late, 100),
            sold(now - late + early, 1000),
            sold(midnight - timedelta(days=6), 10_000),
            sold(now - timedelta(days=7), 100_000),
        ],
        now,
        zone,
    )
    assert found is not None
    today, week, month = found.periods
    assert (today.now.tickets, today.before.tickets) == (1, 100)
    assert (week.now.tickets, week.before.tickets) == (11_111, 100_000)
    assert (month.now.tickets, month.before.tickets) == (111_111, 0)
    assert (month.trend, today.trend) == ("", "−99%")
    assert len(found.chart.lines) == 30
    assert periods.recent([], now, zone) is None


def test_the_day_on_which_clocks_change_has_as_many_hours_as_it_has() -> None:
    zone = ZoneInfo("Europe/Berlin")
    assert [
        len(spans.hours_of(date(2026, month, day), zone)) for month, day in ((3, 29), (10, 25), (6, 1))
    ] == [
        23,
        25,
        24,
    ]


def test_many_days_are_shown_as_weeks_and_then_as_months() -> None:
    first = date(2026, 1, 1)
    steps = [spans.step_for(first, first + timedelta(days=days - 1)) for days in (92, 93, 728, 729)]
    assert steps == [spans.DAY, spans.WEEK, spans.WEEK, spans.MONTH]
    days = spans.by_day(
        [sold(datetime(2026, 1, day, 12, tzinfo=UTC)) for day in (1, 4, 5)],
        ZoneInfo("UTC"),
        first,
        date(2026, 2, 2),
    )
    weeks = spans.widened(days, spans.WEEK)
    assert [sums.tickets for sums in weeks.values()] == [2, 1, 0, 0, 0, 0]
    assert next(iter(weeks)) == date(2025, 12, 29), "a Monday"
    assert [sums.tickets for sums in spans.widened(days, spans.MONTH).values()] == [3, 0]


def test_a_share_says_how_much_more_or_less(app: Flask) -> None:
    with app.test_request_context():
        shares = [
            charts.share(part, whole) for part, whole in ((12, 10), (5, 10), (10, 10), (3, 0), (1001, 1000))
        ]
    assert shares == ["+20%", "−50%", "", "", ""]


def test_the_overview_tells_sales_of_all_organizations_or_of_one(app: Flask) -> None:
    user = UserFactory()
    events = []
    for name in ("Lanterns", "Candles"):
        organization = OrganizationFactory(name=name)
        MembershipFactory(organization=organization, user=user, role=MEMBER)
        events.append(EventFactory(organization=organization, title=f"{name} Walk"))
        sale(events[-1], tickets=3, amount_refunded=1000)
    sale(EventFactory(), tickets=50)
    browser = browser_of(app, user)
    page = Page(browser.get(HOME))
    assert figure(page, "Today").startswith("6 tickets $80.00 Yesterday by this time: 0 tickets")
    one = Page(browser.get(page.link("Candles")))
    assert figure(one, "Today").startswith("3 tickets $40.00")
    assert ("Candles Walk" in one.headings, "Lanterns Walk" in one.headings) == (True, False)
    assert one.form("").fields["organization"] in page.link("Candles"), "searching stays there"


def test_what_was_given_away_is_no_sale(manager: FlaskClient, organization: Organization) -> None:
    event = EventFactory(organization=organization)
    sale(event)
    DeskOrderFactory(
        order=sale(event, tickets=4, amount_paid=0, subtotal=10_000, discount=10_000, amount_due=0)
    )
    page = Page(manager.get(HOME))
    assert figure(page, "Today").startswith("2 tickets $50.00")
    assert "4 given away beside that" in page.text


def test_a_list_that_was_searched_or_turned_is_the_list_alone(
    manager: FlaskClient, organization: Organization
) -> None:
    sale(EventFactory(organization=organization, title="Walk"))
    assert "Sales" in Page(manager.get(HOME)).headings
    for query in ("?q=walk", "?when=upcoming", "?when=past", "?page=2"):
        assert "Sales" not in Page(manager.get(HOME + query)).headings


def test_staff_without_an_organization_see_the_list_and_nobodys_sales(app: Flask) -> None:
    sale(EventFactory(title="Walk"))
    staff = browser_of(app, UserFactory(is_staff=True))
    page = Page(staff.get(HOME))
    assert ("Walk" in page.headings, "Sales" in page.headings) == (True, False)


# ------------------------------------------------------------------ what waits


def waiting(browser: FlaskClient) -> list[str]:
    page = Page(browser.get(HOME))
    if "Things to do" not in page.headings:
        return []
    shown = page.html.split('class="panel waiting"')[1].split("</section>")[0]
    return [words for words, _href in page.links if words and f">{words}</a>" in shown]


def test_what_waits_is_named_and_goes_when_it_is_done(
    manager: FlaskClient, organization: Organization
) -> None:
    assert waiting(manager) == []
    now = clock.now()
    event: Event = EventFactory(organization=organization, starts_at=now + timedelta(days=3))
    order = sale(event)
    refund = RefundFactory(payment=PaymentFactory(order=order, status="paid"), status="failed")
    mail = OutboxMessageFactory(kind="mail.order_confirmed", status="failed", order_id=order.id)
    EventFactory(organization=organization, status="draft")
    EventFactory(organization=organization, status="draft", starts_at=now - timedelta(days=1))
    invitation = InvitationFactory(organization=organization)
    assert waiting(manager) == [
        f"A refund of order {order.number} failed",
        "A mail of 1 order was not delivered",
        "Nobody has a scanner link yet",
        "A draft's start has passed",
        "A draft has no tickets yet",
        "1 invitation waits for an answer",
    ]
    RefundFactory(payment=PaymentFactory(order=order, status="paid"), order_id=refund.order_id)
    mail.status, invitation.revoked_at = "sent", now
    ScannerLinkFactory(event=event)
    for draft in extension.session.query(Event).filter_by(status="draft"):
        draft.status = "cancelled"
    extension.session.commit()
    assert waiting(manager) == []


def test_members_are_told_nothing_that_only_managers_can_do(app: Flask, organization: Organization) -> None:
    EventFactory(organization=organization, status="draft")
    InvitationFactory(organization=organization)
    assert waiting(browser_of(app, MembershipFactory(organization=organization, role=MEMBER).user)) == []


def test_nothing_waits_for_others_or_of_what_is_over(
    manager: FlaskClient, organization: Organization
) -> None:
    now = clock.now()
    EventFactory(starts_at=now + timedelta(days=1))
    over = EventFactory(organization=organization, starts_at=now - timedelta(days=1))
    OutboxMessageFactory(kind="mail.reminder", status="failed", order_id=sale(over).id)
    EventFactory(organization=organization, starts_at=now + timedelta(days=8))
    link = ScannerLinkFactory(
        event=EventFactory(organization=organization, starts_at=now + timedelta(days=1))
    )
    assert waiting(manager) == []
    link.revoked_at = now
    extension.session.commit()
    assert waiting(manager) == ["Nobody has a scanner link yet"]


# ------------------------------------------------------------------ one event


def cells(page: Page, table: str) -> list[list[str]]:
    """The rows of a table's body, as they are read."""
    body = page.html.split(f'id="{table}"')[1].split("<tbody>")[1].split("</tbody>")[0]
    rows = []
    for row in body.split("<tr>")[1:]:
        rows.append([part.split("<")[0] for part in row.replace("<th", "<td").split("<td")[1:]])
    return [[cell.partition(">")[2] for cell in row] for row in rows]


def test_an_event_tells_its_sales_by_the_day_of_its_place(
    manager: FlaskClient, organization: Organization
) -> None:
    year = clock.now().year - 1
    event = EventFactory(
        organization=organization, timezone="America/New_York", starts_at=datetime(year, 3, 9, 20, tzinfo=UTC)
    )
    sale(event, datetime(year, 3, 2, 4, 30, tzinfo=UTC), tickets=1)
    sale(event, datetime(year, 3, 2, 5, 30, tzinfo=UTC), tickets=2, amount_refunded=1500)
    sale(event, datetime(year, 3, 4, 5, 30, tzinfo=UTC), channel="easyticket", tickets=4)
    page = Page(manager.get(at(event)))
    rows = cells(page, "sales")
    assert [row[1:] for row in rows[:4]] == [
        ["1", "$50.00"],
        ["2", "$35.00"],
        ["0", "$0.00"],
        ["4", "$50.00"],
    ]
    assert ("Mar 1" in rows[0][0], len(rows)) == (True, 9), "until the event"
    assert [row[1] for row in cells(page, "opening")][-1] == "1", "the last hour of the first day"
    assert "Together 7 $135.00" in page.text
    assert "Programs (EasyTicket) 1 4 $50.00" in page.text
    assert "Your event&#39;s page" in page.html


def test_a_chart_is_drawn_of_what_the_table_says(manager: FlaskClient, organization: Organization) -> None:
    event = EventFactory(organization=organization)
    sale(event)
    page = Page(manager.get(at(event)))
    canvases = [known for tag, known in page.attributes if tag == "canvas"]
    tables = {known["id"] for tag, known in page.attributes if tag == "table" and "id" in known}
    columns = {known["data-column"] for tag, known in page.attributes if "data-column" in known}
    assert len(canvases) == 3
    assert {known["data-chart"] for known in canvases} <= tables
    assert {column for known in canvases for column in known["data-columns"].split()} <= columns
    assert any(known.get("data-value") == "50.00" for tag, known in page.attributes if tag == "td")
    scripts = [known.get("src", "") for tag, known in page.attributes if tag == "script"]
    assert any("chart.js-4.6.1" in address for address in scripts)
    other = Page(manager.get(at(EventFactory(organization=organization))))
    assert "chart.js" not in other.html, "a page without charts does not load it"


def test_the_door_of_several_days_is_shown_day_by_day(
    manager: FlaskClient, organization: Organization
) -> None:
    event = EventFactory(organization=organization, timezone="UTC")
    ticket = TicketFactory(order_item__order__event=event, admissions=2)
    for day, minutes in ((3, 0), (3, 31), (4, 0)):
        moment = datetime(2026, 3, day, 19, 0, tzinfo=UTC) + timedelta(minutes=minutes)
        CheckInFactory(ticket=ticket, scanned_at=moment)
    last = Page(manager.get(at(event)))
    assert [row[1:] for row in cells(last, "arrivals")] == [["1", "1"]]
    first = Page(manager.get(f"{at(event)}?day=2026-03-03"))
    assert [row[1:] for row in cells(first, "arrivals")] == [["1", "1"], ["0", "1"], ["1", "2"]]
    assert Page(manager.get(f"{at(event)}?day=nonsense")).status == 200


def test_a_refund_that_failed_is_counted_by_itself(manager: FlaskClient, organization: Organization) -> None:
    event = EventFactory(organization=organization)
    payment = PaymentFactory(order=sale(event), status="paid")
    RefundFactory(payment=payment, status="failed", amount=700)
    page = Page(manager.get(at(event)))
    assert "Revenue $50.00 paid by buyers" in page.text
    assert "Failed 1 $7.00" in page.text


def test_figures_take_as_many_statements_for_fifty_sales_as_for_five(
    manager: FlaskClient, organization: Organization, statements: Any
) -> None:
    event = EventFactory(organization=organization)
    offer = OfferFactory(event=event)

    def more(number: int) -> None:
        for days in range(number):
            order = sale(event, clock.now() - timedelta(days=days))
            ticket = TicketFactory(order_item=OrderItemFactory(order=order, offer=offer))
            CheckInFactory(ticket=ticket)
            EventFactory(organization=organization, status="draft")

    def counts() -> list[int]:
        seen = []
        for address in (HOME, at(event)):
            with statements() as sent:
                assert manager.get(address).status_code == 200
            seen.append(len(sent))
        return seen

    more(5)
    few = counts()
    more(45)
    assert counts() == few
    assert max(few) <= 12
