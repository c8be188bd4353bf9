"""A Stripe to pay at."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.support.stripe_standin import StripeStandIn

__all__ = ["stripe"]


@pytest.fixture
def stripe(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[StripeStandIn]:
    """A stand-in for Stripe on loopback; while a test has it, the application takes its payments there."""
    with StripeStandIn() as stand_in:
        for name, value in stand_in.settings.items():
            monkeypatch.setitem(app.config, name, value)
        yield stand_in
