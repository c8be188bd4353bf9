"""From chosen tickets to a paid order."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import (
    EventDayFactory,
    EventFactory,
    OfferFactory,
    OrderFactory,
    PromoCodeFactory,
    QuotaFactory,
    TicketTypeFactory,
    UserFactory,
    in_days,
)
from tests.support.stripe_standin import StripeStandIn
from tests.web.conftest import Get, browser_of
from tests.web.page import Page
from ticketing import clock
from ticketing.models import Offer, Order, Payment, PromoCode, Quota, Ticket
from ticketing.models.events import CANCELLED

BUYER = {"name": "Grace Hopper", "email": "grace@example.org", "phone": "", "once": "form-1"}


@pytest.fixture
def offer(app: Flask) -> Offer:
    """Ten tickets at $25.00 for the lantern walk."""
    event = EventFactory(slug="lantern-walk", title="Lantern Walk")
    return OfferFactory(
        event=event, size=10, price=2500, ticket_type=TicketTypeFactory(event=event, name="Walk")
    )


def checkout(offer: Offer, number: Any = 2) -> str:
    """The address of the checkout of so many tickets."""
    return f"/checkout/lantern-walk?offer_{offer.id}={number}"


def the_order(db: Any) -> Order:
    """The only order that there is."""
    return db.session.scalars(db.select(Order)).one()


def stock(db: Any, offer: Offer) -> tuple[int, int]:
    """``(held, sold)`` of the offer."""
    return tuple(db.session.execute(db.select(Quota.held, Quota.sold).filter_by(id=offer.quota_id)).one())


def ordered(browser: FlaskClient, offer: Offer, number: int = 2) -> str:
    """Place an order; where its payment is made."""
    answer = browser.post(checkout(offer, number), data=BUYER)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return str(answer.location)


def sandbox(browser: FlaskClient, pay: str) -> str:
    """Go on to the payment page; its address."""
    return str(browser.post(pay).location)


def test_the_review_shows_the_fee_before_anything_is_ordered(get: Get, offer: Offer, db) -> None:
    page = get(checkout(offer))
    for words in ("2 × Walk", "$50.00", "Service fee", "$2.50", "$52.50"):
        assert words in page.text
    assert stock(db, offer) == (0, 0)


def test_a_visitor_without_an_account_keeps_the_choice_while_making_one(
    client: FlaskClient, offer: Offer
) -> None:
    page = Page(client.get(checkout(offer)))
    way = page.link("Create an account")
    person = {"email": "new@example.org", "password": "a long walk on the beach"}
    assert client.post(way, data=person).location == checkout(offer)


def test_what_is_known_of_the_buyer_is_filled_in(signed_in: FlaskClient, offer: Offer, user) -> None:
    fields = Page(signed_in.get(checkout(offer))).form("").fields
    assert (fields["name"], fields["email"]) == ("Grace Hopper", user.email)
    assert len(fields["once"]) == 32


@pytest.mark.parametrize(
    "query", ["", "offer_0=1", "offer_{id}=0", "offer_{id}=-1", "offer_{id}=x", "offer_{id}=1.5"]
)
def test_without_a_sensible_choice_one_chooses_again(get: Get, offer: Offer, query: str) -> None:
    page = get("/checkout/lantern-walk?" + query.format(id=offer.id))
    assert page.status == 400
    assert page.form("/checkout/lantern-walk").buttons
    assert "Choose at least one ticket." in page.text or "Enter a whole number." in page.text


def test_a_number_that_is_none_is_named_at_its_offer_and_kept(get: Get, offer: Offer) -> None:
    page = get(checkout(offer, "two"))
    assert f"offer-{offer.id}-error" in page.ids
    assert page.form("/checkout/lantern-walk").fields[f"offer_{offer.id}"] == "two"


def test_placing_holds_the_tickets_and_leads_to_the_payment(
    signed_in: FlaskClient, offer: Offer, db, user
) -> None:
    pay = ordered(signed_in, offer)
    order = the_order(db)
    assert pay == f"/orders/{order.uuid}/pay"
    assert (order.user_id, order.channel, order.status) == (user.id, "web", "pending")
    assert (order.subtotal, order.fee, order.amount_due) == (5000, 250, 5250)
    assert stock(db, offer) == (2, 0)


def test_the_bill_before_the_order_is_the_orders_bill(signed_in: FlaskClient, offer: Offer) -> None:
    before = Page(signed_in.get(checkout(offer, 3))).text
    after = Page(signed_in.get(ordered(signed_in, offer, 3))).text
    amounts = re.compile(r"Total \$([\d.]+)")
    assert amounts.search(before).group(1) == amounts.search(after).group(1) == "78.75"


def test_sending_the_form_twice_orders_once(signed_in: FlaskClient, offer: Offer, db) -> None:
    assert ordered(signed_in, offer) == ordered(signed_in, offer)
    assert the_order(db).amount_due == 5250
    assert stock(db, offer) == (2, 0)


def test_a_second_form_is_a_second_order(signed_in: FlaskClient, offer: Offer, db) -> None:
    ordered(signed_in, offer)
    signed_in.post(checkout(offer), data=BUYER | {"once": "form-2"})
    assert stock(db, offer) == (4, 0)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 256),
        ("email", ""),
        ("email", "grace"),
        ("email", "x" * 300),
        ("phone", "1" * 21),
    ],
)
def test_what_is_wrong_with_the_buyer_stands_at_its_field(
    signed_in: FlaskClient, offer: Offer, db, field: str, value: str
) -> None:
    page = Page(signed_in.post(checkout(offer), data=BUYER | {field: value}))
    assert page.status == 400
    assert f"{field}-error" in page.ids
    kept = BUYER | {field: value}
    assert {name: page.form("").fields[name] for name in kept} == kept
    assert "$52.50" in page.text
    assert stock(db, offer) == (0, 0)


def test_more_than_are_left_is_refused_with_how_many_there_are(
    signed_in: FlaskClient, offer: Offer, db
) -> None:
    signed_in.post(checkout(offer, 8), data=BUYER)
    page = Page(signed_in.post(checkout(offer, 3), data=BUYER | {"once": "form-2"}))
    assert page.status == 400
    assert "Only 2 tickets are left; you chose 3." in page.text
    assert f"offer-{offer.id}-error" in page.ids
    assert page.form("/checkout/lantern-walk").fields[f"offer_{offer.id}"] == "3"
    assert stock(db, offer) == (8, 0)


def test_more_than_one_order_may_take_is_refused(signed_in: FlaskClient, db) -> None:
    big = OfferFactory(event=EventFactory(slug="lantern-walk"), size=100)
    page = Page(signed_in.post(checkout(big, 11), data=BUYER))
    assert "At most 10 tickets can be ordered at once." in page.text
    assert stock(db, big) == (0, 0)


def test_what_one_person_may_have_is_said_first_and_refused_above_all(signed_in: FlaskClient, db) -> None:
    event = EventFactory(slug="lantern-walk", tickets_per_account=4)
    offer = OfferFactory(event=event, size=100)
    page = Page(signed_in.get("/events/lantern-walk"))
    assert "At most 4 tickets per person." in page.text
    assert next(known["max"] for _, known in page.attributes if known.get("id") == f"offer-{offer.id}") == "4"
    assert signed_in.post(checkout(offer, 3), data=BUYER).status_code == 303
    page = Page(signed_in.post(checkout(offer, 2), data=BUYER | {"once": "form-2"}))
    assert (page.status, "tickets-error" in page.ids) == (400, True)
    assert "At most 4 tickets per person: you can take 1 more." in page.text
    assert stock(db, offer) == (3, 0)


def test_more_than_the_offers_of_a_type_have_together_is_said_at_the_type(get: Get, db) -> None:
    event = EventFactory(slug="lantern-walk", pricing_type="tiered")
    kind = TicketTypeFactory(event=event, name="Seats")
    total = QuotaFactory(event=event, kind="type", size=5)
    one, two = (
        OfferFactory(
            event=event, ticket_type=kind, tier_number=number, tier_name=f"Tier {number}", also=[total]
        )
        for number in (1, 2)
    )
    page = get(f"/checkout/lantern-walk?offer_{one.id}=3&offer_{two.id}=3")
    assert page.status == 400
    assert "Only 5 tickets are left of all these together; you chose 6." in page.text
    described = {
        known["name"]: known["aria-describedby"] for _tag, known in page.attributes if "aria-invalid" in known
    }
    assert set(described) == {f"offer_{one.id}", f"offer_{two.id}"}
    assert all("group-1-error" in ids for ids in described.values())
    assert "group-1-error" in page.ids
    assert page.form("/checkout/lantern-walk").fields[f"offer_{two.id}"] == "3"


def test_more_than_a_day_admits_is_said_at_what_takes_a_place_on_it(get: Get) -> None:
    event = EventFactory(slug="lantern-walk", pricing_type="day_based")
    kind = TicketTypeFactory(event=event, name="Pass")
    stock = QuotaFactory(event=event, kind="day", size=4)
    day = EventDayFactory(event=event, number=1, name="Saturday", quota_id=stock.id)
    one = OfferFactory(event=event, ticket_type=kind, day_id=day.id, day_name="Saturday", also=[stock])
    whole = OfferFactory(event=event, ticket_type=kind, is_all_days=True, day_name="All days", also=[stock])
    page = get(f"/checkout/lantern-walk?offer_{one.id}=3&offer_{whole.id}=2")
    assert page.status == 400
    assert page.text.count("Only 4 tickets are left for Saturday; you chose 5.") == 2
    assert {f"offer-{one.id}-error", f"offer-{whole.id}-error"} <= set(page.ids)
    assert get(f"/checkout/lantern-walk?offer_{one.id}=2&offer_{whole.id}=2").status == 200


def test_more_than_the_event_admits_is_said_above_all(get: Get) -> None:
    event = EventFactory(slug="lantern-walk")
    room = QuotaFactory(event=event, kind="event", size=4)
    one, two = (OfferFactory(event=event, also=[room]) for _ in range(2))
    page = get(f"/checkout/lantern-walk?offer_{one.id}=3&offer_{two.id}=3")
    assert page.status == 400
    assert "Only 4 tickets are left for this event; you chose 6." in page.text


def test_what_is_not_on_sale_is_no_choice(get: Get, offer: Offer) -> None:
    later = OfferFactory(event=offer.event, sales_start_at=in_days(2).function())
    page = get(f"/checkout/lantern-walk?offer_{later.id}=1")
    assert page.status == 400
    assert "These are not on sale yet." in page.text


def test_stock_that_went_while_the_order_was_typed_is_said_at_its_offer(
    signed_in: FlaskClient, offer: Offer, db
) -> None:
    db.session.execute(db.update(Quota).where(Quota.id == offer.quota_id).values(sold=9))
    page = Page(signed_in.post(checkout(offer, 2), data=BUYER))
    assert page.status == 400
    assert "Only 1 ticket is left; you chose 2." in page.text
    assert stock(db, offer) == (0, 9)


def code_for(offer: Offer, **details: Any) -> PromoCode:
    """A code of the event's organization."""
    made: PromoCode = PromoCodeFactory(
        organization=offer.event.organization, **({"code": "WELCOME10"} | details)
    )
    return made


def test_a_code_takes_its_part_off_before_anything_is_ordered(get: Get, offer: Offer) -> None:
    code_for(offer)
    page = get(checkout(offer) + "&code=welcome10")
    for words in (
        "Discount (WELCOME10) −$5.00",
        "Service fee $2.50",
        "Total $47.50",
        "WELCOME10 takes $5.00 off",
    ):
        assert words in page.text
    form = next(form for form in page.forms if "code" in form.fields)
    assert (form.method, form.fields) == ("get", {f"offer_{offer.id}": "2", "code": "welcome10"})
    assert page.link("Create an account").endswith(f"offer_{offer.id}%3D2%26code%3Dwelcome10")


@pytest.mark.parametrize("code", ["NOTHING", "x" * 300, "a\x00b", "' OR 1=1 --", "<b>"])
def test_a_code_that_there_is_not_is_said_beside_its_field(get: Get, offer: Offer, code: str) -> None:
    page = get("/checkout/lantern-walk", query_string={f"offer_{offer.id}": 2, "code": code})
    assert page.status == 200
    assert "code-error" in page.ids
    assert "$52.50" in page.text
    assert "<b>" not in page.html


def test_applying_a_code_keeps_what_was_typed_and_orders_nothing(
    signed_in: FlaskClient, offer: Offer, db
) -> None:
    code_for(offer)
    typed = BUYER | {"name": "Mary", "phone": "123"}
    for code, words in (("WELCOME10", "Total $47.50"), ("WELCOME11", "There is no such promo code")):
        page = Page(signed_in.post(checkout(offer), data=typed | {"code": code, "apply": "1"}))
        assert page.status == 200
        assert words in page.text
        kept = page.form("").fields
        assert (kept["name"], kept["phone"], kept["once"]) == ("Mary", "123", "form-1")
        assert any(known.get("name") == "code" and known["value"] == code for _tag, known in page.attributes)
    assert stock(db, offer) == (0, 0)


def test_an_order_costs_what_its_code_leaves(signed_in: FlaskClient, offer: Offer, db) -> None:
    code = code_for(offer)
    answer = signed_in.post(checkout(offer), data=BUYER | {"code": "welcome10"})
    order = the_order(db)
    assert (order.discount, order.fee, order.amount_due, order.promo_code) == (500, 250, 4750, "WELCOME10")
    assert db.session.scalar(db.select(PromoCode.used).filter_by(id=code.id)) == 1
    page = Page(signed_in.get(answer.location))
    assert "Discount (WELCOME10) −$5.00" in page.text
    assert "Pay $47.50" in page.text


def test_a_code_that_cannot_be_used_stops_the_order_beside_its_field(
    signed_in: FlaskClient, offer: Offer, db
) -> None:
    code_for(offer, max_uses=1, used=1)
    page = Page(signed_in.post(checkout(offer), data=BUYER | {"code": "WELCOME10"}))
    assert page.status == 400
    assert page.text.count("This promo code has been used up.") == 2
    assert "code-error" in page.ids
    assert page.form("").fields["name"] == BUYER["name"]
    assert stock(db, offer) == (0, 0)


def test_what_an_account_may_use_once_is_counted_when_it_orders(
    signed_in: FlaskClient, client: FlaskClient, offer: Offer, user, db
) -> None:
    code = code_for(offer, max_uses_per_account=1)
    OrderFactory(user=user, event=offer.event, promo_code_id=code.id)
    assert "WELCOME10 takes" in Page(client.get(checkout(offer) + "&code=WELCOME10")).text
    assert "as often as it allows" in Page(signed_in.get(checkout(offer) + "&code=WELCOME10")).text
    assert signed_in.post(checkout(offer), data=BUYER | {"code": "WELCOME10"}).status_code == 400


def test_a_code_that_pays_for_all_leads_to_the_tickets(signed_in: FlaskClient, offer: Offer, db) -> None:
    code_for(offer, value=10_000)
    page = Page(signed_in.get(checkout(offer) + "&code=WELCOME10"))
    assert "Book for free" in page.form("").buttons
    answer = signed_in.post(checkout(offer), data=BUYER | {"code": "WELCOME10"}, follow_redirects=True)
    assert "You are going!" in Page(answer).text
    assert stock(db, offer) == (0, 2)


def test_before_the_payment_a_code_is_added_changed_and_removed(
    signed_in: FlaskClient, offer: Offer, db
) -> None:
    code_for(offer)
    code_for(offer, code="FIVE", kind="fixed", value=500, minimum_subtotal=5000)
    pay = ordered(signed_in, offer)
    change = pay.replace("/pay", "/code")
    assert Page(signed_in.get(pay)).form(change).fields["code"] == ""
    for sent, discount, due in (
        ({"code": "welcome10"}, 500, 4750),
        ({"code": "FIVE"}, 500, 4750),
        ({"remove": "1", "code": "welcome10"}, 0, 5250),
    ):
        answer = signed_in.post(change, data=sent)
        assert (answer.status_code, answer.location) == (303, pay)
        db.session.expire_all()
        assert (the_order(db).discount, the_order(db).amount_due) == (discount, due)
        assert f"Pay ${due / 100:.2f}" in Page(signed_in.get(pay)).text
    assert set(db.session.scalars(db.select(PromoCode.used))) == {0}


@pytest.mark.parametrize(("code", "words"), [("NO", "There is no such promo code"), ("", "Enter a code.")])
def test_a_code_that_is_no_good_leaves_the_order_as_it_was(
    signed_in: FlaskClient, offer: Offer, db, code: str, words: str
) -> None:
    code_for(offer)
    signed_in.post(checkout(offer), data=BUYER | {"code": "WELCOME10"})
    page = Page(signed_in.post(f"/orders/{the_order(db).uuid}/code", data={"code": code}))
    assert page.status == 400
    assert words in page.text
    assert "code-error" in page.ids
    assert (the_order(db).promo_code, the_order(db).amount_due) == ("WELCOME10", 4750)


def test_a_code_that_pays_for_all_ends_the_wait_for_a_payment(
    signed_in: FlaskClient, offer: Offer, db
) -> None:
    code_for(offer, value=10_000)
    pay = ordered(signed_in, offer)
    answer = signed_in.post(pay.replace("/pay", "/code"), data={"code": "WELCOME10"}, follow_redirects=True)
    assert "You are going!" in Page(answer).text
    assert the_order(db).status == "confirmed"


def test_an_order_that_is_paid_takes_no_code(signed_in: FlaskClient, offer: Offer, db) -> None:
    code_for(offer)
    pay = ordered(signed_in, offer)
    signed_in.post(sandbox(signed_in, pay), data={"decision": "approve"})
    answer = signed_in.post(pay.replace("/pay", "/code"), data={"code": "WELCOME10"})
    assert (answer.status_code, answer.location) == (303, pay.removesuffix("/pay"))
    assert the_order(db).amount_due == 5250


def test_a_code_for_somebody_elses_order_is_not_found(
    app: Flask, signed_in: FlaskClient, offer: Offer
) -> None:
    code_for(offer)
    pay = ordered(signed_in, offer)
    stranger = browser_of(app, UserFactory())
    for sent in ({"code": "WELCOME10"}, {"remove": "1"}, {}):
        assert stranger.post(pay.replace("/pay", "/code"), data=sent).status_code == 404


def test_an_offer_of_another_event_is_no_choice(signed_in: FlaskClient, offer: Offer) -> None:
    other = OfferFactory()
    assert signed_in.post(checkout(other), data=BUYER).status_code == 400


@pytest.mark.parametrize("change", [{"status": CANCELLED}, {"starts_at": in_days(-3).function()}])
def test_an_event_that_ended_or_was_called_off_sells_nothing(
    signed_in: FlaskClient, offer: Offer, db, change: dict[str, Any]
) -> None:
    for name, value in change.items():
        setattr(offer.event, name, value)
    offer.event.ends_at = offer.event.starts_at + timedelta(hours=1)
    offer.event.published_at = clock.now()
    db.session.commit()
    assert signed_in.post(checkout(offer), data=BUYER).status_code == 400
    assert stock(db, offer) == (0, 0)


def test_ordering_needs_an_account_and_comes_back_afterwards(client: FlaskClient, offer: Offer, db) -> None:
    answer = client.post(checkout(offer), data=BUYER)
    assert answer.status_code == 303
    assert answer.location == f"/sign-in?next=/checkout/lantern-walk?offer_{offer.id}%3D2"
    assert stock(db, offer) == (0, 0)


def test_tickets_that_cost_nothing_are_valid_at_once(signed_in: FlaskClient, db) -> None:
    free = OfferFactory(event=EventFactory(slug="lantern-walk"), price=0)
    pay = ordered(signed_in, free)
    result = signed_in.get(pay)
    assert result.status_code == 303
    assert "You are going!" in Page(signed_in.get(result.location)).text
    assert stock(db, free) == (0, 2)


def test_the_time_left_comes_from_the_order_and_survives_a_reload(
    signed_in: FlaskClient, offer: Offer, db
) -> None:
    pay = ordered(signed_in, offer)
    expires = the_order(db).expires_at.isoformat()
    for minutes in (0, 5, 10):
        with time_machine.travel(clock.now() + timedelta(minutes=minutes), tick=False):
            page = Page(signed_in.get(pay))
            box = next(known for _tag, known in page.attributes if "data-expires" in known)
            assert (box["data-expires"], box["data-now"]) == (expires, clock.now().isoformat())
    assert ("time", {"datetime": expires}) in page.attributes


def test_an_approved_payment_confirms_the_order(signed_in: FlaskClient, offer: Offer, db) -> None:
    pay = ordered(signed_in, offer)
    desk = sandbox(signed_in, pay)
    assert "$52.50" in Page(signed_in.get(desk)).text
    done = signed_in.post(desk, data={"decision": "approve"})
    page = Page(signed_in.get(done.location))
    assert "You are going!" in page.text
    assert db.session.scalar(db.select(db.func.count()).select_from(Ticket)) == 2
    assert stock(db, offer) == (0, 2)
    assert (the_order(db).status, the_order(db).amount_paid) == ("confirmed", 5250)


def test_a_declined_payment_keeps_the_tickets_and_can_be_tried_again(
    signed_in: FlaskClient, offer: Offer, db
) -> None:
    pay = ordered(signed_in, offer)
    result = signed_in.post(sandbox(signed_in, pay), data={"decision": "decline"}).location
    assert signed_in.get(result).location == pay
    assert "Your payment was declined" in Page(signed_in.get(pay)).text
    assert (the_order(db).status, stock(db, offer)) == ("pending", (2, 0))
    second = sandbox(signed_in, pay)
    signed_in.post(second, data={"decision": "approve"})
    assert the_order(db).status == "confirmed"


def test_deciding_twice_pays_once(signed_in: FlaskClient, offer: Offer, db) -> None:
    desk = sandbox(signed_in, ordered(signed_in, offer))
    for decision in ("approve", "approve", "decline"):
        assert signed_in.post(desk, data={"decision": decision}).status_code == 303
    assert signed_in.get(desk).status_code == 303
    assert (the_order(db).status, the_order(db).amount_paid) == ("confirmed", 5250)


def test_asking_to_pay_twice_opens_one_payment(signed_in: FlaskClient, offer: Offer, db) -> None:
    pay = ordered(signed_in, offer)
    assert sandbox(signed_in, pay) == sandbox(signed_in, pay)
    assert db.session.scalar(db.select(db.func.count()).select_from(Payment)) == 1


def test_a_provider_that_does_not_answer_leaves_the_tickets_kept(
    signed_in: FlaskClient, offer: Offer, stripe: StripeStandIn, db
) -> None:
    pay = ordered(signed_in, offer)
    stripe.fail_next(9)
    assert signed_in.post(pay).status_code in (502, 503)
    assert (the_order(db).status, stock(db, offer)) == ("pending", (2, 0))


def test_after_the_hold_there_is_nothing_to_pay(signed_in: FlaskClient, offer: Offer, db) -> None:
    pay = ordered(signed_in, offer)
    with time_machine.travel(clock.now() + timedelta(minutes=16), tick=False):
        result = signed_in.get(pay).location
        assert result == f"/orders/{the_order(db).uuid}"
        assert signed_in.post(pay).location == result
        page = Page(signed_in.get(result))
    assert "The time to pay is over" in page.text
    assert page.link("Choose tickets again") == "/events/lantern-walk#tickets"


@pytest.mark.parametrize("step", ["orders/{}/pay", "orders/{}", "bookings/{}", "bookings/{}/cancel"])
def test_an_order_of_somebody_else_is_not_found(
    app: Flask, signed_in: FlaskClient, offer: Offer, db, step: str
) -> None:
    ordered(signed_in, offer)
    stranger = browser_of(app, UserFactory())
    address = "/" + step.format(the_order(db).uuid)
    assert signed_in.get(address, follow_redirects=True).status_code == 200
    assert stranger.get(address).status_code == 404
    assert stranger.post(address).status_code in (404, 405)
    assert (the_order(db).status, stock(db, offer)) == ("pending", (2, 0))


def test_a_payment_of_somebody_else_is_not_found(
    app: Flask, signed_in: FlaskClient, offer: Offer, db
) -> None:
    desk = sandbox(signed_in, ordered(signed_in, offer))
    stranger = browser_of(app, UserFactory())
    assert stranger.get(desk).status_code == 404
    assert stranger.post(desk, data={"decision": "approve"}).status_code == 404
    assert the_order(db).status == "pending"


@pytest.mark.parametrize(
    "address",
    [
        "/orders/3fa85f64-5717-4562-b3fc-2c963f66afa6",
        "/orders/1/pay",
        "/orders/x",
        "/sandbox/unknown",
        "/sandbox/a%00b",
    ],
)
def test_an_unknown_order_or_payment_is_not_found(signed_in: FlaskClient, address: str) -> None:
    assert signed_in.get(address).status_code == 404


def test_private_steps_lead_a_stranger_to_the_door(
    client: FlaskClient, signed_in: FlaskClient, offer: Offer
) -> None:
    pay = ordered(signed_in, offer)
    for answer in (client.get(pay), client.post(pay)):
        assert (answer.status_code, answer.location) == (303, f"/sign-in?next={pay}")
