"""An organizer's public page and an event's data in a real browser: no barrier, nothing sticks out, and the
policy on scripts has nothing against the data."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.barriers import AXE, BEYOND, SMALL
from tests.browser.conftest import DESKTOP, PHONE
from tests.factories import EventFactory, in_days
from ticketing.extensions import db
from ticketing.models import Event, Organization

pytestmark = [pytest.mark.browser, pytest.mark.one_database]
Visit = Callable[..., Page]


@pytest.fixture
def organizer(event: Event) -> Organization:
    """Who puts the event on, with more to come and something behind them."""
    found = db.session.get_one(Organization, event.organization_id)
    found.name, found.slug = "Spree Sounds", "spree"
    found.website = "https://www.spree-sounds.example/about"
    found.description = "Concerts beside the water since 1998.\n\nBring a blanket; we bring the band."
    for title, day in (("Lantern Walk", 9), ("Open Rehearsal", 40), ("Winter Gala", -60)):
        EventFactory(title=title, organization=found, starts_at=in_days(day))
    db.session.commit()
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "size", [DESKTOP, PHONE, {"width": 320, "height": 700}], ids=["wide", "phone", "small"]
)
def test_the_organizers_page_has_no_barrier_at_any_width(
    visit: Visit, event: Event, organizer: Organization, scheme: str, size: dict[str, int]
) -> None:
    page = visit(f"/events/{event.slug}", color_scheme=scheme, viewport=size, reduced_motion="reduce")
    for name in ("event", "coming", "past"):
        if name == "coming":
            page.get_by_role("link", name=organizer.name, exact=True).click()
            page.wait_for_url("**/o/spree")
        elif name == "past":
            page.get_by_role("link", name="Past", exact=True).click()
            expect(page.get_by_role("link", name="Winter Gala")).to_be_visible()
        page.evaluate(AXE)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found] == [], name
        assert page.evaluate(BEYOND) <= 0
        assert page.evaluate(SMALL) == []
        if folder := os.environ.get("SHOTS"):
            page.screenshot(path=Path(folder) / f"{name}-{scheme}-{size['width']}.png", full_page=True)


def test_the_data_of_an_event_is_read_where_scripts_are_not_allowed(
    visit: Visit, event: Event, organizer: Organization
) -> None:
    event.title = "</script><script>document.title = 'owned'</script>"
    db.session.commit()
    page = visit(f"/events/{event.slug}")
    found = json.loads(page.locator("script[type='application/ld+json']").text_content() or "")
    assert found["name"] == event.title
    assert page.title().startswith(event.title)
    assert page.evaluate("document.scripts.length") == page.evaluate(
        "document.querySelectorAll('head > script').length"
    )
