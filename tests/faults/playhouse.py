"""A small house whose evening two hundred people want to pay for; run where the shop's environment is.

``python -m tests.faults.playhouse open FILE`` fills an empty database and writes down what buyers must
know. ``python -m tests.faults.playhouse heal`` does what the jobs process would do in the minutes after a
crash, and writes what does not add up, a finding a line.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from flask import Flask
from sqlalchemy import update

BUYERS, SEATS = 200, 160


def open_house(app: Flask) -> dict[str, object]:
    """One event, ``SEATS`` tickets of two kinds below a capacity, ``BUYERS`` accounts with tokens."""
    from ticketing import clock
    from ticketing.extensions import db
    from ticketing.models import Organization, User, Venue
    from ticketing.policy import SYSTEM
    from ticketing.preparation import prepare
    from ticketing.services import events, offers, tokens

    prepare(app, demo=False)
    with app.app_context():
        house = Organization(name="Playhouse", slug="playhouse", currency="USD")
        hall = Venue(name="Hall", capacity=1000)
        buyers = [
            User(email=f"buyer{n}@example.com", username=f"buyer{n}", password_hash="!")
            for n in range(BUYERS)
        ]
        db.session.add_all([house, hall, *buyers])
        db.session.commit()
        start = clock.now() + timedelta(days=3)
        event = events.create(
            SYSTEM,
            organization=house.id,
            venue=hall.id,
            title="Premiere",
            starts_at=start,
            ends_at=start + timedelta(hours=3),
            capacity=SEATS,
            pricing_type="tiered",
        )
        tiers = [
            {"tier_number": n, "name": name, "price": Decimal(price), "quantity": SEATS}
            for n, (name, price) in enumerate((("Stalls", 40), ("Circle", 25)), 1)
        ]
        kind = offers.create_type(SYSTEM, event=event.id, name="Seat", total_quantity=SEATS, tiers=tiers)
        events.publish(SYSTEM, event.id)
        return {
            "event": str(event.uuid),
            "ticket_type": str(kind.uuid),
            "tiers": [str(offer.uuid) for offer in kind.offers],
            "tokens": [tokens.issue(buyer).access for buyer in buyers],
        }


def heal(app: Flask) -> list[str]:
    """Let minutes pass, run every job until all is quiet, and look at the books."""
    from ticketing import clock
    from ticketing.extensions import db
    from ticketing.jobs import runner
    from ticketing.models import GatewayEvent, OutboxMessage, Payment
    from ticketing.queries import books

    with app.app_context():
        for _ in range(20):
            past = clock.now() - timedelta(minutes=10)
            db.session.execute(update(Payment).values(updated_at=past))
            db.session.execute(update(GatewayEvent).values(leased_until=None))
            db.session.execute(
                update(OutboxMessage)
                .where(OutboxMessage.status == "queued", OutboxMessage.kind.not_like("mail.%"))
                .values(due_at=past, leased_until=None)
            )
            db.session.commit()
            done = runner.run_all()
            if not any(done[job] for job in ("holds", "gateway_events", "payments", "outbox")):
                break
        return [f"{finding}" for finding in books.check()]


def main() -> int:
    """The exit code of the process."""
    from ticketing import create_app

    app = create_app()
    if sys.argv[1] == "open":
        Path(sys.argv[2]).write_text(json.dumps(open_house(app)))
        return 0
    sys.stdout.writelines(f"{line}\n" for line in heal(app))
    return 0


if __name__ == "__main__":
    sys.exit(main())
