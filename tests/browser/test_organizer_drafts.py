"""An organizer writes on a phone: what is typed is kept, looked at, copied, deleted; who leaves is asked."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Dialog, Page, Route, expect

from tests.browser.conftest import PHONE, sign_in
from tests.browser.test_organizer_editor import event, media, organizer, write  # noqa: F401 (fixtures)
from ticketing.extensions import db
from ticketing.models import Event, User

pytestmark = [pytest.mark.browser, pytest.mark.one_database]
Visit = Callable[..., Page]


def titles() -> list[str]:
    db.session.expire_all()
    return [row.title for row in db.session.query(Event).order_by(Event.id)]


def test_a_new_event_is_kept_while_it_is_written_looked_at_copied_and_its_copy_deleted(
    visit: Visit,
    organizer: User,  # noqa: F811
) -> None:
    page = visit("/sign-in", viewport=PHONE)
    sign_in(page, organizer)
    page.goto("/organizer/events/new")
    page.get_by_label("Title").fill("Lantern Walk")
    expect(page.get_by_text("It becomes a draft with: Place, Starts, Ends")).to_be_visible()
    write(page)
    page.get_by_label("Description").fill("Along the **river**")
    page.get_by_label("Capacity").press_sequentially("8e")
    expect(page.get_by_text("except for: Capacity")).to_be_visible()
    expect(page).to_have_url(re.compile("/organizer/events/[0-9a-f-]{36}/edit$"))
    page.get_by_label("Capacity").fill("80")
    kept = re.compile(r"^Saved at \d\d:\d\d [AP]M$")
    expect(page.locator("[data-autosaved]")).to_have_text(kept, timeout=15_000)
    assert titles() == ["Lantern Walk"]
    assert db.session.query(Event.capacity).scalar() == 80
    page.reload()
    expect(page.get_by_label("Description")).to_have_value("Along the **river**")
    page.get_by_role("link", name="Preview").click()
    expect(page.get_by_text("This is a preview")).to_be_visible()
    expect(page.locator(".prose strong")).to_have_text("river")
    expect(page.get_by_role("button", name="Get tickets")).to_have_count(0)
    page.get_by_role("link", name="Back to editing").click()
    page.get_by_role("link", name="Copy", exact=True).click()
    page.get_by_label("Title").fill("Lantern Walk again")
    page.get_by_role("button", name="Make the copy").click()
    expect(page.get_by_text("This is the copy")).to_be_visible()
    page.get_by_role("link", name="Delete", exact=True).click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_text("The draft “Lantern Walk again” is deleted.")).to_be_visible()
    assert titles() == ["Lantern Walk"]


def test_a_button_that_is_pressed_while_the_draft_is_kept_waits_for_that(
    visit: Visit,
    organizer: User,  # noqa: F811
) -> None:
    page = visit("/sign-in", viewport=PHONE)
    sign_in(page, organizer)
    page.goto("/organizer/events/new")
    held: list[Route] = []
    page.route("**/autosave", lambda route: held.append(route))
    with page.expect_request("**/autosave"):
        write(page)
    page.get_by_role("button", name="Keep as a draft").click()
    expect(page).to_have_url(re.compile("/new$"))
    held[0].continue_()
    page.wait_for_url(re.compile("/tickets$"), timeout=20_000)
    expect(page.get_by_text("Your event is drafted")).to_be_visible()
    assert titles() == ["Lantern Walk"]


def test_who_leaves_what_is_not_saved_is_asked_and_who_has_saved_it_is_not(
    visit: Visit,
    organizer: User,  # noqa: F811
    event: Event,  # noqa: F811
) -> None:
    page = visit("/sign-in", viewport=PHONE)
    sign_in(page, organizer)
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    edit = f"/organizer/events/{event.uuid}/edit"
    page.goto(edit)
    page.get_by_role("link", name="Picture", exact=True).click()
    page.wait_for_url(re.compile("/cover$"))
    assert asked == [], "nothing was typed"
    page.goto(edit)
    page.get_by_label("Title").fill("Lantern Walk at night")
    page.get_by_role("link", name="Picture", exact=True).click()
    expect(page.get_by_label("Title")).to_have_value("Lantern Walk at night")
    assert asked == ["beforeunload"]
    page.get_by_label("Title").fill(event.title)
    page.get_by_role("link", name="Picture", exact=True).click()
    page.wait_for_url(re.compile("/cover$"))
    page.goto(edit)
    page.get_by_label("Title").fill(" ")
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector(".problems")
    page.get_by_role("link", name="Picture", exact=True).click()
    expect(page.get_by_label("Title")).to_be_visible()
    assert asked == ["beforeunload"] * 2, "what was refused is saved nowhere"
    page.get_by_label("Title").fill("Lantern Walk at night")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert asked == ["beforeunload"] * 2
