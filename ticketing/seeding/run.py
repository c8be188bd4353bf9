"""A whole run: plan, pictures, one transaction, report."""

from __future__ import annotations

import random
import shutil
import time
from pathlib import Path

from flask import Flask, current_app
from rich.console import Console
from sqlalchemy import exists, select

from ticketing.extensions import db
from ticketing.models import Event, Organization
from ticketing.seeding import covers, organizers
from ticketing.seeding.counts import Counts
from ticketing.seeding.plan import make_plan
from ticketing.seeding.report import Progress, show_accounts, show_figures
from ticketing.seeding.takings import keep_in_sandbox
from ticketing.seeding.write import Written, write


def seed(counts: Counts, *, flush: bool = False, accounts: bool = True) -> None:
    """Fill the database with demo data, all of it or nothing; needs an application context.

    :param flush: clear everything but superusers first, and the pictures of earlier runs.
    :param accounts: list the demo accounts at the end.
    :raises CannotSeed: the counts do not go together.
    """
    counts.check()
    console, started = Console(), time.monotonic()
    written = _run(counts, flush, console)
    show_figures(console, _figures(counts, written), time.monotonic() - started)
    if accounts:
        show_accounts(console)


def seed_if_empty(app: Flask) -> None:
    """Seed the default counts when there is no event and no organization."""
    with app.app_context():
        if not db.session.scalar(select(exists(select(Event.id)) | exists(select(Organization.id)))):
            seed(Counts(), accounts=False)


def _run(counts: Counts, flush: bool, console: Console) -> Written:
    dice = random.Random()
    media: Path = Path(current_app.config["MEDIA_ROOT"])
    owned = not flush and organizers.demo_organization() is not None
    with Progress(console) as progress:
        with progress.step("Planning", 1):
            plan = make_plan(counts, dice, flush=flush, has_demo_organization=owned)
        families = [event.family for event in plan.events]
        with progress.step("Pictures", covers.number_of_pictures(families)) as advance:
            folder, pictures = covers.paint(media, families, advance)
        try:
            written = write(plan, pictures, flush=flush, progress=progress, dice=dice)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    if flush:
        covers.remove_others(media, keep=folder)
    if written.charges:
        keep_in_sandbox(written.charges)
    return written


def _figures(counts: Counts, written: Written) -> dict[str, int]:
    return {
        "Demo accounts": written.demo_accounts,
        "Users": counts.users,
        "Organizations": counts.orgs,
        "Memberships": written.memberships,
        "Venues": counts.venues,
        "Categories": counts.cats,
        "Events": counts.events,
        "Ticket types": written.ticket_types,
        "Promo codes": written.codes,
        "Bookings": counts.bookings,
        "Tickets": written.tickets,
    }
