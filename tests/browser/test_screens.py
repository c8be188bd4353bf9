"""Small screens, large letters, dark rooms, other ways to see and to steer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import barriers, tour
from tests.browser.conftest import PHONE
from ticketing.models import Event, User

pytestmark = [pytest.mark.browser, pytest.mark.one_database]
Visit = Callable[..., Page]


@pytest.mark.parametrize("width", [320])
def test_no_page_is_wider_than_a_phone_and_fingers_hit_everything(
    visit: Visit, event: Event, user: User, width: int
) -> None:
    page = visit("/", viewport={"width": width, "height": 844})
    wide, small = {}, {}
    for name in tour.everything(page, event, user):
        if (beyond := page.evaluate(barriers.BEYOND)) > 0:
            wide[name] = beyond
        if found := page.evaluate(barriers.SMALL):
            small[name] = found
    assert not wide
    assert not small


@pytest.mark.parametrize("look", barriers.LOOKS)
def test_no_page_has_a_barrier_that_axe_finds(
    visit: Visit, event: Event, user: User, look: dict[str, Any]
) -> None:
    page = visit("/", **look, reduced_motion="reduce")
    looked = {name: barriers.of(page) for name in tour.everything(page, event, user)}
    assert {name: found for name, found in looked.items() if found} == {}


def test_colours_follow_the_system_and_then_the_visitor(visit: Visit, event: Event) -> None:
    page = visit("/", color_scheme="dark")
    ground = "() => getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    toggle = page.get_by_role("button", name="Dark colours")
    expect(toggle).to_have_attribute("aria-pressed", "true")
    toggle.click()
    light = page.evaluate(ground)
    assert light != dark
    page.goto(f"/events/{event.slug}")
    assert page.evaluate(ground) == light
    page.emulate_media(color_scheme="light")
    page.get_by_role("button", name="Dark colours").click()
    assert page.evaluate(ground) == dark


def test_without_scripts_colours_follow_the_system(visit: Visit, event: Event) -> None:
    page = visit("/", color_scheme="dark", java_script_enabled=False)
    picture = page.screenshot(clip={"x": 0, "y": 0, "width": 4, "height": 4})
    light = visit("/", java_script_enabled=False).screenshot(clip={"x": 0, "y": 0, "width": 4, "height": 4})
    assert picture != light
    assert page.get_by_role("button", name="Dark colours").count() == 0


def test_filters_narrow_the_list_while_one_looks(visit: Visit, event: Event) -> None:
    page = visit("/events/?page=1")
    page.evaluate("() => { window.sameDocument = true; }")
    page.get_by_role("radio", name="Walks").check()
    expect(page).to_have_url("/events/?category=walks")
    expect(page.get_by_role("link", name="Walks", exact=True)).to_be_visible()
    page.get_by_label("Free events only").check()
    expect(page.get_by_role("heading", name="Nothing fits that")).to_be_visible()
    expect(page).to_have_url("/events/?category=walks&price=free")
    assert page.evaluate("() => window.sameDocument") is True
    page.go_back()
    expect(page.get_by_role("link", name="Lantern Walk")).to_be_visible()


def test_on_a_phone_the_filters_start_folded(visit: Visit, event: Event) -> None:
    page = visit("/events/", viewport=PHONE)
    expect(page.get_by_role("radio", name="Walks")).to_be_hidden()
    page.get_by_text("Search and filters").click()
    expect(page.get_by_role("radio", name="Walks")).to_be_visible()


def test_the_menu_closes_on_escape(visit: Visit, event: Event, user: User) -> None:
    page = visit("/")
    tour.sign_in(page, user)
    page.get_by_text("Grace").first.click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
