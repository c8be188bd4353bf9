"""A large shop: it is filled in time, its lists stay quick, its books add up."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner
from flask_sqlalchemy import SQLAlchemy

from tests.invariants.stock import assert_stock_adds_up

pytestmark = pytest.mark.faults

SIZE = ["--events", "2000", "--bookings", "50000"]
#: Of the processor, so that whatever else the machine does is not counted.
SEED_SECONDS, PAGE_SECONDS = 120, 0.5


def test_a_large_shop_is_filled_in_time_and_answers_quickly(
    app: Flask,
    committed: SQLAlchemy,
    runner: FlaskCliRunner,
    client: FlaskClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.config, "MEDIA_ROOT", tmp_path)
    begun = time.process_time()
    result = runner.invoke(args=["seed", *SIZE])
    assert result.exit_code == 0, result.output
    assert time.process_time() - begun < SEED_SECONDS
    assert_stock_adds_up(committed.session)
    for address in ("/", "/events/", "/events/?q=jazz", "/api/v1/events/", "/api/v1/events/?search=jazz"):
        client.get(address)  # templates are compiled once
        begun = time.process_time()
        assert client.get(address).status_code == 200
        assert time.process_time() - begun < PAGE_SECONDS, address
