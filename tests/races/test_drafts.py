"""A form of a new event, or of a copy, that arrives several times at once makes one event; of two who save at
once, one is asked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.factories import EventFactory, MembershipFactory, OfferFactory, VenueFactory, member_of
from tests.races import crowd
from ticketing import clock
from ticketing.models import Event, Offer, Quota
from ticketing.models.organizations import MANAGER
from ticketing.policy import SYSTEM, Actor
from ticketing.queries import editing
from ticketing.services import drafting, duplicating
from ticketing.services.idempotency import Idempotency

pytestmark = pytest.mark.races


def once() -> Idempotency:
    return Idempotency.of("test", "form", b"")


def begin(actor: Actor, venue_id: int) -> None:
    starts_at = clock.now() + timedelta(days=9)
    drafting.begin(
        actor,
        once(),
        title="Lantern Walk",
        venue=venue_id,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        timezone="UTC",
    )


def test_a_form_that_arrives_six_times_at_once_makes_one_event(app: Flask, committed: Any) -> None:
    actor, venue = Actor.of(MembershipFactory(role=MANAGER).user), VenueFactory()
    outcomes = crowd.of_threads(app, begin, [(actor, venue.id)] * 6)
    assert outcomes == {"done": 6}
    assert committed.session.scalar(select(func.count(Event.id))) == 1


def copy(event_id: int, starts_at: Any) -> None:
    duplicating.duplicate(SYSTEM, event_id, once(), title="Again", starts_at=starts_at)


def test_a_copy_that_is_asked_for_six_times_at_once_is_made_once(app: Flask, committed: Any) -> None:
    offer = OfferFactory(size=5)
    starts_at = clock.now() + timedelta(days=9)
    outcomes = crowd.of_threads(app, copy, [(offer.event_id, starts_at)] * 6)
    assert outcomes == {"done": 6}
    for model in (Event, Offer, Quota):
        assert committed.session.scalar(select(func.count(model.id))) == 2


def rename(actor: Actor, event_id: int, known: str, title: str) -> None:
    drafting.save(actor, event_id, known=known, title=title)


def test_of_six_who_save_the_same_version_at_once_one_is_saved_and_five_are_asked(
    app: Flask, committed: Any
) -> None:
    event = EventFactory(title="Walk")
    actor, known = member_of(event.organization, MANAGER), editing.version_of(event)
    given = [(actor, event.id, known, f"Walk {number}") for number in range(6)]
    outcomes = crowd.of_threads(app, rename, given)
    assert outcomes == {"done": 1, "changed_meanwhile": 5}
