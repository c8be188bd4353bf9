"""What a member of the crowd does. Functions of a module, so that another process can import them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import current_app

from ticketing.policy import SYSTEM, Actor
from ticketing.services import checkin, events, offers, orders
from ticketing.services.checkin import Scan
from ticketing.services.orders import Line, terms_for


def buyer(user_id: int) -> Actor:
    """Somebody with an account, as the door that checked their token sees them."""
    return Actor(user_id=user_id, email=f"person{user_id}@example.org", name="Ada Person")


def book(user_id: int, *lines: tuple[int, int]) -> int:
    """Order ``(offer id, number)`` lines; the order's id."""
    lines_wanted = [Line(offer, number) for offer, number in lines]
    return orders.place(buyer(user_id), lines_wanted, terms=terms_for("btick")).order_id


def book_with(user_id: int, offer_id: int, code: str) -> int:
    """Order one ticket with a promo code; the order's id."""
    lines = [Line(offer_id, 1)]
    return orders.place(buyer(user_id), lines, terms=terms_for("btick"), code=code).order_id


def give_back(order_id: int, amount: str) -> None:
    """A manager gives a part of the money back."""
    orders.give_back(SYSTEM, order_id, amount=Decimal(amount))


def give_all_back(order_id: int) -> None:
    """A manager gives all of the money back that is left."""
    orders.give_back(SYSTEM, order_id)


def cancel(user_id: int, order_id: int) -> None:
    """Take an order back."""
    orders.cancel(buyer(user_id), order_id)


def confirm(order_id: int) -> None:
    """Confirm an order as support would."""
    orders.confirm(SYSTEM, order_id)


def expire() -> None:
    """One sweep of holds whose time is over."""
    assert current_app
    orders.expire_due()


def scan(event_id: int, code: str) -> None:
    """A scanner at the door reads a code."""
    checkin.scan(SYSTEM, event_id, Scan(code=code))


def undo(event_id: int, check_in_id: int) -> None:
    """Somebody at the door takes an admission back."""
    checkin.undo(SYSTEM, event_id, check_in_id)


def do(deed: Any, *given: Any) -> Any:
    """Each member of the crowd does something else."""
    return deed(*given)


def add_day(type_id: int, number: int) -> None:
    """An organizer begins to sell a further day."""
    offers.create_day_pass(
        SYSTEM, ticket_type=type_id, day_number=number, name=f"Day {number}", price=Decimal(5), quantity=9
    )


def set_capacity(event_id: int, capacity: int) -> None:
    """An organizer sets what an event admits, on each day where it sells by the day."""
    events.update(SYSTEM, event_id, capacity=capacity)


def delete_day_pass(offer_id: int) -> None:
    """An organizer takes a pass out of the shop."""
    offers.delete_part(SYSTEM, offer_id, offers.DAY_PASS)


def move_day_pass(offer_id: int, number: int) -> None:
    """An organizer sells a pass for another day."""
    offers.update_part(SYSTEM, offer_id, offers.DAY_PASS, day_number=number)


def save_grid(type_id: int, version: str, size: int) -> None:
    """An organizer gives each price of a type of two tiers and two days so many tickets."""
    at = (0, 0), (1, 0), (0, 1)
    tiers = [offers.Tier(number, f"T{number}") for number in (1, 2)]
    days = [offers.Day(number, f"Day {number}") for number in (1, 2)]
    grid = offers.Grid(tiers, days, {spot: offers.Price(Decimal(7), size) for spot in at})
    offers.save_prices(SYSTEM, type_id, version=version, grid=grid)


def empty_cell(type_id: int, version: str) -> None:
    """An organizer offers the first tier no longer on the second day."""
    grid = offers.Grid([offers.Tier(1, "T1")], [offers.Day(2, "Day 2")], {(0, 0): offers.Price()})
    offers.save_prices(SYSTEM, type_id, version=version, grid=grid)


def remove_day(event_id: int, version: str, number: int) -> None:
    """An organizer takes a day out of an event."""
    wish = offers.DayWish(number, "", is_gone=True)
    offers.save_days(SYSTEM, event_id, version=version, wishes=[wish])
