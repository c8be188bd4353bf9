"""How much a run makes, what it leaves, and when it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import func, select

from tests import factories as make
from tests.seeding.conftest import SMALL, Seed
from ticketing import models, seeding
from ticketing.seeding import flush, people, write

DEMO = len(people.DEMO_ACCOUNTS)


def number_of(db: SQLAlchemy) -> seeding.Counts:
    """What the database holds."""

    def rows(model: type) -> int:
        return db.session.scalar(select(func.count()).select_from(model)) or 0

    return seeding.Counts(
        users=rows(models.User),
        orgs=rows(models.Organization),
        venues=rows(models.Venue),
        cats=rows(models.EventCategory),
        events=rows(models.Event),
        bookings=rows(models.Order),
    )


def test_a_run_makes_exactly_what_was_asked_for(db: SQLAlchemy, seed: Seed) -> None:
    seed()
    assert number_of(db) == seeding.Counts(3 + DEMO, 2, 2, 2, 4, 12)


def test_a_second_run_adds_exactly_as_much_again(db: SQLAlchemy, seed: Seed) -> None:
    seed()
    seed()
    assert number_of(db) == seeding.Counts(6 + DEMO, 4, 4, 4, 8, 24)


def test_a_flush_starts_anew(db: SQLAlchemy, seed: Seed) -> None:
    seed()
    seed(flush=True)
    assert number_of(db) == seeding.Counts(3 + DEMO, 2, 2, 2, 4, 12)


def test_names_never_run_out(db: SQLAlchemy, seed: Seed) -> None:
    seed(users=200, orgs=160, venues=260, cats=160, events=4, bookings=0)
    assert number_of(db) == seeding.Counts(200 + DEMO, 160, 260, 160, 4, 0)


def test_without_users_the_demo_buyer_books(db: SQLAlchemy, seed: Seed) -> None:
    seed(users=0)
    buyers = db.session.scalars(select(models.Order.buyer_email).distinct()).all()
    assert buyers == [people.ATTENDEE]


def test_one_event_takes_any_number_of_bookings(db: SQLAlchemy, seed: Seed) -> None:
    seed(events=1, bookings=400)
    assert number_of(db).bookings == 400


def test_clearing_leaves_superusers_and_nothing_else(db: SQLAlchemy, seed: Seed) -> None:
    seed()
    root = make.UserFactory(is_superuser=True)
    make.RevokedTokenFactory(user=root)
    make.RevokedTokenFactory()
    make.CheckInFactory()
    make.RefundLineFactory()
    make.WithdrawalFactory()
    make.OutboxMessageFactory()
    with db.session.begin_nested():
        flush.clear()
    left = {
        table.name: number
        for table in db.metadata.sorted_tables
        if (number := db.session.scalar(select(func.count()).select_from(table)))
    }
    assert left == {"users": 2, "revoked_tokens": 1}
    assert set(db.session.scalars(select(models.User.email))) == {root.email, people.ADMIN}


def test_a_superuser_keeps_their_password(db: SQLAlchemy, seed: Seed) -> None:
    admin = make.UserFactory(email="Admin@example.com", is_superuser=True, password="my own secret")
    before = admin.password_hash
    seed(flush=True)
    kept = db.session.execute(
        select(models.User.password_hash).where(func.lower(models.User.email) == people.ADMIN)
    )
    assert kept.scalars().all() == [before]


def test_an_empty_database_is_seeded_once(app: Flask, db: SQLAlchemy, blank: None) -> None:
    seeding.seed_if_empty(app)
    made = number_of(db)
    assert made == seeding.Counts(20 + DEMO, 5, 6, 6, 12, 80)
    seeding.seed_if_empty(app)
    assert number_of(db) == made


def test_a_database_with_an_organization_is_left_alone(app: Flask, db: SQLAlchemy, blank: None) -> None:
    make.OrganizationFactory()
    seeding.seed_if_empty(app)
    assert number_of(db).users == 0


@pytest.mark.parametrize("changed", [{"events": 0}, {"venues": 0}, {"bookings": -1}])
def test_counts_that_do_not_go_together_are_refused(db: SQLAlchemy, seed: Seed, changed: dict) -> None:
    with pytest.raises(seeding.CannotSeed):
        seed(**changed)
    assert number_of(db).users == 0


def test_a_run_that_fails_leaves_nothing(
    db: SQLAlchemy, seed: Seed, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_anything: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(write, "OrderWriter", fail)
    with pytest.raises(RuntimeError):
        seed()
    assert number_of(db) == seeding.Counts(0, 0, 0, 0, 0, 0)
    assert not list(media.rglob("*.webp"))


OPTIONS = [part for name in SMALL.__slots__ for part in (f"--{name}", str(getattr(SMALL, name)))]


def test_the_command_says_what_it_made(db: SQLAlchemy, runner: FlaskCliRunner, blank: None) -> None:
    result = runner.invoke(args=["seed", "--flush", *OPTIONS])
    assert result.exit_code == 0, result.output
    assert "Bookings" in result.output
    assert "Planning" not in result.output, "no bars where there is no terminal"
    assert people.ORGANIZER in result.output
    assert number_of(db).bookings == SMALL.bookings


def test_the_command_has_the_documented_options_and_values(runner: FlaskCliRunner) -> None:
    (command,) = [runner.app.cli.commands["seed"]]
    defaults = {option.name: option.default for option in command.params}
    documented = {"users": 20, "orgs": 5, "venues": 6, "cats": 6, "events": 12, "bookings": 80}
    assert {name: defaults[name] for name in documented} == documented
    switches = {option.name for option in command.params if getattr(option, "is_flag", False)}
    assert {"flush", "force"} <= switches


def test_the_command_refuses_bookings_without_events(runner: FlaskCliRunner, blank: None) -> None:
    result = runner.invoke(args=["seed", "--events", "0"])
    assert result.exit_code == 2
    assert "--events 1" in result.output


def test_production_is_never_seeded_by_accident(
    app: Flask, db: SQLAlchemy, runner: FlaskCliRunner, blank: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "ENVIRONMENT", "production")
    keeper = make.UserFactory()
    result = runner.invoke(args=["seed", "--flush", *OPTIONS])
    assert result.exit_code == 1
    assert "--force" in result.output
    assert db.session.scalars(select(models.User.email)).all() == [keeper.email]

    assert runner.invoke(args=["seed", "--force", *OPTIONS]).exit_code == 0
    assert number_of(db).bookings == SMALL.bookings
