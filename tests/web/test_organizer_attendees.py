"""Who comes to an event, for its organizer: listed, found, printed, and as a file; orders as a file."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.factories import (
    EventFactory,
    MembershipFactory,
    OfferFactory,
    OrderFactory,
    OrderItemFactory,
    OrganizationFactory,
    TicketFactory,
    TicketTypeFactory,
    UserFactory,
)
from tests.web.conftest import browser_of
from tests.web.page import Page
from ticketing import clock
from ticketing.extensions import db as extension
from ticketing.models import Event, Offer, Order, Organization, Ticket, TicketType
from ticketing.models.organizations import MEMBER
from ticketing.queries import attendees, organizer_orders
from ticketing.services.exports.tables import ATTENDEE_COLUMNS, ORDER_COLUMNS

ZONE = "Europe/Lisbon"


@pytest.fixture
def event(app: Flask) -> Event:
    return EventFactory(organization=OrganizationFactory(), title="Lantern Walk", timezone=ZONE)


@pytest.fixture
def member(app: Flask, event: Event) -> FlaskClient:
    return member_of_its(app, event)


def member_of_its(app: Flask, event: Event) -> FlaskClient:
    organization = extension.session.get_one(Organization, event.organization_id)
    return browser_of(app, MembershipFactory(organization=organization, role=MEMBER).user)


def path(event: Event, rest: str = "") -> str:
    return f"/organizer/events/{event.uuid}/attendees{rest}"


def orders_file(event: Event, rest: str = "") -> str:
    return f"/organizer/events/{event.uuid}/orders/orders.csv{rest}"


def kind(event: Event, name: str) -> Offer:
    """The event's offer of that type."""
    named = Offer.event_id == event.id, TicketType.name == name
    found = extension.session.scalar(select(Offer).join(Offer.ticket_type).where(*named))
    return found or OfferFactory(event=event, ticket_type=TicketTypeFactory(event=event, name=name))


def a_ticket(event: Event, offer: Offer | None = None, **ticket: Any) -> Ticket:
    """One of an order of its own, unless told."""
    order = ticket.pop("order", None) or OrderFactory(event=event, status="confirmed", amount_paid=5000)
    item = OrderItemFactory(order=order, offer=offer or kind(event, "Walk"))
    return TicketFactory(order_item=item, **ticket)


def rows_of(answer: TestResponse) -> list[dict[str, str]]:
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))


def shown(page: Page) -> list[str]:
    """The tickets of a list."""
    return [words for words in page.text.split() if words.startswith("T-")]


def test_each_ticket_is_a_row_by_the_name_of_who_comes(member: FlaskClient, event: Event) -> None:
    zoe = a_ticket(event, attendee_name="Zoë", attendee_email="zoe@example.org")
    ada = a_ticket(
        event, kind(event, "Supper"), attendee_name="ada", status="used", admissions=1, used_at=clock.now()
    )
    a_ticket(EventFactory())
    page = Page(member.get(path(event)))
    assert shown(page) == [ada.number, zoe.number]
    for words in ("2 tickets", "Zoë", "zoe@example.org", "Supper", "Valid", "Used", "Admitted on"):
        assert words in page.text
    order = member.get(page.link("ORD-"))
    assert order.status_code == 200
    assert ada.number in order.get_data(as_text=True)


def test_a_ticket_without_a_name_is_its_buyers(member: FlaskClient, event: Event) -> None:
    order = OrderFactory(event=event, status="confirmed", buyer_name="Grace Hopper")
    a_ticket(event, order=order, attendee_name="")
    assert "Grace Hopper" in Page(member.get(path(event))).text


def test_the_tab_stands_beside_orders_and_door(member: FlaskClient, event: Event) -> None:
    page = Page(member.get(path(event)))
    assert page.link("Attendees") == path(event)
    tabs = [words for words, _href in page.links]
    assert tabs.index("Orders") < tabs.index("Attendees") < tabs.index("Door")
    assert ("a", {"href": path(event), "aria-current": "page"}) in page.attributes


@pytest.mark.parametrize("asked", ["name", "address", "ticket", "order", "buyer"])
def test_somebody_is_found_by_all_that_is_known_of_them(
    member: FlaskClient, event: Event, asked: str
) -> None:
    order = OrderFactory(event=event, status="confirmed", buyer_name="Grace Hopper", number="ORD-77WANTED")
    wanted = a_ticket(
        event, order=order, attendee_name="Ada Lovelace", attendee_email="Ada@example.org", number="T-SPECIAL"
    )
    for _ in range(3):
        a_ticket(event)
    words = {
        "name": "lovelace",
        "address": "ADA@",
        "ticket": "t-spec",
        "order": "77want",
        "buyer": "hopper",
    }[asked]
    page = Page(member.get(path(event), query_string={"q": words}))
    assert shown(page) == [wanted.number]
    assert "1 ticket" in page.headings


@pytest.mark.parametrize("words", ["%", "_", "\\", "%00", "'"])
def test_signs_mean_themselves(member: FlaskClient, event: Event, words: str) -> None:
    a_ticket(event, attendee_name="Ada")
    page = Page(member.get(path(event), query_string={"q": words}))
    assert "Nothing found" in page.headings
    assert page.link("Show all") == path(event)


def test_type_and_state_narrow_the_list(member: FlaskClient, event: Event) -> None:
    walk, supper = kind(event, "Walk"), kind(event, "Supper")
    void = a_ticket(event, walk, status="cancelled")
    good = a_ticket(event, supper)
    a_ticket(event, walk)
    page = Page(member.get(path(event, f"?type={supper.ticket_type_id}")))
    assert shown(page) == [good.number]
    assert ("option", {"value": str(supper.ticket_type_id), "selected": ""}) in page.attributes
    assert shown(Page(member.get(path(event, "?standing=cancelled")))) == [void.number]
    assert not shown(Page(member.get(path(event, f"?standing=cancelled&type={supper.ticket_type_id}"))))


@pytest.mark.parametrize("query", ["type=x", "type=²", f"type={10**30}", "standing=x", "page=x", "page=999"])
def test_what_makes_no_sense_asks_for_nothing(member: FlaskClient, event: Event, query: str) -> None:
    ticket = a_ticket(event)
    assert shown(Page(member.get(path(event, f"?{query}")))) == [ticket.number]


def test_the_type_of_another_event_finds_nothing(member: FlaskClient, event: Event) -> None:
    a_ticket(event)
    other = EventFactory()
    foreign = kind(other, "Walk")
    a_ticket(other, foreign)
    assert not shown(Page(member.get(path(event, f"?type={foreign.ticket_type_id}"))))


def test_after_the_event_nothing_reads_valid(app: Flask) -> None:
    over = EventFactory(organization=OrganizationFactory(), starts_at=clock.now() - timedelta(days=2))
    browser = member_of_its(app, over)
    lapsed, came = a_ticket(over), a_ticket(over, admissions=1)
    assert shown(Page(browser.get(path(over, "?standing=expired")))) == [lapsed.number]
    assert shown(Page(browser.get(path(over, "?standing=used")))) == [came.number]
    assert not shown(Page(browser.get(path(over, "?standing=active"))))


def test_pages_keep_the_filter_and_paper_takes_all(member: FlaskClient, event: Event) -> None:
    order = OrderFactory(event=event, status="confirmed")
    item = OrderItemFactory(order=order, offer=kind(event, "Walk"), quantity=60)
    for position in range(60):
        TicketFactory(order_item=item, position=position + 1, attendee_name="Twin")
    first = Page(member.get(path(event, "?q=twin&standing=active")))
    second = Page(member.get(path(event, "?q=twin&standing=active&page=2")))
    assert path(event, "?q=twin&standing=active&page=2") in {href for _words, href in first.links}
    assert (len(shown(first)), len(shown(second))) == (50, 10)
    assert not set(shown(first)) & set(shown(second))
    everybody = Page(member.get(first.link("to print")))
    assert len(shown(everybody)) == 60
    assert "to print" not in everybody.text
    assert len(rows_of(member.get(path(event, "/attendees.csv?q=twin&standing=active")))) == 60


def test_an_event_without_tickets_says_so(member: FlaskClient, event: Event) -> None:
    assert "No attendees yet" in Page(member.get(path(event))).headings


def test_the_file_has_every_ticket_that_the_filter_leaves(member: FlaskClient, event: Event) -> None:
    now = clock.now()
    came = a_ticket(
        event, attendee_name="Zoë", attendee_email="zoe@example.org", status="used", admissions=1, used_at=now
    )
    a_ticket(event, status="cancelled")
    answer = member.get(path(event, "/attendees.csv?standing=used"))
    assert answer.data.startswith(b"\xef\xbb\xbfAttendee,")
    assert answer.mimetype == "text/csv"
    assert f"{event.slug}-attendees.csv" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
    (row,) = rows_of(answer)
    assert tuple(row) == tuple(column.name for column in ATTENDEE_COLUMNS)
    assert (row["Attendee"], row["E-mail"], row["Ticket"]) == ("Zoë", "zoe@example.org", "Walk")
    assert (row["Ticket number"], row["Standing"]) == (came.number, "used")
    assert row["Admitted"] == now.astimezone(ZoneInfo(ZONE)).isoformat(timespec="seconds")
    assert len(rows_of(member.get(path(event, "/attendees.csv")))) == 2


def test_the_file_of_orders_has_all_sums_in_their_currency(app: Flask) -> None:
    event = EventFactory(organization=OrganizationFactory(currency="JPY"), timezone=ZONE)
    browser = member_of_its(app, event)
    order = OrderFactory(
        event=event, status="confirmed", buyer_name="Grace Hopper", buyer_phone="351 1", fee=100,
        discount=500, amount_due=4600, amount_paid=4600, amount_refunded=600, promo_code="EARLY",
    )  # fmt: skip
    OrderItemFactory(order=order, offer=kind(event, "Walk"), quantity=3)
    late = OrderFactory(event=event, expires_at=clock.now() - timedelta(minutes=1))
    OrderFactory(event=EventFactory())
    answer = browser.get(orders_file(event))
    assert f"{event.slug}-orders.csv" in answer.headers["Content-Disposition"]
    first, second = rows_of(answer)
    assert tuple(first) == tuple(column.name for column in ORDER_COLUMNS)
    sums = ("Subtotal", "Discount", "Service fee", "Total", "Paid", "Refunded")
    assert [first[name] for name in sums] == [
        f"{number}.00" for number in ("5000", "500", "100", "4600", "4600", "600")
    ]
    said = ("Order number", "Buyer", "Phone", "Tickets", "Currency", "Promo code", "Sold through")
    assert [first[name] for name in said] == [
        order.number, "Grace Hopper", "351 1", "3", "JPY", "EARLY", "web",
    ]  # fmt: skip
    assert (second["Order number"], second["Standing"]) == (late.number, "expired")
    assert len(rows_of(browser.get(orders_file(event, "?status=confirmed&q=hopper")))) == 1


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(member: FlaskClient, event: Event, start: str) -> None:
    name = f'{start}HYPERLINK("http://evil.example","x")'
    order = OrderFactory(event=event, status="confirmed", buyer_name=name, buyer_phone=name[:20])
    a_ticket(event, order=order, attendee_name=name, attendee_email=f"{start}1@example.org")
    (ticket,) = rows_of(member.get(path(event, "/attendees.csv")))
    assert (ticket["Attendee"], ticket["Buyer"]) == (f"'{name}", f"'{name}")
    assert ticket["E-mail"] == f"'{start}1@example.org"
    (row,) = rows_of(member.get(orders_file(event)))
    assert (row["Buyer"], row["Phone"]) == (f"'{name}", f"'{name[:20]}")


def test_files_are_read_batch_by_batch(event: Event) -> None:
    order: Order = OrderFactory(event=event, status="confirmed")
    item = OrderItemFactory(order=order, offer=kind(event, "Walk"))
    numbers = [TicketFactory(order_item=item, position=position + 1).number for position in range(5)]
    read = list(attendees.stream(event.id, attendees.Filter(), size=2))
    assert [len(rows) for rows in read] == [2, 2, 1]
    assert [row.number for rows in read for row in rows] == numbers
    for _ in range(3):
        OrderFactory(event=event)
    batches = list(organizer_orders.stream(event.id, words="", status="", size=2))
    assert [len(rows) for rows in batches] == [2, 2]


def test_strangers_find_nothing_and_visitors_sign_in(app: Flask, client: FlaskClient, event: Event) -> None:
    buyer = UserFactory()
    a_ticket(event, order=OrderFactory(event=event, user=buyer, status="confirmed"))
    places = (path(event), path(event, "/attendees.csv"), orders_file(event))
    for user in (buyer, UserFactory(user_type="organizer"), MembershipFactory(role="OWNER").user):
        browser = browser_of(app, user)
        assert [browser.get(place).status_code for place in places] == [404, 404, 404]
    support = browser_of(app, UserFactory(is_support=True))
    assert [support.get(place).status_code for place in places] == [200, 200, 200]
    assert support.get(path(EventFactory(status="draft", published_at=None))).status_code == 404
    assert support.get(f"/organizer/events/{uuid4()}/attendees").status_code == 404
    for place in places:
        assert client.get(place).location.startswith("/sign-in?next=")


def test_as_many_statements_for_fifty_rows_as_for_five(
    member: FlaskClient, event: Event, statements: Any
) -> None:
    def visit(address: str) -> int:
        with statements() as seen:
            assert member.get(address).status_code == 200
        return len(seen)

    walk = kind(event, "Walk")
    wanted = f"?q=t-&standing=active&type={walk.ticket_type_id}"
    places = (path(event, wanted), path(event, "/attendees.csv"), orders_file(event))
    for _ in range(5):
        a_ticket(event, walk)
    few = [visit(place) for place in places]
    for _ in range(40):
        a_ticket(event, walk)
    assert [visit(place) for place in places] == few
    assert max(few) <= 12
