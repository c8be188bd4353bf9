"""A room full of mail. ``python -m tests.faults.mailroom`` runs the jobs until it is killed."""

from __future__ import annotations

from datetime import timedelta


def promise(number: int) -> None:
    """So many welcome mails are due."""
    from ticketing import clock
    from ticketing.extensions import db
    from ticketing.models import OutboxMessage, User
    from ticketing.services import notifications

    for n in range(number):
        user = User(email=f"person{n}@example.org", username=f"person{n}", password_hash="!")
        db.session.add(user)
        db.session.flush()
        due_at = clock.now() - timedelta(seconds=1)
        payload = {"user_id": user.id}
        db.session.add(OutboxMessage(kind=notifications.WELCOME, payload=payload, due_at=due_at))
    db.session.commit()


def main() -> None:
    """Never ends by itself."""
    from ticketing import create_app
    from ticketing.jobs import runner

    runner.run(create_app())


if __name__ == "__main__":
    main()
