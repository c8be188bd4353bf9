"""An organizer gives money back: what is told beforehand is what is done, once, and the books add up."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.factories import BuyerFactory, MembershipFactory, OfferFactory, TicketTypeFactory, UserFactory
from tests.invariants.books import books_add_up  # noqa: F401 (a fixture)
from tests.services.selling import Sale, paid_sale
from tests.web.conftest import browser_of
from tests.web.page import Form, Page
from ticketing import clock
from ticketing.extensions import db as extension
from ticketing.models import ActivityLog, Event, Organization, Ticket
from ticketing.models.organizations import MANAGER, MEMBER
from ticketing.policy import SYSTEM
from ticketing.services import orders
from ticketing.services.orders import Line, terms_for

pytestmark = pytest.mark.usefixtures("books_add_up")


def browser(app: Flask, sale: Sale, role: str = MANAGER) -> FlaskClient:
    """Of somebody in the organization that sold."""
    organization = extension.session.get_one(Organization, sale.order.organization_id)
    return browser_of(app, MembershipFactory(organization=organization, role=role).user)


def path(sale: Sale, rest: str = "/refund") -> str:
    return f"/organizer/orders/{sale.order.uuid}{rest}"


def told(by: FlaskClient, sale: Sale, **wanted: Any) -> Page:
    """The page that tells what would happen."""
    return Page(by.get(path(sale, "/refund/review"), query_string=wanted))


def some(sale: Sale, *positions: int) -> dict[str, Any]:
    """The tickets at these positions, chosen."""
    rows = ticket_rows(sale)
    return {"what": "tickets", "ticket": [rows[position - 1].id for position in positions]}


def send(by: FlaskClient, sale: Sale, page: Page, **more: str) -> Any:
    """Its form, as it stands."""
    named = {"ticket": [known["value"] for _, known in page.attributes if known.get("name") == "ticket"]}
    return by.post(path(sale), data=form_of(sale, page).fields | named | more)


def form_of(sale: Sale, page: Page) -> Form:
    return next(form for form in page.forms if (form.method, form.action) == ("post", path(sale)))


def ticket_rows(sale: Sale) -> list[Ticket]:
    mine = select(Ticket).where(Ticket.order_id == sale.id).order_by(Ticket.id)
    return list(extension.session.scalars(mine.execution_options(populate_existing=True)))


def numbers_in(page: Page) -> set[str]:
    return set(re.findall(r"TKT-[0-9A-F]+", page.text))


def test_everything_goes_back_as_it_was_told(app: Flask) -> None:
    sale = paid_sale()
    by = browser(app, sale)
    assert Page(by.get(path(sale, ""))).link("Give back") == path(sale)
    offered = Page(by.get(path(sale)))
    assert "Give $52.50 back" in [button for form in offered.forms for button in form.buttons]
    page = told(by, sale, what="all")
    for words in (
        "Give $52.50 back?", "$52.50 of $52.50", "the way it was paid", "It is cancelled.",
        "$2.50 were paid as a service fee. They go back as well.", "2 tickets become void",
    ):  # fmt: skip
        assert words in page.text, words
    assert numbers_in(page) == {ticket.number for ticket in ticket_rows(sale)}
    assert sale.money == ("confirmed", 5250, 0), "telling changes nothing"
    answer = send(by, sale, page, reason="Rain")
    assert (answer.status_code, answer.location) == (303, path(sale, ""))
    assert sale.money == ("cancelled", 5250, 5250)
    assert (sale.tickets, sale.stock, sale.owed) == (["cancelled", "cancelled"], (0, 0), 0)
    after = Page(by.get(path(sale, "")))
    assert "$52.50 goes back to the buyer." in after.text
    assert "Rain" in after.text
    assert path(sale) not in {href for _words, href in after.links}


def test_some_tickets_are_the_ones_that_were_named(app: Flask) -> None:
    sale = paid_sale(number=3)
    by = browser(app, sale)
    page = told(by, sale, **some(sale, 1, 3))
    for words in ("$50.00 of $78.75", "2 tickets become void", "stay paid until", "It stays confirmed."):
        assert words in page.text, words
    assert send(by, sale, page).status_code == 303
    void = {ticket.number for ticket in ticket_rows(sale) if ticket.status == "cancelled"}
    assert void == numbers_in(page)
    assert sale.money == ("confirmed", 7875, 5000)
    assert (sale.tickets, sale.stock) == (["cancelled", "active", "cancelled"], (0, 1))


def test_a_used_ticket_cannot_be_chosen(app: Flask) -> None:
    sale = paid_sale(number=3)
    sale.use_ticket(3)
    by = browser(app, sale)
    offered = Page(by.get(path(sale)))
    first, second, third = (f"ticket-{row.id}" for row in ticket_rows(sale))
    assert {first, second} <= {*offered.ids}
    assert third not in offered.ids
    refused = told(by, sale, **some(sale, 1, 3))
    number = ticket_rows(sale)[2].number
    assert (refused.status, f"Ticket {number} was used or returned already." in refused.text) == (400, True)
    assert "tickets-error" in refused.ids
    assert any(known.get("id") == first and "checked" in known for _, known in refused.attributes)
    send(by, sale, told(by, sale, **some(sale, 2)))
    assert sale.tickets == ["active", "cancelled", "used"]
    page = told(by, sale, what="all")
    assert "1 ticket becomes void" in page.text
    assert "1 ticket was used and stays as it is." in page.text
    send(by, sale, page)
    assert sale.tickets == ["cancelled", "cancelled", "used"]


def test_the_last_tickets_bring_back_all_that_is_left(app: Flask) -> None:
    sale = paid_sale()
    by = browser(app, sale)
    page = told(by, sale, **some(sale, 1, 2))
    assert "$52.50 of $52.50" in page.text
    assert "It is cancelled." in page.text
    send(by, sale, page)
    assert sale.money == ("cancelled", 5250, 5250)


def test_an_order_stays_though_the_chosen_ticket_brings_back_all_that_is_left(app: Flask) -> None:
    sale = paid_sale()
    by = browser(app, sale)
    send(by, sale, told(by, sale, what="amount", amount="27.50"))
    page = told(by, sale, **some(sale, 1))
    assert "$25.00 of $25.00" in page.text
    assert "1 ticket becomes void" in page.text
    assert "It stays confirmed." in page.text
    send(by, sale, page)
    assert (sale.money, sale.tickets) == (("confirmed", 5250, 5250), ["cancelled", "active"])


def test_an_amount_leaves_tickets_and_stock(app: Flask) -> None:
    sale = paid_sale()
    by = browser(app, sale)
    page = told(by, sale, what="amount", amount="10")
    assert "$10.00 of $52.50" in page.text
    assert "No ticket becomes void." in page.text
    send(by, sale, page, reason="Sorry")
    assert (sale.money, sale.tickets) == (("confirmed", 5250, 1000), ["active", "active"])
    assert (sale.stock, sale.refunds[0].reason) == ((0, 2), "Sorry")


@pytest.mark.parametrize("amount", ["", "x", "0", "-1", "52.51", "1.001", "NaN", "Infinity", "1e99"])
def test_what_cannot_be_is_refused_beside_the_field(app: Flask, amount: str) -> None:
    sale = paid_sale()
    page = told(browser(app, sale), sale, what="amount", amount=amount)
    assert page.status == 400
    assert "amount-error" in page.ids
    assert "aria-invalid" in next(known for tag, known in page.attributes if known.get("id") == "amount")
    assert sale.money == ("confirmed", 5250, 0)


@pytest.mark.parametrize("ticket", [[], "", "0", "-1", "x", "²", "9", "9" * 18, "9" * 30])
def test_what_is_no_ticket_of_it_is_refused_beside_them(app: Flask, ticket: Any) -> None:
    sale = paid_sale()
    page = told(browser(app, sale), sale, what="tickets", ticket=ticket)
    assert (page.status, "tickets-error" in page.ids) == (400, True)


def test_a_free_ticket_is_taken_back_alone(app: Flask) -> None:
    sale = Sale(price=0)
    by = browser(app, sale)
    page = told(by, sale, **some(sale, 1))
    assert "No money moves." in page.text
    assert "It stays confirmed." in page.text
    assert send(by, sale, page).status_code == 303
    assert (sale.money, sale.tickets, sale.stock) == (("confirmed", 0, 0), ["cancelled", "active"], (0, 1))


def test_a_discount_is_taken_off_and_kinds_are_told_apart(app: Flask) -> None:
    first = OfferFactory(size=10, price=2500)
    event = extension.session.get_one(Event, first.event_id)
    supper = OfferFactory(
        event=event, size=10, price=6000, ticket_type=TicketTypeFactory(event=event, name="Supper")
    )
    buyer = BuyerFactory()
    placed = orders.place(buyer, [Line(first.id, 2), Line(supper.id, 2)], terms=terms_for("web"))
    sale = Sale.__new__(Sale)
    sale.id, sale.offer, sale.buyer, sale.reference = placed.order_id, supper, buyer, ""
    sale.pay()
    by = browser(app, sale)
    items = {item.ticket_name: item for item in sale.order.items}
    supper_ticket = next(row for row in ticket_rows(sale) if row.order_item_id == items["Supper"].id)
    page = told(by, sale, what="tickets", ticket=supper_ticket.id)
    assert "$60.00 of" in page.text
    send(by, sale, page)
    assert sale.money[2] == 6000
    states = {(row.order_item_id, row.status) for row in ticket_rows(sale)}
    assert (items["Supper"].id, "cancelled") in states
    walk = next(item for name, item in items.items() if name != "Supper")
    assert (walk.id, "cancelled") not in states
    assert sale.stock == (0, 1)


def test_a_double_click_refunds_once(app: Flask) -> None:
    sale = paid_sale(number=3)
    by = browser(app, sale)
    page = told(by, sale, **some(sale, 1))
    first, second = send(by, sale, page), send(by, sale, page)
    assert (first.status_code, second.status_code) == (303, 303)
    assert second.location == path(sale, "")
    assert sale.money == ("confirmed", 7875, 2500)
    assert sale.tickets == ["cancelled", "active", "active"]
    assert len(sale.refunds) == 1
    everything = told(by, sale, what="all")
    assert [send(by, sale, everything).status_code for _ in range(3)] == [303, 303, 303]
    assert (sale.money, len(sale.refunds)) == (("cancelled", 7875, 7875), 2)


def test_what_has_changed_meanwhile_is_told_anew(app: Flask) -> None:
    sale = paid_sale(number=3)
    by = browser(app, sale)
    page = told(by, sale, what="all")
    sale.use_ticket(3)
    answer = send(by, sale, page)
    anew = Page(answer)
    assert answer.status_code == 409
    assert "Meanwhile something has changed." in anew.text
    assert sale.money == ("confirmed", 7875, 0)
    assert numbers_in(anew) != numbers_in(page)
    assert send(by, sale, anew).status_code == 303
    assert sale.tickets == ["cancelled", "cancelled", "used"]


def test_a_ticket_that_was_used_meanwhile_is_not_taken_back(app: Flask) -> None:
    sale = paid_sale(number=3)
    by = browser(app, sale)
    page = told(by, sale, **some(sale, 1, 2))
    sale.use_ticket(1)
    answer = Page(send(by, sale, page))
    assert (answer.status, "was used or returned already." in answer.text) == (400, True)
    assert (sale.money, sale.tickets) == (("confirmed", 7875, 0), ["used", "active", "active"])


def test_an_order_that_cost_nothing_is_taken_back(app: Flask) -> None:
    sale = Sale(price=0)
    orders.confirm(SYSTEM, sale.id) if sale.order.is_pending else None
    by = browser(app, sale)
    page = told(by, sale, what="all")
    for words in ("Take this order back?", "No money moves.", "2 tickets become void"):
        assert words in page.text, words
    assert send(by, sale, page).status_code == 303
    assert send(by, sale, page).status_code == 303
    assert (sale.money, sale.tickets, sale.stock) == (("cancelled", 0, 0), ["cancelled"] * 2, (0, 0))


def test_after_the_start_managers_still_give_back(app: Flask) -> None:
    sale = paid_sale()
    event = extension.session.get_one(Event, sale.offer.event_id)
    event.starts_at, event.ends_at = clock.now() - timedelta(hours=1), clock.now() + timedelta(hours=2)
    extension.session.commit()
    by = browser(app, sale)
    assert send(by, sale, told(by, sale, what="all")).status_code == 303
    assert sale.money == ("cancelled", 5250, 5250)


def test_where_nothing_is_left_the_way_leads_back(app: Flask) -> None:
    pending = Sale()
    by = browser(app, pending)
    for rest in ("/refund", "/refund/review?what=all"):
        answer = by.get(path(pending, rest))
        assert (answer.status_code, answer.location) == (303, path(pending, ""))
    page = Page(by.get(path(pending, "")))
    assert "There is nothing left to give back." in page.text
    assert path(pending) not in {href for _words, href in page.links}


def test_who_did_it_is_kept(app: Flask) -> None:
    sale = paid_sale(number=3)
    by = browser(app, sale)
    send(by, sale, told(by, sale, **some(sale, 1)))
    kept = extension.session.execute(
        select(ActivityLog.action, ActivityLog.user_id).where(ActivityLog.object_type == "order")
    ).all()
    doers = {row.action: row.user_id for row in kept}
    assert {"refund_requested", "tickets_returned"} <= set(doers)
    assert doers["refund_requested"] not in (None, sale.buyer.user_id)


def test_a_member_is_refused_and_strangers_find_nothing(app: Flask, client: FlaskClient) -> None:
    sale = paid_sale()
    form = form_of(sale, told(browser(app, sale), sale, what="all")).fields
    places = ("/refund", "/refund/review?what=all")
    member = browser(app, sale, MEMBER)
    assert path(sale) not in {href for _words, href in Page(member.get(path(sale, ""))).links}
    for by, status in (
        (member, 403),
        (browser_of(app, UserFactory()), 404),
        (browser_of(app, MembershipFactory(role=MANAGER).user), 404),
    ):
        assert [by.get(path(sale, rest)).status_code for rest in places] == [status, status]
        assert by.post(path(sale), data=form).status_code == status
    for rest in places:
        assert client.get(path(sale, rest)).location.startswith("/sign-in?next=")
    assert client.post(path(sale), data=form).location.startswith("/sign-in")
    assert sale.money == ("confirmed", 5250, 0)


def test_support_gives_back_too(app: Flask) -> None:
    sale = paid_sale()
    by = browser_of(app, UserFactory(is_support=True))
    assert send(by, sale, told(by, sale, what="all")).status_code == 303
    assert sale.money == ("cancelled", 5250, 5250)


def test_a_form_without_its_proof_or_its_key_moves_nothing(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    sale = paid_sale()
    by = browser(app, sale)
    page = told(by, sale, what="all")
    assert send(by, sale, page, once="").status_code == 400
    assert send(by, sale, page, what="nonsense").status_code == 400
    assert send(by, sale, page, mark="").status_code == 409
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    assert by.post(path(sale), data=form_of(sale, page).fields | {"csrf_token": ""}).status_code == 400
    assert sale.money == ("confirmed", 5250, 0)


@pytest.mark.parametrize("who", ["manager", "support"])
def test_what_nobody_paid_is_cancelled_and_the_stock_is_free(
    app: Flask, client: FlaskClient, who: str
) -> None:
    sale = Sale()
    by = browser(app, sale) if who == "manager" else browser_of(app, UserFactory(is_support=True))
    place = path(sale, "/cancel")
    assert Page(by.get(path(sale, ""))).link("Cancel this order") == place
    asked = Page(by.get(place))
    assert "Its 2 tickets go back on sale" in asked.text
    assert (sale.money, sale.stock) == (("pending", 0, 0), (2, 0))
    assert by.post(place, data={"reason": "x" * 201}).status_code == 400
    for _click in range(2):
        answer = by.post(place, data={"reason": "Never paid"})
        assert (answer.status_code, answer.location) == (303, path(sale, ""))
    assert (sale.money, sale.stock) == (("cancelled", 0, 0), (0, 0))
    assert "Never paid" in Page(by.get(path(sale, ""))).text
    actions = list(extension.session.scalars(select(ActivityLog.action)))
    assert actions.count("order_cancelled") == 1
    other = Sale()
    assert path(other, "/cancel") not in {
        href for _words, href in Page(browser(app, other, MEMBER).get(path(other, ""))).links
    }
    for stranger, status in (
        (browser(app, other, MEMBER), 403),
        (browser_of(app, UserFactory()), 404),
        (browser_of(app, MembershipFactory(role=MANAGER).user), 404),
    ):
        assert stranger.get(path(other, "/cancel")).status_code == status
        assert stranger.post(path(other, "/cancel")).status_code == status
    assert client.post(path(other, "/cancel")).location.startswith("/sign-in")
    assert other.money == ("pending", 0, 0)


def test_a_paid_order_is_not_cancelled_but_given_back(app: Flask) -> None:
    sale = paid_sale()
    by = browser(app, sale)
    assert by.post(path(sale, "/cancel")).location == path(sale, "")
    assert sale.money == ("confirmed", 5250, 0)
