"""Fill the database that ``DATABASE_URL`` names, and write down what the load programs must know of it.

``python -m benchmarks.stage FILE``: migrations, then a programme of 201 events that is the same every time.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Table, insert, select, text

EVENTS, TYPES_EACH, USERS, PAST_ORDERS_EACH = 200, 5, 1000, 20
HOT_SIZE, SPREAD_SIZE = 100_000_000, 1_000_000
BURST_SIZE, SOLD_OUT_SIZE = 200, 200

_WORDS = (
    "An evening that starts quietly and does not stay so: new pieces, old favourites and guests who are "
    "announced on the night. Doors open an hour before; latecomers are let in between two pieces. "
)


@dataclass(frozen=True, slots=True)
class Stage:
    """What was made. Offers are told by their ids, in the order ``hot, sold out, burst`` and ``spread``."""

    tokens: list[str]
    slugs: list[str]
    hot: int
    sold_out: int
    burst: int
    spread: list[int]
    users: int = USERS


def read(path: Path) -> Stage:
    """What ``main`` has written there."""
    return Stage(**json.loads(path.read_text()))


class _Rows:
    """Rows of all tables, collected first and then inserted in the order of the tables."""

    def __init__(self) -> None:
        self.by_table: dict[str, list[dict[str, Any]]] = {}

    def add(self, table: str, **values: Any) -> int:
        """:returns: the row's id, counted from 1."""
        rows = self.by_table.setdefault(table, [])
        number = len(rows) + 1
        rows.append(values if table == "offer_quotas" else {"id": number} | values)
        return number


def _people_and_places(rows: _Rows) -> None:
    for number in range(1, USERS + 1):
        rows.add(
            "users",
            email=f"buyer{number}@example.com",
            username=f"buyer{number}",
            password_hash="!",
            first_name="Robin",
            last_name=f"Buyer {number}",
        )
    for number in range(1, 21):
        rows.add("organizations", name=f"House {number}", slug=f"house-{number}", currency="USD")
        rows.add("venues", name=f"Hall {number}", city=f"City {number}", country="Portugal", capacity=5000)
        if number <= 10:
            rows.add("event_categories", name=f"Kind {number}", slug=f"kind-{number}")


def _event(rows: _Rows, number: int, now: Any) -> int:
    start = now + timedelta(days=20, hours=number)
    return rows.add(
        "events",
        slug=f"evening-{number}",
        organization_id=1 + number % 20,
        organizer_id=1 + number % USERS,
        venue_id=1 + number % 20,
        category_id=1 + number % 10,
        title=f"Evening number {number} with friends",
        short_description=_WORDS[:150],
        description=_WORDS * 4,
        status="published",
        starts_at=start,
        ends_at=start + timedelta(hours=3),
        currency="USD",
        published_at=now,
        lowest_price=2000,
        highest_price=6000,
    )


def _offer(rows: _Rows, event_id: int, name: str, size: int, **quota: int) -> int:
    ticket_type = rows.add("ticket_types", event_id=event_id, name=name, description=_WORDS[:120])
    quota_id = rows.add(
        "quotas", event_id=event_id, kind="offer", size=size, **{"held": 0, "sold": 0} | quota
    )
    offer = rows.add(
        "offers",
        ticket_type_id=ticket_type,
        event_id=event_id,
        quota_id=quota_id,
        price=2000 + 10 * len(name),
    )
    rows.add("offer_quotas", offer_id=offer, quota_id=quota_id)
    return offer


def _order(rows: _Rows, offer: int, event_id: int, quantity: int, status: str, now: Any) -> None:
    number = len(rows.by_table.get("orders", ())) + 1
    pending = status == "pending"
    order_id = rows.add(
        "orders",
        number=f"OE-20200101-{number:010d}",
        user_id=1 + number % USERS,
        organization_id=1,
        event_id=event_id,
        channel="btick",
        status=status,
        currency="USD",
        subtotal=2000 * quantity,
        amount_due=2000 * quantity,
        buyer_name="Robin Buyer",
        buyer_email=f"buyer{number}@example.com",
        expires_at=now + timedelta(hours=10) if pending else None,
        confirmed_at=None if pending else now,
    )
    rows.add(
        "order_items",
        order_id=order_id,
        offer_id=offer,
        quantity=quantity,
        unit_price=2000,
        ticket_name="Row",
    )


def _programme(rows: _Rows, now: Any) -> dict[str, Any]:
    """200 events with five offers each, and one event with the three offers that are fought over."""
    spread, sold = [], 2 * PAST_ORDERS_EACH
    for number in range(1, EVENTS + 1):
        event_id = _event(rows, number, now)
        for name in ("Stalls", "Circle", "Balcony", "Standing", "Box seats")[:TYPES_EACH]:
            spread.append(offer := _offer(rows, event_id, name, SPREAD_SIZE, sold=sold))
            for _ in range(PAST_ORDERS_EACH):
                _order(rows, offer, event_id, 2, "confirmed", now)
    rush = _event(rows, EVENTS + 1, now)
    sold_out = _offer(rows, rush, "Gone", SOLD_OUT_SIZE, held=20, sold=SOLD_OUT_SIZE - 20)
    _order(rows, sold_out, rush, SOLD_OUT_SIZE - 20, "confirmed", now)
    _order(rows, sold_out, rush, 20, "pending", now)
    return {
        "hot": _offer(rows, rush, "Hot", HOT_SIZE),
        "burst": _offer(rows, rush, "Burst", BURST_SIZE),
        "sold_out": sold_out,
        "spread": spread,
        "slugs": [row["slug"] for row in rows.by_table["events"][:EVENTS]],
    }


def fill(session: Any, metadata: Any, now: Any) -> dict[str, Any]:
    """Insert everything in one transaction; what ``Stage`` wants, but for the tokens."""
    rows = _Rows()
    _people_and_places(rows)
    made = _programme(rows, now)
    on_postgresql = session.connection().dialect.name == "postgresql"
    session.connection().exec_driver_sql("BEGIN")
    for table in metadata.sorted_tables:
        if table.name in rows.by_table:
            _insert(session, table, rows.by_table[table.name], on_postgresql)
    session.connection().exec_driver_sql("COMMIT")
    session.connection().exec_driver_sql("VACUUM ANALYZE" if on_postgresql else "ANALYZE")
    return made


def _insert(session: Any, table: Table, rows: list[dict[str, Any]], on_postgresql: bool) -> None:
    for start in range(0, len(rows), 5000):
        session.connection().execute(insert(table), rows[start : start + 5000])
    if on_postgresql and "id" in table.c:
        session.connection().execute(
            text(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), {len(rows)})")
        )


def main() -> int:
    """:returns: the exit code of the process."""
    from ticketing import clock, create_app
    from ticketing.extensions import db
    from ticketing.models import User
    from ticketing.preparation import prepare
    from ticketing.services import tokens

    app = create_app()
    prepare(app, demo=False)
    with app.app_context():
        made = fill(db.session, db.metadata, clock.now())
        users = db.session.scalars(select(User).order_by(User.id)).all()
        stage = Stage(tokens=[tokens.issue(user).access for user in users], **made)
    Path(sys.argv[1]).write_text(json.dumps(asdict(stage)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
