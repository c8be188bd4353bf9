"""Pictures of the main pages for the README: ``make screenshots`` writes them to ``docs/images``.

A fresh shop with the demo data is made in a temporary folder, served, and photographed.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page

from tests.browser.chromium import executable, running
from tests.support.server import Server

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
WIDE, PHONE = {"width": 1280, "height": 1060}, {"width": 390, "height": 844}


def make_shop(folder: str) -> Any:
    """The application on a new database with demo data; the paths of its environment are set before."""
    os.environ |= {"INSTANCE_PATH": folder, "DATABASE_URL": f"sqlite:///{folder}/shop.sqlite3"}
    from flask_migrate import upgrade

    from ticketing import create_app, seeding

    app = create_app()
    with app.app_context():
        upgrade()
        seeding.seed(seeding.Counts(events=24, bookings=200))
    return app


def keep(page: Page, name: str) -> None:
    """Write what the window shows, as WebP."""
    page.wait_for_load_state("networkidle")
    page.evaluate("() => document.fonts.ready")
    picture = Image.open(io.BytesIO(page.screenshot()))
    picture.save(IMAGES / f"{name}.webp", quality=84, method=6)
    print(f"{name}.webp: {(IMAGES / f'{name}.webp').stat().st_size // 1024} kB")  # noqa: T201


#: Colours, window, end of the pictures' names, and which pages.
_SERIES: tuple[tuple[Any, Any, str, tuple[str, ...]], ...] = (
    ("light", WIDE, "", ("start", "events", "event")),
    ("dark", WIDE, "-dark", ("event",)),
    ("light", PHONE, "-phone", ("start", "event")),
)


def photograph(browser: Browser, base: str) -> None:
    """The programme in several colours and sizes, then the payment of an order."""
    for scheme, size, end, wanted in _SERIES:
        page = browser.new_context(base_url=base, viewport=size, color_scheme=scheme).new_page()
        page.goto("/events/")
        event = str(page.locator(".card__title a").nth(2).get_attribute("href"))
        for name, address in (("start", "/"), ("events", "/events/"), ("event", event)):
            if name in wanted:
                page.goto(address)
                keep(page, f"{name}{end}")
    buy(browser.new_context(base_url=base, viewport=WIDE).new_page())


def buy(page: Page) -> None:
    """As the demo attendee, up to the payment and to the confirmation."""
    page.goto("/sign-in")
    page.get_by_label("E-mail address").fill("attendee@example.com")
    page.get_by_label("Password").fill("password123")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_selector("[data-menu]")
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
    keep(page, "payment")
    page.get_by_role("button", name="Pay").click()
    page.get_by_role("button", name="Approve payment").click()
    page.wait_for_selector(".result")
    keep(page, "confirmed")


def main() -> int:
    """Make the shop and take the pictures; 1 without a browser."""
    path = executable()
    if path is None:
        print("no Chromium is installed", file=sys.stderr)  # noqa: T201
        return 1
    IMAGES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        Server(make_shop(folder)) as server,
        running(path) as browser,
    ):
        photograph(browser, server.url)
    return 0


if __name__ == "__main__":
    sys.exit(main())
