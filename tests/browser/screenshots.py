"""Pictures of the twelve main pages for the README: ``make screenshots`` writes them to ``docs/screenshots``.

A fresh shop with the demo data is made in a temporary folder, served, and photographed.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page

from tests.browser.chromium import executable, running
from tests.support.server import Server

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
WIDE, PHONE = {"width": 1280, "height": 960}, {"width": 390, "height": 844}
LIGHT: dict[str, Any] = {"viewport": WIDE, "color_scheme": "light"}
DARK_PHONE: dict[str, Any] = {"viewport": PHONE, "color_scheme": "dark", "device_scale_factor": 2}


def make_shop(folder: str) -> Any:
    """The application on a new database with demo data; the paths of its environment are set before."""
    os.environ |= {"INSTANCE_PATH": folder, "DATABASE_URL": f"sqlite:///{folder}/shop.sqlite3"}
    from flask_migrate import upgrade

    from ticketing import create_app, seeding

    app = create_app()
    with app.app_context():
        upgrade()
        seeding.seed(seeding.Counts(events=40, bookings=900))
    return app


def chosen(app: Any) -> tuple[str, str, str]:
    """An event that is sold by tiers on each day, as its address and as that of its prices; and the id of the
    demo organizer's event that sold best."""
    from ticketing import clock
    from ticketing.extensions import db
    from ticketing.models import Event, Membership, TicketType, User

    coming = db.select(Event).where(Event.status == "published", Event.starts_at > clock.now())
    grids = coming.where(Event.pricing_type == "tier_and_day").order_by(Event.sold_total.desc())
    organizers = db.select(Membership.organization_id).join(User, User.id == Membership.user_id)
    own = organizers.where(User.email == "organizer@example.com")
    mine = coming.where(Event.organization_id.in_(own)).order_by(Event.sold_total.desc())
    with app.app_context():
        grid, best = (db.session.scalars(wanted.limit(1)).one() for wanted in (grids, mine))
        kinds = db.select(TicketType.uuid).where(TicketType.event_id == grid.id).limit(1)
        return grid.slug, f"{grid.uuid}/tickets/{db.session.scalars(kinds).one()}", str(best.uuid)


def keep(page: Page, name: str) -> None:
    """Write what the window shows, as WebP."""
    page.wait_for_load_state("networkidle")
    page.evaluate("() => document.fonts.ready")
    picture = Image.open(io.BytesIO(page.screenshot()))
    picture.thumbnail((1280, 1800))
    path = PICTURES / f"{name}.webp"
    picture.save(path, quality=82, method=6)
    print(f"{path.name}: {path.stat().st_size // 1024} kB")  # noqa: T201


def signed_in(page: Page, email: str) -> Page:
    """The same page, with a demo account."""
    page.goto("/sign-in")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill("password123")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_selector("[data-menu]")
    return page


def pages(browser: Browser, base: str, grid: str, prices: str, event: str) -> Iterator[tuple[Page, str]]:
    """Each main page as it is to be photographed, and its name."""

    def opened(**profile: Any) -> Page:
        context = browser.new_context(base_url=base, reduced_motion="reduce", **profile)
        return context.new_page()

    page = opened(**LIGHT)
    for name, address in (
        ("start", "/"),
        ("programme", "/events/"),
        ("calendar", "/events/calendar/"),
        ("event", f"/events/{grid}#tickets"),
    ):
        page.goto(address)
        yield page, name
    page = signed_in(page, "attendee@example.com")
    buy(page)
    yield page, "payment"
    page.get_by_role("button", name="Pay").click()
    page.get_by_role("button", name="Approve payment").click()
    page.wait_for_selector(".result")
    phone = signed_in(opened(**DARK_PHONE), "attendee@example.com")
    phone.goto(str(page.locator(".ticket-row a").first.get_attribute("href")))
    yield phone, "ticket"
    page = signed_in(opened(**LIGHT), "organizer@example.com")
    for name, address in (
        ("organizer", "/organizer/"),
        ("figures", f"/organizer/events/{event}/"),
        ("orders", f"/organizer/events/{event}/orders"),
    ):
        page.goto(address)
        yield page, name
    phone = signed_in(opened(**DARK_PHONE), "organizer@example.com")
    phone.goto(f"/checkin/{event}/")
    phone.wait_for_selector("body[data-ready=yes]")
    yield phone, "door"
    page = signed_in(opened(**LIGHT), "admin@example.com")
    page.goto(f"/organizer/events/{prices}")
    page.get_by_role("heading", name="Prices").evaluate("title => title.scrollIntoView()")
    yield page, "prices"
    page.goto("/staff/")
    yield page, "staff"


def buy(page: Page) -> None:
    """Tickets of an event that has some and wants money for them, up to the payment."""
    page.goto("/events/")
    for address in [link.get_attribute("href") for link in page.locator(".card__title a").all()]:
        page.goto(str(address))
        steppers = page.locator('.stepper button[data-step="1"]')
        if steppers.count():
            steppers.last.click()
            page.get_by_role("button", name="Get tickets").click()
            if page.get_by_role("button", name="Continue to payment").count():
                break
    page.get_by_role("button", name="Continue to payment").click()
    page.wait_for_selector("[data-left]:not([hidden])")


def main() -> int:
    """Make the shop and take the pictures; 1 without a browser."""
    path = executable()
    if path is None:
        print("no Chromium is installed", file=sys.stderr)  # noqa: T201
        return 1
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        app = make_shop(folder)
        with Server(app) as server, running(path) as browser:
            for page, name in pages(browser, server.url, *chosen(app)):
                keep(page, name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
