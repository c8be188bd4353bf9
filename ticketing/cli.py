"""Commands: ``flask --app wsgi …``. Thin: each calls a service or a job."""

from __future__ import annotations

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from ticketing.errors import Refusal

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
@click.option(
    "--force", is_flag=True, help="Even in production. Everybody knows the passwords of the demo accounts."
)
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


users = AppGroup("users", help="Accounts of those who run the house.")


def _refused(refusal: Refusal) -> click.ClickException:
    sentences = [sentence for group in refusal.fields.values() for sentence in group]
    return click.ClickException(" ".join(sentences) or refusal.sentence)


@users.command("create-admin")
@click.argument("email")
@click.password_option(help="Asked for when left out.")
def create_admin(email: str, password: str) -> None:
    """Open a superuser's account."""
    from ticketing.services import accounts

    try:
        click.echo(f"{accounts.create_admin(email, password).email} may do everything now.")
    except Refusal as refusal:
        raise _refused(refusal) from refusal


@users.command("promote")
@click.argument("email")
@click.argument("rank", type=click.Choice(["consumer", "organizer", "support", "staff", "superuser"]))
def promote(email: str, rank: str) -> None:
    """Make an account organizer, support, staff or superuser; consumer takes every rank away."""
    from ticketing.services import accounts

    try:
        click.echo(f"{accounts.promote(email, rank).email} is {rank} now.")
    except Refusal as refusal:
        raise _refused(refusal) from refusal


@users.command("deactivate")
@click.argument("email")
def deactivate(email: str) -> None:
    """Close an account; its tokens and sessions end at once."""
    from ticketing.policy import SYSTEM
    from ticketing.services import accounts

    try:
        click.echo(f"{accounts.deactivate(SYSTEM, email).email} is closed.")
    except Refusal as refusal:
        raise _refused(refusal) from refusal


ledger = AppGroup("ledger", help="The books: orders, money, stock and tickets against each other.")


@ledger.command("check")
def check_ledger() -> None:
    """Say where the books do not add up. Nothing is changed; the exit code is 1 when something is wrong."""
    from ticketing.queries import books

    audit = books.audit()
    for warning in audit.warnings:
        click.echo(f"Warning: {warning}")
    for finding in audit.findings:
        click.echo(f"Wrong: {finding}")
    seen = f"{audit.orders} orders, {audit.entries} ledger entries, {len(audit.warnings)} warnings."
    if audit.findings:
        click.echo(f"The books do not add up: {len(audit.findings)} findings, {seen}")
        raise SystemExit(1)
    click.echo(f"The books add up: {seen}")


def register_commands(app: Flask) -> None:
    """Add the commands to ``flask --app wsgi``."""
    app.cli.add_command(jobs)
    app.cli.add_command(ledger)
    app.cli.add_command(users)
    app.cli.add_command(seed)
