"""An event once more: all that it sells, at another time, nothing sold. And drafts that are thrown away."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from tests.factories import (
    EventFactory,
    OfferFactory,
    OrderFactory,
    OrganizationFactory,
    TicketTypeFactory,
    member_of,
)
from tests.services.pricing import buy, stock_adds_up, whole_type
from ticketing import clock
from ticketing.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal
from ticketing.extensions import db as extension
from ticketing.models import ActivityLog, Event, EventDay, Offer, Quota, TicketType, offer_quotas
from ticketing.models.events import PRICING_TYPES
from ticketing.policy import SYSTEM, Actor
from ticketing.services import covers, drafting, duplicating, events, orders
from ticketing.services.duplicating import Shift
from ticketing.services.idempotency import Idempotency

LISBON = ZoneInfo("Europe/Lisbon")


@pytest.fixture(autouse=True)
def media(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """``MEDIA_ROOT`` of this test."""
    monkeypatch.setitem(app.config, "MEDIA_ROOT", tmp_path)
    return tmp_path


def once(key: str = "form", said: str = "") -> Idempotency:
    return Idempotency.of("test", key, said.encode())


def later(days: int = 60) -> datetime:
    return (clock.now() + timedelta(days=days)).replace(second=0, microsecond=0)


def copy_of(event: Event, actor: Actor = SYSTEM, **given: Any) -> Event:
    wanted = {"title": event.title, "starts_at": later(), **given}
    return duplicating.duplicate(actor, event.id, wanted.pop("once", once()), **wanted)


def sold_by(event: Event) -> list[Any]:
    """What an event sells, row by row: names, prices, limits, and the kinds and sizes of all stocks."""
    extension.session.expire_all()
    rows = extension.session.execute(
        select(TicketType, Offer, EventDay.number)
        .join(Offer, Offer.ticket_type_id == TicketType.id)
        .outerjoin(EventDay, EventDay.id == Offer.day_id)
        .where(TicketType.event_id == event.id)
        .order_by(TicketType.id, Offer.id)
    ).all()
    return [
        (
            kind.name, kind.kind, kind.min_purchase, kind.max_purchase, kind.is_active, offer.price,
            offer.tier_number, offer.tier_name, offer.day_name, offer.is_all_days, offer.is_active, day,
            stocks_of(offer),
        )
        for kind, offer, day in rows
    ]  # fmt: skip


def stocks_of(offer: Offer) -> list[tuple[str, int]]:
    drawn = select(Quota.kind, Quota.size).join(offer_quotas, offer_quotas.c.quota_id == Quota.id)
    rows = extension.session.execute(drawn.where(offer_quotas.c.offer_id == offer.id))
    return sorted((row.kind, row.size) for row in rows)


@pytest.mark.parametrize("capacity", [None, 70])
@pytest.mark.parametrize("kind", PRICING_TYPES)
def test_a_copy_sells_the_same_and_has_sold_nothing(kind: str, capacity: int | None) -> None:
    made = whole_type(kind, min_purchase=2, max_purchase=6)
    event = extension.session.get_one(Event, made.event_id)
    events.update(SYSTEM, event.id, capacity=capacity)
    offer_id = extension.session.scalar(select(Offer.id).where(Offer.event_id == event.id).limit(1))
    orders.confirm(SYSTEM, buy(offer_id or 0, 3))
    buy(offer_id or 0, 2)
    copy = copy_of(event)
    assert sold_by(copy) == sold_by(event)
    taken = select(Quota.held, Quota.sold).where(Quota.event_id == copy.id)
    assert {tuple(row) for row in extension.session.execute(taken)} == {(0, 0)}
    own = {quota for (quota,) in extension.session.execute(select(Quota.id).where(Quota.event_id == copy.id))}
    drawn = select(offer_quotas.c.quota_id).join(Offer, Offer.id == offer_quotas.c.offer_id)
    of_copy = set(extension.session.scalars(drawn.where(Offer.event_id == copy.id)))
    assert of_copy <= own, "it draws on no stock of the original"
    assert (copy.lowest_price, copy.highest_price) == (event.lowest_price, event.highest_price)
    events.publish(SYSTEM, copy.id)
    orders.confirm(
        SYSTEM, buy(extension.session.scalars(select(Offer.id).where(Offer.event_id == copy.id)).first(), 2)
    )
    stock_adds_up()


def test_texts_and_rules_come_along_and_what_became_of_the_event_stays_behind() -> None:
    event = EventFactory(
        title="Lantern Walk", slug="lantern-walk", description="*By candlelight*", tags="walk",
        age_restriction=12, check_in_policy="daily_entry", terms_and_conditions="Shoes", refund_policy="None",
        capacity=70, tickets_per_account=4, is_featured=True, sold_total=9, moved_at=clock.now(),
        status="cancelled",
    )  # fmt: skip
    actor = member_of(event.organization, "MANAGER")
    copy = copy_of(event, actor, title="Lantern Walk")
    alike = {
        "description", "tags", "age_restriction", "check_in_policy", "terms_and_conditions",
        "refund_policy", "capacity", "tickets_per_account", "venue_id", "category_id", "organization_id",
        "currency", "timezone",
    }  # fmt: skip
    assert {name for name in alike if getattr(copy, name) != getattr(event, name)} == set()
    assert (copy.slug, copy.status, copy.organizer_id) == ("lantern-walk-2", "draft", actor.user_id)
    left = ("published_at", "cancelled_at", "moved_at", "is_featured", "sold_total")
    assert [getattr(copy, name) for name in left] == [None, None, None, False, 0]
    log = extension.session.query(ActivityLog).filter_by(action="event_duplicated", object_id=copy.id).one()
    assert log.details == {"title": "Lantern Walk", "source": event.id}


def test_an_unlisted_events_copy_has_a_secret_of_its_own() -> None:
    event = EventFactory(is_unlisted=True, slug="walk-" + "a" * 26)
    copy = copy_of(event)
    assert copy.is_unlisted
    assert copy.slug[-26:] != "a" * 26


def test_end_days_and_sales_windows_move_along_by_the_clocks_of_the_place() -> None:
    year = clock.now().year + 1

    def at(month: int, day: int, hour: int) -> datetime:
        return datetime(year, month, day, hour, tzinfo=LISBON).astimezone(UTC)

    # From summer to winter: Lisbon's clocks go back in between.
    event = EventFactory(
        timezone="Europe/Lisbon", starts_at=at(7, 3, 20), ends_at=at(7, 5, 23), pricing_type="day_based"
    )
    for number in (1, 2):
        day = EventDay(event_id=event.id, number=number, name="", date=date(year, 7, 2 + number))
        extension.session.add(day)
    kind = TicketTypeFactory(event=event, sales_start_at=at(6, 1, 9), sales_end_at=at(7, 3, 18))
    OfferFactory(ticket_type=kind, day_id=day.id, sales_end_at=at(7, 3, 12))
    copy = copy_of(event, starts_at=at(11, 6, 19))
    assert (copy.starts_at, copy.ends_at) == (at(11, 6, 19), at(11, 8, 22))
    days = extension.session.scalars(
        select(EventDay).where(EventDay.event_id == copy.id).order_by(EventDay.number)
    )
    assert [day.date for day in days] == [date(year, 11, 6), date(year, 11, 7)]
    made = extension.session.scalars(select(TicketType).where(TicketType.event_id == copy.id)).one()
    assert (made.sales_start_at, made.sales_end_at) == (at(10, 5, 8), at(11, 6, 17))
    assert extension.session.scalars(select(Offer.sales_end_at).where(Offer.event_id == copy.id)).one() == at(
        11, 6, 11
    )


def test_where_clocks_leave_an_hour_out_a_span_keeps_its_length() -> None:
    start = datetime(2027, 3, 21, 0, 30, tzinfo=UTC)
    # 01:00 to 02:00 does not exist in Lisbon on that day.
    shift = Shift.between(start, datetime(2027, 3, 28, 0, 30, tzinfo=UTC), "Europe/Lisbon")
    opens, closes = shift.span(start, start + timedelta(hours=1))
    assert opens is not None
    assert closes is not None
    assert timedelta(0) < closes - opens <= timedelta(hours=1)
    gap = Shift(LISBON, timedelta(weeks=1))
    first, last = datetime(2027, 3, 21, 1, 45, tzinfo=UTC), datetime(2027, 3, 21, 2, 15, tzinfo=UTC)
    moved = gap.span(first, last)
    assert moved == (gap.moment(first), gap.moment(first) + timedelta(minutes=30))


def test_a_day_moves_by_as_many_days_as_the_event_does_not_by_hours() -> None:
    starts = datetime(2027, 7, 1, 22, 30, tzinfo=UTC)
    shift = Shift.between(starts, datetime(2027, 7, 3, 0, 30, tzinfo=UTC), "UTC")
    assert shift.day(date(2027, 7, 1), starts) == date(2027, 7, 3)


def test_the_picture_is_copied_as_files_of_its_own(media: Path) -> None:
    event, file = EventFactory(), io.BytesIO()
    Image.new("RGB", (90, 60), "#0a7f5c").save(file, "PNG")
    covers.set_cover(SYSTEM, event.id, file.getvalue())
    copy = copy_of(event)
    names = {copy.banner_image, copy.thumbnail_image, event.banner_image, event.thumbnail_image}
    assert len(names) == 4
    assert all((media / str(name)).read_bytes() for name in names)
    copy_of(event)
    assert len(list(media.rglob("*.webp"))) == 4, "a form that is sent twice leaves no files behind"
    with pytest.raises(Invalid):
        copy_of(event, starts_at=clock.now(), once=once("late"))
    assert len(list(media.rglob("*.webp"))) == 4
    drafting.discard(SYSTEM, copy.id)
    assert len(list(media.rglob("*.webp"))) == 2
    assert (media / str(event.banner_image)).exists()


def test_a_form_makes_one_copy_however_often_it_is_sent() -> None:
    event = EventFactory()
    first, second = copy_of(event), copy_of(event)
    assert first.id == second.id
    with pytest.raises(Conflict):
        copy_of(event, once=once(said="something else"))
    assert copy_of(event, once=once("another form")).id != first.id
    drafting.discard(SYSTEM, first.id)
    assert copy_of(event).id != first.id, "what was deleted can be made again"


def test_only_those_who_manage_an_event_copy_it() -> None:
    event = EventFactory(status="draft", published_at=None)
    for actor, refusal in (
        (member_of(event.organization, "MEMBER"), NotAllowed),
        (member_of(OrganizationFactory()), NotFound),
    ):
        with pytest.raises(refusal):
            copy_of(event, actor)
    with pytest.raises(Invalid) as refused:
        copy_of(event, starts_at=clock.now() - timedelta(minutes=1))
    assert list(refused.value.fields) == ["starts_at"]
    assert extension.session.query(Event).count() == 1


# ---------------------------------------------------------------- throwing away


def test_a_draft_goes_with_all_that_it_sells() -> None:
    made = whole_type("tier_and_day")
    events.update(SYSTEM, made.event_id, capacity=70)
    extension.session.get_one(Event, made.event_id).status = "draft"
    extension.session.commit()
    drafting.discard(SYSTEM, made.event_id)
    for model in (Event, TicketType, Offer, Quota, EventDay):
        assert extension.session.query(model).count() == 0


@pytest.mark.parametrize(("status", "code"), [("draft", "has_orders"), ("published", "not_a_draft")])
def test_what_was_ordered_or_published_stays(status: str, code: str) -> None:
    event = EventFactory(status=status, banner_image="covers/x.webp")
    if status == "draft":
        OrderFactory(event=event)
    with pytest.raises(Invalid) as refused:
        drafting.discard(SYSTEM, event.id)
    assert refused.value.code == code
    assert extension.session.query(Event).count() == 1


def test_only_those_who_manage_a_draft_delete_it() -> None:
    event = EventFactory(status="draft", published_at=None)
    for actor in (member_of(event.organization, "MEMBER"), member_of(OrganizationFactory())):
        with pytest.raises(Refusal):
            drafting.discard(actor, event.id)
    assert extension.session.query(Event).count() == 1
