"""Promo codes as their organizers make them: lists, one code, many at once, and the way to the checkout."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import (
    EventFactory,
    MembershipFactory,
    OfferFactory,
    OrderFactory,
    OrganizationFactory,
    PromoCodeFactory,
    TicketTypeFactory,
)
from tests.services.selling import paid_sale
from tests.web.conftest import browser_of
from tests.web.page import Page
from ticketing import clock
from ticketing.extensions import db as extension
from ticketing.models import ActivityLog, Event, Order, Organization, PromoCode
from ticketing.models.organizations import MANAGER, MEMBER


@pytest.fixture
def organization(app: Flask) -> Organization:
    return OrganizationFactory(name="Lantern Company", slug="lantern")


@pytest.fixture
def manager(app: Flask, organization: Organization) -> FlaskClient:
    """The browser of somebody who manages it."""
    return browser_of(app, MembershipFactory(organization=organization, role=MANAGER).user)


def at(organization: Organization, rest: str = "") -> str:
    return f"/organizer/organizations/{organization.uuid}/promo-codes{rest}"


def of(code: PromoCode, rest: str = "") -> str:
    return f"/organizer/promo-codes/{code.uuid}{rest}"


def only() -> PromoCode:
    extension.session.expire_all()
    return extension.session.query(PromoCode).one()


def typed(**fields: Any) -> dict[str, Any]:
    """A form that is filled in; what is None is not sent."""
    form = {
        "code": "EARLY",
        "kind": "percent",
        "value": "12.5",
        "event": "",
        "ticket_type": "",
        "is_active": "y",
    }
    return {name: value for name, value in (form | fields).items() if value is not None}


def code_in(organization: Organization, **details: Any) -> PromoCode:
    return PromoCodeFactory(organization=organization, **details)


# ------------------------------------------------------------------ one code


def test_a_code_is_made_with_every_limit(manager: FlaskClient, organization: Organization) -> None:
    event: Event = EventFactory(organization=organization, timezone="Europe/Lisbon")
    kind = TicketTypeFactory(event=event)
    page = Page(manager.get(at(organization, f"/new?event={event.uuid}")))
    once = page.form(at(organization, "/new")).fields["once"]
    assert f'<option selected value="{event.uuid}">' in page.html
    year = clock.now().year + 1
    form = typed(
        kind="fixed", value="7.50", event=str(event.uuid), ticket_type=str(kind.uuid), once=once,
        starts_at=f"{year}-07-01T10:00", ends_at=f"{year}-07-02T10:00", max_uses="40",
        max_uses_per_account="2", minimum_subtotal="20",
    )  # fmt: skip
    for _ in range(2):
        assert manager.post(at(organization, "/new"), data=form).status_code == 303
    code = only()
    assert (code.code, code.kind, code.value, code.currency) == ("EARLY", "fixed", 750, "USD")
    assert (code.event_id, code.ticket_type_id) == (event.id, kind.id)
    assert (code.max_uses, code.max_uses_per_account, code.minimum_subtotal) == (40, 2, 2000)
    assert code.starts_at is not None
    assert code.starts_at.hour == 9, "by the event's clocks"
    assert f"?code={code.code}" in Page(manager.get(of(code))).html


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"code": ""}, "code", "think of a code"),
        ({"code": "two words"}, "code", "Letters, digits"),
        ({"code": "taken"}, "code", "has this promo code already"),
        ({"value": "0"}, "value", "must take something off"),
        ({"value": "100.5"}, "value", "at most 100"),
        ({"value": "1.234", "kind": "fixed"}, "value", ""),
        ({"value": ""}, "value", "say how much"),
        ({"max_uses": "0"}, "max_uses", ""),
        ({"starts_at": "2100-01-02T10:00", "ends_at": "2100-01-02T09:00"}, "ends_at", "end after it starts"),
        ({"minimum_subtotal": "-1"}, "minimum_subtotal", ""),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_stays(
    manager: FlaskClient, organization: Organization, fields: dict[str, Any], field: str, sentence: str
) -> None:
    code_in(organization, code="TAKEN")
    page = Page(manager.post(at(organization, "/new"), data=typed(max_uses_per_account="3", **fields)))
    assert page.status == 400
    assert sentence in page.html.split(f'id="{field}-error"')[1].split("</p>")[0]
    assert page.form(at(organization, "/new")).fields["max_uses_per_account"] == "3"
    assert extension.session.query(PromoCode).count() == 1


def test_what_is_anothers_cannot_be_chosen(manager: FlaskClient, organization: Organization) -> None:
    theirs: Event = EventFactory(title="Theirs")
    page = Page(manager.post(at(organization, "/new"), data=typed(event=str(theirs.uuid))))
    assert (page.status, "Theirs" in page.html) == (400, False)
    mine = EventFactory(organization=organization)
    other = TicketTypeFactory(event=EventFactory(organization=organization))
    form = typed(event=str(mine.uuid), ticket_type=str(other.uuid))
    assert "another event" in manager.post(at(organization, "/new"), data=form).get_data(as_text=True)


def test_a_code_is_changed_switched_off_and_on(manager: FlaskClient, organization: Organization) -> None:
    code = code_in(organization, code="OLD", value=1000, max_uses=5, ends_at=clock.now() + timedelta(days=3))
    stored = code.ends_at
    page = Page(manager.get(of(code)))
    form = page.form(of(code)).fields | {"kind": "percent", "event": "", "ticket_type": "", "code": "NEW"}
    assert (form["value"], form["max_uses"]) == ("10", "5")
    assert manager.post(of(code), data=form).status_code == 303
    assert (only().code, only().value, only().ends_at) == ("NEW", 1000, stored), "its seconds stay"
    for active in (False, True):
        assert manager.post(of(code, "/switch")).status_code == 303
        assert only().is_active is active


def test_a_limit_below_what_was_used_is_refused(manager: FlaskClient, organization: Organization) -> None:
    code = code_in(organization, used=3, max_uses=5)
    page = Page(manager.post(of(code), data=typed(max_uses="2")))
    assert (page.status, "used 3 times already" in page.text) == (400, True)


def test_only_a_code_that_nobody_used_is_removed(manager: FlaskClient, organization: Organization) -> None:
    free, used = code_in(organization, code="FREE"), code_in(organization, code="USED")
    event = EventFactory(organization=organization)
    OrderFactory(event=event, status="expired", promo_code_id=used.id, promo_code="USED")
    assert manager.post(of(free, "/remove")).location == at(organization)
    page = Page(manager.post(of(used, "/remove")))
    assert (page.status, "It cannot be deleted" in page.text) == (400, True)
    assert only().code == "USED"


# ------------------------------------------------------------------ many


def test_many_codes_are_made_once_each_for_one_order_and_taken_as_a_file(
    manager: FlaskClient, organization: Organization
) -> None:
    event = EventFactory(organization=organization, slug="walk")
    once = Page(manager.get(at(organization, "/several"))).form(at(organization, "/several")).fields["once"]
    form = typed(code=None, number="30", prefix="Spring", event=str(event.uuid), once=once)
    for _ in range(2):
        answer = manager.post(at(organization, "/several"), data=form)
        assert answer.location == at(organization, "?q=Spring-")
    codes = extension.session.query(PromoCode).all()
    assert len({code.code for code in codes}) == 30
    assert {(code.max_uses, code.used, code.value, code.event_id) for code in codes} == {
        (1, 0, 1250, event.id)
    }
    assert all(code.code.startswith("Spring-") and len(code.code) == 15 for code in codes)
    page = Page(manager.get(answer.location))
    assert "30 codes" in page.text
    file = manager.get(page.link("These as CSV")).get_data(as_text=True)
    rows = list(csv.DictReader(io.StringIO(file.removeprefix("\ufeff"))))
    assert {row["Code"] for row in rows} == {code.code for code in codes}
    assert rows[0]["Takes off"] == "12.5%"
    assert rows[0]["Link"].endswith(f"/events/walk?code={rows[0]['Code']}")
    assert extension.session.query(ActivityLog).filter_by(action="promo_codes_created").count() == 1


def test_a_series_begins_like_no_other_code_and_has_a_bound(
    manager: FlaskClient, organization: Organization
) -> None:
    code_in(organization, code="spring-1")
    for fields, field in (
        ({"prefix": "SPRING"}, "prefix"),
        ({"number": "1001"}, "number"),
        ({"number": ""}, "number"),
    ):
        form = typed(code=None, **({"number": "2"} | fields))
        page = Page(manager.post(at(organization, "/several"), data=form))
        assert (page.status, f'id="{field}-error"' in page.html) == (400, True)
    assert manager.post(at(organization, "/several"), data=typed(code=None, number="2")).status_code == 303
    assert extension.session.query(PromoCode).count() == 3


# ------------------------------------------------------------------ lists


def test_the_list_is_searched_and_sorted_into_usable_and_over(
    manager: FlaskClient, organization: Organization
) -> None:
    now = clock.now()
    for name, details in (
        ("NOW", {}),
        ("LATER", {"starts_at": now + timedelta(days=1)}),
        ("OFF", {"is_active": False}),
        ("ENDED", {"ends_at": now - timedelta(days=1)}),
        ("EMPTY", {"max_uses": 2, "used": 2}),
    ):
        code_in(organization, code=name, **details)
    code_in(OrganizationFactory(), code="THEIRS")

    def codes(query: str) -> set[str]:
        return set(Page(manager.get(at(organization, query))).headings[1:]) - {
            "5 codes",
            "2 codes",
            "3 codes",
            "1 code",
        }

    assert codes("") == {"NOW", "LATER", "OFF", "ENDED", "EMPTY"}
    assert codes("?state=active") == {"NOW", "LATER"}
    assert codes("?state=over") == {"OFF", "ENDED", "EMPTY"}
    assert codes("?q=of") == {"OFF"}
    assert "Nothing found" in Page(manager.get(at(organization, "?q=%00zzz"))).headings


def test_the_list_tells_how_often_a_code_was_used_and_what_it_gave(
    manager: FlaskClient, organization: Organization
) -> None:
    offer = OfferFactory(event=EventFactory(organization=organization), size=10)
    code = code_in(organization, code="TEN", max_uses=9)
    for _ in range(2):
        paid_sale(offer=offer, code="TEN")
    assert "Used 2 / 9 Given so far $10.00" in Page(manager.get(at(organization))).text
    assert "Given so far $10.00" in Page(manager.get(of(code))).text


def test_an_events_page_has_its_codes_and_those_for_all_with_their_links(
    manager: FlaskClient, organization: Organization
) -> None:
    event, other = (
        EventFactory(organization=organization, slug="walk"),
        EventFactory(organization=organization),
    )
    for name, limit in (("MINE", event.id), ("ALL", None), ("OTHER", other.id)):
        code_in(organization, code=name, event_id=limit)
    page = Page(manager.get(f"/organizer/events/{event.uuid}/promo-codes"))
    assert page.link("Promo codes") == f"/organizer/events/{event.uuid}/promo-codes", "a tab leads there"
    assert set(page.headings[1:]) == {"MINE", "ALL"}
    assert "/events/walk?code=MINE" in page.text
    assert page.link("New code for this event").endswith(f"new?event={event.uuid}")


def test_strangers_find_nothing_and_members_may_not(app: Flask, organization: Organization) -> None:
    code, event = code_in(organization), EventFactory(organization=organization)
    pages = [at(organization), at(organization, "/new"), at(organization, "/several"), of(code)]
    pages += [at(organization, "/codes.csv"), f"/organizer/events/{event.uuid}/promo-codes"]
    for user, status in (
        (MembershipFactory().user, 404),
        (MembershipFactory(organization=organization, role=MEMBER).user, 403),
    ):
        browser = browser_of(app, user)
        assert {address: browser.get(address).status_code for address in pages} == dict.fromkeys(
            pages, status
        )
        for deed in ("", "/switch", "/remove"):
            assert browser.post(of(code, deed), data=typed()).status_code == status
    assert only().is_active


def test_as_many_statements_for_fifty_codes_as_for_five(
    manager: FlaskClient, organization: Organization, statements: Any
) -> None:
    event = EventFactory(organization=organization)

    def more(number: int) -> PromoCode:
        for _ in range(number):
            offer = OfferFactory(event=event, size=9)
            code = code_in(organization)
            paid_sale(offer=offer, code=code.code)
        return code

    def counts() -> list[int]:
        seen = []
        for address in (
            at(organization),
            of(code),
            f"/organizer/events/{event.uuid}/promo-codes",
            at(organization, "/new"),
        ):
            with statements() as sent:
                assert manager.get(address).status_code == 200
            seen.append(len(sent))
        return seen

    code = more(3)
    few = counts()
    more(27)
    assert counts() == few
    assert max(few) <= 12


# ------------------------------------------------------------------ to the checkout


def test_a_link_brings_its_code_from_the_event_to_the_order(
    signed_in: FlaskClient, organization: Organization
) -> None:
    event = EventFactory(organization=organization, slug="walk")
    offer = OfferFactory(event=event, size=5, price=2500)
    code_in(organization, code="TEN")
    page = Page(signed_in.get("/events/walk?code=TEN"))
    assert ("input", {"type": "hidden", "name": "code", "value": "TEN", "form": "tickets"}) in page.attributes
    review = Page(signed_in.get(f"/checkout/walk?offer_{offer.id}=2&code=TEN"))
    assert "TEN takes $5.00 off." in review.text
    assert review.link("Change tickets") == f"/events/walk?code=TEN&offer_{offer.id}=2#tickets"
    form = next(form for form in review.forms if "email" in form.fields).fields | {"code": "TEN"}
    assert signed_in.post(f"/checkout/walk?offer_{offer.id}=2&code=TEN", data=form).status_code == 303
    assert extension.session.query(Order.promo_code, Order.discount).one() == ("TEN", 500)
    assert 'name="code"' not in signed_in.get("/events/walk").get_data(as_text=True)
