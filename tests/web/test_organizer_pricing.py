"""The pages on which organizers price events by tiers, by days, and by both."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.factories import EventFactory, MembershipFactory, OrganizationFactory, in_days
from tests.services.pricing import WHOLE, buy, cell, day_pass, new_type, tier
from tests.web.conftest import browser_of
from tests.web.page import Page
from ticketing.extensions import db as extension
from ticketing.models import Event, EventDay, Offer, Organization, Quota, TicketType
from ticketing.models.events import DAY_BASED, PRICING_TYPES, SIMPLE, TIER_AND_DAY, TIERED
from ticketing.models.organizations import MANAGER, MEMBER, OWNER
from ticketing.policy import SYSTEM
from ticketing.services import events, offers


@pytest.fixture
def organization(app: Flask) -> Organization:
    return OrganizationFactory(name="Lantern Company", currency="EUR")


@pytest.fixture
def manager(app: Flask, organization: Organization) -> FlaskClient:
    """The browser of somebody who manages it."""
    return browser_of(app, MembershipFactory(organization=organization, role=MANAGER).user)


def event_of(organization: Organization, kind: str, **columns: Any) -> Event:
    """Three days, from a Friday to a Sunday."""
    known = {
        "starts_at": datetime(2031, 7, 4, 15, tzinfo=UTC),
        "ends_at": datetime(2031, 7, 6, 21, tzinfo=UTC),
    }
    made: Event = EventFactory(
        organization=organization,
        pricing_type=kind,
        currency="EUR",
        timezone="Europe/Lisbon",
        **known,
        **columns,
    )
    return made


def at(event: Event, more: str = "") -> str:
    return f"/organizer/events/{event.uuid}/tickets{more}"


def form_of(page: Page) -> dict[str, str]:
    """What the form would send: ticks that are not set are not sent."""
    sent = dict(
        next(form.fields for form in page.forms if "min_purchase" in form.fields or "date-0" in form.fields)
    )
    boxes = [known for tag, known in page.attributes if tag == "input" and known.get("type") == "checkbox"]
    for box in boxes:
        if "checked" not in box:
            sent.pop(box["name"], None)
    sent.pop("csrf_token")
    if "min_purchase" in sent:
        sent |= {"description": "", "benefits": "", "kind": "STANDARD"}
    return sent


def beside(page: Page, field: str) -> str:
    """What stands beside a field that was marked."""
    assert any(known.get("id") == field and known.get("aria-invalid") for _, known in page.attributes), field
    return page.html.split(f'id="{field}-error"')[1].split("</p>")[0]


def filled(page: Page, **typed: str) -> dict[str, str]:
    """The form as it is shown, with this typed over it; ``price_0_1`` is called ``price-0-1``."""
    return form_of(page) | {
        name.replace("_", "-") if name[-1].isdigit() else name: value for name, value in typed.items()
    }


def prices_of(event: Event) -> dict[str, tuple[int, int, bool]]:
    """Price, size and switch of all that an event sells, by name."""
    extension.session.expire_all()
    rows = extension.session.execute(
        select(Offer, Quota.size).join(Quota, Quota.id == Offer.quota_id).where(Offer.event_id == event.id)
    )
    return {
        " ".join(filter(None, (offer.tier_name, offer.day_name))): (offer.price, size, offer.is_active)
        for offer, size in rows
    }


GRID: Mapping[str, str] = {
    "name": "Pass",
    "tier_0": "Early", "tier_1": "Late",
    "price_0_0": "20", "quantity_0_0": "5",
    "price_1_0": "30.5", "quantity_1_0": "9",
    "price_1_2": "40", "quantity_1_2": "7",
}  # fmt: skip


# ---------------------------------------------------------------- how it is priced


@pytest.mark.parametrize("kind", PRICING_TYPES)
def test_how_an_event_is_priced_is_chosen_as_long_as_it_has_no_ticket_type(
    manager: FlaskClient, organization: Organization, kind: str
) -> None:
    event = event_of(organization, TIERED if kind == SIMPLE else SIMPLE)
    page = Page(manager.get(at(event)))
    for words in ("One price per ticket type", "Price tiers", "Day tickets", "Tiers on each day"):
        assert words in page.text
    answer = manager.post(at(event, "/pricing"), data={"pricing_type": kind})
    assert answer.location == at(event)
    extension.session.expire_all()
    assert event.pricing_type == kind
    new_type(event, **WHOLE[kind])
    refused = Page(
        manager.post(at(event, "/pricing"), data={"pricing_type": TIERED if kind != TIERED else SIMPLE})
    )
    assert refused.status == 400
    assert "keeps its pricing" in refused.text
    assert "How do you want to price it" not in Page(manager.get(at(event))).text


@pytest.mark.parametrize("sent", [{}, {"pricing_type": "by weight"}], ids=["nothing", "nonsense"])
def test_no_other_way_to_price_is_taken(
    manager: FlaskClient, organization: Organization, sent: dict[str, str]
) -> None:
    event = event_of(organization, SIMPLE)
    assert manager.post(at(event, "/pricing"), data=sent).status_code == 400
    assert event.pricing_type == SIMPLE


# ---------------------------------------------------------------- days


@pytest.mark.parametrize(
    ("do", "names"),
    [("take-names", ["Friday", "Saturday", "Sunday"]), ("take-numbers", ["Day 1", "Day 2", "Day 3"])],
)
def test_days_are_proposed_out_of_the_events_dates_and_taken_with_one_click(
    manager: FlaskClient, organization: Organization, do: str, names: list[str]
) -> None:
    event = event_of(organization, DAY_BASED)
    page = Page(manager.get(at(event, "/days")))
    assert ", ".join(names) in page.text
    assert manager.post(at(event, "/days"), data=form_of(page) | {"do": do}).location == at(event)
    days = extension.session.scalars(select(EventDay).order_by(EventDay.number)).all()
    assert [(day.name, day.date.day) for day in days if day.date] == list(zip(names, (4, 5, 6), strict=True))
    again = form_of(page) | {"do": do}
    assert manager.post(at(event, "/days"), data=again).status_code == 303, "the same click, twice"
    assert manager.post(at(event, "/days"), data=again | {"once": "another"}).status_code == 409
    assert len(extension.session.scalars(select(EventDay.id)).all()) == 3


def test_days_are_written_by_hand_and_what_is_typed_stays_when_one_is_added(
    manager: FlaskClient, organization: Organization
) -> None:
    event = event_of(organization, TIER_AND_DAY)
    page = Page(manager.get(at(event, "/days")))
    sent = filled(page, day_0="Opening", date_0="2031-07-04")
    page = Page(manager.post(at(event, "/days"), data=sent | {"do": "add-day"}))
    assert (page.status, form_of(page)["day-0"], form_of(page)["date-0"]) == (200, "Opening", "2031-07-04")
    assert manager.post(at(event, "/days"), data=filled(page, day_1="Closing")).status_code == 303
    page = Page(manager.get(at(event, "/days")))
    sent = filled(page, day_0="", gone_1="y")
    refused = Page(manager.post(at(event, "/days"), data=sent))
    assert "Please name this day" in beside(refused, "day-0")
    assert "gone-1" in form_of(refused)
    assert manager.post(at(event, "/days"), data=sent | {"day-0": "First"}).status_code == 303
    assert [day.name for day in extension.session.scalars(select(EventDay))] == ["First"]


def test_a_day_with_orders_is_told_to_stay_and_how_full_it_is(
    manager: FlaskClient, organization: Organization
) -> None:
    event = event_of(organization, DAY_BASED)
    events.update(SYSTEM, event.id, capacity=40)
    buy(new_type(event, day_passes=[day_pass(1)]).offers[0].id, 3)
    page = Page(manager.get(at(event, "/days")))
    assert "3 of 40 places taken" in page.text
    assert "Each day admits 40 people" in page.text
    refused = Page(manager.post(at(event, "/days"), data=filled(page, gone_0="y")))
    assert "were ordered, so it stays" in beside(refused, "day-0")


def test_events_that_are_not_sold_by_the_day_have_no_page_of_days(
    manager: FlaskClient, organization: Organization
) -> None:
    for kind in (SIMPLE, TIERED):
        event = event_of(organization, kind)
        assert manager.get(at(event, "/days")).status_code == 404
        assert manager.post(at(event, "/days"), data={"do": "take-names"}).status_code == 404


# ---------------------------------------------------------------- the grid


def test_a_grid_starts_with_the_days_that_the_dates_propose_and_is_saved_with_them(
    manager: FlaskClient, organization: Organization
) -> None:
    event = event_of(organization, TIER_AND_DAY)
    page = Page(manager.get(at(event, "/new")))
    assert "Tier 1, Saturday: price" in re.sub("<[^>]+>", "", page.html)
    assert manager.post(at(event, "/new"), data=filled(page, **GRID)).location == at(event)
    assert prices_of(event) == {
        "Early Friday": (2000, 5, True),
        "Late Friday": (3050, 9, True),
        "Late Sunday": (4000, 7, True),
    }
    assert [day.name for day in extension.session.scalars(select(EventDay))] == [
        "Friday",
        "Saturday",
        "Sunday",
    ]
    page = Page(manager.get(at(event)))
    assert "Late – Sunday" in page.text
    assert "Tickets in all 21" in page.text


def test_tiers_have_a_window_each_and_can_be_removed_switched_off_and_repriced(
    manager: FlaskClient, organization: Organization
) -> None:
    event = event_of(organization, TIERED)
    made = new_type(event, tiers=[tier(1), tier(2), tier(3)])
    address = at(event, f"/{made.uuid}")
    page = Page(manager.get(address))
    sent = filled(page, price_0_0="12.50", start_0="2031-01-05T10:00", end_0="2031-02-05T10:00", gone_2="y")
    sent.pop("active-1-0")
    assert manager.post(address, data=sent).location == at(event)
    assert prices_of(event) == {"Tier 1": (1250, 10, True), "Tier 2": (1000, 10, False)}
    first = extension.session.scalars(select(Offer).where(Offer.tier_number == 1)).one()
    assert first.sales_start_at == datetime(2031, 1, 5, 10, tzinfo=UTC)


def test_day_tickets_and_the_pass_for_all_days_are_priced_beside_each_other(
    manager: FlaskClient, organization: Organization
) -> None:
    event = event_of(organization, DAY_BASED)
    page = Page(manager.get(at(event, "/new")))
    sent = filled(
        page,
        name="Pass",
        price_0_0="10",
        quantity_0_0="50",
        price_0_3="25",
        quantity_0_3="20",
        day_3="Weekend",
    )
    assert manager.post(at(event, "/new"), data=sent).location == at(event)
    assert prices_of(event) == {"Friday": (1000, 50, True), "Weekend": (2500, 20, True)}
    made = extension.session.scalars(select(TicketType)).one()
    assert form_of(Page(manager.get(at(event, f"/{made.uuid}"))))["day-3"] == "Weekend"


@pytest.mark.parametrize(("do", "field"), [("add-tier", "tier-2"), ("add-day", "day-3")])
def test_a_row_or_a_column_more_saves_nothing_and_loses_nothing_that_was_typed(
    manager: FlaskClient, organization: Organization, do: str, field: str
) -> None:
    event = event_of(organization, TIER_AND_DAY)
    page = Page(manager.get(at(event, "/new")))
    sent = filled(page, **GRID, total_quantity="15", price_0_1="nonsense")
    page = Page(manager.post(at(event, "/new"), data=sent | {"do": do}))
    assert page.status == 200
    shown = form_of(page)
    assert {name: shown[name] for name in sent if name != "do" and name in shown} == {
        name: value for name, value in sent.items() if name in shown
    }
    assert any(known.get("id") == field and "autofocus" in known for _, known in page.attributes)
    assert extension.session.scalars(select(TicketType.id)).all() == []


def test_what_is_wrong_stands_beside_its_cell_and_is_told_with_its_place(
    manager: FlaskClient, organization: Organization
) -> None:
    event = event_of(organization, TIER_AND_DAY)
    made = new_type(event, day_tier_prices=[cell(1, 1), cell(2, 1)])
    buy(made.offers[0].id, 4)
    address = at(event, f"/{made.uuid}")
    page = Page(manager.get(address))
    for typed, field, sentence in (
        ({"quantity_0_0": "3"}, "quantity-0-0", "less than the 4 tickets"),
        ({"price_0_0": "", "quantity_0_0": ""}, "price-0-0", "were ordered, so it cannot go"),
        ({"price_0_1": ""}, "price-0-1", "Give it a price"),
        ({"quantity_0_1": "many"}, "quantity-0-1", "Not a valid integer"),
        ({"quantity_0_1": "-1"}, "quantity-0-1", "between 0 and"),
        ({"tier_0": "x" * 51}, "tier-0", "longer than 50"),
        ({"total_quantity": "3"}, "total_quantity", "less than the 4 tickets"),
        ({"name": ""}, "name", "give it a name"),
    ):
        refused = Page(manager.post(address, data=filled(page, **typed)))
        assert refused.status == 400
        assert sentence in beside(refused, field), field
        shown = form_of(refused)
        assert {name: shown[name] for name in filled(page, **typed)} == filled(page, **typed)
    assert "T1, Day 1:" in Page(manager.post(address, data=filled(page, quantity_0_0="3"))).text
    assert prices_of(event) == {"T1 Day 1": (1000, 10, True), "T1 Day 2": (1000, 10, True)}


def test_of_two_organizers_the_second_is_told_sees_what_is_saved_and_may_save_once_more(
    manager: FlaskClient, organization: Organization
) -> None:
    event = event_of(organization, TIER_AND_DAY)
    made = new_type(event, day_tier_prices=[cell(1, 1), cell(2, 1)])
    address = at(event, f"/{made.uuid}")
    page = Page(manager.get(address))
    assert manager.post(address, data=filled(page, price_0_0="11")).status_code == 303
    offers.create_day_tier_price(SYSTEM, ticket_type=made.id, **cell(1, 2))
    told = Page(manager.post(address, data=filled(page, price_0_1="12.00", quantity_0_1="8")))
    assert told.status == 409
    assert "Somebody has changed this" in told.text
    assert "Saved now: €11.00, 10 tickets" in told.text
    shown = form_of(told)
    assert (shown["price-0-1"], shown["tier-1"], shown["price-1-0"]) == ("12.00", "T2", "10.00")
    assert prices_of(event)["T1 Day 2"] == (1000, 10, True)
    assert manager.post(address, data=shown).status_code == 303
    assert prices_of(event) == {
        "T1 Day 1": (1000, 10, True), "T1 Day 2": (1200, 8, True), "T2 Day 1": (1000, 10, True),
    }  # fmt: skip


def test_windows_that_differ_within_a_tier_stay_as_long_as_none_is_typed(
    manager: FlaskClient, organization: Organization
) -> None:
    event = event_of(organization, TIER_AND_DAY)
    early = in_days(3).function()
    made = new_type(event, day_tier_prices=[cell(1, 1, sales_start_at=early), cell(2, 1)])
    address = at(event, f"/{made.uuid}")
    page = Page(manager.get(address))
    assert "windows of their own" in page.text
    assert manager.post(address, data=filled(page, price_0_0="11")).status_code == 303
    starts = select(Offer.sales_start_at).order_by(Offer.id)
    assert extension.session.scalars(starts).all() == [early, None]
    page = Page(manager.get(address))
    assert manager.post(address, data=filled(page, start_0="2031-01-05T10:00")).status_code == 303
    assert set(extension.session.scalars(starts)) == {datetime(2031, 1, 5, 10, tzinfo=UTC)}


def test_a_form_that_names_rows_and_columns_that_never_were_does_no_harm(
    manager: FlaskClient, organization: Organization
) -> None:
    event = event_of(organization, TIER_AND_DAY)
    made = new_type(event, day_tier_prices=[cell(1, 1)])
    address = at(event, f"/{made.uuid}")
    sent = filled(Page(manager.get(address)))
    for more in ({"row-0": "99"}, {"column-0": "0"}, {"column-0": "all"}, {"row-0": "one"}, {"version": ""}):
        assert manager.post(address, data=sent | more).status_code in (303, 400, 409)
    assert manager.post(address, data={f"row-{number}": "" for number in range(500)}).status_code == 400
    assert set(prices_of(event)) == {"T1 Day 1"}


@pytest.mark.parametrize("kind", [TIERED, DAY_BASED, TIER_AND_DAY])
def test_a_kind_that_nobody_has_ordered_is_removed_and_any_other_is_not(
    manager: FlaskClient, organization: Organization, kind: str
) -> None:
    event = event_of(organization, kind)
    free, sold = new_type(event, **WHOLE[kind]), new_type(event, **WHOLE[kind], name="Other")
    buy(sold.offers[0].id)
    assert manager.post(at(event, f"/{free.uuid}/remove")).location == at(event)
    refused = Page(manager.post(at(event, f"/{sold.uuid}/remove")))
    assert refused.status == 400
    assert "cannot be deleted" in refused.text
    assert form_of(refused)["name"] == "Other"


@pytest.mark.parametrize("more", ["", "/type"], ids=["new", "changed"])
def test_the_same_form_sent_twice_is_kept_once(
    manager: FlaskClient, organization: Organization, more: str
) -> None:
    event = event_of(organization, TIERED)
    address = at(event, "/new")
    if more:
        address = at(event, f"/{new_type(event, name='Pass', tiers=[tier(1)]).uuid}")
    sent = filled(Page(manager.get(address)), name="Pass", tier_0="Early", price_0_0="20", quantity_0_0="5")
    for _ in range(2):
        assert manager.post(address, data=sent).location == at(event)
    assert prices_of(event) == {"Early": (2000, 5, True)}
    changed = manager.post(address, data=sent | {"price-0-0": "21"})
    assert changed.status_code == (409 if more else 400)
    assert prices_of(event) == {"Early": (2000, 5, True)}


# ---------------------------------------------------------------- what it comes to


def test_the_summary_tells_where_the_event_admits_fewer_than_there_are_tickets(
    manager: FlaskClient, organization: Organization
) -> None:
    event = event_of(organization, TIERED)
    events.update(SYSTEM, event.id, capacity=15)
    new_type(event, tiers=[tier(1), tier(2)])
    page = Page(manager.get(at(event)))
    assert "There are 20 tickets, and the event admits 15" in page.text
    by_day = event_of(organization, DAY_BASED)
    events.update(SYSTEM, by_day.id, capacity=15)
    new_type(by_day, day_passes=[day_pass(1), day_pass(2, quantity=5), day_pass(None)])
    page = Page(manager.get(at(by_day)))
    assert "Day 1 has 20 tickets and admits 15" in page.text
    assert "Day 2 has" not in page.text
    seen = manager.get(page.link("Open the event's page"), follow_redirects=True)
    assert Page(seen).headings[0] == by_day.title


def test_the_summary_tells_the_prices_and_when_nothing_is_on_offer(
    manager: FlaskClient, organization: Organization
) -> None:
    event = event_of(organization, TIERED)
    made = new_type(event, tiers=[tier(1), tier(2, price=30)])
    page = Page(manager.get(at(event)))
    assert "€10.00 up to €30.00" in page.text
    offers.update_type(SYSTEM, made.id, is_active=False)
    page = Page(manager.get(at(event)))
    assert "nobody can buy a ticket" in page.text


def test_a_cancelled_event_shows_what_it_sold_and_changes_nothing(
    manager: FlaskClient, organization: Organization
) -> None:
    event = event_of(organization, TIERED)
    made = new_type(event, tiers=[tier(1)])
    page = Page(manager.get(at(event, f"/{made.uuid}")))
    events.cancel(SYSTEM, event.id)
    assert "Add a ticket type" not in Page(manager.get(at(event))).text
    refused = Page(manager.post(at(event, f"/{made.uuid}"), data=filled(page, price_0_0="1")))
    assert refused.status == 400
    assert prices_of(event) == {"Tier 1": (1000, 10, True)}


# ---------------------------------------------------------------- who, and at what cost


def test_members_may_not_and_strangers_find_nothing(app: Flask, organization: Organization) -> None:
    event = event_of(organization, TIER_AND_DAY)
    made = new_type(event, day_tier_prices=[cell(1, 1)])
    member = MembershipFactory(organization=organization, role=MEMBER).user
    stranger = MembershipFactory(role=OWNER).user
    other = new_type(EventFactory(pricing_type=TIERED), tiers=[tier(1)])
    for user, status in ((member, 403), (stranger, 404)):
        browser = browser_of(app, user)
        for path in ("", "/new", "/days", f"/{made.uuid}"):
            assert browser.get(at(event, path)).status_code == status, path
        for path in ("/pricing", "/new", "/days", f"/{made.uuid}", f"/{made.uuid}/remove"):
            assert browser.post(at(event, path), data={"do": "save"}).status_code == status, path
    manager = browser_of(app, MembershipFactory(organization=organization, role=MANAGER).user)
    assert manager.get(at(event, f"/{other.uuid}")).status_code == 404


@pytest.mark.parametrize("path", ["", "/days", "/new", "/type"])
def test_as_many_statements_for_fifty_prices_as_for_five(
    manager: FlaskClient, organization: Organization, statements: Any, path: str
) -> None:
    def count(days: int, tiers: int) -> int:
        event = event_of(organization, TIER_AND_DAY)
        parts = [cell(day, number) for day in range(1, days + 1) for number in range(1, tiers + 1)]
        made = new_type(event, day_tier_prices=parts)
        address = at(event, f"/{made.uuid}" if path == "/type" else path)
        manager.get(address)
        with statements() as seen:
            assert manager.get(address).status_code == 200
        return len(seen)

    few = count(5, 1)
    assert count(10, 5) == few
    assert few <= 12
