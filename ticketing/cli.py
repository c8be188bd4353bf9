"""Commands: ``flask --app wsgi …``. Thin: each calls a service or a job."""

from __future__ import annotations

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

jobs = AppGroup("jobs", help="Background jobs.")


@jobs.command("run")
def run_jobs() -> None:
    """Run the jobs until told to stop: outbox, expiry of holds, payment sweep."""
    from ticketing.jobs import runner

    runner.run(current_app._get_current_object())  # type: ignore[attr-defined]


@jobs.command("once")
def run_jobs_once() -> None:
    """Run every job once, whatever its turn."""
    from ticketing.jobs import runner

    for name, result in runner.run_all().items():
        click.echo(f"{name}: {result}")


@click.command("seed")
@click.option("--flush", is_flag=True, help="Clear everything but superusers first.")
@click.option("--users", default=20, show_default=True, type=click.IntRange(0), help="Accounts.")
@click.option("--orgs", default=5, show_default=True, type=click.IntRange(1), help="Organizations.")
@click.option("--venues", default=6, show_default=True, type=click.IntRange(1), help="Venues.")
@click.option("--cats", default=6, show_default=True, type=click.IntRange(1), help="Event categories.")
@click.option("--events", default=12, show_default=True, type=click.IntRange(0), help="Events.")
@click.option("--bookings", default=80, show_default=True, type=click.IntRange(0), help="Bookings.")
@click.option("--force", is_flag=True, help="Even in production.")
@with_appcontext
def seed(flush: bool, force: bool, **counts: int) -> None:
    """Fill the database with demo data."""
    from ticketing import seeding

    if current_app.config["ENVIRONMENT"] == "production" and not force:
        raise click.ClickException("This is production: demo data needs --force.")
    try:
        seeding.seed(seeding.Counts(**counts), flush=flush)
    except seeding.CannotSeed as reason:
        raise click.UsageError(str(reason)) from None


def register_commands(app: Flask) -> None:
    """Add the commands to ``flask --app wsgi``."""
    app.cli.add_command(jobs)
    app.cli.add_command(seed)
