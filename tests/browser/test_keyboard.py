"""The whole way with the keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.factories import PASSWORD
from ticketing.models import Event, User

pytestmark = [pytest.mark.browser, pytest.mark.one_database]

#: What the focus is on, as it is named, and whether one can see that it is there.
_FOCUSED = """() => {
    const one = document.activeElement;
    const label = one.labels && one.labels[0] ? one.labels[0].innerText : "";
    const style = getComputedStyle(one), after = getComputedStyle(one, "::after");
    const around = one.closest(".stepper, .finder__part");
    const shown = [style, after, ...(around ? [getComputedStyle(around)] : [])]
        .some(it => it.outlineStyle !== "none" && parseFloat(it.outlineWidth) > 0);
    return [one.getAttribute("aria-label") || label || one.innerText || "", shown];
}"""


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the focus is on what is named so; it must be visible all the way."""
    for _ in range(60):
        page.keyboard.press("Tab")
        focused, shown = page.evaluate(_FOCUSED)
        assert shown, f"nothing shows that the focus is on {focused!r}"
        if re.match(name, focused.strip()):
            return
    raise AssertionError(f"Tab never came to {name!r}")


def test_the_first_tab_leads_past_the_navigation(visit: Callable[..., Page], event: Event) -> None:
    page = visit("/")
    tab_to(page, "Skip to content")
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "main"


def test_tickets_are_bought_without_a_pointer(visit: Callable[..., Page], event: Event, user: User) -> None:
    page = visit("/")
    tab_to(page, "What")
    page.keyboard.type("lantern")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("q=lantern"))
    tab_to(page, "Lantern Walk")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/events/lantern-walk"))
    tab_to(page, "One more: Walk$")
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    expect(page.locator("[data-count]")).to_have_text("2 tickets")
    tab_to(page, "Get tickets")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"^[^?]+/checkout/"))
    tab_to(page, "Create an account")
    tab_to(page, "Sign in")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/sign-in"))
    tab_to(page, "E-mail address")
    page.keyboard.type(user.email)
    tab_to(page, "Password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"^[^?]+/checkout/"))
    tab_to(page, "Continue to payment")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/pay$"))
    tab_to(page, "Pay")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/sandbox/"))
    tab_to(page, "Approve payment")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="You are going!")).to_be_visible()
