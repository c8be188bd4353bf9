"""What the demo data looks like, and that its figures are true."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from zoneinfo import ZoneInfo

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from tests.invariants.stock import assert_stock_adds_up
from tests.seeding.conftest import Seed
from ticketing import clock
from ticketing.models import (
    Event,
    LedgerEntry,
    Membership,
    Offer,
    Order,
    OrderItem,
    Payment,
    PromoCode,
    Quota,
    Refund,
    Ticket,
    TicketType,
    User,
    Venue,
    VenueMembership,
)
from ticketing.models.events import PRICING_TYPES
from ticketing.models.organizations import MANAGER, MEMBER, OWNER
from ticketing.models.tickets import ACTIVE
from ticketing.policy import ANONYMOUS, Actor
from ticketing.queries import books
from ticketing.seeding import people
from ticketing.services import accounts, orders, promotions, tickets

ITEMS = (selectinload(Order.items), joinedload(Order.event), selectinload(Order.payments))


def all_orders(db: SQLAlchemy) -> list[Order]:
    return list(db.session.scalars(select(Order).options(*ITEMS)))


def demo_user(db: SQLAlchemy, email: str) -> User:
    return db.session.scalars(select(User).where(User.email == email)).one()


# ---- Stock and figures


def test_every_counter_adds_up(db: SQLAlchemy, seed: Seed) -> None:
    seed(cats=6, events=14, bookings=120)
    assert_stock_adds_up(db.session)
    assert books.check() == []
    sold = dict(
        db.session.execute(
            select(Quota.event_id, func.sum(Quota.sold)).where(Quota.kind == "offer").group_by(Quota.event_id)
        ).all()
    )
    prices = {
        event_id: (lowest, highest)
        for event_id, lowest, highest in db.session.execute(
            select(Offer.event_id, func.min(Offer.price), func.max(Offer.price)).group_by(Offer.event_id)
        )
    }
    for event in db.session.scalars(select(Event)):
        assert event.sold_total == sold[event.id]
        assert (event.lowest_price, event.highest_price) == prices[event.id]


def test_capacities_bound_events_or_each_of_their_days(db: SQLAlchemy, seed: Seed) -> None:
    seed(cats=6, events=14)
    of_event, of_days = sizes(db, "event"), sizes(db, "day")
    for event in db.session.scalars(select(Event).options(selectinload(Event.days))):
        if event.capacity is None:
            assert event.id not in of_event | of_days
        elif event.sells_by_the_day:
            assert of_days[event.id] == [event.capacity] * len(event.days)
        else:
            assert of_event[event.id] == [event.capacity]
    assert of_event
    assert of_days


def sizes(db: SQLAlchemy, kind: str) -> dict[int, list[int]]:
    """Sizes of the quotas of that kind, by event."""
    found: dict[int, list[int]] = {}
    for quota in db.session.scalars(select(Quota).where(Quota.kind == kind)):
        found.setdefault(quota.event_id, []).append(quota.size)
    return found


def test_types_with_parts_have_a_total_and_others_none(db: SQLAlchemy, seed: Seed) -> None:
    seed(cats=6, events=14)
    for kind in db.session.scalars(select(TicketType).options(selectinload(TicketType.offers))):
        assert (kind.quota_id is not None) == (len(kind.offers) > 1)


def test_one_offer_is_sold_out_and_one_nearly(db: SQLAlchemy, seed: Seed) -> None:
    seed(events=6, bookings=80)
    left = sorted(quota.available for quota in db.session.scalars(select(Quota).where(Quota.kind == "offer")))
    assert left[0] == 0
    assert 0 < left[1] <= 5


# ---- Bookings


def test_bookings_take_two_to_five_tickets_and_have_every_status(db: SQLAlchemy, seed: Seed) -> None:
    seed(bookings=40)
    assert set(db.session.scalars(select(OrderItem.quantity))) <= {2, 3, 4, 5}
    assert Counter(order.status for order in all_orders(db)) == {
        "pending": 10,
        "confirmed": 26,
        "cancelled": 4,
    }


def test_few_bookings_still_have_every_status(db: SQLAlchemy, seed: Seed) -> None:
    seed(bookings=3)
    assert {order.status for order in all_orders(db)} == {"pending", "confirmed", "cancelled"}


def test_pending_bookings_end_a_day_before_their_event_and_others_never(db: SQLAlchemy, seed: Seed) -> None:
    seed()
    for order in all_orders(db):
        if order.is_pending:
            assert order.expires_at == order.event.starts_at - timedelta(days=1)
            assert order.expires_at > clock.now()
        else:
            assert order.expires_at is None


def test_bookings_are_for_events_on_sale_by_accounts_of_the_last_month(db: SQLAlchemy, seed: Seed) -> None:
    seed()
    now = clock.now()
    emails = dict(db.session.execute(select(User.id, User.email)).all())
    for order in all_orders(db):
        assert order.event.is_published
        assert order.event.published_at is not None
        assert max(order.event.published_at, now - timedelta(days=31)) < order.created_at < now
        assert order.channel in ("btick", "web", "easyticket")
        assert order.user_id is not None
        assert order.buyer_email == emails[order.user_id]


def test_what_is_confirmed_was_paid_and_has_its_tickets(db: SQLAlchemy, seed: Seed) -> None:
    seed(events=10, bookings=60)
    issued = Counter(db.session.scalars(select(Ticket.order_id).where(Ticket.status == ACTIVE)))
    for order in all_orders(db):
        if not order.is_confirmed:
            assert order.amount_paid == order.amount_refunded
            assert issued[order.id] == 0
            continue
        assert order.amount_paid == order.amount_due
        by_card = order.channel != "btick"
        gateways = [payment.gateway for payment in order.payments]
        assert gateways == ["sandbox" if by_card else "manual"] * bool(order.amount_due)
        assert sum(payment.service_fee for payment in order.payments) == (order.fee if by_card else 0)
        assert order.created_at <= order.confirmed_at <= clock.now()
        assert issued[order.id] == sum(item.quantity - item.returned for item in order.items)


def test_some_bookings_came_back_in_part_and_some_altogether(db: SQLAlchemy, seed: Seed) -> None:
    seed(users=0, events=6, bookings=80)
    refunds = {refund.order_id: refund for refund in db.session.scalars(select(Refund))}
    given = [order for order in all_orders(db) if order.amount_refunded]
    assert {order.status for order in given} == {"confirmed", "cancelled"}
    for order in given:
        (item,) = order.items
        assert refunds[order.id].amount == order.amount_refunded
        if order.is_confirmed:
            share = item.unit_price * item.returned * (order.subtotal - order.discount) // order.subtotal
            assert (order.amount_refunded, 0 < item.returned < item.quantity) == (share, True)
        else:
            assert (order.amount_refunded, item.returned) == (order.amount_paid, item.quantity)
            assert order.cancelled_at <= clock.now()


def test_the_demo_buyer_has_one_of_each_kind_of_refund(db: SQLAlchemy, seed: Seed) -> None:
    seed(users=10, bookings=60, events=6)
    own = [order for order in all_orders(db) if order.user_id == demo_user(db, people.ATTENDEE).id]
    assert len(own) == 6
    assert {order.status for order in own if order.items[0].returned} <= {"confirmed", "cancelled"}
    assert any(order.items[0].returned for order in own)


def test_codes_are_used_as_often_as_they_say_and_reckon_as_the_service_does(
    db: SQLAlchemy, seed: Seed
) -> None:
    seed(orgs=2, events=6, bookings=120)
    codes = {code.id: code for code in db.session.scalars(select(PromoCode))}
    assert {code.code for code in codes.values()} == {
        "WELCOME10", "FIVEOFF", "FIRST20", "PREVIEW15", "FRIENDS15",
    }  # fmt: skip
    reduced = [order for order in all_orders(db) if order.promo_code_id]
    assert reduced
    for order in reduced:
        code = codes[order.promo_code_id]
        assert (order.promo_code, order.organization_id) == (code.code, code.organization_id)
        assert code.ends_at is None or order.created_at < code.ends_at
        if code.max_uses is None and code.ends_at is None:
            quoted = promotions.quote(
                ANONYMOUS, order.organization_id, order.event_id, code.code, {1: order.subtotal}
            )
            assert quoted.amount == order.discount
    by_name = {code.code: code for code in codes.values()}
    assert by_name["FIRST20"].max_uses == by_name["FIRST20"].used
    assert by_name["PREVIEW15"].ends_at < clock.now()
    assert by_name["WELCOME10"].value == 1000


def test_a_seeded_booking_is_cancelled_and_its_money_comes_back(db: SQLAlchemy, seed: Seed) -> None:
    seed(events=6, bookings=40)
    order = next(
        order
        for order in all_orders(db)
        if order.is_confirmed and order.payments and order.payments[0].gateway == "sandbox"
    )
    refund = orders.give_back(Actor.of(demo_user(db, people.SUPPORT)), order.id)
    assert refund.status == "succeeded"
    assert books.check() == []


def test_a_seeded_payment_is_like_one_that_support_takes(db: SQLAlchemy, seed: Seed) -> None:
    seed(bookings=40)
    seeded = db.session.scalars(select(Payment.id).where(Payment.gateway == "manual")).first()
    pending = next(order for order in all_orders(db) if order.is_pending and order.amount_due)
    support = Actor.of(demo_user(db, people.SUPPORT))
    orders.confirm(support, pending.id)
    assert_stock_adds_up(db.session)
    taken = db.session.scalars(select(Payment.id).where(Payment.order_id == pending.id)).one()
    facts = ("gateway", "status", "method", "actor_id", "details", "currency")
    one, other = (db.session.get_one(Payment, key) for key in (seeded, taken))
    assert [getattr(one, name) for name in facts] == [getattr(other, name) for name in facts]

    def legs(payment: Payment) -> set[tuple[str, str, str, float]]:
        rows = db.session.scalars(
            select(LedgerEntry).where(LedgerEntry.source == "payment", LedgerEntry.source_id == payment.id)
        )
        return {(row.source, row.kind, row.account, row.amount / payment.amount) for row in rows}

    assert legs(one) == legs(other)
    assert sum(db.session.scalars(select(LedgerEntry.amount))) == 0


def test_the_codes_of_seeded_tickets_open_the_door(db: SQLAlchemy, seed: Seed) -> None:
    seed()
    for ticket in db.session.scalars(select(Ticket)):
        code = tickets.code_of(ticket.uuid, ticket.code_version, ticket.key_version)
        assert ticket.code_hash == tickets.code_hash(code)


# ---- People


def test_demo_accounts_sign_in_and_are_what_the_documentation_says(db: SQLAlchemy, seed: Seed) -> None:
    seed()
    users = {
        account[0]: accounts.authenticate(ANONYMOUS, account[0], "password123")
        for account in people.DEMO_ACCOUNTS
    }
    assert {email for email, user in users.items() if user.is_staff} == {people.ADMIN}
    assert {email for email, user in users.items() if user.is_superuser} == {people.ADMIN}
    assert {email for email, user in users.items() if user.is_support} == {people.SUPPORT}
    assert users[people.ORGANIZER].user_type == "organizer"
    assert users[people.ATTENDEE].user_type == "consumer"
    roles = demo_roles(db)
    assert {email: role for email, (_organization, role) in roles.items()} == {
        people.ORGANIZER: OWNER,
        people.MANAGER: MANAGER,
        people.MEMBER: MEMBER,
    }
    first = db.session.scalar(select(func.min(Membership.organization_id)))
    assert {organization for organization, _role in roles.values()} == {first}
    managed = db.session.execute(
        select(VenueMembership.user_id, VenueMembership.venue_id, VenueMembership.role)
    )
    first_venue = db.session.scalar(select(func.min(Venue.id)))
    assert managed.all() == [(users[people.VENUE].id, first_venue, "MANAGER")]
    assert any(order.user_id == users[people.ATTENDEE].id for order in all_orders(db))


def demo_roles(db: SQLAlchemy) -> dict[str, tuple[int, str]]:
    rows = db.session.execute(
        select(User.email, Membership.organization_id, Membership.role)
        .join(Membership, Membership.user_id == User.id)
        .where(User.email.in_([account[0] for account in people.DEMO_ACCOUNTS]))
    )
    return {email: (organization, role) for email, organization, role in rows}


def test_demo_accounts_keep_their_one_organization_in_a_second_run(db: SQLAlchemy, seed: Seed) -> None:
    seed()
    before = demo_roles(db)
    seed()
    assert demo_roles(db) == before
    assert db.session.scalar(select(func.count()).select_from(VenueMembership)) == 1


def test_every_organization_has_one_owner_and_one_or_two_managers(db: SQLAlchemy, seed: Seed) -> None:
    seed(users=12, orgs=4, bookings=0)
    teams: dict[int, Counter[str]] = {}
    for organization, role in db.session.execute(select(Membership.organization_id, Membership.role)):
        teams.setdefault(organization, Counter())[role] += 1
    assert len(teams) == 4
    for team in teams.values():
        assert team[OWNER] == 1
        assert team[MANAGER] in (1, 2)


def test_seeded_users_sign_in_too(db: SQLAlchemy, seed: Seed) -> None:
    seed()
    email = db.session.scalars(select(User.email).order_by(User.id.desc())).first() or ""
    assert accounts.authenticate(ANONYMOUS, email, "password123").email == email


# ---- Events


def test_events_lie_ahead_at_believable_local_hours(db: SQLAlchemy, seed: Seed) -> None:
    seed(events=24, cats=12, venues=8, bookings=0)
    now = clock.now()
    whole = select(Event).options(joinedload(Event.venue), selectinload(Event.days))
    for event in db.session.scalars(whole):
        assert timedelta(days=1, hours=23) < event.starts_at - now <= timedelta(days=90)
        zone = ZoneInfo(event.timezone)
        start, end = event.starts_at.astimezone(zone), event.ends_at.astimezone(zone)
        last = start + timedelta(days=max(0, len(event.days) - 1))
        assert timedelta(hours=1, minutes=59) <= end - last <= timedelta(hours=4)
        assert event.timezone == event.venue.timezone
        assert 9 <= start.hour <= 22


def test_no_venue_has_two_events_on_a_day(db: SQLAlchemy, seed: Seed) -> None:
    seed(events=60, cats=12, venues=6, bookings=0)
    days = Counter(
        (event.venue_id, (event.starts_at + timedelta(days=step)).astimezone(ZoneInfo(event.timezone)).date())
        for event in db.session.scalars(select(Event).options(selectinload(Event.days)))
        for step in range(max(1, len(event.days)))
    )
    assert set(days.values()) == {1}


def test_the_usual_run_has_every_pricing_on_sale(db: SQLAlchemy, seed: Seed) -> None:
    seed(cats=6, events=12, venues=6)
    on_sale = select(Event).where(Event.status == "published").options(selectinload(Event.days))
    events = {event.pricing_type: event for event in db.session.scalars(on_sale)}
    assert set(events) == set(PRICING_TYPES)
    offers = {
        kind: db.session.scalars(select(Offer).where(Offer.event_id == event.id)).all()
        for kind, event in events.items()
    }
    assert all(offer.tier_number and offer.tier_name for offer in offers["tiered"])
    assert len([offer for offer in offers["day_based"] if offer.is_all_days]) == 2
    for kind in ("day_based", "tier_and_day"):
        days = events[kind].days
        assert len(days) in (2, 3)
        assert [day.number for day in days] == list(range(1, len(days) + 1))
        assert {offer.day_id for offer in offers[kind]} - {None} == {day.id for day in days}
        assert days[0].date == events[kind].starts_at.astimezone(ZoneInfo(events[kind].timezone)).date()
    assert len(offers["tier_and_day"]) == 3 * len(events["tier_and_day"].days)


def test_events_are_described_and_have_no_gaps_left(db: SQLAlchemy, seed: Seed) -> None:
    seed(events=36, cats=12, bookings=0)
    events = db.session.scalars(select(Event)).all()
    assert len({event.title.lower() for event in events}) == len(events)
    for event in events:
        assert event.description.count("\n\n") >= 2
        assert event.short_description
        assert event.tags
        texts = (event.title, event.description, event.short_description, event.tags)
        assert not re.search(r"[{}]", " ".join(texts))
    assert {event.status for event in events} == {"draft", "published"}
    assert any(event.is_featured for event in events)
    assert all(event.is_published for event in events if event.is_featured)
    assert any(event.lowest_price == 0 for event in events if event.is_published)


def test_simple_events_sell_two_to_four_kinds_of_tickets(db: SQLAlchemy, seed: Seed) -> None:
    seed(bookings=0)
    simple = select(TicketType.event_id).join(Event, Event.id == TicketType.event_id)
    types = Counter(db.session.scalars(simple.where(Event.pricing_type == "simple")))
    assert set(types.values()) <= {2, 3, 4}
    for size, held, sold in db.session.execute(
        select(Quota.size, Quota.held, Quota.sold).where(Quota.kind == "offer")
    ):
        assert 50 <= size <= 500
        assert (held, sold) == (0, 0)


def test_some_events_announce_their_lowest_price(db: SQLAlchemy, seed: Seed) -> None:
    seed(events=6, bookings=0)
    events = db.session.scalars(select(Event)).all()
    assert {event.base_price for event in events} > {None}
    assert all(event.base_price in (None, event.lowest_price) for event in events)


def test_of_two_events_one_is_a_draft(db: SQLAlchemy, seed: Seed) -> None:
    seed(events=2)
    assert Counter(db.session.scalars(select(Event.status))) == {"draft": 1, "published": 1}
