"""Payments by Stripe, with Stripe's own library, over HTTP, against the stand-in of ``tests/support``."""

from __future__ import annotations

import json
import logging
import os
import secrets
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import stripe as library
from flask import Flask

from tests.support.processes import free_port, wait_until
from tests.support.stripe_standin import Answer, Refused, StripeStandIn
from tests.support.stripe_standin.server import Door
from ticketing import gateways
from ticketing.errors import GatewayDown, Invalid, NotFound
from ticketing.gateways import Declined, Observed
from ticketing.gateways.stripe import Stripe
from ticketing.gateways.stripe.amounts import cost_from_stripe, from_stripe, to_stripe
from ticketing.gateways.stripe.client import client
from ticketing.transaction import TransactionOpen, transactional

pytestmark = pytest.mark.one_database
OPENING, REFUNDING = "POST /v1/payment_intents", "POST /v1/refunds"
NOBODY = "pi_nobody"


@pytest.fixture(autouse=True)
def _short_pauses(stripe: StripeStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses between tries are the library's; their length is not waited for here."""
    monkeypatch.setattr(library.HTTPClient, "INITIAL_DELAY", 0.01)


def _open(amount: int = 1000, currency: str = "USD", key: str | None = None, **details: str) -> str:
    key = key or secrets.token_hex(8)
    return (
        Stripe().open_intent(idempotency_key=key, amount=amount, currency=currency, details=details).reference
    )


def _paid(stripe: StripeStandIn, amount: int = 1000, currency: str = "USD") -> str:
    reference = _open(amount, currency)
    stripe.pay(reference)
    return reference


def _refund(reference: str, amount: int, key: str | None = None) -> str:
    return Stripe().refund(reference, amount, idempotency_key=key or secrets.token_hex(8))


class TestOpening:
    """``open_intent`` and ``find_intent``."""

    def test_stripe_is_told_what_it_needs_and_keeps_our_details(self, stripe: StripeStandIn) -> None:
        reference = _open(
            1999, "EUR", order_id="7", description="Order 7", receipt_email="b@example.com", note="x" * 600
        )
        kept = stripe.books.intents[reference]
        assert (kept["amount"], kept["currency"]) == (1999, "eur")
        assert kept["automatic_payment_methods"]["enabled"] is True
        assert (kept["description"], kept["receipt_email"]) == ("Order 7", "b@example.com")
        assert kept["metadata"] == {"order_id": "7", "note": "x" * 500}

    def test_the_payers_browser_gets_its_secret(self, stripe: StripeStandIn) -> None:
        intent = Stripe().open_intent(idempotency_key="k", amount=500, currency="USD", details={})
        assert intent.client_secret == stripe.books.intents[intent.reference]["client_secret"]
        assert intent.status == "requires_payment_method"
        assert Stripe().find_intent(intent.reference) == intent

    def test_the_same_key_opens_the_same_payment(self, stripe: StripeStandIn) -> None:
        assert _open(key="one key") == _open(key="one key")
        assert _open() != _open()
        assert [asked.is_replayed for asked in stripe.asked(OPENING)] == [False, True, False, False]

    def test_a_key_is_good_for_one_payment(self) -> None:
        _open(1000, key="one key")
        with pytest.raises(Declined, match="same key"):
            _open(1001, key="one key")

    @pytest.mark.parametrize("amount", [0, -5])
    def test_nothing_is_no_payment(self, amount: int) -> None:
        with pytest.raises(Declined, match="parameter_invalid_integer"):
            _open(amount)

    def test_a_currency_or_an_address_that_stripe_does_not_know_is_declined(self) -> None:
        with pytest.raises(Declined, match="currency"):
            _open(currency="XXX")
        with pytest.raises(Declined, match="address"):
            _open(receipt_email="nobody")

    @pytest.mark.parametrize("reference", [NOBODY, "", "../v1/refunds", "new-1", "sbx_1", "pi_1/cancel"])
    def test_what_stripe_does_not_know_is_not_found(self, reference: str) -> None:
        for ask in (Stripe().find_intent, Stripe().look_up, Stripe().cancel):
            with pytest.raises(NotFound):
                ask(reference)


class TestAmounts:
    """Stripe's digits and ours."""

    @pytest.mark.parametrize(
        ("minor", "currency", "theirs"),
        [
            (1050, "USD", 1050),
            (500, "JPY", 500),
            (500, "jpy", 500),
            (5120, "KWD", 5120),
            (5, "ISK", 500),
            (7, "UGX", 700),
            (300, "MGA", 3),
            (1050, "HUF", 1050),
            (0, "ISK", 0),
        ],
    )
    def test_are_the_same_money_both_ways(self, minor: int, currency: str, theirs: int) -> None:
        assert to_stripe(minor, currency) == theirs
        assert from_stripe(theirs, currency) == minor

    @pytest.mark.parametrize(("minor", "currency"), [(5124, "KWD"), (1, "BHD"), (320, "MGA")])
    def test_that_stripe_cannot_take_are_declined_and_never_rounded(self, minor: int, currency: str) -> None:
        with pytest.raises(Declined):
            to_stripe(minor, currency)

    def test_that_are_no_whole_amount_of_ours_are_refused(self) -> None:
        with pytest.raises(ValueError, match="ISK"):
            from_stripe(550, "ISK")

    def test_of_what_stripe_keeps_are_rounded_up(self) -> None:
        assert cost_from_stripe(14530, "ISK") == 146
        assert cost_from_stripe(14500, "ISK") == 145
        assert cost_from_stripe(59, "USD") == 59
        assert cost_from_stripe(3, "MGA") == 300

    @pytest.mark.parametrize(
        ("minor", "currency", "theirs"), [(1234, "JPY", 1234), (5120, "KWD", 5120), (5, "ISK", 500)]
    )
    def test_hold_from_opening_to_refund(
        self, minor: int, currency: str, theirs: int, stripe: StripeStandIn
    ) -> None:
        reference = _paid(stripe, minor, currency)
        assert stripe.books.intents[reference]["amount"] == theirs
        seen = Stripe().look_up(reference)
        assert (seen.amount, seen.currency) == (minor, currency)
        name = _refund(reference, minor)
        assert stripe.books.refunds[name]["amount"] == theirs
        assert Stripe().look_up(reference).refunded == minor

    def test_that_make_no_sense_are_no_answer(self, stripe: StripeStandIn) -> None:
        reference = _paid(stripe, 5, "ISK")
        stripe.put(reference, amount_received=550)
        with pytest.raises(GatewayDown):
            Stripe().look_up(reference)


class TestLookingUp:
    """``look_up``."""

    def test_an_open_payment(self) -> None:
        seen = Stripe().look_up(_open(1000))
        assert seen == Observed("open", 1000, "USD", status="requires_payment_method", is_final=False)

    def test_a_paid_one_with_what_stripe_keeps(self, stripe: StripeStandIn) -> None:
        seen = Stripe().look_up(_paid(stripe, 1000))
        assert seen == Observed("paid", 1000, "USD", gateway_fee=59, status="succeeded")

    def test_what_was_taken_counts_not_what_was_asked_for(self, stripe: StripeStandIn) -> None:
        reference = _paid(stripe, 1000)
        stripe.put(reference, amount_received=900)
        assert Stripe().look_up(reference).amount == 900

    def test_the_fee_is_left_out_where_the_account_is_kept_in_another_currency(
        self, stripe: StripeStandIn
    ) -> None:
        stripe.books.settles_in = "chf"
        assert Stripe().look_up(_paid(stripe)).gateway_fee == 0

    def test_a_decline_may_be_followed_by_another_card(self, stripe: StripeStandIn) -> None:
        reference = _open()
        stripe.decline(reference)
        seen = Stripe().look_up(reference)
        assert (seen.state, seen.is_final, seen.status) == ("declined", False, "requires_payment_method")
        stripe.pay(reference)
        assert Stripe().look_up(reference).state == "paid"

    @pytest.mark.parametrize("status", ["processing", "requires_action", "requires_capture"])
    def test_what_is_on_its_way_is_open(self, status: str, stripe: StripeStandIn) -> None:
        reference = _open()
        stripe.put(reference, status=status)
        assert (Stripe().look_up(reference).state, Stripe().look_up(reference).status) == ("open", status)

    def test_a_refund_of_the_dashboard_is_seen(self, stripe: StripeStandIn) -> None:
        reference = _paid(stripe, 1000)
        stripe.refund_in_dashboard(reference, 250)
        assert Stripe().look_up(reference).refunded == 250
        stripe.refund_in_dashboard(reference)
        seen = Stripe().look_up(reference)
        assert (seen.state, seen.refunded) == ("paid", 1000)


class TestCancelling:
    """``cancel``."""

    def test_ends_an_open_payment_for_good(self, stripe: StripeStandIn) -> None:
        reference = _open()
        assert Stripe().cancel(reference) == Observed("cancelled", 1000, "USD", status="canceled")
        with pytest.raises(Refused, match="canceled"):
            stripe.pay(reference)
        assert Stripe().cancel(reference).state == "cancelled"
        assert {asked.idempotency_key for asked in stripe.asked("/cancel")} == {f"cancel-{reference}"}

    def test_comes_too_late_for_one_that_was_paid(self, stripe: StripeStandIn) -> None:
        reference = _paid(stripe)
        assert Stripe().cancel(reference) == Stripe().look_up(reference)
        assert Stripe().cancel(reference).state == "paid"

    def test_finds_one_that_somebody_cancelled_already(self, stripe: StripeStandIn) -> None:
        reference = _open()
        stripe.cancel_in_dashboard(reference)
        assert Stripe().cancel(reference).state == "cancelled"

    def test_leaves_one_that_is_being_processed(self, stripe: StripeStandIn) -> None:
        reference = _open()
        stripe.put(reference, status="processing")
        assert Stripe().cancel(reference).state == "open"


class TestRefunding:
    """``refund``."""

    def test_gives_back_in_parts_and_no_more_than_was_taken(self, stripe: StripeStandIn) -> None:
        reference = _paid(stripe, 1000)
        assert _refund(reference, 600).startswith("re_")
        with pytest.raises(Declined, match="amount"):
            _refund(reference, 401)
        _refund(reference, 400)
        with pytest.raises(Declined, match="before"):
            _refund(reference, 1)
        assert Stripe().look_up(reference).refunded == 1000

    def test_happens_once_under_its_key(self, stripe: StripeStandIn) -> None:
        reference = _paid(stripe, 1000)
        assert _refund(reference, 600, "key") == _refund(reference, 600, "key")
        assert len(stripe.books.refunds) == 1

    def test_happens_once_even_when_stripe_has_forgotten_the_key(self, stripe: StripeStandIn) -> None:
        reference = _paid(stripe, 1000)
        first = _refund(reference, 300, "key")
        stripe.forget_keys()
        assert _refund(reference, 300, "key") == first
        assert _refund(reference, 300, "another key") != first
        assert Stripe().look_up(reference).refunded == 600

    def test_of_what_was_not_paid_is_declined(self) -> None:
        with pytest.raises(Declined):
            _refund(_open(), 1)
        with pytest.raises(Declined):
            _refund(NOBODY, 1)

    @pytest.mark.parametrize("status", ["failed", "canceled"])
    def test_that_failed_at_the_bank_is_declined(self, status: str, stripe: StripeStandIn) -> None:
        reference = _paid(stripe)
        stripe.put(_refund(reference, 300, "key"), status=status)
        with pytest.raises(Declined, match=status):
            _refund(reference, 300, "key")

    def test_waits_for_the_dashboard_no_more_than_for_us(self, stripe: StripeStandIn) -> None:
        reference = _paid(stripe, 1000)
        stripe.refund_in_dashboard(reference, 700)
        with pytest.raises(Declined):
            _refund(reference, 301)
        assert _refund(reference, 300)


class TestTrouble:
    """What goes wrong between two servers."""

    def test_an_answer_that_got_lost_makes_no_second_payment(self, stripe: StripeStandIn) -> None:
        stripe.drop_next(at=OPENING)
        assert _open() in stripe.books.intents
        assert len(stripe.books.intents) == 1
        assert [asked.is_replayed for asked in stripe.asked(OPENING)] == [False, True]

    def test_an_answer_that_got_lost_for_good_makes_no_second_payment_later(
        self, stripe: StripeStandIn
    ) -> None:
        stripe.drop_next(3, at=OPENING)
        with pytest.raises(GatewayDown):
            _open(key="key")
        assert _open(key="key") in stripe.books.intents
        assert len(stripe.books.intents) == 1

    def test_a_lost_answer_gives_back_once(self, stripe: StripeStandIn) -> None:
        reference = _paid(stripe)
        stripe.drop_next(3, at=REFUNDING)
        with pytest.raises(GatewayDown):
            _refund(reference, 300, "key")
        assert _refund(reference, 300, "key") in stripe.books.refunds
        assert len(stripe.books.refunds) == 1

    def test_a_request_that_arrives_twice_has_one_effect(self, stripe: StripeStandIn) -> None:
        stripe.repeat_next(at=OPENING)
        reference = _open()
        stripe.pay(reference)
        stripe.repeat_next(at=REFUNDING)
        _refund(reference, 300)
        assert (len(stripe.books.intents), len(stripe.books.refunds)) == (1, 1)

    def test_stripe_is_asked_three_times_with_pauses_that_grow(
        self, stripe: StripeStandIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pauses: list[float] = []
        monkeypatch.setattr(library.HTTPClient, "INITIAL_DELAY", 0.5)
        monkeypatch.setattr(time, "sleep", pauses.append)
        stripe.fail_next(2)
        assert _open()
        assert len(stripe.requests) == 3
        assert pauses[0] == pytest.approx(0.5)
        assert 0.5 <= pauses[1] <= 1

    @pytest.mark.parametrize("status", [409, 500, 503])
    def test_what_keeps_failing_is_given_up(self, status: int, stripe: StripeStandIn) -> None:
        stripe.fail_next(9, status=status)
        with pytest.raises(GatewayDown):
            Stripe().look_up(NOBODY)
        assert len(stripe.requests) == 3

    def test_a_limit_is_not_pushed(self, stripe: StripeStandIn) -> None:
        stripe.fail_next(status=429)
        with pytest.raises(GatewayDown):
            _open()
        assert len(stripe.requests) == 1

    @pytest.mark.parametrize("body", [b"<html>Bad gateway</html>", b"[]", b"{}", b'"pi_1"', b"", b"\xff"])
    def test_nonsense_is_no_answer(self, body: bytes, stripe: StripeStandIn) -> None:
        stripe.fail_next(status=200, body=body)
        with pytest.raises(GatewayDown):
            _open()
        stripe.fail_next(status=400, body=body)
        with pytest.raises((GatewayDown, Declined)):
            _open()

    def test_a_hanging_stripe_is_waited_for_once_and_not_for_long(
        self, app: Flask, stripe: StripeStandIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(app.config, "STRIPE_TIMEOUT", 0.2)
        stripe.hang_next(5)
        began = time.monotonic()
        with pytest.raises(GatewayDown):
            _open()
        assert time.monotonic() - began < 4
        assert len(stripe.requests) == 1

    def test_what_a_hanging_stripe_did_in_the_end_is_found_again(
        self, app: Flask, stripe: StripeStandIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(app.config, "STRIPE_TIMEOUT", 0.2)
        stripe.hang_next(0.3)
        with pytest.raises(GatewayDown):
            _open(key="key")
        monkeypatch.setitem(app.config, "STRIPE_TIMEOUT", 10)
        wait_until(lambda: stripe.requests[0].status == 200, "the late answer")
        assert _open(key="key") in stripe.books.intents
        assert len(stripe.books.intents) == 1

    def test_nobody_there_is_no_answer(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(app.config, "STRIPE_API_BASE", f"http://127.0.0.1:{free_port()}")
        for ask in (_open, lambda: Stripe().look_up(NOBODY), lambda: _refund(NOBODY, 1)):
            with pytest.raises(GatewayDown):
                ask()

    def test_a_stripe_on_this_machine_is_reached_past_the_proxy(
        self, monkeypatch: pytest.MonkeyPatch, stripe: StripeStandIn
    ) -> None:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
        assert _open() in stripe.books.intents

    def test_payments_of_an_account_without_a_key_wait(
        self, app: Flask, stripe: StripeStandIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        reference = _open()
        monkeypatch.setitem(app.config, "STRIPE_SECRET_KEY", None)
        with pytest.raises(GatewayDown):
            Stripe().look_up(reference)
        assert len(stripe.requests) == 1


class TestSecrets:
    """What is never shown or written down."""

    @pytest.fixture
    def written(self, caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
        with caplog.at_level(logging.DEBUG):
            yield caplog

    def test_a_refused_key_is_a_loud_failure_without_the_key(
        self, app: Flask, monkeypatch: pytest.MonkeyPatch, written: pytest.LogCaptureFixture
    ) -> None:
        wrong = "sk_live_" + "Zw9y" * 8
        monkeypatch.setitem(app.config, "STRIPE_SECRET_KEY", wrong)
        with pytest.raises(GatewayDown) as caught:
            _open()
        told = "".join(traceback.format_exception(caught.value)) + written.text
        assert "stripe_refuses_our_key" in written.text
        assert any(record.levelno == logging.ERROR for record in written.records)
        assert wrong not in told
        assert wrong[-4:] not in told

    def test_neither_a_failure_nor_a_success_writes_secrets_down(
        self, stripe: StripeStandIn, written: pytest.LogCaptureFixture
    ) -> None:
        told = ""
        for trouble in (400, 402, 403, 404, 500):
            stripe.fail_next(3, status=trouble, body=_error_quoting(stripe.key))
            with pytest.raises((GatewayDown, Declined)) as caught:
                _open()
            told += str(caught.value) + repr(caught.value)
            told += "".join(traceback.format_exception(caught.value))
            stripe.calm_down()
        intent = Stripe().open_intent(idempotency_key="k", amount=500, currency="USD", details={})
        told += written.text
        for secret in (stripe.key, stripe.webhook_secret, intent.client_secret):
            assert secret not in told

    def test_a_key_that_is_no_header_is_a_failure_without_the_key(
        self, app: Flask, monkeypatch: pytest.MonkeyPatch, written: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setitem(app.config, "STRIPE_SECRET_KEY", "sk_test_broken\r\nX-More: 1")
        with pytest.raises(GatewayDown) as caught:
            _open()
        told = "".join(traceback.format_exception(caught.value)) + written.text
        assert "sk_test_broken" not in told


def _error_quoting(secret: str) -> bytes:
    error = {"message": f"About {secret}.", "code": f"about {secret}", "param": f"about {secret}"}
    return json.dumps({"error": error | {"type": "invalid_request_error"}}).encode()


class TestEvents:
    """``read_event``."""

    def test_a_signed_event_is_about_its_payment(self, stripe: StripeStandIn) -> None:
        reference = _open()
        stripe.decline(reference)
        stripe.pay(reference)
        stripe.refund_in_dashboard(reference, 100)
        seen = [Stripe().read_event(*stripe.signed(told)) for told in stripe.events]
        assert [event.kind for event in seen] == [
            "payment_intent.created",
            "payment_intent.payment_failed",
            "charge.succeeded",
            "payment_intent.succeeded",
            "charge.refunded",
        ]
        assert {event.reference for event in seen} == {reference}
        assert [event.event_id for event in seen] == [told.event_id for told in stripe.events]

    @pytest.mark.parametrize(
        ("kind", "about", "reference"),
        [
            ("charge.dispute.created", {"object": "dispute", "payment_intent": "pi_1"}, "pi_1"),
            ("charge.refund.updated", {"object": "refund", "payment_intent": "pi_1"}, "pi_1"),
            ("refund.failed", {"object": "refund", "payment_intent": "pi_1"}, "pi_1"),
            ("charge.succeeded", {"object": "charge", "payment_intent": {"id": "pi_1"}}, "pi_1"),
            ("charge.succeeded", {"object": "charge", "payment_intent": None}, None),
            ("checkout.session.completed", {"payment_intent": "pi_1"}, None),
            ("payout.paid", {"id": "po_1"}, None),
            ("payment_intent.succeeded", {"id": 7}, None),
        ],
    )
    def test_which_payment_an_event_is_about(
        self, kind: str, about: dict[str, Any], reference: str | None, stripe: StripeStandIn
    ) -> None:
        event = Stripe().read_event(*stripe.signed(stripe.tell(kind, about)))
        assert (event.kind, event.reference) == (kind, reference)

    def test_nothing_is_kept_of_the_payer(self, stripe: StripeStandIn) -> None:
        reference = _open(order_id="7", receipt_email="paula.payer@example.com")
        stripe.decline(reference)
        stripe.pay(reference)
        kept = [Stripe().read_event(*stripe.signed(told)).payload for told in stripe.events]
        text = json.dumps(kept).lower()
        for personal in ("paula", "graz", "visa", "secret", "receipt"):
            assert personal not in text
        assert kept[1]["object"] == {
            "id": reference,
            "object": "payment_intent",
            "amount": 1000,
            "amount_received": 0,
            "currency": "usd",
            "status": "requires_payment_method",
            "metadata": {"order_id": "7"},
            "last_payment_error": {"code": "card_declined", "decline_code": "insufficient_funds"},
        }
        assert set(kept[1]) == {"id", "type", "created", "livemode", "object"}
        assert kept[2]["object"]["payment_intent"] == reference

    def test_only_stripe_and_only_lately_is_believed(self, stripe: StripeStandIn) -> None:
        told = stripe.tell("payout.paid", {"id": "po_1"})
        body, signature = stripe.signed(told)
        assert Stripe().read_event(*stripe.signed(told, at=time.time() - 290))
        wrong = [
            (body.replace(b"po_1", b"po_2"), signature),
            (body + b" ", signature),
            stripe.signed(told, secret="whsec_wrong"),
            stripe.signed(told, at=time.time() - 310),
            (body, ""),
            (body, "v1=" + signature.partition("v1=")[2]),
            (body, signature.partition(",")[0]),
            (body, signature.replace("v1=", "v0=")),
            (body, "t=soon,v1=1"),
            (body, "t=1,v1=é"),
            (body, "garbage"),
            (body, "=,=,t="),
        ]
        for content, header in wrong:
            with pytest.raises(Invalid) as caught:
                Stripe().read_event(content, header)
            assert caught.value.code == "bad_signature", header

    def test_one_of_several_signatures_is_enough(self, stripe: StripeStandIn) -> None:
        """While a secret is being replaced, Stripe signs with both."""
        body, signature = stripe.signed(stripe.tell("payout.paid", {"id": "po_1"}))
        moment, _, fitting = signature.partition(",")
        assert Stripe().read_event(body, f"{moment},v1={'0' * 64},{fitting}")

    @pytest.mark.parametrize(
        "body",
        [
            b"", b"no json", b"[]", b"7", b"null", b"{}", b'{"id": 1, "type": "x"}', b'{"id": "evt_1"}',
            b'{"id": "", "type": "x"}', b'{"id": "evt_1", "type": ["x"]}', b"\xff\xfe", b"[" * 100_000,
        ],
        ids=lambda body: repr(body[:12]),
    )  # fmt: skip
    def test_what_is_signed_and_still_no_event_is_refused(self, body: bytes, stripe: StripeStandIn) -> None:
        with pytest.raises(Invalid) as caught:
            Stripe().read_event(body, stripe.signature(body))
        assert caught.value.code == "bad_event"

    @pytest.mark.parametrize("data", ["null", "[]", '"x"', '{"object": null}', '{"object": []}'])
    def test_an_event_about_nothing_is_about_no_payment(self, data: str, stripe: StripeStandIn) -> None:
        body = f'{{"id": "evt_1", "type": "payment_intent.succeeded", "data": {data}}}'.encode()
        event = Stripe().read_event(body, stripe.signature(body))
        assert (event.reference, event.payload["object"]) == (None, {})


class TestTheHouse:
    """What every gateway promises."""

    def test_stripe_is_a_gateway_by_its_name(self) -> None:
        assert isinstance(gateways.gateway_named("stripe"), Stripe)

    def test_stripe_is_not_asked_while_a_transaction_is_open(self, stripe: StripeStandIn) -> None:
        calls = (
            _open,
            lambda: Stripe().find_intent(NOBODY),
            lambda: Stripe().look_up(NOBODY),
            lambda: Stripe().cancel(NOBODY),
            lambda: _refund(NOBODY, 1),
        )
        for call in calls:
            with pytest.raises(TransactionOpen):
                transactional(call)()
        assert stripe.requests == []

    def test_connections_are_kept_and_shared_by_no_two_threads(
        self, app: Flask, stripe: StripeStandIn
    ) -> None:
        reference = _open()
        for _ in range(4):
            Stripe().look_up(reference)
        assert client() is client()
        assert len({asked.port for asked in stripe.requests}) == 1
        together = threading.Barrier(4)

        def look() -> str:
            with app.app_context():
                together.wait()
                return "".join({Stripe().look_up(reference).state for _ in range(5)})

        with ThreadPoolExecutor(4) as pool:
            seen = [pool.submit(look) for _ in range(4)]
            assert [one.result() for one in seen] == ["open"] * 4
        assert len({asked.port for asked in stripe.requests}) == 5

    def test_the_same_key_at_the_same_moment_opens_one_payment(
        self, app: Flask, stripe: StripeStandIn
    ) -> None:
        def open_it() -> str:
            with app.app_context():
                return _open(key="key")

        with ThreadPoolExecutor(8) as pool:
            names = {one.result() for one in [pool.submit(open_it) for _ in range(8)]}
        assert len(names) == 1
        assert len(stripe.books.intents) == 1

    def test_the_library_is_loaded_late_and_its_connections_belong_to_one_process(
        self, stripe: StripeStandIn, tmp_path: Path
    ) -> None:
        program = (
            "import os, sys\n"
            "from ticketing import create_app\n"
            "from ticketing.gateways import gateway_named\n"
            "app = create_app()\n"
            "gateway = gateway_named('stripe')\n"
            "assert 'stripe' not in sys.modules, 'imported at start-up'\n"
            "with app.app_context():\n"
            "    print(gateway.look_up(sys.argv[1]).state)\n"
            "    from ticketing.gateways.stripe.client import client\n"
            "    mine, child = client(), os.fork()\n"
            "    if not child:\n"
            "        os._exit(client() is mine)\n"
            "    assert os.waitpid(child, 0)[1] == 0, 'one connection for two processes'\n"
        )
        reference = _paid(stripe)
        ran = subprocess.run(
            [sys.executable, "-c", program, reference],
            env=os.environ | stripe.environment | {"DATABASE_URL": f"sqlite:///{tmp_path / 'shop.sqlite3'}"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ran.stdout.strip(), ran.returncode) == ("paid", 0), ran.stderr


class TestTheStandIn:
    """What the other tests rely on."""

    @pytest.fixture
    def direct(self, stripe: StripeStandIn) -> library.StripeClient:
        """The library itself, without the house around it."""
        return library.StripeClient(stripe.key, base_addresses={"api": stripe.url})

    def test_shows_objects_as_the_library_knows_them(
        self, stripe: StripeStandIn, direct: library.StripeClient
    ) -> None:
        reference = _paid(stripe)
        shown = direct.v1.payment_intents.retrieve(reference, {"expand": ["latest_charge"]})
        assert isinstance(shown, library.PaymentIntent)
        assert isinstance(shown.latest_charge, library.Charge)
        refund = direct.v1.refunds.create({"payment_intent": reference, "reason": "duplicate"})
        assert isinstance(refund, library.Refund)
        assert direct.v1.refunds.retrieve(refund.id).amount == 1000

    def test_is_paid_with_test_cards(self, stripe: StripeStandIn, direct: library.StripeClient) -> None:
        reference = _open()
        with pytest.raises(library.CardError):
            direct.v1.payment_intents.confirm(reference, {"payment_method": "pm_card_visa_chargeDeclined"})
        direct.v1.payment_intents.confirm(reference, {"payment_method": "pm_card_visa"})
        assert Stripe().look_up(reference).state == "paid"

    @pytest.mark.parametrize(
        "asked",
        [
            {"amount": 100},
            {"amount": "many", "currency": "usd"},
            {"amount": 100, "currency": "US"},
            {"amount": 100, "currency": "usd", "colour": "red"},
            {"amount": 5124, "currency": "kwd"},
            {"amount": 550, "currency": "isk"},
            {"amount": 100, "currency": "usd", "metadata": {"note": "x" * 501}},
            {"amount": 100, "currency": "usd", "metadata": {"x" * 41: "note"}},
            {"amount": 100, "currency": "usd", "expand": ["customer"]},
        ],
    )
    def test_is_as_strict_as_stripe(self, asked: Any, direct: library.StripeClient) -> None:
        with pytest.raises(library.InvalidRequestError):
            direct.v1.payment_intents.create(asked)

    def test_sends_its_events_once_twice_or_in_another_order(self, app: Flask, stripe: StripeStandIn) -> None:
        got: list[str] = []

        def take(_method: str, url: str, headers: Any, body: bytes, _port: int) -> Answer:
            with app.app_context():
                event = Stripe().read_event(body, headers["Stripe-Signature"])
            got.append(f"{url} {event.kind}")
            return Answer(202, b"{}")

        with Door(take) as inbox:
            reference = _open()
            first, second = stripe.pay(reference)
            assert stripe.deliver(to=f"{inbox.url}/all") == [202] * 3
            assert stripe.deliver(to=f"{inbox.url}/rest") == []
            assert stripe.deliver(second, first, first, to=f"{inbox.url}/again") == [202] * 3
            stripe.webhook_url = f"{inbox.url}/alone"
            stripe.refund_in_dashboard(reference)
            stripe.wait()
        assert got == [
            "/all payment_intent.created",
            "/all charge.succeeded",
            "/all payment_intent.succeeded",
            "/again payment_intent.succeeded",
            "/again charge.succeeded",
            "/again charge.succeeded",
            "/alone charge.refunded",
        ]
