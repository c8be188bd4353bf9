"""The sandbox behaves like a provider that could be trusted with money."""

from __future__ import annotations

import secrets

import pytest
from flask import Flask

from ticketing import gateways
from ticketing.errors import Invalid, NotFound
from ticketing.gateways import Declined
from ticketing.gateways.sandbox import Sandbox
from ticketing.transaction import TransactionOpen, transactional


def _open(amount: int = 1000, key: str | None = None) -> str:
    key = key or secrets.token_hex(8)
    return Sandbox().open_intent(idempotency_key=key, amount=amount, currency="USD", details={}).reference


@pytest.fixture(autouse=True)
def _application(app: Flask) -> None:
    """The sandbox reads the application's settings."""


def test_the_same_key_opens_the_same_payment() -> None:
    assert _open(key="one key") == _open(key="one key")
    assert _open() != _open()


def test_a_payment_is_decided_once() -> None:
    reference = _open()
    Sandbox().decide(reference, approve=True)
    with pytest.raises(Invalid, match="already"):
        Sandbox().decide(reference, approve=False)
    assert Sandbox().look_up(reference).state == "paid"


def test_no_more_is_given_back_than_was_taken() -> None:
    reference = _open(1000)
    Sandbox().decide(reference, approve=True)
    Sandbox().refund(reference, 600, idempotency_key=secrets.token_hex(8))
    with pytest.raises(Declined):
        Sandbox().refund(reference, 401, idempotency_key=secrets.token_hex(8))
    Sandbox().refund(reference, 400, idempotency_key=secrets.token_hex(8))
    assert Sandbox().look_up(reference).refunded == 1000


def test_a_refund_repeated_under_its_key_is_given_once() -> None:
    reference = _open(1000)
    Sandbox().decide(reference, approve=True)
    key = secrets.token_hex(8)
    assert Sandbox().refund(reference, 600, idempotency_key=key) == Sandbox().refund(
        reference, 600, idempotency_key=key
    )
    assert Sandbox().look_up(reference).refunded == 600


def test_what_was_not_paid_is_not_given_back() -> None:
    with pytest.raises(Declined):
        Sandbox().refund(_open(), 1, idempotency_key=secrets.token_hex(8))


def test_an_unknown_charge_is_not_found() -> None:
    with pytest.raises(NotFound):
        Sandbox().look_up("sbx_nobody")


def test_no_gateway_is_called_while_a_transaction_is_open() -> None:
    reference = _open()

    @transactional
    def wrongly() -> None:
        Sandbox().look_up(reference)

    with pytest.raises(TransactionOpen):
        wrongly()


def test_an_unknown_gateway_is_no_gateway() -> None:
    with pytest.raises(LookupError):
        gateways.gateway_named("piggy bank")
