"""The payment provider's card form on the payment page: what the page allows, and what it is told."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import EventFactory, OfferFactory
from tests.support.stripe_standin import StripeStandIn
from tests.web.page import Page
from ticketing.models import Order
from ticketing.services import orders
from ticketing.services.orders import Line, terms_for

BUYER = {"name": "Grace Hopper", "email": "grace@example.org", "phone": "", "once": "form-1"}
JSON = {"Accept": "application/json"}


@pytest.fixture
def pay(signed_in: FlaskClient, stripe: StripeStandIn) -> str:
    """Where an order over $26.25 is paid."""
    event = EventFactory(slug="lantern-walk")
    offer = OfferFactory(event=event, size=10, price=2500)
    return str(signed_in.post(f"/checkout/lantern-walk?offer_{offer.id}=1", data=BUYER).location)


def test_the_form_is_told_the_price_in_the_providers_units(
    signed_in: FlaskClient, pay: str, stripe: StripeStandIn
) -> None:
    page = Page(signed_in.get(pay))
    assert f'data-card="{stripe.publishable}" data-amount="2625" data-currency="usd"' in page.html
    assert f'src="{stripe.url}/v3/"' in page.html
    assert stripe.key not in page.html
    assert not stripe.requests, "looking at the page opens no payment"


def test_this_page_alone_may_load_what_the_form_needs(
    signed_in: FlaskClient, pay: str, stripe: StripeStandIn
) -> None:
    policy = signed_in.get(pay).headers["Content-Security-Policy"]
    assert f"script-src 'self' {stripe.url};" in policy
    assert f"frame-src {stripe.url} " in policy
    assert f"connect-src 'self' {stripe.url}" in policy
    assert "unsafe" not in policy
    assert stripe.url not in signed_in.get("/bookings/").headers["Content-Security-Policy"]


def test_the_form_gets_the_secret_of_one_payment_however_often_it_asks(
    signed_in: FlaskClient, pay: str, stripe: StripeStandIn
) -> None:
    first, second = (signed_in.post(pay, headers=JSON).get_json() for _ in range(2))
    assert first == second
    (intent,) = stripe.books.intents.values()
    assert first["client_secret"] == intent["client_secret"]
    assert first["return_url"] == f"http://localhost{pay.removesuffix('/pay')}"


def test_a_payment_that_was_made_meanwhile_leads_to_the_tickets(
    signed_in: FlaskClient, pay: str, stripe: StripeStandIn
) -> None:
    signed_in.post(pay, headers=JSON)
    (reference,) = stripe.books.intents
    stripe.pay(reference)
    answer = signed_in.post(pay, headers=JSON).get_json()
    assert answer == {"next": pay.removesuffix("/pay")}
    assert "You are going!" in Page(signed_in.get(answer["next"])).text


def test_money_that_takes_days_is_not_asked_for_twice(
    signed_in: FlaskClient, pay: str, stripe: StripeStandIn
) -> None:
    signed_in.post(pay, headers=JSON)
    (reference,) = stripe.books.intents
    stripe.put(reference, status="processing")
    result = pay.removesuffix("/pay")
    assert signed_in.post(pay, headers=JSON).get_json() == {"next": result}
    assert signed_in.get(pay).location == result
    assert "Your payment is on its way" in Page(signed_in.get(result)).text


def test_a_provider_that_does_not_answer_is_told_in_words(
    signed_in: FlaskClient, pay: str, stripe: StripeStandIn
) -> None:
    stripe.fail_next(9)
    answer = signed_in.post(pay, headers=JSON)
    assert (answer.status_code, list(answer.get_json())) == (503, ["message"])


def test_an_order_that_cannot_be_paid_any_more_leads_to_its_result(
    signed_in: FlaskClient, pay: str, user: Any, db: Any
) -> None:
    from ticketing.policy import Actor

    orders.cancel(Actor.of(user), db.session.scalars(db.select(Order.uuid)).one())
    assert signed_in.post(pay, headers=JSON).get_json() == {"next": pay.removesuffix("/pay")}


def test_without_scripts_the_page_says_what_is_missing(signed_in: FlaskClient, pay: str) -> None:
    assert signed_in.post(pay).location == pay
    assert "JavaScript, which is off here" in Page(signed_in.get(pay)).text


def test_a_fee_that_comes_with_the_payment_is_in_the_price(
    signed_in: FlaskClient, user: Any, stripe: StripeStandIn, app: Flask
) -> None:
    from ticketing.policy import Actor

    offer = OfferFactory(price=2000, size=5)
    placed = orders.place(Actor.of(user), [Line(offer.id, 1)], terms=terms_for("easyticket"))
    page = Page(signed_in.get(f"/orders/{placed.uuid}/pay"))
    secret = signed_in.post(f"/orders/{placed.uuid}/pay", headers=JSON).get_json()["client_secret"]
    intent = next(one for one in stripe.books.intents.values() if one["client_secret"] == secret)
    assert f'data-amount="{intent["amount"]}"' in page.html
    assert intent["amount"] > 2000
