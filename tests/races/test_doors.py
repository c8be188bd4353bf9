"""Several scanners at once: of all scans of one ticket exactly one admits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.factories import BuyerFactory, EventFactory, OfferFactory
from tests.invariants.books import assert_books_add_up
from tests.races import crowd, deeds
from ticketing import clock
from ticketing.models import CheckIn, Event, Order, Ticket
from ticketing.policy import SYSTEM
from ticketing.services import checkin, orders
from ticketing.services.checkin import Scan
from ticketing.services.orders import Line, terms_for
from ticketing.services.tickets import code_of

pytestmark = [pytest.mark.races]


def tickets_of_an_evening(committed: Any, number: int) -> tuple[int, list[str]]:
    """An event that is about to begin, and the codes of tickets that somebody has for it."""
    event = EventFactory(starts_at=clock.now() + timedelta(hours=1))
    offer = OfferFactory(event=event, price=0)
    placed = orders.place(BuyerFactory(), [Line(offer.id, number)], terms=terms_for("web"))
    rows = committed.session.scalars(select(Ticket).where(Ticket.order_id == placed.order_id)).all()
    return event.id, [code_of(row.uuid, row.code_version, row.key_version) for row in rows]


def assert_each_admitted_once(committed: Any, number: int, scans: int) -> None:
    committed.session.expire_all()
    counted = dict(
        committed.session.execute(select(CheckIn.result, func.count()).group_by(CheckIn.result)).all()
    )
    assert sum(counted.values()) == scans
    assert counted["admitted"] == number
    assert set(committed.session.scalars(select(Ticket.admissions))) == {1}
    assert_books_add_up(committed.session)


def test_of_twenty_scanners_with_one_ticket_one_admits(app: Flask, committed: Any) -> None:
    event_id, (code,) = tickets_of_an_evening(committed, 1)
    outcomes = crowd.of_threads(app, checkin.scan, [(SYSTEM, event_id, Scan(code=code))] * 20)
    assert outcomes == {"done": 20}
    assert_each_admitted_once(committed, 1, 20)


def test_scanners_in_several_processes_admit_each_ticket_once(committed: Any) -> None:
    event_id, codes = tickets_of_an_evening(committed, 10)
    url = committed.engine.url.render_as_string(hide_password=False)
    outcomes = crowd.of_processes(url, deeds.scan, [(event_id, code) for code in codes * 4])
    assert outcomes == {"done": 40}
    assert_each_admitted_once(committed, 10, 40)


def test_nobody_is_let_in_with_a_ticket_and_gets_the_money_back(app: Flask, committed: Any) -> None:
    """Ten visitors stand at the door while they take their orders back: each gets one or the other."""
    event = EventFactory(starts_at=clock.now() + timedelta(hours=1))
    offer = OfferFactory(event=event, price=0)
    deeds_of_all: list[tuple[Any, ...]] = []
    for _ in range(10):
        buyer = BuyerFactory()
        order_id = orders.place(buyer, [Line(offer.id, 1)], terms=terms_for("web")).order_id
        ticket = committed.session.scalars(select(Ticket).where(Ticket.order_id == order_id)).one()
        code = code_of(ticket.uuid, ticket.code_version, ticket.key_version)
        deeds_of_all += [(deeds.scan, event.id, code), (orders.cancel, buyer, order_id)]
    outcomes = crowd.of_threads(app, deeds.do, deeds_of_all)
    assert set(outcomes) <= {"done", "ticket_used"}
    ended = select(Order.status, Ticket.admissions).join(Ticket, Ticket.order_id == Order.id)
    assert {tuple(row) for row in committed.session.execute(ended)} <= {("confirmed", 1), ("cancelled", 0)}
    assert_books_add_up(committed.session)


def test_one_scan_told_by_ten_threads_at_once_is_kept_once(app: Flask, committed: Any) -> None:
    event_id, (code,) = tickets_of_an_evening(committed, 1)
    asked = Scan(code=code, scan_id=uuid4())
    assert crowd.of_threads(app, checkin.scan, [(SYSTEM, event_id, asked)] * 10) == {"done": 10}
    assert_each_admitted_once(committed, 1, 1)


def test_who_is_let_in_again_while_an_admission_is_taken_back_is_counted(app: Flask, committed: Any) -> None:
    """People leave while somebody takes their admission back: the ticket says what the scans say."""
    event_id, codes = tickets_of_an_evening(committed, 8)
    committed.session.get_one(Event, event_id).check_in_policy = "multiple_entry"
    committed.session.commit()
    deeds_of_all: list[tuple[Any, ...]] = []
    for code in codes:
        first = checkin.scan(SYSTEM, event_id, Scan(code=code))
        leaving = Scan(code=code, direction="exit")
        deeds_of_all += [(deeds.undo, event_id, first.check_in_id), (checkin.scan, SYSTEM, event_id, leaving)]
    outcomes = crowd.of_threads(app, deeds.do, deeds_of_all)
    assert set(outcomes) <= {"done", "not_undoable"}
    committed.session.expire_all()
    for ticket in committed.session.scalars(select(Ticket)):
        told = committed.session.scalars(
            select(CheckIn.result).where(CheckIn.ticket_id == ticket.id).order_by(CheckIn.id)
        ).all()
        assert ticket.admissions == told.count("admitted"), told
        assert ("left" in told) <= (told[0] == "admitted"), told
