"""What buyers name becomes lines of an order, or is refused where it is named."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.factories import EventFactory, OfferFactory, TicketTypeFactory
from tests.services.pricing import WHOLE, whole_type
from ticketing.errors import Invalid, NotFound
from ticketing.extensions import db as extension
from ticketing.models import Event, Offer, TicketType
from ticketing.services.orders import Line
from ticketing.services.orders.choosing import Choice, lines_for, seats

pytestmark = pytest.mark.usefixtures("db")

PART = {"tiered": "ticket_tier", "day_based": "day_pass", "tier_and_day": "day_tier_price"}


def event_of(thing: TicketType | Offer) -> Event:
    return extension.session.get_one(Event, thing.event_id)


def refused(event: Any, *choices: Choice) -> dict[str, list[str]]:
    with pytest.raises(Invalid) as error:
        lines_for(event, choices)
    return error.value.fields


@pytest.mark.parametrize("kind", list(WHOLE))
@pytest.mark.parametrize("form", ["id", "uuid"])
def test_a_choice_of_each_pricing_type_leads_to_its_offer(kind: str, form: str) -> None:
    parent = whole_type(kind)
    for offer in parent.offers:
        part = {PART[kind]: getattr(offer, form)} if kind in PART else {}
        choice = Choice(getattr(parent, form), 2, **part)
        assert lines_for(getattr(event_of(parent), form), [choice]) == [Line(offer.id, 2)]
    assert lines_for(event_of(parent).slug, [choice]) == [Line(offer.id, 2)]


@pytest.mark.parametrize("kind", list(PART))
def test_the_part_that_the_pricing_type_asks_for_is_required(kind: str) -> None:
    parent = whole_type(kind)
    (field,) = refused(parent.event_id, Choice(parent.id, 1))
    assert field == f"items.0.{PART[kind]}_id"


@pytest.mark.parametrize("kind", list(WHOLE))
def test_any_other_part_is_refused(kind: str) -> None:
    parent = whole_type(kind)
    own = {PART[kind]: parent.offers[0].id} if kind in PART else {}
    for part in PART.values():
        if part in own:
            continue
        (field,) = refused(parent.event_id, Choice(parent.id, 1, **own, **{part: parent.offers[0].id}))
        assert field == f"items.0.{part}_id"


@pytest.mark.parametrize("kind", list(PART))
def test_a_part_belongs_to_its_type(kind: str) -> None:
    parent, other = whole_type(kind), whole_type(kind)
    for key in (other.offers[0].id, other.offers[0].uuid, uuid4(), 0, 2**70, "no-such"):
        told = refused(parent.event_id, Choice(parent.id, 1, **{PART[kind]: key}))
        assert list(told) == [f"items.0.{PART[kind]}_id"]


def test_a_type_belongs_to_the_event() -> None:
    ours, theirs = whole_type("simple"), whole_type("simple")
    told = refused(ours.event_id, Choice(ours.id, 1), Choice(theirs.id, 1), Choice(2**70, 1), Choice("x", 1))
    assert told == {f"items.{number}.ticket_type_id": ["Ticket type not found"] for number in (1, 2, 3)}


def test_drafts_are_as_unknown_as_events_that_do_not_exist() -> None:
    draft = OfferFactory(event=EventFactory(status="draft"))
    choice = Choice(draft.ticket_type_id, 1)
    told = [refused(key, choice) for key in (draft.event_id, event_of(draft).slug, 999_999, uuid4(), 2**70)]
    assert told == [{"event": ["There is no such event."]}] * 5


def test_an_event_that_was_called_off_is_named_as_the_reason() -> None:
    offer = OfferFactory(event=EventFactory(status="cancelled"))
    assert refused(offer.event_id, Choice(offer.ticket_type_id, 1)) == {
        "event": ["This event is not on sale."]
    }


def test_an_order_has_at_least_one_item_and_no_more_than_fifty() -> None:
    parent = whole_type("simple")
    assert refused(parent.event_id) == {"items": ["Order must have at least one item"]}
    assert list(refused(parent.event_id, *[Choice(parent.id, 1)] * 51)) == ["items"]


def test_choices_are_looked_up_in_one_statement_however_many_they_are(statements: Any) -> None:
    parent = whole_type("tier_and_day")
    event, choices = parent.event_id, [Choice(parent.id, 1, day_tier_price=one.id) for one in parent.offers]
    lines_for(event, choices)
    with statements() as seen:
        lines_for(event, choices)
    assert len(seen) == 1


# ---------------------------------------------------------------- seats


def test_seats_are_of_the_events_only_offer() -> None:
    offer = OfferFactory()
    for key in (offer.event_id, event_of(offer).uuid, event_of(offer).slug):
        assert seats(key, 3) == Line(offer.id, 3)


def test_what_is_off_sale_makes_no_choice_necessary() -> None:
    offer = OfferFactory()
    OfferFactory(event=event_of(offer), is_active=False)
    gone = TicketTypeFactory(event=event_of(offer), is_active=False)
    OfferFactory(ticket_type=gone)
    assert seats(offer.event_id, 1) == Line(offer.id, 1)


def test_of_several_offers_one_is_named() -> None:
    parent = whole_type("tiered")
    for offer in parent.offers:
        assert seats(parent.event_id, 1, offer.uuid) == seats(parent.event_id, 1, offer.id)
        assert seats(parent.event_id, 1, offer.id) == Line(offer.id, 1)
    for key in (None, OfferFactory().id, uuid4(), 2**70, "slug"):
        with pytest.raises(Invalid) as error:
            seats(parent.event_id, 1, key)
        assert list(error.value.fields) == ["event_ticket"]


def test_an_event_without_offers_has_no_seats() -> None:
    with pytest.raises(Invalid) as error:
        seats(EventFactory().id, 1)
    assert error.value.code == "nothing_on_sale"


@pytest.mark.parametrize("key", [999_999, uuid4(), 2**70, "no-such", "nul\0"])
def test_seats_of_nothing_are_not_found(key: Any) -> None:
    draft = OfferFactory(event=EventFactory(status="draft"))
    for named in (key, draft.event_id):
        with pytest.raises(NotFound, match="No such event"):
            seats(named, 1)
