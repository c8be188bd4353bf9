"""A full house before the doors open; run where the shop's environment is.

``python -m tests.faults.stagedoor open FILE`` fills an empty database and writes down what scanners must
know. ``python -m tests.faults.stagedoor count`` writes how many were let in, and what does not add up.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from flask import Flask

VISITORS, DEVICES, PER_ORDER = 1000, 20, 10


def open_house(app: Flask) -> dict[str, object]:
    """One event that begins within the hour, ``VISITORS`` tickets, a pass for each of ``DEVICES``."""
    from sqlalchemy import select

    from ticketing import clock
    from ticketing.extensions import db
    from ticketing.models import Offer, Organization, User, Venue
    from ticketing.policy import SYSTEM, Actor
    from ticketing.preparation import prepare
    from ticketing.services import checkin, events, offers, orders
    from ticketing.services.orders import Line, terms_for

    prepare(app, demo=False)
    with app.app_context():
        house = Organization(name="Playhouse", slug="playhouse", currency="USD")
        hall = Venue(name="Hall", capacity=VISITORS)
        buyers = [
            User(email=f"buyer{n}@example.com", username=f"buyer{n}", password_hash="!")
            for n in range(VISITORS // PER_ORDER)
        ]
        db.session.add_all([house, hall, *buyers])
        db.session.commit()
        start = clock.now() + timedelta(minutes=40)
        times = {"starts_at": start, "ends_at": start + timedelta(hours=3)}
        event = events.create(SYSTEM, organization=house.id, venue=hall.id, title="Premiere", **times)
        kind = offers.create_type(
            SYSTEM, event=event.id, name="Seat", price=Decimal(0), total_quantity=VISITORS
        )
        events.publish(SYSTEM, event.id)
        offer_id = db.session.scalars(select(Offer.id).where(Offer.ticket_type_id == kind.id)).one()
        for buyer in buyers:
            orders.place(Actor.of(buyer), [Line(offer_id, PER_ORDER)], terms=terms_for("web"))
        _link, secret = checkin.create_link(SYSTEM, event.id, name="Main door", gate="Main")
        passes = [checkin.open_link(secret, device=f"Phone {n}").secret for n in range(DEVICES)]
        return {"event": str(event.uuid), "codes": _codes(), "passes": passes}


def _codes() -> list[str]:
    from sqlalchemy import select

    from ticketing.extensions import db
    from ticketing.models import Ticket
    from ticketing.services.tickets import code_of

    keys = select(Ticket.uuid, Ticket.code_version, Ticket.key_version).order_by(Ticket.id)
    return [code_of(*row) for row in db.session.execute(keys)]


def count(app: Flask) -> dict[str, Any]:
    """Scans by result, how often the most admitted ticket let somebody in, and the books' findings."""
    from sqlalchemy import func, select

    from ticketing.extensions import db
    from ticketing.models import CheckIn, Ticket
    from ticketing.queries import books

    with app.app_context():
        results = select(CheckIn.result, func.count()).group_by(CheckIn.result)
        once = select(CheckIn.ticket_id).where(CheckIn.result == "admitted").group_by(CheckIn.ticket_id)
        return {
            "scans": dict(db.session.execute(results).all()),
            "admitted_twice": len(db.session.scalars(once.having(func.count() > 1)).all()),
            "most_admissions": db.session.scalar(select(func.max(Ticket.admissions))),
            "findings": [f"{finding}" for finding in books.check()],
        }


def main() -> int:
    """The exit code of the process."""
    from ticketing import create_app

    app = create_app()
    if sys.argv[1] == "open":
        Path(sys.argv[2]).write_text(json.dumps(open_house(app)))
    else:
        sys.stdout.write(json.dumps(count(app)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
